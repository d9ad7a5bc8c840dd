"""What a person received in a calendar year: gross, withheld and net by the tax treatment of each policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import BankResult, PaymentItem
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.portal_money import ARRIVED
from concierge.rules.bank_words import PARTIAL, REVERSED, SUCCESS
from concierge.rules.periods import said
from concierge.rules.tax import Tax, share_of, tax_of

_CLAIM = aliased(Claim, flat=True)


@dataclass(frozen=True)
class Paid:
    """One payment that arrived; amounts in fen. `kept_fen` went against a clawback and counts as received."""

    number: str
    title: Bilingual
    document: str
    period: Text
    paid_on: date
    unit: Bilingual
    withheld_fen: int
    kept_fen: int
    net_fen: int

    @property
    def gross_fen(self) -> int:
        """What the person was given."""
        return self.net_fen + self.withheld_fen + self.kept_fen


@dataclass(frozen=True)
class Group:
    """The payments of one treatment."""

    tax: Tax
    rows: tuple[Paid, ...]

    def total(self, name: str) -> int:
        """The sum of a figure (fen)."""
        return sum(getattr(row, name) for row in self.rows)


@dataclass(frozen=True)
class YearStatement:
    """A person's year; the figures of the groups add up to the whole."""

    year: int
    name: str
    id_last4: str
    groups: tuple[Group, ...]

    def total(self, name: str) -> int:
        """The sum of a figure over all groups (fen)."""
        return sum(group.total(name) for group in self.groups)


def year_statement(session: Session, *, person_id: int, year: int) -> YearStatement:
    """The statement of one year, by the days on which money arrived; three statements.

    What arrives in parts stands on the day of each part, with its share of the tax.
    """
    person = session.execute(select(Person.full_name, Person.id_last4).where(Person.id == person_id)).one()
    found = _paid(session, person_id, year)
    groups = tuple(Group(tax, tuple(row for kind, row in found if kind is tax)) for tax in Tax)
    return YearStatement(year, person.full_name, person.id_last4 or "", tuple(g for g in groups if g.rows))


def _paid(session: Session, person_id: int, year: int) -> Sequence[tuple[Tax, Paid]]:
    p = PaymentItem
    rows = session.execute(
        select(p.id, p.number, p.title_zh, p.title_en, p.paid_on, p.withheld_fen, p.offset_fen, p.settled_fen)
        .add_columns(p.net_fen.label("net_fen"), _CLAIM.period, PolicyVersion.schedule)
        .add_columns(PolicyVersion.number.label("document"))
        .add_columns(Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"))
        .join(_CLAIM, _CLAIM.id == p.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .join(PolicyVersion, PolicyVersion.id == _CLAIM.policy_version_id)
        .join(Unit, Unit.id == p.paying_unit_id)
        .where(p.expert_id == person_id, p.payee_id.is_(None), p.paid_on >= date(year, 1, 1))
        .where(p.state.in_(ARRIVED) | ((p.state == "sent") & (p.settled_fen > 0)))
        .order_by(p.paid_on, p.id)
    ).all()
    parts = _parts(session, [row.id for row in rows])
    found = [(tax_of(row.schedule), paid) for row in rows for paid in _payments(row, parts.get(row.id, []))]
    return sorted((each for each in found if each[1].paid_on.year == year), key=lambda each: each[1].paid_on)


def _parts(session: Session, item_ids: Sequence[int]) -> dict[int, list[tuple[date | None, int]]]:
    """By item what arrived on which day (fen), since the bank last reversed it."""
    found: dict[int, list[tuple[date | None, int]]] = {}
    r = BankResult
    answers = select(r.item_id, r.outcome, r.paid_on, r.amount_fen).where(among(r.item_id, item_ids)).order_by(r.id)
    for row in session.execute(answers):
        if row.outcome == REVERSED:
            found.pop(row.item_id, None)
        elif row.outcome in (SUCCESS, PARTIAL):
            found.setdefault(row.item_id, []).append((row.paid_on, row.amount_fen))
    return found


def _payments(row: Any, parts: Sequence[tuple[date | None, int]]) -> Iterator[Paid]:
    """What arrived of an item, part by part; the parts' taxes add up to that on the whole."""
    arrived = taxed = 0
    for nth, (day, fen) in enumerate(parts or [(row.paid_on, row.settled_fen)]):
        arrived += fen
        tax = share_of(row.withheld_fen, row.net_fen, arrived)
        yield Paid(
            number=row.number,
            title=Bilingual(row.title_zh, row.title_en),
            document=row.document,
            period=said(row.period),
            paid_on=day or row.paid_on,
            unit=Bilingual(row.unit_zh, row.unit_en),
            withheld_fen=tax - taxed,
            kept_fen=row.offset_fen if nth == 0 else 0,
            net_fen=fen,
        )
        taxed = tax
