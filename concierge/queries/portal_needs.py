"""What waits for the expert himself, most pressing first: the top of the first page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.tables import Case
from concierge.models.care import Rating
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.queries.consents import without_consent
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.statement import Benefit
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.consents import ConsentTo
from concierge.rules.lights import Light
from concierge.rules.settlement import ANSWER_DAYS
from concierge.workflows.voucher import VoucherFlow

PAPERS_OUT = ("missing", "correction", "deferred")
DONE = ("rejected", "withdrawn", "cancelled", "archived", "not_accepted", "paid", "fulfilled")


class NeedKind(StrEnum):
    """The kinds of things an expert is asked to do."""

    CORRECTION = "correction"
    PAPER = "paper"
    BOUNCED = "bounced"
    CONFIRM = "confirm"
    CLAIM = "claim"
    SUBMIT = "submit"
    ACCOUNT = "account"
    RECEIPT = "receipt"
    RATE = "rate"
    CONSENT = "consent"
    SERVED = "served"


ORDER = list(NeedKind)
_URGENT = (Light.RED.value, Light.YELLOW.value)


@dataclass(frozen=True)
class Need:
    """One thing to do. `subject` is the case, policy or payment item it is about, `code` the paper's code."""

    kind: NeedKind
    title: Text | Bilingual
    about: Bilingual | None
    words: Text
    subject: int | None = None
    code: str = ""
    due_on: date | None = None
    lamp: Lamp | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether its promise is near or past."""
        return self.lamp is not None and self.lamp.light in _URGENT


def needs(
    session: Session, *, person_id: int, benefits: Sequence[Benefit], now: datetime, calendar: WorkingCalendar
) -> list[Need]:
    """Everything the expert is asked to do now; five statements whatever the number."""
    cases = _cases(session, person_id)
    papers = _papers(session, [row.id for row in cases if row.kind == "claim"])
    found: list[Need] = []
    for row in cases:
        out = papers.get(row.id, [])
        promised = _promised(row, out)
        nth = calendar.nth(promised) if promised is not None else None
        sign = lamp(row, now=now, calendar=calendar, waits_for_me=True, due_nth=nth)
        found += _of_case(row, out, promised or row.due_on, sign)
    found += _vouchers(session, person_id, [row for row in cases if row.kind == "voucher"])
    found += [_confirm(benefit) for benefit in benefits if benefit.asks_me]
    found += [_claim(benefit) for benefit in benefits if benefit.can_claim]
    found += _money(session, person_id, calendar.day(calendar.nth_of(now) - ANSWER_DAYS))
    found += _account(session, person_id, bool(found) or any(b.entitlement_id for b in benefits))
    return sorted(found, key=lambda need: (not need.is_urgent, ORDER.index(need.kind), need.due_on or date.max))


def _cases(session: Session, person_id: int) -> list[Any]:
    c = Case
    columns = (c.id, c.kind, c.state, c.title_zh, c.title_en, c.clock, c.is_open, c.due_on, c.due_nth, c.since_nth)
    rated = exists(Rating.id).where(Rating.case_id == c.id)
    wanted = (
        select(*columns, c.paused_nth, rated.label("is_rated"))
        .where(
            c.expert_id == person_id,
            c.kind.in_(("claim", "care_request", "recognition", "voucher")),
            c.is_open,
            c.state.not_in(DONE),
        )
        .order_by(c.due_on.is_(None), c.due_on, c.id)
        .limit(100)
    )
    return list(session.execute(wanted))


def _papers(session: Session, claim_ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    if claim_ids:
        m = ClaimMaterial
        columns = (m.claim_id, m.code, m.name_zh, m.name_en, m.state, m.note, m.source, Claim.promise_due_on)
        wanted = select(*columns).join(Claim, Claim.id == m.claim_id).where(among(m.claim_id, claim_ids))
        for row in session.execute(wanted.where(m.state.in_(PAPERS_OUT)).order_by(m.id)):
            found.setdefault(row.claim_id, []).append(row)
    return found


def _promised(row: Any, papers: list[Any]) -> date | None:
    """Until when the papers that are out were promised, whoever has the claim in hand until then and by when."""
    return papers[0].promise_due_on if papers and row.state != "correction" else None


def _vouchers(session: Session, person_id: int, rows: Sequence[Any]) -> Iterable[Need]:
    """A service goes to its provider with the expert's consent alone, and is paid or done once he has accepted it."""
    wanted = [row for row in rows if row.state == VoucherFlow.wanted.name]
    for row in wanted if wanted and without_consent(session, [person_id], ConsentTo.SHARING) else ():
        words = _("Your name may go to the provider once you agree that requests are passed on.")
        yield Need(NeedKind.CONSENT, _("Agree, so that it can be arranged"), _named(row), words, row.id)
    for row in rows:
        if row.state == VoucherFlow.used.name:
            words = _("The provider has reported the service. Please say whether you had it.")
            yield Need(NeedKind.SERVED, _("Accept the service"), _named(row), words, row.id)


def _named(row: Any) -> Bilingual:
    return Bilingual(row.title_zh, row.title_en)


def _of_case(row: Any, papers: list[Any], due_on: date | None, sign: Lamp) -> Iterable[Need]:
    about = _named(row)
    common: dict[str, Any] = {"about": about, "subject": row.id, "due_on": due_on, "lamp": sign}
    if row.kind == "care_request":
        if row.state in ("replied", "follow_up") and not row.is_rated:
            words = _("There is a reply to your request. Please say how it was handled.")
            yield Need(NeedKind.RATE, _("Rate the service"), words=words, about=about, subject=row.id)
    elif row.state == "draft":
        words = _("The application is prepared. Please look it through and hand it in.")
        yield Need(NeedKind.SUBMIT, _("Hand in the application"), words=words, about=about, subject=row.id)
    elif row.state == "correction":
        yield Need(NeedKind.CORRECTION, _("Put right what was asked"), words=_correction(papers), **common)
    else:
        for paper in papers:
            title = _("Hand in: %(paper)s", paper=Bilingual(paper.name_zh, paper.name_en))
            words = _("A photo taken with the phone is enough.")
            yield Need(NeedKind.PAPER, title, words=words, code=paper.code, **common)


def _correction(papers: list[Any]) -> Text:
    if not papers:
        return _("Please read what is asked, put it right and hand the application in again.")
    return _("%(n)s papers are still needed. A photo taken with the phone is enough.", n=len(papers))


def _confirm(benefit: Benefit) -> Need:
    words = _("By what we know you are entitled to this. Say yes, and we prepare everything for you.")
    return Need(NeedKind.CONFIRM, _("You appear entitled"), benefit.name, words, benefit.policy_id)


def _claim(benefit: Benefit) -> Need:
    words = _("It has fallen due. One press, and the application is filled in for you to look through.")
    return Need(NeedKind.CLAIM, _("You can claim this now"), benefit.name, words, benefit.policy_id)


def _money(session: Session, person_id: int, since: date) -> Iterable[Need]:
    """What the bank sent back, and what it paid: asked after while finance has it in hand, and as long as an answer
    counts (`since` that day), however soon the batch was closed."""
    p = PaymentItem
    columns = (p.id, p.state, p.title_zh, p.title_en, p.bounce_reason, p.confirmed_at)
    arrived = p.state.in_(("success", "closed")) & p.confirmed_at.is_(None) & (p.is_open | (p.paid_on >= since))
    other = BankAccount.id.is_distinct_from(p.bank_account_id) & BankAccount.state.in_(("unchecked", "settled"))
    given = exists(BankAccount.id).where(BankAccount.person_id == person_id, other)  # then others are to act
    own = (p.expert_id == person_id) & p.payee_id.is_(
        None
    )  # what goes to his employer or a provider is not asked of him
    wanted = select(*columns).where(own, ((p.state == "bounced") & ~given) | arrived)
    for row in session.execute(wanted.order_by(p.id.desc()).limit(20)):
        about = Bilingual(row.title_zh, row.title_en)
        if row.state == "bounced":
            words = _("The bank sent the payment back: %(why)s. Please check your account.", why=row.bounce_reason)
            yield Need(NeedKind.BOUNCED, _("Check the bank account"), about, words, row.id)
        else:
            words = _("The bank reports that the money has been paid. Please say whether it has arrived.")
            yield Need(NeedKind.RECEIPT, _("Has the money arrived?"), about, words, row.id)


def _account(session: Session, person_id: int, has_business: bool) -> Iterable[Need]:
    wanted = select(BankAccount.state).where(BankAccount.person_id == person_id)
    states = set(session.execute(wanted).scalars())
    if has_business and not states & {"settled", "unchecked"}:
        words = _("Without an account nothing can be paid. You enter it once, for all benefits.")
        yield Need(NeedKind.ACCOUNT, _("Tell us your bank account"), None, words)
