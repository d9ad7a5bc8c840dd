"""Rights in force (待遇, domain §3.1): what their steps do to what falls due, to claims and to the person."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, select, tuple_, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among, expecting_sets, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import PolicyVersion
from concierge.rules.clawback import Formula
from concierge.rules.policy import PolicyKind, add_months
from concierge.services.accruals import RHYTHM, accrue
from concierge.services.asked_back import ENDED
from concierge.services.calendars import calendar_of
from concierge.services.exclusions import hold_households, rule_anew
from concierge.services.facts import facts_of
from concierge.services.notices import Notice, send_notices
from concierge.services.payments import refresh_flags
from concierge.services.rulebook import published
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.entitlement import EntitlementFlow as Flow

CHUNK = 1000
_QUIET = {"synchronize_session": False}
_DAY = timedelta(days=1)


@after(Flow.activate, Flow.resume)
def write_what_is_due(taking: Taking, ids: list[int]) -> None:
    """A right in force accrues what has already fallen due."""
    day = local_date(taking.act.now, taking.act.calendar.zone)
    accrue(taking.session, taking.act, until=day, entitlement_ids=ids)


@after(Flow.suspend, Flow.revoke)
def stop_payments(taking: Taking, ids: list[int]) -> None:
    """Nothing is approved or paid under a suspended or revoked right."""
    _mark_claims(taking.session, ids, suspended=True)


@after(Flow.resume)
def let_payments_go_on(taking: Taking, ids: list[int]) -> None:
    """Claims under the right go on."""
    _mark_claims(taking.session, ids, suspended=False)


def _mark_claims(session: Session, ids: list[int], *, suspended: bool) -> None:
    claims = session.execute(select(Claim.id).where(among(Claim.entitlement_id, ids), Claim.is_open)).scalars().all()
    session.execute(
        update(Claim).where(among(Claim.id, claims)).values(is_suspended=suspended), execution_options=_QUIET
    )
    refresh_flags(session, claims)


@before(Flow.terminate)
def write_what_was_earned(taking: Taking, ids: list[int]) -> None:
    """The months up to the end, also those that fall due with their half-year, are written before the right is over.

    From a suspension on that lasts until the end nothing is earned.
    """
    session, day = taking.session, local_date(taking.act.now, taking.act.calendar.zone)
    session.execute(_end_on(day, ids, Entitlement.starts_on <= day), execution_options=_QUIET)
    _write_to_the_end(session, taking.act, ids, day)


def _end_on(day: date, ids: Sequence[int], *more: ColumnElement[bool]) -> Any:
    """An UPDATE that ends these rights on a day; who was over earlier stays so."""
    longer = Entitlement.ends_on.is_(None) | (Entitlement.ends_on > day)
    return update(Entitlement).where(among(Entitlement.id, ids), longer, *more).values(ends_on=day)


def _write_to_the_end(session: Session, act: Act, ids: Sequence[int], day: date) -> None:
    """Write what these rights have earned, whenever it falls due, at the amounts of a day."""
    e = Entitlement
    persons = session.execute(select(e.person_id).where(among(e.id, ids)).distinct().order_by(e.person_id)).scalars()
    facts = facts_of(session, person_ids=list(persons), as_of=day)
    accrue(session, act, until=add_months(day, RHYTHM), entitlement_ids=ids, facts=facts)


def is_waited_for() -> ColumnElement[bool]:
    """What is still to be claimed or paid; of what is due in money and brings nothing nobody waits."""
    brings = (Accrual.amount_fen > 0) | (PolicyVersion.kind == PolicyKind.IN_KIND)
    return (Accrual.state == "claimed") | ((Accrual.state == "due") & brings)


def _asked_back() -> Any:
    """Recoveries for corrections that have not ended: it may yet turn out that the right has not ended either."""
    return select(Clawback.id).where(Clawback.formula == Formula.CORRECTION.value, Clawback.state.not_in(ENDED))


@before(Flow.complete)
def nothing_is_left_behind(taking: Taking, ids: list[int]) -> None:
    """A right is complete once all that it brought was claimed and paid."""
    left = select(Accrual.id).join(Entitlement, Entitlement.id == Accrual.entitlement_id)
    left = left.join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
    mine = left.where(among(Accrual.entitlement_id, ids), is_waited_for()).limit(1)
    if taking.session.execute(mine).first() is not None:
        raise Refusal.because("something_due", _("something is still due or being claimed under it"))
    asked = _asked_back().where(among(Clawback.entitlement_id, ids)).limit(1)
    if taking.session.execute(asked).first() is not None:
        raise Refusal.because("something_asked_back", _("something is still asked back under it"))


@after(Flow.terminate, Flow.revoke)
def end_what_is_due(taking: Taking, ids: list[int]) -> None:
    """An ended right brings nothing that begins later, a revoked one nothing at all; the person is told why.

    What gave way to it is due from now on.
    """
    session, day = taking.session, local_date(taking.act.now, taking.act.calendar.zone)
    session.execute(_end_on(day, ids), execution_options=_QUIET)
    lost = [among(Accrual.entitlement_id, ids), Accrual.state.in_(("due", "superseded"))]
    if taking.step is Flow.terminate:
        lost.append(Accrual.starts_on > day)
    whose = select(Entitlement.person_id).where(among(Entitlement.id, ids)).distinct()
    persons = sorted(session.execute(whose).scalars())
    hold_households(session, persons)
    session.execute(update(Accrual).where(*lost).values(state="refused"), execution_options=_QUIET)
    rule_anew(session, persons)
    content = {name: taking.data.get(name) for name in ("basis", "remedy")} | {"reason": taking.act.reason}
    send_notices(session, taking.act, Notice.TERMINATION, ids, content)


def end_with_recognition(session: Session, person_ids: Sequence[int], last: date) -> None:
    """Rights that last as long as the recognition end with it, a monthly one with its month, as when it runs out.

    In the caller's transaction; people decide what becomes of them beyond that.
    """
    e, bound = Entitlement, defaultdict[date, list[int]](list)
    for version in (version for family in published(session).values() for version in family):
        if version.schedule.get("starts_with") != "hired_on":
            by_month = version.kind == PolicyKind.MONTHLY
            bound[add_months(last.replace(day=1), 1) - _DAY if by_month else last].append(version.id)
    for day, versions in bound.items():
        mine = (among(e.person_id, person_ids), among(e.policy_version_id, versions), e.starts_on <= day, e.is_open)
        ids = session.execute(select(e.id).where(*mine).order_by(e.id)).scalars().all()
        session.execute(_end_on(day, ids), execution_options=_QUIET)


def accrue_due(session: Session, *, actor: Actor, now: datetime, until: date | None = None) -> int:
    """Write what has fallen due up to a day (today unless given) under every right in force; the number of new rows.

    Those rights alone are looked at whose day has come. A transaction for every 1,000 of them. For the clock; a second
    run writes nothing.
    """
    e, place = Entitlement, tuple_(Entitlement.accrues_on, Entitlement.id)
    written, last = 0, tuple_(literal(date.min), literal(0))
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            day = until or local_date(now, act.calendar.zone)
            in_force = select(e.accrues_on, e.id).where(e.accrues_on <= day, e.state == "active", place > last)
            with expecting_sets(session):
                wanted = session.execute(in_force.order_by(e.accrues_on, e.id).limit(CHUNK)).all()
            if not wanted:
                return written
            written += accrue(session, act, until=day, entitlement_ids=[row.id for row in wanted])
        last = tuple_(literal(wanted[-1].accrues_on), literal(wanted[-1].id))


def complete_ended(session: Session, *, actor: Actor, now: datetime) -> int:
    """Complete the rights that are over and have nothing left to claim or pay; how many. For the clock.

    Their last months, which fall due with the half-year, are waited for, and so is what corrections ask back.
    """
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        day = local_date(now, act.calendar.zone)
        waiting = select(Accrual.id).where(Accrual.entitlement_id == Entitlement.id, is_waited_for())
        over = select(Entitlement.id).join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
        asked = _asked_back().where(Clawback.entitlement_id == Entitlement.id)
        over = over.where(Entitlement.state == "active", Entitlement.ends_on < day, ~waiting.exists(), ~asked.exists())
        found = list(session.execute(over.limit(CHUNK)).scalars())
        _write_to_the_end(session, act, found, day)
        ids = list(session.execute(over.where(among(Entitlement.id, found))).scalars())
        if ids:
            follow(session, Flow.complete, ids, act)
    return len(ids)
