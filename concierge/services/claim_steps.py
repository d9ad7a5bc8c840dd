"""What the steps of a claim do beside moving it: papers, amounts, releases, and the money that follows."""

import re
from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, update

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.formats import money
from concierge.basics.text import _
from concierge.db import BIG, among, fixed, set_columns
from concierge.engine.tables import Case
from concierge.models.claim import CaseNotice, Claim, ClaimMaterial
from concierge.models.person import BankAccount
from concierge.queries.money_rules import rules_in_force
from concierge.services import payments
from concierge.services.accruals import settle
from concierge.services.faults import note_what_was_missed
from concierge.services.materials import CORRECTION, MISSING, SETTLED
from concierge.services.money_rules import minutes_missing
from concierge.services.notices import LAWFUL_REMEDY, Notice, send_notices
from concierge.services.steps import Taking, after, before
from concierge.workflows.claim import ClaimFlow as Flow
from concierge.workflows.recognition import RecognitionFlow

DEFERRED = "deferred"
_QUIET = {"synchronize_session": False}
_THESE = among(Claim.id, name="claims")
_SETTLED = fixed(
    select(Claim.id)
    .join(BankAccount, BankAccount.person_id == Claim.expert_id)
    .where(_THESE, BankAccount.state == "settled")
)
_LEAST_BELOW = fixed(
    select(Claim.amount_fen)
    .where(_THESE, Claim.amount_fen < bindparam("fen", type_=BIG))
    .order_by(Claim.amount_fen)
    .limit(1)
)
_GRANTED = fixed(select(Claim.id, Claim.approved_fen, Claim.is_paid).where(_THESE))


def write(taking: Taking, ids: list[int], **values: Any) -> None:
    """Set columns of these claims."""
    set_columns(taking.session, Claim, ids, **values)


@before(Flow.submit, *(step for name, step in Flow.steps.items() if name.startswith("resubmit_to_")))
def look_at_the_account(taking: Taking, ids: list[int]) -> None:
    """Whether the person has a checked account to be paid to, as it is now."""
    known = set(taking.session.execute(_SETTLED, {"claims": ids}).scalars())
    for is_settled, claims in ((True, sorted(known)), (False, sorted(set(ids) - known))):
        if claims:
            write(taking, claims, account_settled=is_settled)


@after(Flow.accept)
def tell_it_is_accepted(taking: Taking, ids: list[int]) -> None:
    """The notice of acceptance with its number."""
    send_notices(taking.session, taking.act, Notice.ACCEPTANCE, ids, {})


OWN_NUMBER = re.compile(r"^[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:[、．)）]|\.(?!\d))\s*")
"""A number that was typed before an item, "1." or "（二）": the notice numbers its items itself."""


@after(Flow.deem_accepted)
def tell_it_is_deemed_accepted(taking: Taking, ids: list[int]) -> None:
    """The notice of acceptance that nobody wrote in time; it does not say that the papers are complete."""
    send_notices(taking.session, taking.act, Notice.DEEMED, ids, {})


@after(Flow.ask_correction, RecognitionFlow.ask_correction)
def send_the_one_time_notice(taking: Taking, ids: list[int]) -> None:
    """The numbered one-time notice (一次性告知): every item on its line, and by when the papers are awaited.

    A second notice says that it is one: what was missed the first time is a fault of the handler (domain §4).
    """
    lines = [line.strip() for line in str(taking.data["items"]).splitlines() if line.strip()]
    items = [OWN_NUMBER.sub("", line) or line for line in lines]
    n = CaseNotice
    sent = select(n.case_id, n.number, n.content, n.made_by).where(
        among(n.case_id, ids), n.kind == Notice.ONE_TIME.value
    )
    before = taking.session.execute(sent.order_by(n.id)).all()
    rounds = Counter(row.case_id for row in before)
    due: dict[int, date | None] = dict(
        taking.session.execute(select(Case.id, Case.step_due_on).where(among(Case.id, ids))).tuples().all()
    )
    each = {i: {"round": rounds[i] + 1} for i in ids}
    numbers = send_notices(
        taking.session, taking.act, Notice.ONE_TIME, ids, {"items": items}, each=each, answer_by=due
    )  # fmt: skip
    note_what_was_missed(taking.session, taking.act, before, items, numbers)


@before(Flow.accept_deferred)
def keep_the_promise(taking: Taking, ids: list[int]) -> None:
    """The day the missing papers are promised by: within the time promised for handling (容缺受理, domain §4)."""
    promised = date.fromisoformat(taking.data["promise_due_on"])
    today = local_date(taking.act.now, taking.act.calendar.zone)
    longest = taking.act.calendar.provisional_day(taking.act.calendar.nth_of(taking.act.now) + Flow.promised.days)[0]
    if not today < promised <= longest:
        text = _("Please choose a day after today, and not after %(day)s.", day=longest.isoformat())
        raise Invalid.because("promise_too_long", text, "promise_due_on")
    write(taking, ids, promise_due_on=promised)
    missing = update(ClaimMaterial).where(
        among(ClaimMaterial.claim_id, ids),
        ClaimMaterial.severity == "minor",
        ClaimMaterial.state.in_((MISSING, CORRECTION)),
    )
    taking.session.execute(missing.values(state=DEFERRED, updated_at=taking.act.now), execution_options=_QUIET)


@after(Flow.accept_deferred)
def write_the_letter_of_promise(taking: Taking, ids: list[int]) -> None:
    """The promise letter names the papers and the day."""
    m = ClaimMaterial
    rows = taking.session.execute(
        select(m.claim_id, m.name_zh, m.name_en).where(among(m.claim_id, ids), m.state == DEFERRED).order_by(m.id)
    )
    papers: dict[int, list[dict[str, str]]] = {i: [] for i in ids}
    for claim_id, zh, en in rows:
        papers[claim_id].append({"zh": zh, "en": en})
    promised = date.fromisoformat(taking.data["promise_due_on"])
    each = {i: {"papers": listed} for i, listed in papers.items()}
    due = dict.fromkeys(ids, promised)
    send_notices(taking.session, taking.act, Notice.PROMISE, ids, {}, each=each, answer_by=due)


@after(Flow.stop_unfilled)
def say_what_was_promised(taking: Taking, ids: list[int]) -> None:
    """The promised papers did not come: what is still open, and by when it is awaited before the claim is withdrawn."""
    m = ClaimMaterial
    open_ = select(m.claim_id, m.name_zh).where(among(m.claim_id, ids), m.state.not_in(SETTLED)).order_by(m.id)
    papers: dict[int, list[str]] = {i: [] for i in ids}
    for claim_id, name in taking.session.execute(open_):
        papers[claim_id].append(name)
    due: dict[int, date | None] = dict(
        taking.session.execute(select(Case.id, Case.step_due_on).where(among(Case.id, ids))).tuples().all()
    )
    each = {i: {"items": listed} for i, listed in papers.items()}
    send_notices(taking.session, taking.act, Notice.STOP, ids, {}, each=each, answer_by=due)


@after(Flow.not_accept)
def refuse_acceptance_in_writing(taking: Taking, ids: list[int]) -> None:
    """Reason and basis in writing; what was bundled may be claimed again."""
    _refuse(taking, ids, Notice.NON_ACCEPTANCE)
    settle(taking.session, ids, "due")


@after(Flow.reject, Flow.refuse)
def refuse_in_writing(taking: Taking, ids: list[int]) -> None:
    """Reason, basis and remedy in writing; what was bundled is refused."""
    _refuse(taking, ids, Notice.REJECTION)
    settle(taking.session, ids, "refused")


def _refuse(taking: Taking, ids: list[int], notice: Notice) -> None:
    content = {"reason": taking.act.reason, "basis": taking.data.get("basis"), "remedy": taking.data.get("remedy")}
    lawful = {"zh": LAWFUL_REMEDY.in_language("zh_CN"), "en": LAWFUL_REMEDY.in_language("en")}
    send_notices(taking.session, taking.act, notice, ids, content | {"lawful_remedy": lawful})


@before(Flow.determine, Flow.determine_and_approve)
def fix_the_amount(taking: Taking, ids: list[int]) -> None:
    """The amount granted and its tier: above the director's the minutes are named; never more than is due."""
    fen: int = taking.data["approved_fen"]
    minutes, rules = str(taking.data.get("minutes_number") or ""), rules_in_force(taking.session)
    tier = rules.tier_of(fen)
    wrong = []
    if tier.needs_minutes and not minutes:
        wrong.append(minutes_missing(rules))
    least = taking.session.execute(_LEAST_BELOW, {"claims": ids, "fen": fen}).scalar()
    if least is not None:
        text = _("No more can be granted than is due: %(amount)s.", amount=money(least))
        wrong.append(Reason("more_than_due", text, "approved_fen"))
    if wrong:
        raise Invalid(*wrong)
    write(taking, ids, approved_fen=fen, tier=tier.value, minutes_number=minutes)


@after(Flow.approve, Flow.determine_and_approve)
def ask_finance_to_pay(taking: Taking, ids: list[int]) -> None:
    """What is granted in money becomes a payment item; what is given in kind waits to be fulfilled."""
    payments.open_items(taking.session, ids, taking.act)
    rows = {row.id: row for row in taking.session.execute(_GRANTED, {"claims": ids})}
    each = {i: {"approved_fen": rows[i].approved_fen if rows[i].is_paid else None} for i in ids}
    send_notices(taking.session, taking.act, Notice.RESULT, ids, {}, each=each)


@after(Flow.pay, Flow.fulfil)
def close_what_was_due(taking: Taking, ids: list[int]) -> None:
    """What the claim bundled is paid, or given in kind."""
    settle(taking.session, ids, "paid")


@after(Flow.bounce, Flow.reissue)
def wait_for_the_money_again(taking: Taking, ids: list[int]) -> None:
    """What the bank sent back, or paid only in part, is claimed and not yet paid."""
    settle(taking.session, ids, "claimed")


@after(Flow.cancel, Flow.withdraw)
def release_what_was_due(taking: Taking, ids: list[int]) -> None:
    """What the claim bundled may be claimed again."""
    settle(taking.session, ids, "due")
