"""The hold of a changed payee: nothing is paid to the new account for some working days (product: hold when the payee
changes), unless a third person ends it with a reason."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import SAME_PERSON
from concierge.engine.run import Act
from concierge.models.person import BankAccount
from concierge.queries.money_rules import rules_in_force
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.payees import follow_account
from concierge.services.people import only
from concierge.services.repeats import once


def hold_ends(session: Session, actor: Actor, now: datetime) -> datetime | None:
    """When the hold of a changed payee ends: at closing time of the last of its working days."""
    days, calendar = rules_in_force(session).hold_days, calendar_of(session, actor.district_id)
    if days == 0:
        return None
    return calendar.closing(calendar.provisional_day(calendar.nth_of(now) + days)[0])


def release_payee(
    session: Session, *, actor: Actor, now: datetime, account_id: int, reason: str, key: str | None = None
) -> None:
    """End the hold of a changed payee early, with a reason, by a third person: neither its maker nor its checker.

    Raises NotFound, Invalid without a reason, Refusal for the two and when nothing is held.
    """
    only(actor, Role.FINANCE_CHECKER)
    if not reason.strip():
        raise Invalid.because("required", _("Say why the hold may end early."), "reason")
    with once(session, actor, now, "release-payee", key, {"account": account_id, "reason": reason.strip()}) as told:
        if told.id:
            return
        wanted = select(BankAccount).where(BankAccount.id == account_id, BankAccount.state == "settled")
        account = session.execute(wanted.with_for_update()).scalar_one_or_none()
        if account is None:
            raise NotFound()
        if {account.made_by_key, account.checked_by_key} & set(actor.person_keys):
            raise Refusal(SAME_PERSON)
        if account.held_until is None or account.held_until <= now:
            raise Refusal.because("not_held", _("nothing is held any more"))
        session.execute(
            update(BankAccount).where(BankAccount.id == account_id).values(held_until=None),
            execution_options={"synchronize_session": False},
        )
        follow_account(session, [account.person_id], Act(actor, now, calendar_of(session, actor.district_id)))
        record(
            session, act="release-payee", actor=actor, now=now, subject_kind="bank_account", subject_id=account_id,
            person_id=account.person_id, data={"reason": reason.strip()[:500]},
        )  # fmt: skip
        told.id = account_id
