"""Standing in at decision time (product, 2): the absence runs, covers the case, and neither of the two is the payee's.

Maker, earlier approvers and the payee himself are tested for both persons by the gate; this adds what lies outside
the case: the absence, its scope and cap, and where the two persons work.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason
from concierge.basics.formats import money
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant, LoginSession, in_force
from concierge.models.claim import Claim
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.person import Employment, Person
from concierge.models.scope import visible_cases
from concierge.queries.standing_in import StandIn, acting_for, stand_in_for
from concierge.rules.roles import Role
from concierge.services.accounts import token_hash
from concierge.services.steps import Taking, screen

ABSENCE_OVER = Reason("absence_over", _("the absence is over, and so is standing in"))
PAYEE_UNIT = Reason("payee_unit", _("neither of the two may work where the payee works"))
MONEY_KINDS = ("claim", "entitlement", "joint_opinion", "payment_item", "payment_batch")


def act_for(session: Session, *, actor: Actor, now: datetime, token: str, for_account: int | None) -> None:
    """From now on this log-in acts for somebody away, or for its holder again. Raises NotFound without an absence."""
    with transaction(session):
        if for_account is not None and acting_for(session, actor, for_account, now) is None:
            raise NotFound()
        mine = (LoginSession.token_hash == token_hash(token)) & (LoginSession.account_id == actor.account_id)
        session.execute(update(LoginSession).where(mine).values(for_account_id=for_account))
        who = for_account if for_account is not None else actor.for_account
        act = "stand-in" if for_account is not None else "stand-in-left"
        record(session, act=act, actor=actor, now=now, subject_kind="account", subject_id=who)


def hold(taking: Taking, ids: list[int]) -> Mapping[int, Reason]:
    """What a stand-in may not decide; nothing for whoever acts for himself."""
    actor = taking.act.actor
    if actor.for_account is None:
        return {}
    today = local_date(taking.act.now, taking.act.calendar.zone)
    found = stand_in_for(taking.session, actor.account_id, actor.for_account, today)
    rows = taking.session.execute(_cases(actor, ids)).all()
    if found is None:
        return {row.id: ABSENCE_OVER for row in rows}
    held = {row.id: reason for row in rows if (reason := _uncovered(found, row, taking.data)) is not None}
    return held if Role.EMPLOYER in taking.step.by else held | _at_the_payees(taking, actor, rows, today)


screen(*(step for flow in FLOWS.values() for step in flow.steps.values()))(hold)


def _cases(actor: Actor, ids: list[int]) -> Any:
    claim, item, batch = Claim.__table__.c, PaymentItem.__table__.c, PaymentBatch.__table__.c
    amount = func.coalesce(item.amount_fen, batch.total_fen, claim.approved_fen, claim.amount_fen)
    return (
        select(Case.id, Case.kind, Case.employer_id, amount.label("fen"))
        .outerjoin(claim.id.table, claim.id == Case.id)
        .outerjoin(item.id.table, item.id == Case.id)
        .outerjoin(batch.id.table, batch.id == Case.id)
        .where(among(Case.id, ids), visible_cases(actor))
    )


def _uncovered(found: StandIn, row: Any, given: Mapping[str, Any]) -> Reason | None:
    """Why a case is the fallback's. An amount that is granted with the step counts like one that stands in the case."""
    if found.covers.kinds is not None and row.kind not in found.covers.kinds:
        return Reason("not_covered", _("%(name)s stands in for this, you do not", name=found.fallback))
    fen = max(row.fen or 0, int(given.get("approved_fen") or 0))
    if found.cap_fen is not None and fen > found.cap_fen:
        text = _(
            "more than the %(cap)s up to which you stand in; %(name)s does",
            cap=money(found.cap_fen),
            name=found.fallback,
        )
        return Reason("above_cap", text)
    return None


def _at_the_payees(taking: Taking, actor: Actor, rows: Sequence[Any], today: date) -> dict[int, Reason]:
    asked = [row for row in rows if row.kind in MONEY_KINDS]
    if not asked:
        return {}
    units = _workplaces(taking.session, actor, today)
    paid = select(PaymentItem.batch_id).where(
        among(PaymentItem.batch_id, [row.id for row in asked if row.kind == "payment_batch"]),
        or_(
            among(PaymentItem.employer_id, sorted(units)),
            PaymentItem.subject_key.in_(actor.person_keys),
            PaymentItem.kin_key.in_(actor.person_keys),
        ),
    )
    batches = set(taking.session.execute(paid.distinct()).scalars())
    return {row.id: PAYEE_UNIT for row in asked if row.employer_id in units or row.id in batches}


def _workplaces(session: Session, actor: Actor, today: date) -> set[int]:
    """Where the two persons work or hold a duty, under whatever account."""
    duties = (
        select(AccountGrant.unit_id)
        .join(Account, Account.id == AccountGrant.account_id)
        .where(Account.person_key.in_(actor.person_keys), in_force(today), AccountGrant.unit_id.is_not(None))
    )
    posts = (
        select(Employment.employer_id)
        .join(Person, Person.id == Employment.person_id)
        .where(
            Person.id_index.in_(actor.person_keys),
            Employment.starts_on <= today,
            or_(Employment.ends_on.is_(None), Employment.ends_on >= today),
        )
    )
    found = [*session.execute(duties).scalars(), *session.execute(posts).scalars()]
    return {unit for unit in found if unit is not None}
