"""What programs enter of a field: experts on its list, teams, mentees, people declared for places elsewhere."""

from datetime import date
from typing import Any

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.money import IDENTS
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.campaigns import campaign_named
from concierge.rules.dispatch import PlacementForm
from concierge.services import placements, service_experts, teams
from concierge.services.dispatch import NAMERS
from concierge.services.plans import LONGEST
from concierge.web.doors import door

LONGEST_NAME = 100
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


def _list(_new: int, body: Body) -> int:
    field_id, has_file = body.ident("field_id", required=True) or 0, body.yes("has_file")
    given: dict[str, Any] = {
        "full_name": body.text("full_name", required=True, longest=LONGEST_NAME),
        "home_unit_id": body.ident("home_unit_id", required=True),
        "specialty": body.text("specialty", longest=LONGEST),
    }
    body.check()
    expert = service_experts.NewExpert(**given)
    return service_experts.add_expert(
        door.session, actor=door.actor, now=door.now, field_id=field_id, expert=expert, has_file=has_file
    )


def _end(expert_id: int, _body: Body) -> int:
    service_experts.end_expert(door.session, actor=door.actor, now=door.now, expert_id=expert_id)
    return expert_id


def _form(_new: int, body: Body) -> int:
    given: dict[str, Any] = {
        "name_zh": body.text("name_zh", required=True, longest=LONGEST),
        "name_en": body.text("name_en", longest=LONGEST),
        "base_unit_id": body.ident("base_unit_id", required=True),
        "members": body.idents("member_ids"),
    }
    formed_on = body.day("formed_on", required=True) or date.min
    team = teams.NewTeam(**given, formed_on=formed_on, **_place(body))
    return teams.form_team(door.session, actor=door.actor, now=door.now, team=team)


def _follow(_new: int, body: Body) -> int:
    expert_id, unit_id = body.ident("expert_id", required=True), body.ident("unit_id", required=True)
    name = body.text("mentee_name", required=True, longest=LONGEST_NAME)
    starts_on, place = body.day("starts_on", required=True) or date.min, _place(body)
    mentee = expert_id or 0, unit_id or 0, name
    return teams.follow_mentee(
        door.session, actor=door.actor, now=door.now, mentee=mentee, starts_on=starts_on, **place
    )  # fmt: skip


def _declare(_new: int, body: Body) -> int:
    form = body.one_of("form", FORMS)
    given: dict[str, Any] = {
        "programme": body.text("programme", required=True, longest=LONGEST),
        "host": body.text("host", required=True, longest=LONGEST),
        "person_name": body.text("person_name", required=True, longest=LONGEST_NAME),
        "unit_id": body.ident("unit_id", required=True),
    }
    declared_on, place = body.day("declared_on", required=True) or date.min, _place(body)
    learner = placements.NewPlacement(**given, form=PlacementForm(form), declared_on=declared_on)
    return placements.declare_placements(
        door.session, actor=door.actor, now=door.now, placements=[learner], **place
    )[0]  # fmt: skip


ROSTER = (
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
    ),
    ApiAct("service-experts", "end", NAMERS, "Take an expert off the list of his field", _end),
    ApiAct(
        "service-teams", "", NAMERS, "Form a standing team", _form,
        a_body(
            "field_id name_zh base_unit_id member_ids formed_on",
            **_PLACE,
            name_zh=words(LONGEST),
            name_en=words(LONGEST, least=0),
            base_unit_id=IDENT,
            member_ids={**IDENTS, "minItems": 1, "description": "Experts of the field; the first one leads."},
            formed_on=DAY,
        ),
    ),
    ApiAct(
        "mentorships", "", NAMERS, "Write down whom an expert follows as mentor", _follow,
        a_body(
            "field_id expert_id unit_id mentee_name starts_on",
            **_PLACE,
            expert_id={**IDENT, "description": "The mentor, on the list of the field."},
            unit_id={**IDENT, "description": "The mentee's unit."},
            mentee_name=words(LONGEST_NAME),
            starts_on=DAY,
        ),
    ),
    ApiAct(
        "placements", "", NAMERS, "Declare somebody for a study visit or a shadowing post", _declare,
        a_body(
            "field_id form programme host person_name unit_id declared_on",
            **_PLACE,
            form={"type": "string", "enum": list(FORMS)},
            programme=words(LONGEST),
            host=words(LONGEST, "Where it is."),
            person_name=words(LONGEST_NAME),
            unit_id={**IDENT, "description": "Of the person sent."},
            declared_on=DAY,
        ),
    ),
)  # fmt: skip
