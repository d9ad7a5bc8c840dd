"""What a correction found to be paid too much is asked back: a recovery is opened for each right, once (domain §2.5).

The machine opens and names the corrections; people calculate, serve, hear and decide as with every recovery.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.policy import Policy
from concierge.rules.clawback import Formula
from concierge.services.calendars import calendar_of
from concierge.services.clawbacks import ENDED, PARTIES
from concierge.workflows.clawback import ClawbackFlow as Flow

CHUNK = 500


def open_recoveries(session: Session, *, actor: Actor, now: datetime) -> int:
    """Open recoveries for paid periods that were corrected downwards; how many. For the clock.

    A right whose recovery is still open waits for its end. A transaction for every 500 rights; a second run finds
    nothing.
    """
    opened, last = 0, 0
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            rights = _rights(session, last)
            if not rights:
                return opened
            opened += _open(session, act, rights)
        last = rights[-1].id


def _wanted() -> list[Any]:
    """Corrections of paid periods, downwards, that no recovery names yet; what an arrear lost was never paid."""
    named = select(ClawbackLine.id).where(ClawbackLine.correction_id == Correction.id)
    paid = select(Accrual.id).where(Accrual.id == Correction.accrual_id, Accrual.state == "paid")
    added = aliased(Correction)
    unpaid = select(added.id).where(added.arrears_id == Correction.accrual_id)
    return [Correction.amount_fen < 0, ~named.exists(), paid.exists(), ~unpaid.exists()]


def _rights(session: Session, last: int) -> Sequence[Any]:
    e = Entitlement
    owing = select(Correction.id).where(Correction.entitlement_id == e.id, *_wanted())
    other = select(Clawback.id).where(Clawback.entitlement_id == e.id, Clawback.state.not_in(ENDED))
    return session.execute(
        select(e.id, *(getattr(e, name) for name in PARTIES), Policy.name_zh, Policy.name_en, Policy.paying_unit_id)
        .join(Policy, Policy.id == e.policy_id)
        .where(e.id > last, owing.exists(), ~other.exists())
        .order_by(e.id)
        .limit(CHUNK)
        .with_for_update(of=e)
    ).all()


def _open(session: Session, act: Act, rights: Sequence[Any]) -> int:
    rows = [
        {name: getattr(right, name) for name in PARTIES}
        | {"entitlement_id": right.id, "paying_unit_id": right.paying_unit_id}
        | {"title_zh": f"追回：{right.name_zh}", "title_en": f"Clawback: {right.name_en}"}
        | {"formula": Formula.CORRECTION.value, "term_months": 0}
        for right in rights
    ]
    made = dict(zip((right.id for right in rights), open_cases(session, Flow, rows, act), strict=True))
    found = session.execute(
        select(Correction.id, Correction.entitlement_id, Correction.amount_fen)
        .where(among(Correction.entitlement_id, made), *_wanted())
        .order_by(Correction.id)
    )
    lines = [
        {"id": new_id(), "district_id": act.actor.district_id, "clawback_id": made[row.entitlement_id]}
        | {"correction_id": row.id, "amount_fen": -row.amount_fen}
        for row in found
    ]
    session.execute(insert(ClawbackLine), lines)
    return len(made)
