"""What programs may begin: care requests, questions, claims under a right in force, recognitions, packages."""

from flask import Blueprint, Response, jsonify, url_for

from concierge.basics.ids import public_id
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import reader, sent_key
from concierge.queries.things.cases import one_case
from concierge.queries.things.kinds import BY_KIND, CaseThing
from concierge.rules.care import CATEGORIES, Channel
from concierge.rules.consultation import LONGEST_QUESTION, QuestionChannel
from concierge.rules.packages import NEW_ARRIVAL, PACKAGES
from concierge.rules.roles import Role
from concierge.rules.talent import KINDS
from concierge.services.care import LONGEST_TEXT, CareWish, register_care
from concierge.services.claims import STARTS, start_claim
from concierge.services.consultations import Question, ask_question
from concierge.services.packages import PackageWish, open_package
from concierge.services.recognitions import LONGEST, Application, start_recognition
from concierge.web.doors import door
from concierge.web.permits import permit

ASKERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.EXPERT)


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/claims", "claims_open", claims_open, methods=["POST"])
    bp.add_url_rule("/care-requests", "care_requests_open", care_requests_open, methods=["POST"])
    bp.add_url_rule("/consultations", "consultations_open", consultations_open, methods=["POST"])
    bp.add_url_rule("/recognitions", "recognitions_open", recognitions_open, methods=["POST"])
    bp.add_url_rule("/packages", "packages_open", packages_open, methods=["POST"])


@permit(*STARTS)
def claims_open() -> Response:
    """Open a draft claim for what is due under an entitlement."""
    body = Body.sent()
    entitlement_id = body.ident("entitlement_id", required=True)
    body.check()
    assert entitlement_id is not None
    key = sent_key()
    claim_id = start_claim(door.session, actor=door.actor, now=door.now, entitlement_id=entitlement_id, key=key)
    return made(BY_KIND["claim"], claim_id)


@permit(*ASKERS)
def care_requests_open() -> Response:
    """Register a care request. An expert asks for himself, on his own page's channel."""
    body = Body.sent()
    by_expert = door.actor.has(Role.EXPERT)
    expert_id = _expert(body)
    wish = CareWish(
        category=body.one_of("category", tuple(CATEGORIES)),
        text=body.text("text", required=True, longest=LONGEST_TEXT),
        channel=Channel.PORTAL if by_expert else _channel(body),
        urgent=body.yes("urgent"),
        promised=body.number("promised_days", most=1000),
        private_note=body.text("private_note"),
        authorisation=body.text("authorisation", longest=500),
        guardian_consent=body.yes("guardian_consent"),
        care_consent=body.yes("care_consent"),
    )
    body.check()
    key = sent_key()
    case_id = register_care(
        door.session, actor=door.actor, now=door.now, keys=door.keys, expert_id=expert_id, wish=wish, key=key
    )
    return made(BY_KIND["care_request"], case_id)


@permit(*ASKERS, Role.EMPLOYER)
def consultations_open() -> Response:
    """Ask what a policy means. An expert asks for himself, an employer for itself, a specialist for an expert."""
    body = Body.sent()
    by_expert, by_employer = door.actor.has(Role.EXPERT), door.actor.has(Role.EMPLOYER)
    expert_id = body.ident("expert_id", required=not (by_expert or by_employer))
    channels = (QuestionChannel.PHONE, QuestionChannel.VISIT)
    given = body.one_of("channel", channels, default=QuestionChannel.PHONE.value)
    own = QuestionChannel.EMPLOYER if by_employer else QuestionChannel.PORTAL if by_expert else None
    question = Question(
        text=body.text("question", required=True, longest=LONGEST_QUESTION),
        channel=own or next((channel for channel in channels if channel.value == given), QuestionChannel.PHONE),
        pressing=body.yes("pressing"),
        promised=body.number("promised_days", most=1000),
    )
    body.check()
    case_id = ask_question(
        door.session,
        actor=door.actor,
        now=door.now,
        question=question,
        expert_id=door.actor.person_id if expert_id is None and by_expert else expert_id,
        key=sent_key(),
    )
    return made(BY_KIND["consultation"], case_id)


@permit(*ASKERS, Role.EMPLOYER)
def recognitions_open() -> Response:
    """Open a draft application for recognition: an expert for himself, a specialist or employer on his behalf."""
    body = Body.sent()
    expert_id = _expert(body)
    category, kinds = body.ident("category_id", required=True), tuple(kind.code for kind in KINDS)
    given = {
        "grounds": body.text("grounds", required=True, longest=LONGEST),
        "recruitment": body.one_of("recruitment", kinds, default=kinds[0]),
        "authorisation": body.text("authorisation", longest=500),
    }
    body.check()
    assert category is not None
    application = Application(person_id=expert_id, category=public_id(category), **given)
    key = sent_key()
    case_id = start_recognition(door.session, actor=door.actor, now=door.now, application=application, key=key)
    return made(BY_KIND["recognition"], case_id)


@permit(*ASKERS)
def packages_open() -> Response:
    """Ask for a package with one form: an expert for himself, a specialist with the expert's authorisation."""
    body = Body.sent()
    expert_id = _expert(body)
    category, kinds = body.ident("category_id"), tuple(kind.code for kind in KINDS)
    policies = tuple(body.words("policies"))
    given = {
        "package": body.one_of("package", tuple(PACKAGES), default=NEW_ARRIVAL.code),
        "category": public_id(category) if category is not None else "",
        "grounds": body.text("grounds", longest=LONGEST),
        "recruitment": body.one_of("recruitment", kinds, default=kinds[0]),
        "authorisation": body.text("authorisation", longest=500),
    }
    body.check()
    key = sent_key()
    wish = PackageWish(person_id=expert_id, policies=policies, **given)
    return made(BY_KIND["package"], open_package(door.session, actor=door.actor, now=door.now, wish=wish, key=key))


def _expert(body: Body) -> int:
    """Whose it is to be: an expert's own unless he names another; everybody else must name one (0 beside an error)."""
    named = body.ident("expert_id", required=not door.actor.has(Role.EXPERT))
    return (door.actor.person_id or 0) if named is None else named


def _channel(body: Body) -> Channel:
    given = body.one_of("channel", tuple(Channel), default=Channel.PHONE.value)
    return Channel(given) if given in tuple(Channel) else Channel.PHONE


def made(thing: CaseThing, case_id: int) -> Response:
    """The answer to what was begun: the case and its address."""
    answer = jsonify(one_case(door.session, thing, reader(), case_id))
    answer.status_code = 201
    answer.headers["Location"] = url_for(f"api.{thing.name.replace('-', '_')}_one", case_id=case_id)
    return answer
