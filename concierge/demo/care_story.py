"""Care requests of a year: asked, handed over, answered, called back, rated; some late, some reopened."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.demo.care_words import WISHES, Wish
from concierge.demo.claim_reviews import LOGIN_OF_UNIT
from concierge.demo.claim_story import Person, person_of
from concierge.demo.scene import Scene, Story
from concierge.engine.tables import Case
from concierge.rules.care import CATEGORIES, POOR, Channel
from concierge.services.care import CareWish, register_care
from concierge.workflows.care import CareRequestFlow as Flow

RESTING = {
    "registered": 1, "assigned": 1, "signed": 1, "in_progress": 2, "extension_pending": 2, "transferred": 2,
    "replied": 4, "follow_up": 6, "rated": 8, "reopened": 9,
}  # fmt: skip
"""States in which some of the youngest requests rest, and how many working days ago these began."""
WORDS = {
    5: ("非常及时，感谢专员！", "想得周到，办得快。", ""),
    4: ("满意。", ""),
    3: ("能再快些更好。",),
    2: ("答复没有解决问题。",),
    1: ("等得太久。",),
}
CALLS = ("satisfied", "satisfied", "satisfied", "partly", "not_reached")
ORDINARY_DAYS = 250
_VISIT_AFTER = select(Case.id, Case.specialist_id).where(Case.kind == Flow.kind, Case.parent_id == bindparam("rated"))


def begin_care(scene: Scene) -> None:
    """Requests all through the year, more in the last weeks; each open state is shown by some."""
    many = min(max(len(scene.experts) // 2, 24), 200)
    for _n in range(many):
        back = scene.random.randrange(15) if scene.chance(0.3) else scene.random.randrange(15, ORDINARY_DAYS)
        scene.begin(scene.ago(back) - timedelta(hours=1), _request(scene, _asker(scene)))
    for nth, (state, days) in enumerate([*RESTING.items()] * 2):
        # The first round belongs to the first desk; its first expert has a log-in and can rate.
        mine = (0, 10, 20) if state in ("registered", "assigned", "in_progress", "replied") else (0,)
        index = scene.random.choice(mine) if nth < len(RESTING) else scene.random.randrange(10)
        index = min(index, len(scene.experts) - 1)
        scene.begin(scene.ago(days), _request(scene, person_of(scene, scene.experts[index][0]), state))


def _asker(scene: Scene) -> Person:
    """Half of the requests come from experts who have accounts, because these can rate."""
    most = min(10, len(scene.experts))
    index = scene.random.randrange(most) if scene.chance(0.5) else scene.random.randrange(min(len(scene.experts), 200))
    return person_of(scene, scene.experts[index][0])


def _request(scene: Scene, person: Person, stop: str = "") -> Story:
    """One request from the call to its end; `stop` names the state in which it rests."""
    if scene.experts[person.index][1].known_from >= scene.day:
        return
    wish = scene.random.choice([w for w in WISHES if w.unit or stop not in ("assigned", "signed", "transferred")])
    case_id = _register(scene, person, wish)
    if stop == "registered":
        return
    yield scene.later(_pace(scene, stop))
    handler = person.specialist
    if wish.unit:
        yield from _hand_over(scene, case_id, person, wish, stop)
        if stop in ("assigned", "signed", "transferred"):
            return
        handler = scene.cast[LOGIN_OF_UNIT[wish.unit]]
    else:
        scene.take(person.specialist, Flow.handle_myself, case_id)
    if stop == "in_progress":
        return
    yield from _answer(scene, case_id, handler, wish, stop)
    if stop in ("extension_pending", "replied"):
        return
    yield scene.later(scene.random.choice((0, 1, 1)))
    yield from _afterwards(scene, case_id, person, stop)


def _register(scene: Scene, person: Person, wish: Wish) -> int:
    own = person.has_account and scene.chance(0.7)
    channel = Channel.PORTAL if own else scene.random.choice((Channel.PHONE, Channel.PHONE, Channel.VISIT))
    return register_care(
        scene.db,
        actor=person.expert if own else person.specialist,
        now=scene.moment,
        keys=scene.keys,
        expert_id=scene.experts[person.index][0],
        wish=CareWish(
            wish.category,
            wish.text,
            channel,
            urgent=wish.urgent,
            private_note=wish.note,
            guardian_consent=CATEGORIES[wish.category].needs_consent,
            care_consent=bool(wish.note),
        ),
    )


def _hand_over(scene: Scene, case_id: int, person: Person, wish: Wish, stop: str) -> Story:
    """The specialist names a unit, which signs and begins; a wrong one hands it back first."""
    handler = scene.cast[LOGIN_OF_UNIT[wish.unit]]
    if stop == "transferred" or scene.chance(0.05):
        other = scene.random.choice([code for code in LOGIN_OF_UNIT if code != wish.unit])
        _assign(scene, case_id, person, other)
        yield scene.later(_pace(scene, stop))
        wrong = scene.cast[LOGIN_OF_UNIT[other]]
        scene.take(wrong, Flow.hand_back, case_id, reason="不属于本单位职责，建议转由主管部门办理。")
        if stop == "transferred":
            return
        yield scene.later(_pace(scene, stop))
    _assign(scene, case_id, person, wish.unit)
    if stop == "assigned":
        return
    yield scene.later(_pace(scene, stop))
    scene.take(handler, Flow.sign, case_id)
    if stop == "signed":
        return
    yield scene.later(0)
    scene.take(handler, Flow.start, case_id)


def _assign(scene: Scene, case_id: int, person: Person, unit: str) -> None:
    given = {"unit": public_id(scene.units[unit]), "reason": "请按时限办理并答复专家。"}
    scene.take(person.specialist, Flow.assign, case_id, **given)


def _answer(scene: Scene, case_id: int, handler: Any, wish: Wish, stop: str) -> Story:
    """The reply, after an extension where one is asked for in time."""
    if stop == "extension_pending" or (not wish.urgent and scene.chance(0.08)):
        asked = _asked_in_time(scene, case_id, handler)
        if stop == "extension_pending":
            return
        if asked:
            yield scene.later(1)
            _decide_extension(scene, case_id)
    yield scene.later(scene.random.choice((0, 1) if stop else (0, 1, 1, 2, 3, 5)))
    scene.take(handler, Flow.reply, case_id, reply=wish.reply)


def _decide_extension(scene: Scene, case_id: int) -> None:
    lead = scene.cast["specialist_lead"]
    if scene.chance(0.75):
        scene.take(lead, Flow.grant_extension, case_id)
    else:
        scene.take(lead, Flow.deny_extension, case_id, reason="事项并不复杂，请在时限内答复。")


def _asked_in_time(scene: Scene, case_id: int, handler: Any) -> bool:
    """Ask for two more days; a request whose limit has passed cannot be extended."""
    try:
        scene.take(handler, Flow.ask_extension, case_id, days="2", reason="需与外单位协调，预计两个工作日内落实。")
    except Refusal:
        return False
    return True


def _afterwards(scene: Scene, case_id: int, person: Person, stop: str) -> Story:
    """The call back, the rating where the expert has an account, the end; a poor answer is reopened."""
    given = {"outcome": scene.random.choice(CALLS), "reason": "已电话回访。"}
    scene.take(person.specialist, Flow.call_back, case_id, **given)
    if stop == "follow_up":
        return
    yield scene.later(scene.random.choice((0, 1) if stop else (0, 1, 2)))
    if person.has_account:
        level = scene.random.choices((5, 4, 3, 2, 1), (62, 24, 8, 4, 2))[0]
        words = scene.random.choice(WORDS[level])
        scene.take(person.expert, Flow.rate, case_id, level=str(level), words=words)
        if level <= POOR:
            scene.begin(next_morning(scene), _visit_after_a_poor_rating(scene, case_id))
        if stop == "rated":
            return
        yield scene.later(1)
    if stop == "reopened" or scene.chance(0.03):
        scene.take(person.expert, Flow.reopen, case_id, reason="问题还没有解决，请继续协调。")
        if stop == "reopened":
            return
        yield from _again(scene, case_id, person)
    scene.take(person.specialist, Flow.close, case_id)


def _again(scene: Scene, case_id: int, person: Person) -> Story:
    """The second time the specialist does it himself."""
    yield scene.later(1)
    scene.take(person.specialist, Flow.handle_myself, case_id)
    yield scene.later(1)
    scene.take(person.specialist, Flow.reply, case_id, reply="已再次协调落实，请您放心。")
    yield scene.later(1)
    scene.take(person.specialist, Flow.call_back, case_id, outcome="satisfied", reason="问题已解决。")
    yield scene.later(1)


def _visit_after_a_poor_rating(scene: Scene, rated_id: int) -> Story:
    """Somebody else than who was rated goes there, puts it right, and asks once more; a morning for each."""
    [(case_id, specialist_id)] = scene.look(_VISIT_AFTER, rated=rated_id)
    visitor = next((a for a in scene.cast.values() if a.account_id == specialist_id), scene.cast["specialist_lead"])
    scene.take(visitor, Flow.handle_myself, case_id)
    yield next_morning(scene)
    scene.take(visitor, Flow.reply, case_id, reply="已上门了解情况并致歉，原办理环节已整改。")
    yield next_morning(scene)
    scene.take(visitor, Flow.call_back, case_id, outcome="satisfied", reason="专家认可整改结果。")
    yield next_morning(scene)
    scene.take(visitor, Flow.close, case_id)


def next_morning(scene: Scene) -> datetime:
    """Ten o'clock of the next working day."""
    today = scene.calendar.nth(local_date(scene.moment, SHANGHAI))
    day, _provisional = scene.calendar.provisional_day(today + 1)
    return datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)


def _pace(scene: Scene, stop: str) -> int:
    """Working days until somebody goes on; one time in fifteen late, but for what must come to rest before the end."""
    if stop:
        return scene.random.choice((0, 0, 1))
    return scene.random.choice((2, 3, 5)) if scene.chance(0.07) else scene.random.choice((0, 0, 1))
