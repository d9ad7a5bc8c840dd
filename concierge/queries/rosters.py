"""The lines of a batch as a payment roster names them (domain §6.4); sealed numbers are not opened here."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual
from concierge.models.payment import PaymentItem
from concierge.models.person import OF_A_UNIT, BankAccount, Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.periods import said


@dataclass(frozen=True)
class RosterRow:
    """One line: who, for what, how much (fen), where to. `line` counts from 1 in the order of item numbers."""

    line: int
    item_id: int
    number: str
    person_id: int | None
    account_id: int | None
    payee_name: str
    person_name: str
    id_kind: str
    id_last4: str
    employer: Bilingual
    sector: Bilingual
    category: str
    policy_number: str
    title: Bilingual
    period: Text
    periods: int
    rate_fen: int
    due_fen: int
    amount_fen: int
    withheld_fen: int
    offset_fen: int
    bank_name: str
    branch_code: str
    account_last4: str
    phone_last4: str
    settled_fen: int
    confirmed_fen: int | None
    state: str
    bounce_reason: str
    paid_on: date | None

    @property
    def id_shown(self) -> str:
        """The last four of a person's identity number; a paid unit has only a code of ours, which says nothing."""
        return "" if self.id_kind == OF_A_UNIT else self.id_last4

    @property
    def net_fen(self) -> int:
        """What reaches the account."""
        return self.amount_fen - self.withheld_fen - self.offset_fen


_PAYEE = func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id)
_CLAIM, _EMPLOYER, _SECTOR = aliased(Claim, flat=True), aliased(Unit), aliased(Unit)


def roster_rows(session: Session, batch_id: int) -> list[RosterRow]:
    """The lines of a batch, in the order of their numbers; two statements whatever their number."""
    claim, employer, sector = _CLAIM, _EMPLOYER, _SECTOR
    accrued = (
        select(Accrual.claim_id, func.count().label("periods"), func.max(Accrual.amount_fen).label("rate_fen"))
        .where(Accrual.claim_id.in_(select(PaymentItem.claim_id).where(PaymentItem.batch_id == batch_id)))
        .group_by(Accrual.claim_id)
        .subquery()
    )
    rows = session.execute(
        select(
            PaymentItem.id.label("item_id"),
            PaymentItem.number,
            _PAYEE.label("person_id"),
            PaymentItem.bank_account_id.label("account_id"),
            PaymentItem.payee_name,
            PaymentItem.title_zh,
            PaymentItem.title_en,
            PaymentItem.amount_fen,
            PaymentItem.withheld_fen,
            PaymentItem.offset_fen,
            PaymentItem.bank_name,
            PaymentItem.account_last4,
            PaymentItem.settled_fen,
            PaymentItem.confirmed_fen,
            PaymentItem.state,
            PaymentItem.bounce_reason,
            PaymentItem.paid_on,
            claim.period,
            claim.amount_fen.label("claimed_fen"),
            accrued.c.periods,
            accrued.c.rate_fen,
            PolicyVersion.number.label("policy_number"),
            Person.full_name.label("person_name"),
            Person.id_kind,
            Person.id_last4,
            Person.phone_last4,
            BankAccount.branch_code,
            employer.name_zh.label("employer_zh"),
            employer.name_en.label("employer_en"),
            sector.name_zh.label("sector_zh"),
            sector.name_en.label("sector_en"),
            _category().label("category"),
        )
        .join(claim, claim.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == claim.policy_id)
        .join(PolicyVersion, PolicyVersion.id == claim.policy_version_id)
        .outerjoin(Person, Person.id == _PAYEE)
        .outerjoin(BankAccount, BankAccount.id == PaymentItem.bank_account_id)
        .outerjoin(employer, employer.id == PaymentItem.employer_id)
        .outerjoin(sector, sector.id == claim.sector_id)
        .outerjoin(accrued, accrued.c.claim_id == PaymentItem.claim_id)
        .where(PaymentItem.batch_id == batch_id)
        .order_by(PaymentItem.number)
    )
    return [_row(line, row) for line, row in enumerate(rows, start=1)]


def _category() -> Any:
    """The person's newest talent category."""
    newest = select(TalentStatus.category).where(TalentStatus.person_id == PaymentItem.expert_id)
    newest = newest.order_by(TalentStatus.valid_from.desc(), TalentStatus.id.desc()).limit(1)
    return func.coalesce(newest.correlate(PaymentItem).scalar_subquery(), "")


def _row(line: int, row: Any) -> RosterRow:
    same: tuple[str, ...] = (
        "item_id",
        "number",
        "person_id",
        "account_id",
        "payee_name",
        "amount_fen",
        "withheld_fen",
        "bank_name",
    )
    same += ("offset_fen", "settled_fen", "confirmed_fen")
    same += ("account_last4", "state", "bounce_reason", "paid_on", "policy_number", "category")
    return RosterRow(
        line=line,
        person_name=row.person_name or row.payee_name,
        id_kind=row.id_kind or "",
        id_last4=row.id_last4 or "",
        periods=row.periods or 1,
        rate_fen=row.rate_fen or row.amount_fen,
        due_fen=max(row.claimed_fen, row.amount_fen),
        phone_last4=row.phone_last4 or "",
        branch_code=row.branch_code or "",
        employer=Bilingual(row.employer_zh or "", row.employer_en or ""),
        sector=Bilingual(row.sector_zh or "", row.sector_en or ""),
        title=Bilingual(row.title_zh, row.title_en),
        period=said(row.period),
        **{name: getattr(row, name) for name in same},
    )
