"""Setting a campaign up: the campaign itself, its reporting groups and its fields."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import Bilingual, _
from concierge.db import Base
from concierge.engine.actor import Actor
from concierge.models.campaign import Campaign, CampaignUnit, ReportingGroup, ServiceField
from concierge.models.district import Unit
from concierge.services.campaign_units import parts_in, take_parts
from concierge.services.campaign_years import gather_the_year
from concierge.services.campaigns import KEEPERS, add_row, change_row
from concierge.services.people import only
from concierge.services.plans import known_campaign
from concierge.services.repeats import once

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""How codes are spelled: a group's stands in the names of figures, such as {health.remote} (rules/summaries.py)."""
LONGEST_CODE, LONGEST_NAME, LONGEST_BASIS = 40, 100, 200
LAST_POSITION = 999


@dataclass(frozen=True, kw_only=True)
class NewCampaign:
    """A campaign's values; `parent_id` is the programme of the level above that it belongs to."""

    code: str
    year: int
    name_zh: str
    name_en: str
    starts_on: date
    ends_on: date
    parent_id: int | None = None
    basis: str = ""


def add_campaign(
    session: Session, *, actor: Actor, now: datetime, campaign: NewCampaign, units_of: int | None = None,
    key: str | None = None,
) -> int:  # fmt: skip
    """Add a campaign; its id. The units of the campaign `units_of` take the same parts in it.

    Raises Invalid naming every field that is missing or wrong, NotFound when `units_of` is no campaign of the district.
    """
    only(actor, *KEEPERS)
    values = _tidied(campaign)
    with once(session, actor, now, "add-campaign", key, values | {"units_of": units_of}) as told:
        if not told.id:
            if wrong := _wrong_campaign(session, values):
                raise Invalid(*wrong)
            parts = parts_in(session, known_campaign(session, units_of).id) if units_of is not None else {}
            told.id = add_row(session, Campaign, values, actor, now, "campaign")
            if parts:
                take_parts(session, actor, now, told.id, parts)
            gather_the_year(session, campaign.year)
    return told.id


def edit_campaign(
    session: Session, *, actor: Actor, now: datetime, campaign_id: int, campaign: NewCampaign, key: str | None = None
) -> int:
    """Correct a campaign; its id. Code, year and the programme above it stay once anything hangs on it.

    Raises NotFound, and Invalid naming every field that is missing or wrong.
    """
    only(actor, *KEEPERS)
    values = _tidied(campaign)
    with once(session, actor, now, "edit-campaign", key, values | {"campaign": campaign_id}) as told:
        if not told.id:
            held = _here(session, Campaign, campaign_id)
            wrong = _wrong_campaign(session, values, besides=campaign_id)
            fixed = [field for name, field in FIXED.items() if values[name] != getattr(held, name)]
            if fixed and hangs_on(session, campaign_id):
                text = _("Something of the campaign is recorded already; its code, year and programme above stay.")
                wrong += [Reason("campaign_in_use", text, field) for field in fixed]
            if wrong:
                raise Invalid(*wrong)
            change_row(session, actor, now, held, values, "campaign")
            gather_the_year(session, campaign.year)
            told.id = campaign_id
    return told.id


FIXED = {"code": "code", "year": "year", "parent_id": "parent"}
"""What stays of a campaign once something hangs on it, and the field of the form that shows it."""


def hangs_on(session: Session, campaign_id: int) -> bool:
    """Whether something was recorded of a campaign, or another one stands under it; units may have their parts."""
    below = select(Campaign.id).where(Campaign.parent_id == campaign_id)
    named = [m.class_ for m in Base.registry.mappers if "campaign_id" in m.columns and m.class_ is not CampaignUnit]
    rows = [below, *(select(model.id).where(model.campaign_id == campaign_id) for model in named)]
    return any(session.execute(row.limit(1)).first() is not None for row in rows)


def add_group(
    session: Session, *, actor: Actor, now: datetime, code: str, name: Bilingual, position: int,
    key: str | None = None,
) -> int:  # fmt: skip
    """Add a reporting group: fields that are reported as one figure, in the order of their positions; its id.

    Raises Invalid naming every field that is missing or wrong, and for a code in use.
    """
    only(actor, *KEEPERS)
    values = {"code": _tidy(code), **_names(name), "position": position}
    with once(session, actor, now, "add-group", key, values) as told:
        if not told.id:
            wrong = _wrong_words(values) + _wrong_position(position)
            wrong += _wrong_code(session, ReportingGroup, values["code"])
            if wrong:
                raise Invalid(*wrong)
            told.id = add_row(session, ReportingGroup, values, actor, now, "reporting_group")
    return told.id


def edit_group(
    session: Session, *, actor: Actor, now: datetime, group_id: int, name: Bilingual, position: int,
    key: str | None = None,
) -> int:  # fmt: skip
    """Correct a group's names and position; its id. Its code stays, for figures are named by it.

    Raises NotFound, Invalid.
    """
    only(actor, *KEEPERS)
    values = {**_names(name), "position": position}
    with once(session, actor, now, "edit-group", key, values | {"group": group_id}) as told:
        if not told.id:
            group = _here(session, ReportingGroup, group_id)
            if wrong := _wrong_words(values) + _wrong_position(position):
                raise Invalid(*wrong)
            change_row(session, actor, now, group, values, "reporting_group")
            told.id = group_id
    return told.id


def add_field(
    session: Session, *, actor: Actor, now: datetime, code: str, name: Bilingual, group_id: int, unit_id: int,
    key: str | None = None,
) -> int:  # fmt: skip
    """Add a field and the bureau that leads it; its id.

    Raises Invalid naming every field that is missing or wrong, and for a code in use or an unknown group or unit.
    """
    only(actor, *KEEPERS)
    values = {"code": _tidy(code), **_names(name), "group_id": group_id, "unit_id": unit_id}
    with once(session, actor, now, "add-field", key, values) as told:
        if not told.id:
            wrong = _wrong_words(values) + _wrong_code(session, ServiceField, values["code"])
            wrong += _wrong_place(session, group_id, unit_id)
            if wrong:
                raise Invalid(*wrong)
            told.id = add_row(session, ServiceField, values, actor, now, "service_field")
    return told.id


def edit_field(
    session: Session, *, actor: Actor, now: datetime, field_id: int, name: Bilingual, group_id: int, unit_id: int,
    key: str | None = None,
) -> int:  # fmt: skip
    """Correct a field's names, its group and the bureau that leads it; its id. Orders raised before stay with theirs.

    Raises NotFound, and Invalid as above.
    """
    only(actor, *KEEPERS)
    values = {**_names(name), "group_id": group_id, "unit_id": unit_id}
    with once(session, actor, now, "edit-field", key, values | {"field": field_id}) as told:
        if not told.id:
            field = _here(session, ServiceField, field_id)
            if wrong := _wrong_words(values) + _wrong_place(session, group_id, unit_id):
                raise Invalid(*wrong)
            change_row(session, actor, now, field, values, "service_field")
            told.id = field_id
    return told.id


def _tidied(campaign: NewCampaign) -> dict[str, Any]:
    """A campaign's values without blanks around its words."""
    return {name: _tidy(value) if isinstance(value, str) else value for name, value in asdict(campaign).items()}


def _wrong_campaign(session: Session, values: dict[str, Any], besides: int = 0) -> list[Reason]:
    """What is wrong with the values of a new campaign, or of the one that is corrected, `besides`."""
    wrong = _wrong_words(values) + _wrong_days(values["starts_on"], values["ends_on"], values["year"])
    wrong += _wrong_code(session, Campaign, values["code"], Campaign.year == values["year"], Campaign.id != besides)
    return wrong + _wrong_parent(session, values, besides)


def _here(session: Session, model: type[Any], row_id: int) -> Any:
    row = session.get(model, row_id, with_for_update=True)
    if row is None:
        raise NotFound()
    return row


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _names(name: Bilingual) -> dict[str, Any]:
    return {"name_zh": _tidy(name.zh), "name_en": _tidy(name.en)}


def _wrong_words(values: dict[str, Any]) -> list[Reason]:
    """The texts among the values that are missing, too long, or no code."""
    longest = {"code": LONGEST_CODE, "name_zh": LONGEST_NAME, "name_en": LONGEST_NAME, "basis": LONGEST_BASIS}
    wrong = []
    for name, most in longest.items():
        text = values.get(name)
        if text == "" and name != "basis":
            wrong.append(Reason("missing", _("This is needed"), name))
        elif text and len(text) > most:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=most), name))
        elif text and name == "code" and not CODE.fullmatch(text):
            wrong.append(Reason("code", _("Small letters and digits, please, with hyphens between them."), name))
    return wrong


def _wrong_code(session: Session, model: type[Any], code: str, *among_these: Any) -> list[Reason]:
    if session.execute(select(model.id).where(model.code == code, *among_these)).first() is None:
        return []
    return [Reason("code_taken", _TAKEN[model], "code")]


_TAKEN = {
    Campaign: _("Another campaign of the year has this code."),
    ReportingGroup: _("Another group has this code."),
    ServiceField: _("Another field has this code."),
}


def _wrong_days(first: date, last: date, year: int) -> list[Reason]:
    if first > last:
        return [Reason("dates", _("The end lies before the beginning."), "ends_on")]
    if not first.year == year == last.year:
        return [Reason("year", _("A campaign lies within one year, for by the year it is counted."), "year")]
    return []


def _wrong_parent(session: Session, values: dict[str, Any], besides: int) -> list[Reason]:
    """Figures are added up over one level and one year, so a programme above is of that year and stands under none."""
    if values["parent_id"] is None:
        return []
    above = session.get(Campaign, values["parent_id"])
    if above is not None and above.year == values["year"] and above.parent_id is None and above.id != besides:
        return []
    return [Reason("parent", _("Please choose a programme of the same year that stands under no other."), "parent")]


def _wrong_position(position: int) -> list[Reason]:
    text = _("A whole number from 0 to %(n)s, please.", n=LAST_POSITION)
    return [] if 0 <= position <= LAST_POSITION else [Reason("position", text, "position")]


def _wrong_place(session: Session, group_id: int, unit_id: int) -> list[Reason]:
    wrong = []
    if session.get(ReportingGroup, group_id) is None:
        wrong.append(Reason("unknown_group", _("Please choose a reporting group."), "group"))
    if session.get(Unit, unit_id) is None:
        wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
    return wrong
