"""What the campaign's own lists refer to: fields, units, experts by their names; and what was imported since."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.text import _
from concierge.db import among
from concierge.models.account import Account
from concierge.models.campaign import Campaign, ServiceExpert, ServiceField
from concierge.models.district import Unit
from concierge.models.job import ImportRow, ImportRun
from concierge.rules.roles import Role
from concierge.rules.sheets import Column, FileRow
from concierge.services.campaigns import KEEPERS
from concierge.services.import_plans import Setting, Touched
from concierge.services.intake import Sieve

MOST = 1_000_000
LONGEST = 200
LONGEST_REFERENCE = 60
# "序号" is none of its names: it begins anew in every sheet.
REFERENCE = Column("reference", "编号", _("Own number"), ("流水号", "登记号", "单号"), True, example="2026-001")
FIELD = Column("field", "领域", _("Field"), ("所属领域",), example="农牧")


@dataclass(frozen=True)
class Around:
    """Today, the campaigns that bureaus report on, the fields the actor may enter for, units and experts by name."""

    today: date
    campaigns: Sequence[tuple[int, date, date]]
    fields: Mapping[str, int]
    units: Mapping[str, int]
    experts: Mapping[tuple[int, str], Sequence[tuple[int, str]]]

    def field(self, typed: str) -> int:
        """The field meant; nothing typed means the only one. Raises Invalid with the fields to choose from."""
        own = set(self.fields.values())
        if not typed and len(own) == 1:
            return own.pop()
        if typed not in self.fields:
            choices = ", ".join(name for name in self.fields if not name.isascii())
            raise Invalid.because("unknown_field", _("Write one of: %(choices)s", choices=choices), "field")
        return self.fields[typed]

    def unit(self, typed: str) -> int:
        """The unit of this name. Raises Invalid."""
        if typed not in self.units:
            raise Invalid.because("unknown_unit", _("No unit of this district has this name."), "unit")
        return self.units[typed]

    def unit_name(self, unit_id: int) -> str:
        """The name of a unit."""
        return next((name for name, known in self.units.items() if known == unit_id), "")

    def field_name(self, field_id: int) -> str:
        """The name of a field the actor may enter for."""
        return next((name for name, known in self.fields.items() if known == field_id), "")

    def day(self, typed: str) -> date:
        """A day gone by. Raises Invalid."""
        day = parse_date(typed)
        if day > self.today:
            raise Invalid.because("too_early", _("It cannot be recorded before it has happened."), "happened_on")
        return day

    def campaign(self, day: date) -> int | None:
        """The campaign that ran on a day."""
        return next((number for number, first, last in self.campaigns if first <= day <= last), None)


def around(setting: Setting, *, with_experts: bool = False) -> Around:
    """What lists of an actor refer to. Four statements."""
    session, actor = setting.session, setting.actor
    c, f = Campaign, ServiceField
    above = select(c.parent_id).where(c.parent_id.is_not(None))
    running = session.execute(select(c.id, c.starts_on, c.ends_on).where(c.id.not_in(above)).order_by(c.id.desc()))
    fields: dict[str, int] = {}
    for row in session.execute(select(f.id, f.code, f.name_zh, f.name_en, f.unit_id).order_by(f.id)):
        if actor.has(*KEEPERS) or row.unit_id in actor.units(Role.SECTOR):
            fields |= dict.fromkeys((row.name_zh, row.name_en, row.code), row.id)
    units: dict[str, int] = {}
    for unit in session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).order_by(Unit.id.desc())):
        units |= dict.fromkeys((unit.name_zh, unit.name_en), unit.id)
    known: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    if with_experts:
        e = ServiceExpert
        named = select(e.id, e.field_id, e.full_name, e.is_active, Unit.name_zh).join(Unit, Unit.id == e.home_unit_id)
        for expert in session.execute(named.order_by(e.is_active.desc(), e.id)):
            # A list tells of days gone by: whoever is off the list now is meant where no other bears the name.
            if expert.is_active or (expert.field_id, expert.full_name) not in known:
                known[expert.field_id, expert.full_name].append((expert.id, expert.name_zh))
    today = local_date(setting.now, SHANGHAI)
    return Around(today, [tuple(row) for row in running], fields, units, known)


def whole(least: int) -> Callable[[str], int]:
    """Reads a whole number from `least` on; "1,200" too. Raises Invalid."""

    def read(typed: str) -> int:
        plain = typed.replace(",", "").replace("，", "")
        if not (plain.isascii() and plain.isdigit()) or len(plain) > 7 or not least <= int(plain) <= MOST:
            raise Invalid.because("number_form", _("Write a whole number"), "amount")
        return int(plain)

    return read


def short(typed: str) -> str:
    """A text of at most 200 characters. Raises Invalid."""
    if len(typed) > LONGEST:
        raise Invalid.because("too_long", _("At most %(n)s characters, please.", n=LONGEST), "title")
    return typed


def reference(typed: str) -> str:
    """A line's own number of at most 60 characters. Raises Invalid."""
    if len(typed) > LONGEST_REFERENCE:
        raise Invalid.because("too_long", _("At most %(n)s characters, please.", n=LONGEST_REFERENCE), "reference")
    return typed


def tell_all(row: FileRow, sieve: Sieve) -> None:
    """Put every reason of a sieve on its cell of the row, once for each column."""
    told = {cell.reason.field for cell in row.wrong}
    for reason in sieve.reasons:
        if reason.field not in told:
            row.refuse(reason)


def imported_since(setting: Setting, subject_ids: list[int], since: datetime) -> dict[int, Touched]:
    """Which of these a later import has changed, and who imported it."""
    r, run = ImportRow, ImportRun
    rows = setting.session.execute(
        select(r.subject_id, Account.name)
        .join(run, run.id == r.run_id)
        .join(Account, Account.id == run.account_id)
        .where(among(r.subject_id, subject_ids), r.applied_at > since, run.state == "applied")
        .distinct()
    )
    return {row.subject_id: Touched("", (row.name,)) for row in rows}
