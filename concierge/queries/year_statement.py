"""What a person received in a calendar year: gross, withheld and net by the tax treatment of each policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.portal_money import ARRIVED
from concierge.rules.periods import said
from concierge.rules.tax import Tax, tax_of

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
    """The statement of one year, by the day on which the bank paid; two statements."""
    person = session.execute(select(Person.full_name, Person.id_last4).where(Person.id == person_id)).one()
    found = _paid(session, person_id, year)
    groups = tuple(Group(tax, tuple(row for kind, row in found if kind is tax)) for tax in Tax)
    return YearStatement(year, person.full_name, person.id_last4 or "", tuple(g for g in groups if g.rows))


def _paid(session: Session, person_id: int, year: int) -> Sequence[tuple[Tax, Paid]]:
    p = PaymentItem
    rows = session.execute(
        select(p.number, p.title_zh, p.title_en, p.paid_on, p.withheld_fen, p.offset_fen, p.settled_fen)
        .add_columns(_CLAIM.period, PolicyVersion.number.label("document"), PolicyVersion.schedule)
        .add_columns(Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"))
        .join(_CLAIM, _CLAIM.id == p.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .join(PolicyVersion, PolicyVersion.id == _CLAIM.policy_version_id)
        .join(Unit, Unit.id == p.paying_unit_id)
        .where(p.expert_id == person_id, p.payee_id.is_(None), p.state.in_(ARRIVED))
        .where(p.paid_on >= date(year, 1, 1), p.paid_on <= date(year, 12, 31))
        .order_by(p.paid_on, p.id)
    )
    return [
        (
            tax_of(row.schedule),
            Paid(
                number=row.number,
                title=Bilingual(row.title_zh, row.title_en),
                document=row.document,
                period=said(row.period),
                paid_on=row.paid_on,
                unit=Bilingual(row.unit_zh, row.unit_en),
                withheld_fen=row.withheld_fen,
                kept_fen=row.offset_fen,
                net_fen=row.settled_fen,
            ),
        )
        for row in rows
    ]
