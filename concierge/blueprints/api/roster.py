"""What programs enter of a field: experts on its list, teams, mentees, people declared for places elsewhere."""

from datetime import date
from typing import Any

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.money import IDENTS
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.campaigns import campaign_named
from concierge.rules.dispatch import ActivityKind, Done, PlacementForm
from concierge.services import field_service, mentorships, placements, service_experts, team_members, teams
from concierge.services.dispatch import NAMERS
from concierge.services.field_service import LARGEST
from concierge.services.plans import LONGEST
from concierge.web.doors import door

LONGEST_NAME = 100
KINDS = tuple(kind.value for kind in ActivityKind)
FORMS = tuple(form.value for form in PlacementForm)
_FIELD: Schema = {**IDENT, "description": "A field of the campaign that one's bureau leads."}
_PLACE: dict[str, Schema] = {
    "campaign_id": {**IDENT, "description": "The one that runs today, unless it is named."},
    "field_id": _FIELD,
}


def _place(body: Body) -> dict[str, Any]:
    """Campaign and field of the body. Raises Invalid with everything that was wrong in it."""
    field_id, campaign_id = body.ident("field_id", required=True), body.ident("campaign_id")
    body.check()
    running = campaign_named(door.session, campaign_id, today=local_date(door.now, SHANGHAI))
    return {"field_id": field_id, "campaign_id": running.id}


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "key": sent_key()}


def _list(_new: int, body: Body) -> int:
    field_id, has_file = body.ident("field_id", required=True) or 0, body.yes("has_file")
    given: dict[str, Any] = {
        "full_name": body.text("full_name", required=True, longest=LONGEST_NAME),
        "home_unit_id": body.ident("home_unit_id", required=True),
        "specialty": body.text("specialty", longest=LONGEST),
    }
    body.check()
    expert = service_experts.NewExpert(**given)
    return service_experts.add_expert(door.session, **_by(), field_id=field_id, expert=expert, has_file=has_file)


def _end(expert_id: int, _body: Body) -> int:
    return service_experts.end_expert(door.session, **_by(), expert_id=expert_id)


def _team(body: Body) -> dict[str, Any]:
    return {
        "name_zh": body.text("name_zh", required=True, longest=LONGEST),
        "name_en": body.text("name_en", longest=LONGEST),
        "base_unit_id": body.ident("base_unit_id", required=True),
        "formed_on": body.day("formed_on", required=True),
    }


def _form(_new: int, body: Body) -> int:
    given, members = _team(body), body.idents("member_ids")
    return teams.form_team(door.session, **_by(), team=teams.NewTeam(**given, members=members, **_place(body)))


def _correct_team(team_id: int, body: Body) -> int:
    given = _team(body) | {"leader_id": body.ident("leader_id", required=True)}
    body.check()
    change = team_members.TeamChange(**given)
    return team_members.correct_team(door.session, **_by(), team_id=team_id, change=change)


def _who_and_when(body: Body, day: str) -> dict[str, Any]:
    given = {"expert_id": body.ident("expert_id", required=True), day: body.day(day, required=True)}
    body.check()
    return given


def _join(team_id: int, body: Body) -> int:
    return team_members.join_team(door.session, **_by(), team_id=team_id, **_who_and_when(body, "joined_on"))


def _leave(team_id: int, body: Body) -> int:
    return team_members.leave_team(door.session, **_by(), team_id=team_id, **_who_and_when(body, "left_on"))


def _end_team(team_id: int, body: Body) -> int:
    ended_on = body.day("ended_on", required=True) or date.min
    body.check()
    return team_members.end_team(door.session, **_by(), team_id=team_id, ended_on=ended_on)


def _resume_team(team_id: int, _body: Body) -> int:
    return team_members.resume_team(door.session, **_by(), team_id=team_id)


def _follow(_new: int, body: Body) -> int:
    expert_id, unit_id = body.ident("expert_id", required=True), body.ident("unit_id", required=True)
    name = body.text("mentee_name", required=True, longest=LONGEST_NAME)
    starts_on, place = body.day("starts_on", required=True) or date.min, _place(body)
    mentee = expert_id or 0, unit_id or 0, name
    return mentorships.follow_mentee(door.session, **_by(), mentee=mentee, starts_on=starts_on, **place)


def _correct_mentee(mentorship_id: int, body: Body) -> int:
    given: dict[str, Any] = {
        "mentee_name": body.text("mentee_name", required=True, longest=LONGEST_NAME),
        "unit_id": body.ident("unit_id", required=True),
        "starts_on": body.day("starts_on", required=True),
        "ended_on": body.day("ended_on"),
    }
    body.check()
    followed = mentorships.Followed(**given)
    return mentorships.correct_mentorship(door.session, **_by(), mentorship_id=mentorship_id, followed=followed)


def _strike_out(mentorship_id: int, _body: Body) -> int:
    return mentorships.strike_out_mentorship(door.session, **_by(), mentorship_id=mentorship_id)


def _learner(body: Body) -> dict[str, Any]:
    return {
        "form": body.one_of("form", FORMS),
        "programme": body.text("programme", required=True, longest=LONGEST),
        "host": body.text("host", required=True, longest=LONGEST),
        "person_name": body.text("person_name", required=True, longest=LONGEST_NAME),
        "unit_id": body.ident("unit_id", required=True),
        "declared_on": body.day("declared_on", required=True),
    }


def _declare(_new: int, body: Body) -> int:
    given, place = _learner(body), _place(body)
    learner = placements.NewPlacement(**given | {"form": PlacementForm(given["form"])})
    return placements.declare_placement(door.session, **_by(), placement=learner, **place)


def _correct_learner(placement_id: int, body: Body) -> int:
    given = _learner(body)
    body.check()
    learner = placements.NewPlacement(**given | {"form": PlacementForm(given["form"])})
    return placements.correct_placement(door.session, **_by(), placement_id=placement_id, placement=learner)


def _note(order_id: int, body: Body) -> int:
    kind, amount = body.one_of("kind", KINDS), body.number("amount", required=True, least=1, most=LARGEST) or 0
    title = body.text("title", longest=LONGEST)
    body.check()
    done = Done(ActivityKind(kind), amount, title.strip())
    return field_service.note_done(door.session, **_by(), order_id=order_id, done=done)


_TEAM: dict[str, Schema] = {
    "name_zh": words(LONGEST),
    "name_en": words(LONGEST, least=0),
    "base_unit_id": IDENT,
    "formed_on": DAY,
}
_EXPERT: Schema = {**IDENT, "description": "An expert on the list of the field."}
_MENTEE: dict[str, Schema] = {
    "mentee_name": words(LONGEST_NAME),
    "unit_id": {**IDENT, "description": "The mentee's unit."},
    "starts_on": DAY,
}
_LEARNER: dict[str, Schema] = {
    "form": {"type": "string", "enum": list(FORMS)},
    "programme": words(LONGEST),
    "host": words(LONGEST, "Where it is."),
    "person_name": words(LONGEST_NAME),
    "unit_id": {**IDENT, "description": "Of the person sent."},
    "declared_on": DAY,
}
ROSTER = (
    ApiAct(
        "dispatch-orders", "done", NAMERS, "Write down how much was done, until the host has confirmed it", _note,
        a_body(
            "kind amount",
            kind={"type": "string", "enum": list(KINDS)},
            amount={"type": "integer", "minimum": 1, "maximum": LARGEST},
            title=words(LONGEST, least=0),
        ),
        keyed=True,
    ),
    ApiAct(
        "service-experts", "", NAMERS, "Put an expert on the list of a field", _list,
        a_body(
            "field_id full_name home_unit_id",
            field_id=_FIELD,
            full_name=words(LONGEST_NAME),
            home_unit_id=IDENT,
            specialty=words(LONGEST, least=0),
            has_file={"type": "boolean", "description": "Tie him to the one file of his name at this unit."},
        ),
        keyed=True,
    ),
    ApiAct("service-experts", "end", NAMERS, "Take an expert off the list of his field", _end, keyed=True),
    ApiAct(
        "service-teams", "", NAMERS, "Form a standing team", _form,
        a_body(
            "field_id name_zh base_unit_id member_ids formed_on",
            **_PLACE,
            **_TEAM,
            member_ids={**IDENTS, "minItems": 1, "description": "Experts of the field; the first one leads."},
        ),
        keyed=True,
    ),
    ApiAct(
        "service-teams", "correction", NAMERS, "Correct a team's names, base, leader and first day", _correct_team,
        a_body(
            "name_zh base_unit_id leader_id formed_on", **_TEAM, leader_id={**IDENT, "description": "One who is in it."}
        ),
        keyed=True,
    ),
    ApiAct(
        "service-teams", "joining", NAMERS, "An expert joins a team", _join,
        a_body("expert_id joined_on", expert_id=_EXPERT, joined_on=DAY), keyed=True,
    ),
    ApiAct(
        "service-teams", "leaving", NAMERS, "An expert leaves a team, with his last day in it", _leave,
        a_body("expert_id left_on", expert_id=_EXPERT, left_on=DAY), keyed=True,
    ),
    ApiAct(
        "service-teams", "end", NAMERS, "A team is dissolved, with its last day", _end_team,
        a_body("ended_on", ended_on=DAY), keyed=True,
    ),
    ApiAct(
        "service-teams", "resumption", NAMERS, "A team that was dissolved by mistake goes on", _resume_team, keyed=True
    ),
    ApiAct(
        "mentorships", "", NAMERS, "Write down whom an expert follows as mentor", _follow,
        a_body(
            "field_id expert_id unit_id mentee_name starts_on",
            **_PLACE,
            **_MENTEE,
            expert_id={**IDENT, "description": "The mentor, on the list of the field."},
        ),
        keyed=True,
    ),
    ApiAct(
        "mentorships", "correction", NAMERS, "Correct a mentee, or write his last day down", _correct_mentee,
        a_body("mentee_name unit_id starts_on", **_MENTEE, ended_on={**DAY, "description": "None while followed."}),
        keyed=True,
    ),
    ApiAct(
        "mentorships", "removal", NAMERS, "Strike out a mentee who was entered by mistake", _strike_out,
        keyed=True, ends=True,
    ),
    ApiAct(
        "placements", "", NAMERS, "Declare somebody for a study visit or a shadowing post", _declare,
        a_body("field_id form programme host person_name unit_id declared_on", **_PLACE, **_LEARNER), keyed=True,
    ),
    ApiAct(
        "placements", "correction", NAMERS, "Correct what was written down of somebody declared", _correct_learner,
        a_body("form programme host person_name unit_id declared_on", **_LEARNER), keyed=True,
    ),
)  # fmt: skip
