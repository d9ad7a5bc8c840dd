"""Keeping away (回避, domain §1 element 48): who of the supervision team inspects and judges which units not."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.models.account import Account, AccountGrant
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.models.supervision import Finding, Recusal
from concierge.rules.roles import Role
from concierge.services.campaigns import add_row
from concierge.services.people import only
from concierge.services.plans import missing
from concierge.services.steps import Taking, screen
from concierge.workflows.finding import FindingFlow as Flow

LONGEST = 500
KEPT_AWAY = Reason("kept_away", _("you are on the recusal list for this unit; a colleague must do this"))


@dataclass(frozen=True, kw_only=True)
class NewRecusal:
    """A member of the team keeps away from a unit for a reason, from a day to a day or for good."""

    account_id: int
    unit_id: int
    reason: str
    starts_on: date
    ends_on: date | None = None


def keep_away(session: Session, *, actor: Actor, now: datetime, recusal: NewRecusal) -> int:
    """Put a member of the team on the recusal list for a unit: himself, or anybody by the talent office. Its id.

    Raises Invalid naming every field that is missing or wrong.
    """
    only(actor, Role.SUPERVISOR, Role.TALENT_OFFICE)
    wrong = missing(recusal, "reason", longest=LONGEST)
    with transaction(session):
        member = session.execute(
            select(Account.person_key)
            .join(AccountGrant, AccountGrant.account_id == Account.id)
            .where(Account.id == recusal.account_id, AccountGrant.role == Role.SUPERVISOR.value)
            .limit(1)
        ).scalar_one_or_none()
        if member is None or not (actor.has(Role.TALENT_OFFICE) or recusal.account_id == actor.account_id):
            wrong.append(Reason("unknown_member", _("Please choose a member of the supervision team."), "member"))
        if session.get(Unit, recusal.unit_id) is None:
            wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
        if recusal.ends_on is not None and recusal.ends_on < recusal.starts_on:
            wrong.append(Reason("dates", _("The end lies before the beginning."), "ends_on"))
        if wrong:
            raise Invalid(*wrong)
        values = {**vars(recusal), "reason": recusal.reason.strip(), "person_key": member}
        return add_row(session, Recusal, values | {"made_by": actor.account_id}, actor, now, "recusal")


def may_inspect(session: Session, actor: Actor, unit_id: int, day: date) -> list[Reason]:
    """Why the actor may not inspect a unit on a day: it is his own, or he keeps away from it; empty when he may."""
    wrong = []
    if not actor.units(Role.SUPERVISOR):
        wrong.append(Reason("no_team", _("Your account belongs to no supervision team."), None))
    if unit_id in actor.units():
        wrong.append(Reason("own_unit", _("Nobody inspects his own unit."), "unit"))
    kept = select(Recusal.id).where(Recusal.unit_id == unit_id, *_holds(actor, day)).limit(1)
    if session.execute(kept).first() is not None:
        wrong.append(replace(KEPT_AWAY, field="unit"))
    return wrong


def _holds(actor: Actor, day: date) -> list[ColumnElement[bool]]:
    r = Recusal
    return [r.person_key.in_(actor.person_keys), r.starts_on <= day, r.ends_on.is_(None) | (r.ends_on >= day)]


@screen(Flow.issue, Flow.verify, Flow.send_back, Flow.close, Flow.escalate)
def judged_by_others(taking: Taking, ids: list[int]) -> dict[int, Reason]:
    """Whoever keeps away from a unit takes no step of the team in its findings either."""
    act, f = taking.act, Finding
    held = select(f.id).join(Recusal, Recusal.unit_id == f.unit_id).where(among(f.id, ids), visible_cases(act.actor))
    today = local_date(act.now, act.calendar.zone)
    return dict.fromkeys(taking.session.execute(held.where(*_holds(act.actor, today))).scalars(), KEPT_AWAY)
