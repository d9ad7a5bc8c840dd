"""Policy consultations of a year: asked by phone, portal, visit and employers, answered with their clauses."""

from datetime import timedelta

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.demo.claim_reviews import LOGIN_OF_UNIT
from concierge.demo.claim_story import Person, person_of
from concierge.demo.consultation_words import AGAIN, AGAIN_ANSWER, OF_EMPLOYERS, QUERIES, Query
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.consultation import Consultation
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.citable import key_of, places_of
from concierge.queries.knowledge import start_from
from concierge.rules.consultation import QuestionChannel
from concierge.services.consultations import Question, ask_question
from concierge.services.knowledge import CardText, rate_card, release_card, retire_card, write_card
from concierge.workflows.consultation import ConsultationFlow as Flow

RESTING = {
    "asked": 1, "assigned": 1, "answering": 1, "opinion": 1, "answered": 3, "asked_again": 4, "closed": 9,
    "withdrawn": 6,
}  # fmt: skip
"""States in which the youngest questions rest, and how many working days ago these were asked."""
OLDEST = 1
"""Which of the cards is taken out of use."""
CHANNELS = (QuestionChannel.PORTAL, QuestionChannel.PHONE, QuestionChannel.VISIT)


def begin_consultations(scene: Scene) -> None:
    """Each question of the words through the year, and one in every state at its end."""
    most = min(10, len(scene.experts))
    for nth, query in enumerate(QUERIES):
        person = person_of(scene, scene.experts[nth % most][0])
        scene.begin(scene.ago(12 + 15 * nth), _question(scene, person, query, CHANNELS[nth % 3]))
    for nth, (state, days) in enumerate(RESTING.items()):
        person = person_of(scene, scene.experts[(3 * nth) % most][0])
        query = QUERIES[nth % len(QUERIES)]
        scene.begin(scene.ago(days), _question(scene, person, query, QuestionChannel.PORTAL, state))
    for nth, query in enumerate(OF_EMPLOYERS):
        scene.begin(scene.ago(5 + 20 * nth), _of_employer(scene, query))
    scene.begin(scene.ago(2), _cards(scene))


def _cards(scene: Scene) -> Story:
    """The best answers of the year become cards; one waits for its release, one is out of use again."""
    c = Consultation
    with transaction(scene.db):
        closed = select(c.id, c.question, c.specialist_id).where(c.state == "closed").order_by(c.id)
        answers = {row.question: row for row in scene.db.execute(closed)}
    made = []
    for row in answers.values():
        writer = next(actor for actor in scene.cast.values() if actor.account_id == row.specialist_id)
        with transaction(scene.db):
            start = start_from(scene.db, actor=writer, case_id=row.id, card_id=None)
        text = CardText(start.question, start.answer, start.clauses)
        made.append(write_card(scene.db, actor=writer, now=scene.moment, text=text, case_id=row.id))
    yield scene.later(0)
    lead = scene.cast["specialist_lead"]
    for nth, card_id in enumerate(made[:-1]):
        release_card(scene.db, actor=lead, now=scene.moment, card_id=card_id)
        for reader in ("expert", "expert2", "expert3")[nth % 4 :]:
            if reader in scene.cast:
                rate_card(scene.db, actor=scene.cast[reader], card_id=card_id, is_useful=True)
    if len(made) > OLDEST + 1:
        reason = "内容已并入政策指南。"
        retire_card(scene.db, actor=lead, now=scene.moment, card_id=made[OLDEST], reason=reason)


def _question(scene: Scene, person: Person, query: Query, channel: QuestionChannel, stop: str = "closed") -> Story:
    if scene.experts[person.index][1].known_from >= scene.day:
        return
    own = channel is QuestionChannel.PORTAL and person.has_account
    if channel is QuestionChannel.PORTAL and not own:
        channel = QuestionChannel.PHONE
    case_id = ask_question(
        scene.db,
        actor=person.expert if own else person.specialist,
        now=scene.moment,
        question=Question(query.text, channel),
        expert_id=scene.experts[person.index][0],
    )
    yield from _course(scene, case_id, person.specialist, query, stop)


def _of_employer(scene: Scene, query: Query) -> Story:
    asker = scene.cast["employer"]
    question = Question(query.text, QuestionChannel.EMPLOYER)
    case_id = ask_question(scene.db, actor=asker, now=scene.moment, question=question)
    yield scene.later(0)
    answerer = scene.cast["specialist"]
    scene.take(scene.cast["specialist_lead"], Flow.assign, case_id, specialist=public_id(answerer.account_id))
    yield from _course(scene, case_id, answerer, query, "answered")


def _course(scene: Scene, case_id: int, answerer: Actor, query: Query, stop: str) -> Story:
    """From the question to its end, or to the state in which it rests."""
    if stop in ("asked", "withdrawn"):
        if stop == "withdrawn":
            yield scene.later(0)
            scene.take(answerer, Flow.withdraw_question, case_id, reason="提问人已自行查到答案。")
        return
    if stop == "assigned":
        yield scene.later(0)
        named = {"specialist": public_id(answerer.account_id)}
        scene.take(scene.cast["specialist_lead"], Flow.assign, case_id, **named)
        return
    yield scene.later(0)
    scene.take(answerer, Flow.take_up, case_id)
    if stop == "answering":
        return
    if stop == "opinion" or query.code == "P03":
        yield from _opinion(scene, case_id, answerer, stop)
    if stop == "opinion":
        return
    yield scene.later(1 if stop == "closed" else 0)
    _reply(scene, case_id, answerer, query, query.answer)
    if stop == "answered":
        return
    yield from _afterwards(scene, case_id, answerer, query, stop)
    if stop == "closed" and scene.state_of(case_id) == "answered":
        _end(scene, case_id, answerer)


def _opinion(scene: Scene, case_id: int, answerer: Actor, stop: str) -> Story:
    """The bureau is asked for its reading; it answers the next day."""
    unit = public_id(scene.units["hr"])
    scene.take(answerer, Flow.ask_opinion, case_id, unit=unit, reason="请就本条款的适用范围提出意见。")
    if stop != "opinion":
        yield scene.later(1)
        bureau = scene.cast[LOGIN_OF_UNIT["hr"]]
        scene.take(bureau, Flow.give_opinion, case_id, opinion="按条款执行，此前已发部分予以抵扣。")


def _afterwards(scene: Scene, case_id: int, answerer: Actor, query: Query, stop: str) -> Story:
    """Some ask again before they are content."""
    yield scene.later(1)
    if stop == "asked_again" or query.next_step:
        scene.take(answerer, Flow.ask_again, case_id, question=AGAIN)
        if stop == "asked_again":
            return
        yield scene.later(1)
        scene.take(answerer, Flow.take_up, case_id)
        yield scene.later(0)
        _reply(scene, case_id, answerer, query, AGAIN_ANSWER)
        yield scene.later(1)


def _end(scene: Scene, case_id: int, answerer: Actor) -> None:
    """Who asked from his own account rates the answer; otherwise its specialist closes the question."""
    c = Consultation
    with transaction(scene.db):
        asker = scene.db.execute(select(c.expert_id).where(c.id == case_id, c.channel == "portal")).scalar_one_or_none()
    expert = person_of(scene, asker).expert if asker is not None else answerer
    if expert.person_id is None:
        scene.take(answerer, Flow.close, case_id)
    else:
        scene.take(expert, Flow.rate, case_id, level="4" if case_id % 3 else "5", words="解释清楚，有依据。")


def _reply(scene: Scene, case_id: int, answerer: Actor, query: Query, answer: str) -> None:
    if not query.code:
        scene.take(answerer, Flow.reply_none, case_id, answer=answer, next_step=query.next_step)
        return
    clause = _clause(scene, query)
    scene.take(answerer, Flow.reply, case_id, clause=clause, answer=answer, next_step=query.next_step)


def _clause(scene: Scene, query: Query) -> str:
    """The place in the version in force at the moment of the answer."""
    v = PolicyVersion
    found = (
        select(v.id, v.clauses)
        .join(Policy, Policy.id == v.policy_id)
        .where(Policy.code == query.code, v.state == "published", v.valid_from <= scene.day + timedelta(days=1))
        .order_by(v.version.desc())
        .limit(1)
    )
    with transaction(scene.db):
        version = scene.db.execute(found).one()
    paths = [path for path in places_of(version) if path]
    return key_of(version.id, paths[query.place % len(paths)])
