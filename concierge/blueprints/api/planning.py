"""What programs write down of a campaign's plans: bases, plans with tasks, topics, who holds which post, meetings."""

from datetime import date
from typing import Any

from concierge.basics.errors import Reason
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.rules.dispatch import MeetingKind
from concierge.rules.plans import BasisLevel, Post
from concierge.rules.roles import Role
from concierge.rules.summaries import MEASURES
from concierge.services import organisation, plans, topics
from concierge.services.campaigns import Asked, hold_meeting
from concierge.web.doors import door

OFFICE, BUREAUS = (Role.TALENT_OFFICE,), (Role.TALENT_OFFICE, Role.SECTOR)
TITLE, LONGEST, OWNER = plans.LONGEST, organisation.LONGEST, 60
COUNTED = tuple(code for code, measure in MEASURES.items() if measure.by_group)


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now}


def _day(body: Body, name: str) -> date:
    return body.day(name, required=True) or date.min


def _ids(body: Body, *names: str) -> dict[str, Any]:
    return {name: body.ident(name, required=True) for name in names}


def _basis(_new: int, body: Body) -> int:
    given = _ids(body, "campaign_id") | {name: body.text(name, required=True) for name in ("number", "title")}
    given |= {"level": body.one_of("level", tuple(BasisLevel)), "issued_on": _day(body, "issued_on")}
    body.check()
    return plans.cite_basis(door.session, **_by(), basis=plans.NewBasis(**given))


def _plan(_new: int, body: Body) -> int:
    given = _ids(body, "campaign_id", "field_id", "basis_id") | {"title": body.text("title", required=True)}
    given |= {name: _day(body, name) for name in ("starts_on", "ends_on")}
    body.check()
    return plans.write_plan(door.session, **_by(), plan=plans.NewPlan(**given))


def _task(_new: int, body: Body) -> int:
    given = _ids(body, "plan_id", "unit_id") | {"words": body.text("words", required=True)}
    given |= {"measure": body.one_of("measure", COUNTED), "due_on": _day(body, "due_on")}
    given["target"] = body.number("target", required=True, least=1, most=plans.MOST)
    body.check()
    return plans.set_task(door.session, **_by(), task=plans.NewTask(**given))


def _topic(_new: int, body: Body) -> int:
    said = {name: body.text(name, required=True) for name in ("title", "deliverable")}
    given = _ids(body, "campaign_id") | said | {"deliver_by": _day(body, "deliver_by")}
    body.check()
    return topics.post_topic(door.session, **_by(), topic=topics.NewTopic(**given))


def _post(_new: int, body: Body) -> int:
    given = _ids(body, "campaign_id", "unit_id") | {"post": body.one_of("post", tuple(Post))}
    given |= {"person_name": body.text("person_name", required=True), "duty": body.text("duty", longest=LONGEST)}
    given["starts_on"] = _day(body, "starts_on")
    body.check()
    return organisation.appoint(door.session, **_by(), post=organisation.NewPost(**given))


def _meeting(_new: int, body: Body) -> int:
    given = _ids(body, "campaign_id") | {"title": body.text("title", required=True), "held_on": _day(body, "held_on")}
    given |= {name: body.text(name) for name in ("attendees", "minutes")}
    kind, told = body.one_of("kind", tuple(MeetingKind)), body.values.get("asked", [])
    rows = told if isinstance(told, list) else [None]
    asked = [_asked(at, row, body) for at, row in enumerate(rows)]
    body.check()
    return hold_meeting(door.session, **_by(), **given, kind=MeetingKind(kind), asked=asked)


def _asked(at: int, row: Any, body: Body) -> Asked:
    """One thing that was asked; what is wrong with it is named by its place in the list."""
    said = Body(row if isinstance(row, dict) else {})
    unit_id, text = said.ident("unit_id", required=True) or 0, said.text("words", required=True)
    asked = Asked(unit_id=unit_id, words=text, due_on=_day(said, "due_on"), owner=said.text("owner", longest=OWNER))
    body.wrong += [Reason(wrong.code, wrong.text, f"asked.{at}.{wrong.field}") for wrong in said.wrong]
    return asked


_CAMPAIGN: dict[str, Schema] = {"campaign_id": IDENT}
_ASKED = a_body("unit_id words due_on", unit_id=IDENT, words=words(2000), due_on=DAY, owner=words(OWNER, least=0))


def _one_of(kinds: Any) -> Schema:
    return {"type": "string", "enum": [str(each) for each in kinds]}


PLANNING = (
    ApiAct(
        "basis-documents", "", OFFICE, "Name a document that a campaign rests on", _basis,
        a_body("campaign_id level number title issued_on", **_CAMPAIGN, level=_one_of(BasisLevel),
               number=words(TITLE), title=words(TITLE), issued_on=DAY),
    ),
    ApiAct(
        "plans", "", BUREAUS, "Write down the plan of a field, by the bureau that leads it", _plan,
        a_body("campaign_id field_id basis_id title starts_on ends_on", **_CAMPAIGN, field_id=IDENT, basis_id=IDENT,
               title=words(TITLE), starts_on=DAY, ends_on=DAY),
    ),
    ApiAct(
        "plan-tasks", "", BUREAUS, "Set a task of a plan; what is reached is counted from the records", _task,
        a_body("plan_id unit_id words measure target due_on", plan_id=IDENT, unit_id=IDENT, words=words(TITLE),
               measure=_one_of(COUNTED), target={"type": "integer", "minimum": 1, "maximum": plans.MOST}, due_on=DAY),
    ),
    ApiAct(
        "topics", "", OFFICE, "Post a topic that any unit may claim", _topic,
        a_body("campaign_id title deliverable deliver_by", **_CAMPAIGN, title=words(TITLE),
               deliverable=words(topics.LONGEST), deliver_by=DAY),
    ),
    ApiAct(
        "campaign-posts", "", OFFICE, "Name who holds a post from a day on; whoever held it ends the day before", _post,
        a_body("campaign_id unit_id post person_name starts_on", **_CAMPAIGN, unit_id=IDENT, post=_one_of(Post),
               person_name=words(TITLE), duty=words(LONGEST, least=0), starts_on=DAY),
    ),
    ApiAct(
        "meetings", "", OFFICE, "Write down a meeting, and what it asked of which unit by when", _meeting,
        a_body("campaign_id kind held_on title", **_CAMPAIGN, kind=_one_of(MeetingKind), held_on=DAY,
               title=words(TITLE), attendees=words(2000, least=0), minutes=words(2000, least=0),
               asked={"type": "array", "items": _ASKED}),
    ),
)  # fmt: skip
"""What the pages of plans and organisation write down beside steps."""
