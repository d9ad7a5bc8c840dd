"""What programs may do to set a campaign up: campaigns, reporting groups, fields, and the parts of units."""

from datetime import date
from typing import Any

from concierge.basics.text import Bilingual
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.rules.dispatch import CampaignPart
from concierge.rules.roles import Role
from concierge.services import campaign_setup as services
from concierge.services import campaign_units as units
from concierge.services.campaign_setup import LAST_POSITION, LONGEST_BASIS, LONGEST_CODE, LONGEST_NAME
from concierge.web.doors import door

_CODE = words(LONGEST_CODE, "Small letters and digits with hyphens between them.")
_NAMES = dict.fromkeys(("name_zh", "name_en"), words(LONGEST_NAME))
_POSITION: dict[str, Schema] = {"position": {"type": "integer", "minimum": 0, "maximum": LAST_POSITION}}
_PLACE: dict[str, Schema] = {"group_id": IDENT, "unit_id": {**IDENT, "description": "The bureau that leads it."}}
_PART: dict[str, Schema] = {"part": {"type": "string", "enum": [part.value for part in CampaignPart]}}


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "key": sent_key()}


def _values(body: Body) -> services.NewCampaign:
    first, last = body.day("starts_on", required=True) or date.min, body.day("ends_on", required=True) or date.min
    given: dict[str, Any] = {name: body.text(name, required=True) for name in ("code", *_NAMES)}
    given |= {"year": body.number("year") or first.year, "basis": body.text("basis")}
    parent_id = body.ident("parent_id")
    return services.NewCampaign(**given, starts_on=first, ends_on=last, parent_id=parent_id)


def _campaign(_new: int, body: Body) -> int:
    campaign, units_of = _values(body), body.ident("units_of")
    body.check()
    return services.add_campaign(door.session, **_by(), campaign=campaign, units_of=units_of)


def _correct_campaign(campaign_id: int, body: Body) -> int:
    campaign = _values(body)
    body.check()
    return services.edit_campaign(door.session, **_by(), campaign_id=campaign_id, campaign=campaign)


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
    return services.edit_group(door.session, **_by(), group_id=group_id, name=name, position=position)


def _field(_new: int, body: Body) -> int:
    code, name, place = body.text("code", required=True), _name(body), _place(body)
    body.check()
    return services.add_field(door.session, **_by(), code=code, name=name, **place)


def _correct_field(field_id: int, body: Body) -> int:
    name, place = _name(body), _place(body)
    body.check()
    return services.edit_field(door.session, **_by(), field_id=field_id, name=name, **place)


def _take_part(_new: int, body: Body) -> int:
    campaign_id, unit_id = body.ident("campaign_id", required=True) or 0, body.ident("unit_id", required=True) or 0
    part = body.one_of("part", tuple(CampaignPart))
    body.check()
    given: dict[str, Any] = {"campaign_id": campaign_id, "unit_id": unit_id}
    return units.name_unit(door.session, **_by(), **given, part=CampaignPart(part))


def _change_part(row_id: int, body: Body) -> int:
    part = body.one_of("part", tuple(CampaignPart))
    body.check()
    return units.change_named_part(door.session, **_by(), part_id=row_id, part=CampaignPart(part))


def _leave(row_id: int, _body: Body) -> int:
    return units.change_named_part(door.session, **_by(), part_id=row_id, part=None)


_CAMPAIGN: dict[str, Schema] = {
    "code": _CODE,
    **_NAMES,
    "starts_on": DAY,
    "ends_on": DAY,
    "year": {"type": "integer", "description": "Left out: that of the first day."},
    "parent_id": {**IDENT, "description": "The programme of the same year that stands above it."},
    "basis": words(LONGEST_BASIS, "The document it rests on, with its number.", least=0),
}
_OFFICE = (Role.TALENT_OFFICE,)
SETTING_UP = (
    ApiAct(
        "campaigns", "", _OFFICE, "Begin a campaign of one year", _campaign,
        a_body(
            "code name_zh name_en starts_on ends_on",
            **_CAMPAIGN,
            units_of={**IDENT, "description": "The campaign whose units take the same parts in this one."},
        ),
        keyed=True,
    ),
    ApiAct(
        "campaigns", "correction", _OFFICE,
        "Correct a campaign, sent as a whole; code, year and programme above stay once something of it is recorded",
        _correct_campaign, a_body("code name_zh name_en starts_on ends_on", **_CAMPAIGN), keyed=True,
    ),
    ApiAct(
        "reporting-groups", "", _OFFICE, "Add a group of fields that are told as one figure", _group,
        a_body("code name_zh name_en position", code=_CODE, **_NAMES, **_POSITION), keyed=True,
    ),
    ApiAct(
        "reporting-groups", "correction", _OFFICE, "Correct a group's names and its place in the order", _correct_group,
        a_body("name_zh name_en position", **_NAMES, **_POSITION), keyed=True,
    ),
    ApiAct(
        "service-fields", "", _OFFICE, "Add a field and the bureau that leads it", _field,
        a_body("code name_zh name_en group_id unit_id", code=_CODE, **_NAMES, **_PLACE), keyed=True,
    ),
    ApiAct(
        "service-fields", "correction", _OFFICE, "Correct a field's names, its group and its bureau", _correct_field,
        a_body("name_zh name_en group_id unit_id", **_NAMES, **_PLACE), keyed=True,
    ),
    ApiAct(
        "campaign-units", "", _OFFICE, "Give a unit its part in a campaign", _take_part,
        a_body("campaign_id unit_id part", campaign_id=IDENT, unit_id=IDENT, **_PART), keyed=True,
    ),
    ApiAct(
        "campaign-units", "part", _OFFICE, "Give a unit another part", _change_part, a_body("part", **_PART),
        keyed=True,
    ),
    ApiAct(
        "campaign-units", "end", _OFFICE, "Take a unit out of a campaign that nothing names it in", _leave, keyed=True,
        ends=True,
    ),
)  # fmt: skip
