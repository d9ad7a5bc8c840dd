"""What programs may do to set a campaign up: campaigns, reporting groups, fields, and the parts of units."""

from datetime import date
from typing import Any

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.ids import parse_id
from concierge.basics.text import Bilingual
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.rules.dispatch import CampaignPart
from concierge.rules.roles import Role
from concierge.services import campaign_setup as services
from concierge.services import campaign_units as units
from concierge.services.campaign_setup import LAST_POSITION, LONGEST_BASIS, LONGEST_CODE, LONGEST_NAME
from concierge.web.doors import door

_PARTS = next(thing for thing in PLAIN if thing.name == "campaign-units")
_CODE = words(LONGEST_CODE, "Small letters and digits with hyphens between them.")
_NAMES = dict.fromkeys(("name_zh", "name_en"), words(LONGEST_NAME))
_POSITION: dict[str, Schema] = {"position": {"type": "integer", "minimum": 0, "maximum": LAST_POSITION}}
_PLACE: dict[str, Schema] = {"group_id": IDENT, "unit_id": {**IDENT, "description": "The bureau that leads it."}}
_PART: dict[str, Schema] = {"part": {"type": "string", "enum": [part.value for part in CampaignPart]}}


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now}


def _campaign(_new: int, body: Body) -> int:
    first, last = body.day("starts_on", required=True) or date.min, body.day("ends_on", required=True) or date.min
    given: dict[str, Any] = {name: body.text(name, required=True) for name in ("code", *_NAMES)}
    given |= {"year": body.number("year") or first.year, "basis": body.text("basis")}
    parent_id, units_of = body.ident("parent_id"), body.ident("units_of")
    body.check()
    campaign = services.NewCampaign(**given, starts_on=first, ends_on=last, parent_id=parent_id)
    return services.add_campaign(door.session, **_by(), campaign=campaign, units_of=units_of)


def _name(body: Body) -> Bilingual:
    return Bilingual(body.text("name_zh", required=True), body.text("name_en", required=True))


def _position(body: Body) -> int:
    return body.number("position", required=True, most=LAST_POSITION) or 0


def _place(body: Body) -> dict[str, Any]:
    return {name: body.ident(name, required=True) for name in _PLACE}


def _group(_new: int, body: Body) -> int:
    code, name, position = body.text("code", required=True), _name(body), _position(body)
    body.check()
    return services.add_group(door.session, **_by(), code=code, name=name, position=position)


def _correct_group(group_id: int, body: Body) -> int:
    name, position = _name(body), _position(body)
    body.check()
    services.edit_group(door.session, **_by(), group_id=group_id, name=name, position=position)
    return group_id


def _field(_new: int, body: Body) -> int:
    code, name, place = body.text("code", required=True), _name(body), _place(body)
    body.check()
    return services.add_field(door.session, **_by(), code=code, name=name, **place)


def _correct_field(field_id: int, body: Body) -> int:
    name, place = _name(body), _place(body)
    body.check()
    services.edit_field(door.session, **_by(), field_id=field_id, name=name, **place)
    return field_id


def _take_part(_new: int, body: Body) -> int:
    campaign_id, unit_id = body.ident("campaign_id", required=True) or 0, body.ident("unit_id", required=True) or 0
    part = body.one_of("part", tuple(CampaignPart))
    body.check()
    [made] = units.name_units(
        door.session, **_by(), campaign_id=campaign_id, parts=[(unit_id, CampaignPart(part))]
    )  # fmt: skip
    return made


def _change_part(row_id: int, body: Body) -> int:
    part = body.one_of("part", tuple(CampaignPart))
    body.check()
    units.change_part(door.session, **_of_part(row_id), part=CampaignPart(part))
    return row_id


def _leave(row_id: int, _body: Body) -> int:
    units.change_part(door.session, **_of_part(row_id), part=None)
    return row_id


def _of_part(row_id: int) -> dict[str, Any]:
    """Who changes which unit's part in which campaign. Raises NotFound."""
    row = one_plain(door.session, _PARTS, door.actor, local_date(door.now, SHANGHAI), row_id)
    return _by() | {name: parse_id(row[name]) for name in ("campaign_id", "unit_id")}


_OFFICE = (Role.TALENT_OFFICE,)
SETTING_UP = (
    ApiAct(
        "campaigns", "", _OFFICE, "Begin a campaign of one year", _campaign,
        a_body(
            "code name_zh name_en starts_on ends_on",
            code=_CODE, **_NAMES, starts_on=DAY, ends_on=DAY,
            year={"type": "integer", "description": "Left out: that of the first day."},
            parent_id={**IDENT, "description": "The programme of the same year that stands above it."},
            basis=words(LONGEST_BASIS, "The document it rests on, with its number.", least=0),
            units_of={**IDENT, "description": "The campaign whose units take the same parts in this one."},
        ),
    ),
    ApiAct(
        "reporting-groups", "", _OFFICE, "Add a group of fields that are told as one figure", _group,
        a_body("code name_zh name_en position", code=_CODE, **_NAMES, **_POSITION),
    ),
    ApiAct(
        "reporting-groups", "correction", _OFFICE, "Correct a group's names and its place in the order", _correct_group,
        a_body("name_zh name_en position", **_NAMES, **_POSITION),
    ),
    ApiAct(
        "service-fields", "", _OFFICE, "Add a field and the bureau that leads it", _field,
        a_body("code name_zh name_en group_id unit_id", code=_CODE, **_NAMES, **_PLACE),
    ),
    ApiAct(
        "service-fields", "correction", _OFFICE, "Correct a field's names, its group and its bureau", _correct_field,
        a_body("name_zh name_en group_id unit_id", **_NAMES, **_PLACE),
    ),
    ApiAct(
        "campaign-units", "", _OFFICE, "Give a unit its part in a campaign", _take_part,
        a_body("campaign_id unit_id part", campaign_id=IDENT, unit_id=IDENT, **_PART),
    ),
    ApiAct(
        "campaign-units", "part", _OFFICE, "Give a unit another part", _change_part, a_body("part", **_PART),
    ),
    ApiAct(
        "campaign-units", "end", _OFFICE, "Take a unit out of a campaign that nothing names it in", _leave, ends=True
    ),
)  # fmt: skip
