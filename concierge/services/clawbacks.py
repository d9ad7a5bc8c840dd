"""Clawbacks: opened for a right, calculated by the policy's formula, served, heard, decided (domain §2.5)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.text import _
from concierge.db import among, set_columns
from concierge.engine.actor import Actor
from concierge.engine.judge import NOT_YOUR_ROLE
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.scope import visible_cases
from concierge.queries.money_rules import rules_in_force
from concierge.rules.clawback import HEARD_DAYS, OF_POLICIES, Formula, due
from concierge.rules.money import served_months
from concierge.rules.roles import Role
from concierge.services.asked_back import ENDED, still_asked
from concierge.services.calendars import calendar_of
from concierge.services.exclusions import hold_households
from concierge.services.money_rules import minutes_missing
from concierge.services.notices import LAWFUL_REMEDY, Notice, send_notices
from concierge.services.repeats import once
from concierge.services.steps import Taking, after, before
from concierge.workflows.clawback import ClawbackFlow as Flow

OPENERS = (Role.TALENT_OFFICE, Role.SPECIALIST, Role.SPECIALIST_LEAD)
PARTIES = ("expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id")
_CLAIM, _RIGHT = aliased(Claim, flat=True), aliased(Entitlement, flat=True)


def open_clawback(session: Session, *, actor: Actor, now: datetime, entitlement_id: int, key: str | None = None) -> int:
    """Open the recovery of what was paid under a right; returns the case's id.

    Raises NotFound for a right out of sight, Refusal for other roles, when nothing was paid, when the policy names no
    formula, and while another clawback of the same right is open.
    """
    with once(session, actor, now, "open-clawback", key, {"right": entitlement_id}) as told:
        if told.id:
            return told.id
        if not actor.has(*OPENERS):
            raise Refusal(NOT_YOUR_ROLE)
        # Locked, so that of two who open a recovery at the same moment the second sees the first one's.
        session.execute(select(Entitlement.id).where(Entitlement.id == entitlement_id).with_for_update())
        right = session.execute(
            select(
                *(getattr(Entitlement, name) for name in PARTIES),
                Policy.name_zh,
                Policy.name_en,
                Policy.paying_unit_id,
                PolicyVersion.schedule,
            )
            .join(Policy, Policy.id == Entitlement.policy_id)
            .join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
            .where(Entitlement.id == entitlement_id, visible_cases(actor))
        ).first()
        if right is None:
            raise NotFound()
        _may_open(session, entitlement_id, right.schedule)
        row: dict[str, Any] = {name: getattr(right, name) for name in PARTIES}
        row |= {"entitlement_id": entitlement_id, "paying_unit_id": right.paying_unit_id}
        row |= {"title_zh": f"追回：{right.name_zh}", "title_en": f"Clawback: {right.name_en}"}
        row |= {"formula": right.schedule["clawback"], "term_months": int(right.schedule.get("term_months") or 0)}
        act = Act(actor, now, calendar_of(session, actor.district_id))
        [told.id] = open_cases(session, Flow, [row], act)
    return told.id


def _may_open(session: Session, entitlement_id: int, schedule: dict[str, Any]) -> None:
    reasons = []
    if schedule.get("clawback") not in [formula.value for formula in OF_POLICIES]:
        reasons.append(Reason("no_formula", _("the policy names no formula for paying back")))
    if paid_under(session, entitlement_id) == 0:
        reasons.append(Reason("nothing_paid", _("nothing was paid under this right")))
    other = select(Clawback.id).where(Clawback.entitlement_id == entitlement_id, Clawback.state.not_in(ENDED))
    if session.execute(other).first() is not None:
        reasons.append(Reason("already_open", _("another clawback of this right is open")))
    if reasons:
        raise Refusal(*reasons)


def paid_under(session: Session, entitlement_id: int) -> int:
    """What was paid under a right: by the bank, as tax, and kept against other clawbacks (fen)."""
    rows = (
        select(func.coalesce(func.sum(PaymentItem.settled_fen + PaymentItem.kept_fen), 0))
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .where(_CLAIM.entitlement_id == entitlement_id, PaymentItem.state.in_(("success", "closed")))
    )
    return int(session.execute(rows).scalar_one())


def most_of(session: Session, case_id: int, fen: int) -> int:
    """What of a sum (fen) a recovery may ask for: where it rests on corrections no more than they ask back by now.

    Whoever corrects the same rights meanwhile waits until the transaction ends.
    """
    wanted = select(Clawback.formula, Clawback.entitlement_id, Clawback.expert_id).where(Clawback.id == case_id)
    case = session.execute(wanted).one()
    if case.formula != Formula.CORRECTION:
        return fen
    hold_households(session, [case.expert_id])
    _whole, still = still_asked(session, [case.entitlement_id]).get(case_id, (0, 0))
    return min(fen, still)


def to_come(session: Session, case: Any) -> int:
    """What may still come back of a debt (fen)."""
    back, owed = int(case.recovered_fen), int(case.owed_fen)
    return min(owed, most_of(session, case.id, back + owed) - back)


def write(session: Session, ids: list[int], **values: Any) -> None:
    """Set columns of these clawbacks."""
    set_columns(session, Clawback, ids, **values)


@before(Flow.calculate)
def _by_the_formula(taking: Taking, ids: list[int]) -> None:
    """T, P, N and s are kept with the result, so that everybody can count again."""
    session, last = taking.session, date.fromisoformat(taking.data["served_until"])
    for case_id in ids:
        case = session.execute(
            select(Clawback.entitlement_id, Clawback.formula, Clawback.term_months, _RIGHT.starts_on)
            .join(_RIGHT, _RIGHT.id == Clawback.entitlement_id)
            .where(Clawback.id == case_id)
        ).one()
        if last < case.starts_on:
            text = _("Service began on %(day)s.", day=case.starts_on.isoformat())
            raise Invalid(Reason("before_service", text, "served_until"))
        paid, total = paid_under(session, case.entitlement_id), _whole_sum(session, case.entitlement_id)
        served = served_months(case.starts_on, last)
        months = {"term_months": max(case.term_months, 1), "served_months": served}
        if case.formula == Formula.CORRECTION:
            fen = most_of(session, case_id, paid)
        else:
            fen = due(Formula(case.formula), total=total, paid=paid, **months)
        values = {"ground": taking.data["ground"], "served_until": last, "total_fen": total, "paid_fen": paid}
        write(session, [case_id], due_fen=fen, served_months=served, **values)


def _whole_sum(session: Session, entitlement_id: int) -> int:
    """T: what the whole right comes to, or where that is open, everything that was ever due under it."""
    total = session.execute(select(_RIGHT.total_fen).where(_RIGHT.id == entitlement_id)).scalar_one()
    if total is not None:
        return int(total)
    accrued = select(func.coalesce(func.sum(Accrual.amount_fen), 0)).where(Accrual.entitlement_id == entitlement_id)
    return int(session.execute(accrued).scalar_one())


@before(Flow.serve_notice)
def _until_when_he_is_heard(taking: Taking, ids: list[int]) -> None:
    calendar = taking.act.calendar
    until, _provisional = calendar.provisional_day(calendar.nth_of(taking.act.now) + HEARD_DAYS)
    write(taking.session, ids, heard_until=until, heard_at=calendar.closing(until))


@after(Flow.serve_notice)
def _notice_in_writing(taking: Taking, ids: list[int]) -> None:
    """The numbered notice (追缴通知书): formula, figures, and until when the person may state his view."""
    rows = taking.session.execute(select(Clawback).where(among(Clawback.id, ids))).scalars().all()
    figures = ("formula", "ground", "total_fen", "paid_fen", "term_months", "served_months", "due_fen")
    each = {row.id: {name: getattr(row, name) for name in figures} for row in rows}
    until = {row.id: row.heard_until for row in rows}
    send_notices(taking.session, taking.act, Notice.CLAWBACK, ids, {}, each=each, answer_by=until)


@before(Flow.state_own, Flow.state_for)
def _what_he_says(taking: Taking, ids: list[int]) -> None:
    """Once he has stated his view nothing more is waited for."""
    write(taking.session, ids, statement=taking.data["statement"], heard_at=taking.act.now - timedelta(seconds=1))


@before(Flow.decide)
def _decide(taking: Taking, ids: list[int]) -> None:
    """Never more than the formula gives; above the director's tier the minutes are named."""
    fen: int = taking.data["decided_fen"]
    _needs_minutes(taking, fen)
    due_fen = taking.session.execute(select(Clawback.id, Clawback.due_fen).where(among(Clawback.id, ids)))
    most = min(most_of(taking.session, case_id, due) for case_id, due in due_fen.all())
    if not 0 < fen <= most:
        text = _("No more can be claimed back than the formula gives: %(sum)s.", sum=money(most))
        raise Invalid(Reason("more_than_due", text, "decided_fen"))
    write(taking.session, ids, decided_fen=fen, owed_fen=fen, basis=taking.data["basis"])


def _needs_minutes(taking: Taking, fen: int) -> None:
    rules = rules_in_force(taking.session)
    if rules.tier_of(fen).needs_minutes and not taking.data.get("minutes_number"):
        raise Invalid(minutes_missing(rules))


@after(Flow.decide)
def _decision_in_writing(taking: Taking, ids: list[int]) -> None:
    """Amount, basis, reasons and remedy (domain §3.1)."""
    content = {"decided_fen": taking.data["decided_fen"], "basis": taking.data["basis"], "reason": taking.act.reason}
    lawful = {"zh": LAWFUL_REMEDY.in_language("zh_CN"), "en": LAWFUL_REMEDY.in_language("en")}
    send_notices(taking.session, taking.act, Notice.CLAWBACK_DECISION, ids, content | {"lawful_remedy": lawful})


@before(Flow.write_off)
def _by_its_tier(taking: Taking, ids: list[int]) -> None:
    most = taking.session.execute(select(func.max(Clawback.owed_fen)).where(among(Clawback.id, ids))).scalar_one()
    _needs_minutes(taking, int(most))


def today_of(act: Act) -> date:
    """The business date of an act."""
    return local_date(act.now, act.calendar.zone)
