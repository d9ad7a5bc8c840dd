"""What corrections found to be paid too much is asked back: a recovery is opened for each right (domain §2.5).

The machine opens, names the corrections and tells the talent office, for often it is a fact that is wrong; people
calculate, serve, hear and decide as with every recovery. Where the facts were put right meanwhile it withdraws what it
opened: what is still too much is asked back anew, by what is known now, and what had come back by then is due again as
an arrear.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act, Wanted
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.rules.clawback import Formula
from concierge.services.asked_back import ENDED, WITHDRAWN, asked_back, named, still_asked
from concierge.services.calendars import calendar_of
from concierge.services.clawbacks import PARTIES
from concierge.services.kept_payments import FOR_SURE, PLANNED
from concierge.services.outbox import put_new
from concierge.services.steps import take
from concierge.workflows.clawback import ClawbackFlow as Flow
from concierge.workflows.topics import Topic

CHUNK = 500
UNTOLD = ("opened", "calculated")
"""Before the notice was served: the person knows nothing of the recovery yet."""


def open_recoveries(session: Session, *, actor: Actor, now: datetime) -> int:
    """Open recoveries for paid periods that were corrected downwards; how many. For the clock.

    Before that those are withdrawn whose facts were put right. A right whose recovery is still open waits for its end.
    A transaction for every 500 rights; a second run finds nothing.
    """
    withdraw_recoveries(session, actor=actor, now=now)
    opened, last = 0, 0
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            rights = _rights(session, last)
            if not rights:
                return opened
            opened += _open(session, act, rights)
        last = rights[-1].id


def withdraw_recoveries(session: Session, *, actor: Actor, now: datetime) -> int:
    """Withdraw recoveries that ask back more than the corrections behind them do now; how many.

    What is before the court or kept from a payment under way is waited for.
    """
    withdrawn, last = 0, 0
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            rows = session.execute(_free(last)).all()
            if not rows:
                return withdrawn
            asked = still_asked(session, [row.entitlement_id for row in rows])
            unfounded = [row for row in rows if (found := asked.get(row.id)) is not None and found[1] < found[0]]
            withdrawn += _withdraw(session, act, unfounded)
        last = rows[-1].id


def _free(last: int) -> Any:
    """Recoveries of corrections that may be withdrawn, those after `last`."""
    c, item = Clawback, PaymentItem
    kept = select(item.id).where(item.clawback_id == c.id, item.offset_fen > 0, item.state.in_((*PLANNED, *FOR_SURE)))
    rows = select(c.id, c.entitlement_id, c.state, c.version).where(c.formula == Formula.CORRECTION.value, c.id > last)
    return rows.where(c.state.not_in((*ENDED, "litigation")), ~kept.exists()).order_by(c.id).limit(CHUNK)


def _withdraw(session: Session, act: Act, rows: Sequence[Any]) -> int:
    """Withdraw them; what somebody else has in hand at this moment waits for the next night."""
    own = replace(act, reason=_("The facts behind it were put right.").in_language("zh_CN"))
    untold = [Wanted(row.id, row.version) for row in rows if row.state in UNTOLD]
    told = [Wanted(row.id, row.version) for row in rows if row.state not in UNTOLD]
    reports = [take(session, step, wanted, own) for step, wanted in ((Flow.drop, untold), (Flow.withdraw, told))]
    return sum(len(report.moved) for report in reports)


def _wanted() -> list[Any]:
    """Corrections of paid periods, downwards, that no recovery names, or only such as were withdrawn."""
    line = ClawbackLine
    asked = select(line.id).join(Clawback, Clawback.id == line.clawback_id)
    asked = asked.where(line.correction_id == Correction.id, Clawback.state != WITHDRAWN)
    paid = select(Accrual.id).where(
        Accrual.id == Correction.accrual_id, Accrual.state == "paid", ~Accrual.period.contains("+v")
    )
    return [Correction.amount_fen < 0, ~asked.exists(), paid.exists()]


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
    lines = _lines(session, [right.id for right in rights])
    owing = [right for right in rights if right.id in lines]
    rows = [
        {name: getattr(right, name) for name in PARTIES}
        | {"entitlement_id": right.id, "paying_unit_id": right.paying_unit_id}
        | {"title_zh": f"追回：{right.name_zh}", "title_en": f"Clawback: {right.name_en}"}
        | {"formula": Formula.CORRECTION.value, "term_months": 0}
        for right in owing
    ]
    made = open_cases(session, Flow, rows, act) if rows else []
    kept = [
        {"id": new_id(), "district_id": act.actor.district_id, "clawback_id": case}
        | {"correction_id": correction_id, "amount_fen": fen}
        for case, right in zip(made, owing, strict=True)
        for correction_id, fen in lines[right.id]
    ]
    if kept:
        session.execute(insert(ClawbackLine), kept)
        told = (Topic.RECOVERIES_OPENED.value, kept[0]["id"], 1, {"count": len(made)})
        put_new(session, [told], district_id=act.actor.district_id, now=act.now)
    return len(made)


def _lines(session: Session, right_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """By right what is to be asked back: corrections, the newest of a period first, with what is left of each (fen)."""
    left = asked_back(session, right_ids)
    for line in named(session, right_ids):
        if line.accrual_id in left:
            left[line.accrual_id] -= line.dealt_fen
    rows = session.execute(
        select(Correction.id, Correction.entitlement_id, Correction.accrual_id, Correction.amount_fen)
        .where(among(Correction.entitlement_id, right_ids), *_wanted())
        .order_by(Correction.id.desc())
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        part = min(left[row.accrual_id], -row.amount_fen)
        if part > 0:
            left[row.accrual_id] -= part
            found.setdefault(row.entitlement_id, []).append((row.id, part))
    return found
