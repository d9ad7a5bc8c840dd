"""Service vouchers by provider and month: what was reported, accepted, disputed and settled, down to each voucher."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.formats import long_day, money
from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import of_kind
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.models.scope import visible_cases
from concierge.models.voucher import Voucher
from concierge.rules.roles import Role
from concierge.workflows.voucher import VoucherFlow

Fact = tuple[Text, Any]
OPEN = ("used", "disputed")
"""Reported, and not agreed upon yet: the differences between a provider's bill and what may be settled."""
TO_BE_USED = "issued"
REPORTED = (*OPEN, "accepted", "settled", "served")
MOST, READY = 20_000, 200


@dataclass(frozen=True)
class Month:
    """A provider's month: how many services and what they cost (fen), by how far they are agreed upon."""

    provider_id: int
    provider: Bilingual
    month: str
    count: int
    reported_fen: int
    open_count: int
    open_fen: int
    accepted_count: int
    accepted_fen: int
    settled_count: int
    settled_fen: int


@dataclass(frozen=True)
class VoucherRow:
    """One voucher that was used."""

    id: int
    number: str
    name: str
    title: Bilingual
    used_on: date
    used_fen: int
    state: str
    state_label: Text


def month_of(text: str) -> tuple[date, date]:
    """The first and last day of a month written YYYY-MM. Raises NotFound."""
    year, _dash, month = text.partition("-")
    if not (len(text) == 7 and text.isascii() and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        raise NotFound()
    if not date.min.year <= int(year) < date.max.year:
        raise NotFound()
    return date(int(year), int(month), 1), date(int(year), int(month), monthrange(int(year), int(month))[1])


def provider_months(session: Session, actor: Actor, year: int) -> tuple[Month, ...]:
    """The months of a year by provider, the newest first; one statement, as many rows as days with a service."""
    v = Voucher
    rows = session.execute(
        select(v.provider_id, Unit.name_zh, Unit.name_en, v.used_on, v.state)
        .add_columns(func.count().label("n"), func.sum(v.used_fen).label("fen"))
        .join(Unit, Unit.id == v.provider_id)
        .where(
            of_kind(v),
            visible_cases(actor),
            v.state.in_(REPORTED),
            v.used_on >= date(year, 1, 1),
            v.used_on <= date(year, 12, 31),
        )
        .group_by(v.provider_id, Unit.name_zh, Unit.name_en, v.used_on, v.state)
    )
    found: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        found.setdefault((f"{row.used_on:%Y-%m}", row.provider_id), []).append(row)
    return tuple(_month(month, rows) for (month, _provider), rows in sorted(found.items(), reverse=True))


def _month(month: str, rows: Sequence[Any]) -> Month:
    def told(*states: str) -> tuple[int, int]:
        mine = [row for row in rows if row.state in states]
        return sum(row.n for row in mine), sum(int(row.fen) for row in mine)

    name = Bilingual(rows[0].name_zh, rows[0].name_en)
    parts = (*told(*REPORTED), *told(*OPEN), *told("accepted", "served"), *told("settled"))
    return Month(rows[0].provider_id, name, month, *parts)


def voucher_rows(session: Session, actor: Actor, provider_id: int, month: str) -> tuple[VoucherRow, ...]:
    """Every voucher that a provider reported in a month, in the order of the days. Raises NotFound for no month."""
    v, (first, last) = Voucher, month_of(month)
    rows = session.execute(
        select(v.id, v.number, v.title_zh, v.title_en, v.used_on, v.used_fen, v.state, Person.full_name)
        .join(Person, Person.id == v.expert_id)
        .where(visible_cases(actor), v.provider_id == provider_id, v.state.in_(REPORTED))
        .where(v.used_on >= first, v.used_on <= last)
        .order_by(v.used_on, v.id)
        .limit(MOST)
    )
    return tuple(
        VoucherRow(
            id=row.id,
            number=row.number,
            name=row.full_name,
            title=Bilingual(row.title_zh, row.title_en),
            used_on=row.used_on,
            used_fen=row.used_fen,
            state=row.state,
            state_label=VoucherFlow.states[row.state].label,
        )
        for row in rows
    )


@dataclass(frozen=True)
class ReadyRow:
    """A voucher that its holder may bring to the provider any day."""

    id: int
    number: str
    name: str
    title: Bilingual
    valid_until: date | None


def ready_rows(session: Session, actor: Actor) -> tuple[ReadyRow, ...]:
    """The vouchers placed with the actor's own unit and not used yet: who comes until when, the first to end first."""
    v = Voucher
    rows = session.execute(
        select(v.id, v.number, v.title_zh, v.title_en, v.valid_until, Person.full_name)
        .join(Person, Person.id == v.expert_id)
        .where(of_kind(v), v.state == TO_BE_USED)
        .where(among(v.provider_id, actor.units(Role.UNIT_LIAISON)))
        .order_by(v.valid_until, v.id)
        .limit(READY)
    )
    return tuple(
        ReadyRow(row.id, row.number, row.full_name, Bilingual(row.title_zh, row.title_en), row.valid_until)
        for row in rows
    )


def to_settle(session: Session, actor: Actor, provider_id: int, first: date, last: date) -> Sequence[Any]:
    """The accepted vouchers of a provider's month that the actor's unit pays: id, version and cost (fen)."""
    v = Voucher
    wanted = select(v.id, v.version, v.used_fen).where(v.provider_id == provider_id, v.state == "accepted")
    mine = among(v.paying_unit_id, actor.units(Role.FINANCE_MAKER))
    return session.execute(wanted.where(mine, v.used_on >= first, v.used_on <= last).order_by(v.id)).all()


def tell_voucher(session: Session, case: Voucher) -> list[Fact]:
    """The facts on a voucher's page."""
    claim = session.execute(select(Claim.number).where(Claim.id == case.claim_id)).scalar_one()
    found: list[Fact] = [(_("Claim"), claim)]
    found.append((_("Covers at most"), money(case.cap_fen) if case.cap_fen else _("nothing is paid for it")))
    if case.provider_id is not None:
        provider = select(Unit).where(Unit.id == case.provider_id)
        found.append((_("Provider"), session.execute(provider).scalar_one().name))
    found += [(_("To be used until"), long_day(case.valid_until))] if case.valid_until is not None else []
    found += [(_("Day of the service"), long_day(case.used_on))] if case.used_on is not None else []
    return [*found, *([(_("Reported by the provider"), money(case.used_fen))] if case.used_fen else [])]
