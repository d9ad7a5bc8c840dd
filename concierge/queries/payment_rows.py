"""Payment items as finance sees them in a list: who, for what, by which clause, where to, checked how."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.payment_checks import Verdict, flags, joined, verdict_of
from concierge.rules.bank_words import BounceReason, reason_of
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.identifiers import mask_account
from concierge.rules.periods import said
from concierge.workflows.payment import PaymentItemFlow


@dataclass(frozen=True)
class PaymentRow:
    """One payment item with its check. Amounts in fen."""

    id: int
    number: str
    version: int
    state: str
    state_label: Text
    title: Bilingual
    period: Text
    claim_id: int
    person_id: int | None
    person_name: str
    category: str
    employer: Bilingual
    policy_number: str
    article: Bilingual
    payee_name: str
    bank_name: str
    account_last4: str
    amount_fen: int
    unit_id: int
    line_id: int | None
    line: Bilingual
    line_number: str
    line_year: int | None
    carried_from: int | None
    batch_id: int | None
    batch_number: str
    bounce_reason: str
    paid_on: date | None
    since: datetime
    lamp: Lamp
    verdict: Verdict
    maker: str
    made_at: datetime | None
    other_account: tuple[str, str] | None = None
    """State and last four digits of an account given since the payment bounced; looked for where that is shown."""

    @property
    def bounce(self) -> BounceReason:
        """What the bank's words mean."""
        return reason_of(self.bounce_reason)

    @property
    def remedy(self) -> Text:
        """What puts a bounced payment right, as things stand now."""
        if self.other_account is None:
            return self.bounce.remedy
        state, last4 = self.other_account
        account = mask_account(last4)
        if state == "settled":
            return _("Another account, %(account)s, has been checked: issue the payment again.", account=account)
        return _("Another account, %(account)s, has been handed in and waits for its check.", account=account)


# Made once: an alias of a joined table copies its columns each time. Of the batch only the case is joined: for an outer
# join of both its tables SQLite goes through all cases.
_CLAIM, _BATCH, _EMPLOYER = aliased(Claim, flat=True), aliased(Case), aliased(Unit)


def columns(actor: Actor, now: datetime) -> Any:
    """The statement of a list of payments, without conditions or order."""
    claim, batch, employer = _CLAIM, _BATCH, _EMPLOYER
    newest = select(TalentStatus.category).where(TalentStatus.person_id == PaymentItem.expert_id)
    newest = newest.order_by(TalentStatus.valid_from.desc(), TalentStatus.id.desc()).limit(1).correlate(PaymentItem)
    statement = select(
        *(getattr(PaymentItem, name) for name in _OWN),
        PaymentItem.expert_id.label("person_id"),
        PaymentItem.paying_unit_id.label("unit_id"),
        PaymentItem.budget_line_id.label("line_id"),
        claim.period,
        Person.full_name.label("person_name"),
        func.coalesce(newest.scalar_subquery(), "").label("category"),
        employer.name_zh.label("employer_zh"),
        employer.name_en.label("employer_en"),
        PolicyVersion.number.label("policy_number"),
        PolicyVersion.article_zh,
        PolicyVersion.article_en,
        BudgetLine.name_zh.label("line_zh"),
        BudgetLine.name_en.label("line_en"),
        BudgetLine.number.label("line_number"),
        BudgetLine.year.label("line_year"),
        batch.number.label("batch_number"),
        *flags(actor, now),
    )
    statement = (
        statement.join(claim, claim.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == claim.policy_id)
        .join(PolicyVersion, PolicyVersion.id == claim.policy_version_id)
        .outerjoin(employer, employer.id == PaymentItem.employer_id)
        .outerjoin(batch, batch.id == PaymentItem.batch_id)
    )
    return joined(statement)


_OWN = (
    "id",
    "number",
    "version",
    "state",
    "is_open",
    "clock",
    "due_nth",
    "since_nth",
    "paused_nth",
    "due_on",
    "since",
    "title_zh",
    "title_en",
    "claim_id",
    "payee_name",
    "bank_name",
    "account_last4",
    "amount_fen",
    "batch_id",
    "bounce_reason",
    "paid_on",
    "carried_from",
)
_SAME: tuple[str, ...] = (
    "id",
    "number",
    "version",
    "state",
    "claim_id",
    "person_id",
    "category",
    "policy_number",
    "payee_name",
)
_SAME += ("bank_name", "account_last4", "amount_fen", "unit_id", "line_id", "batch_id", "bounce_reason")
_SAME += ("paid_on", "since", "line_year", "carried_from")


def make_rows(
    session: Session, found: Sequence[Any], actor: Actor, *, now: datetime, calendar: WorkingCalendar
) -> list[PaymentRow]:
    """Rows of `columns` with their lamps, verdicts and preparers; one more statement."""
    makers = _makers(session, [row.id for row in found])
    return [_row(row, makers.get(row.id, ("", None)), actor, now, calendar) for row in found]


def with_other_accounts(session: Session, rows: Sequence[PaymentRow]) -> list[PaymentRow]:
    """The same rows with the account that the payee has given meanwhile: a checked one, else one that waits."""
    given = (
        select(PaymentItem.id, BankAccount.state, BankAccount.account_last4)
        .join(BankAccount, BankAccount.person_id == func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id))
        .where(among(PaymentItem.id, [row.id for row in rows]), BankAccount.state.in_(("unchecked", "settled")))
        .where(BankAccount.id.is_distinct_from(PaymentItem.bank_account_id))
        .order_by((BankAccount.state == "settled"), BankAccount.id)
    )
    found = {row.id: (row.state, row.account_last4) for row in session.execute(given)}
    return [replace(row, other_account=found.get(row.id)) for row in rows]


def _makers(session: Session, item_ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """Who named the budget line last, and when."""
    if not item_ids:
        return {}
    rows = session.execute(
        select(History.case_id, Account.name, History.at)
        .join(Account, Account.id == History.actor_id)
        .where(and_(among(History.case_id, item_ids), History.step == PaymentItemFlow.prepare.name))
        .order_by(History.version)
    )
    return {row.case_id: (row.name, row.at) for row in rows}


def _row(
    row: Any, maker: tuple[str, datetime | None], actor: Actor, now: datetime, calendar: WorkingCalendar
) -> PaymentRow:
    return PaymentRow(
        state_label=PaymentItemFlow.states[row.state].label,
        title=Bilingual(row.title_zh, row.title_en),
        period=said(row.period),
        person_name=row.person_name or row.payee_name,
        employer=Bilingual(row.employer_zh or "", row.employer_en or ""),
        article=Bilingual(row.article_zh, row.article_en),
        line=Bilingual(row.line_zh or "", row.line_en or ""),
        line_number=row.line_number or "",
        batch_number=row.batch_number or "",
        lamp=lamp(row, now=now, calendar=calendar),
        verdict=verdict_of(row, actor),
        maker=maker[0],
        made_at=maker[1],
        **{name: getattr(row, name) for name in _SAME},
    )
