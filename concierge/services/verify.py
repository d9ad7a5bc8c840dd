"""Proof that the records are right: history replays to the present, and every kept counter is counted again.

Each check names the first row that breaks it. Nothing is repaired here. The books have their own checks beside these.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History, NumberSeries, Outbox
from concierge.models.account import Account, AccountGrant
from concierge.models.claim import Claim, ClaimMaterial, Objection
from concierge.models.entitlement import Accrual, Correction
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.services.exclusions import GONE
from concierge.services.materials import MAJOR, SETTLED
from concierge.services.verify_campaign import named_are_counted, verify_campaign
from concierge.services.verify_money import Check, verify_money
from concierge.services.verify_recognitions import RECOGNITION_CHECKS
from concierge.services.verify_traces import steps_are_told, the_nearer_limit_counts, verify_traces
from concierge.workflows.care_share import CareShareFlow
from concierge.workflows.joint import JointOpinionFlow

REPLAYED = ("state", "holder", "holder_id", "assignee_id")
"""Columns of a case that its last line of history repeats."""
BRANCHES = (CareShareFlow.kind, JointOpinionFlow.kind)
"""Kinds of children for which a case waits."""
OUTBOX_STATES = ("pending", "expanded", "failed", "cancelled")


def verify_district(session: Session) -> list[Check]:
    """Every check of the session's district: money first, then history, counters, people and the outbox."""
    records = [_check(session, name, build()) for name, build in CHECKS.items()]
    return [*verify_money(session), *records, *verify_traces(session), *verify_campaign(session)]


def _check(session: Session, name: str, broken: Select[Any]) -> Check:
    rows = session.execute(broken.limit(1000)).all()
    if not rows:
        return Check(name, True)
    said = ", ".join(f"{key} {value}" for key, value in rows[0]._mapping.items())
    return Check(name, False, said, len(rows))


def _history_has_no_gap() -> Select[Any]:
    """The versions of a case run from 1 to its present one."""
    h = History
    lines = (
        select(h.case_id, func.count().label("n"), func.min(h.version).label("low"), func.max(h.version).label("high"))
        .group_by(h.case_id)
        .subquery()
    )
    wrong = or_(lines.c.n.is_(None), lines.c.low != 1, lines.c.high != Case.version, lines.c.n != Case.version)
    return select(Case.number, Case.version).outerjoin(lines, lines.c.case_id == Case.id).where(wrong)


def _history_is_linked() -> Select[Any]:
    """Each line begins where the one before it ended."""
    line, before = aliased(History), aliased(History)
    same = and_(before.case_id == line.case_id, before.version == line.version - 1)
    wrong = or_(line.from_state.is_(None), line.from_state != before.to_state)
    return select(line.case_id.label("case"), line.version).join(before, same).where(wrong)


def _history_ends_at_the_present() -> Select[Any]:
    """The last line of a case says what the case says now."""
    h = History
    last = and_(h.case_id == Case.id, h.version == Case.version)
    told = {"state": h.to_state, "holder": h.holder, "holder_id": h.holder_id, "assignee_id": h.assignee_id}
    wrong = or_(*(told[name].is_distinct_from(getattr(Case, name)) for name in REPLAYED))
    return select(Case.number, Case.state, h.to_state.label("told")).join(h, last).where(wrong)


def _states_are_known() -> Select[Any]:
    """Every case is of a kind, and in a state, that the flows know."""
    known = [and_(Case.kind == kind, Case.state.in_(list(flow.states))) for kind, flow in FLOWS.items()]
    return select(Case.number, Case.kind, Case.state).where(~or_(false(), *known))


def _open_is_what_is_not_final() -> Select[Any]:
    """A case is open until it reaches an end of its flow."""
    wrong: list[ColumnElement[bool]] = []
    for kind, flow in FLOWS.items():
        finals = [name for name, state in flow.states.items() if state.final]
        wrong.append(and_(Case.kind == kind, Case.is_open, Case.state.in_(finals)))
        wrong.append(and_(Case.kind == kind, ~Case.is_open, Case.state.not_in(finals)))
    return select(Case.number, Case.kind, Case.state).where(or_(false(), *wrong))


def _waits_are_open_branches() -> Select[Any]:
    """A case waits for as many branches as are open; a visit after a poor rating is a child, but no branch."""
    child = aliased(Case)
    counted = (
        select(child.parent_id, func.count().label("n"))
        .where(child.is_open, child.parent_id.is_not(None), child.kind.in_(BRANCHES))
        .group_by(child.parent_id)
        .subquery()
    )
    wrong = Case.waits != func.coalesce(counted.c.n, 0)
    return select(Case.number, Case.waits, counted.c.n).outerjoin(counted, counted.c.parent_id == Case.id).where(wrong)


def _open_papers_are_counted() -> Select[Any]:
    """A claim knows how many of its papers are neither verified nor exempt."""
    m, wrong = ClaimMaterial, []
    for kept, severity in ((Claim.majors_open, m.severity == MAJOR), (Claim.minors_open, m.severity != MAJOR)):
        counted = (
            select(func.count())
            .select_from(m)
            .where(m.claim_id == Claim.id, severity, m.state.not_in(SETTLED))
            .correlate(Claim)
            .scalar_subquery()
        )
        wrong.append(kept != counted)
    return select(Claim.number, Claim.majors_open, Claim.minors_open).where(or_(*wrong))


def _open_objections_are_counted() -> Select[Any]:
    """A claim knows how many objections against it are open."""
    counted = (
        select(func.count())
        .select_from(Objection)
        .where(Objection.claim_id == Claim.id, Objection.state == "open")
        .correlate(Claim)
        .scalar_subquery()
    )
    return select(Claim.number, Claim.objections_open).where(Claim.objections_open != counted)


def _a_period_is_claimed_by_a_living_claim() -> Select[Any]:
    """What is being claimed or was paid names its claim; what is due names none."""
    claimed = and_(Accrual.state.in_(("claimed", "paid")), Accrual.claim_id.is_(None))
    return select(Accrual.id, Accrual.period, Accrual.state).where(claimed)


def _numbers_have_no_gap() -> Select[Any]:
    """As many case numbers were given in a series and year as its counter says."""
    given = select(func.count()).where(
        Case.number.startswith(NumberSeries.series + "-" + cast(NumberSeries.year, Text) + "-")
    )
    counted = given.select_from(Case).correlate(NumberSeries).scalar_subquery()
    ours = NumberSeries.series.in_([flow.prefix for flow in FLOWS.values()])
    return select(NumberSeries.series, NumberSeries.year, NumberSeries.last).where(ours, NumberSeries.last != counted)


def _an_expert_is_his_own_person() -> Select[Any]:
    """The account of an expert belongs to the natural person that it was granted for."""
    granted = and_(AccountGrant.account_id == Account.id, AccountGrant.role == "expert")
    wrong = Account.person_key != Person.id_index
    return (
        select(Account.login, Person.id)
        .join(AccountGrant, granted)
        .join(Person, Person.id == AccountGrant.person_id)
        .where(wrong)
    )


def _the_outbox_is_in_order() -> Select[Any]:
    """Every row is waiting, done, parked for a person, or cancelled with the step that was taken back."""
    return select(Outbox.id, Outbox.topic, Outbox.state).where(Outbox.state.not_in(OUTBOX_STATES))


def _what_was_told_was_taken() -> Select[Any]:
    """A row of the outbox is told by a worker that took it, which is counted; set to told by hand it tells nobody.

    Whoever takes it once more does so later than it was due at first.
    """
    again = and_(Outbox.attempts > 1, Outbox.next_at <= Outbox.at)
    wrong = and_(Outbox.state == "expanded", or_(Outbox.attempts < 1, again))
    return select(Outbox.id, Outbox.topic, Outbox.state).where(wrong)


def _what_was_sent_says_when() -> Select[Any]:
    """A delivery that was sent knows when, and one that left the house under which mark, after a try at least."""
    d = Delivery
    left = or_(d.attempts == 0, d.message_id.is_(None))
    wrong = and_(d.state == "sent", or_(d.sent_at.is_(None), and_(d.channel != "inbox", left)))
    return select(d.id, d.channel, d.state).where(wrong)


def _arrears_are_their_corrections() -> Select[Any]:
    """What a later version adds to a paid period is due as exactly that, less what another took off it again.

    What was refused or has lapsed stays as it was then.
    """
    c, a, later = Correction, Accrual, aliased(Correction)
    off = select(func.coalesce(func.sum(later.amount_fen), 0)).where(later.accrual_id == a.id).scalar_subquery()
    kept = case((a.state.in_(GONE), a.gross_fen < c.amount_fen + off), else_=a.gross_fen != c.amount_fen + off)
    wrong = or_(kept, a.entitlement_id != c.entitlement_id)
    return select(c.id.label("correction"), c.amount_fen, a.gross_fen).join(a, a.id == c.arrears_id).where(wrong)


def _nothing_is_granted_beyond_the_rate() -> Select[Any]:
    """A period is granted at most what the rate gives."""
    return select(Accrual.id.label("accrual"), Accrual.period).where(Accrual.amount_fen > Accrual.gross_fen)


CHECKS: Mapping[str, Callable[[], Select[Any]]] = {
    "states_known": _states_are_known,
    "history_without_gaps": _history_has_no_gap,
    "history_linked": _history_is_linked,
    "history_replays_to_state": _history_ends_at_the_present,
    "open_until_final": _open_is_what_is_not_final,
    "nearer_limit_counts": the_nearer_limit_counts,
    "steps_told": steps_are_told,
    "waits_equal_open_branches": _waits_are_open_branches,
    "papers_counted": _open_papers_are_counted,
    "objections_counted": _open_objections_are_counted,
    "arrears_equal_corrections": _arrears_are_their_corrections,
    "grants_within_the_rate": _nothing_is_granted_beyond_the_rate,
    "periods_name_their_claim": _a_period_is_claimed_by_a_living_claim,
    "named_counted": named_are_counted,
    "numbers_without_gaps": _numbers_have_no_gap,
    "experts_are_themselves": _an_expert_is_his_own_person,
    "outbox_in_order": _the_outbox_is_in_order,
    "told_was_taken": _what_was_told_was_taken,
    "sent_says_when": _what_was_sent_says_when,
    **RECOGNITION_CHECKS,
}
