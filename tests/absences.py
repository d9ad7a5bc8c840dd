"""People who go away and others who stand in for them, over an office with money."""

from datetime import timedelta
from typing import Any

from concierge.engine.actor import Actor
from concierge.queries.standing_in import acting_for
from concierge.rules.roles import Role
from concierge.services.absences import AbsenceWish, save_absence
from tests.office import ACCOUNTS, actor
from tests.paying import NOW, TODAY, Paying

WEEK = TODAY + timedelta(days=6)


def wish(away: Role, deputy: Role | None, fallback: Role | None, **given: Any) -> AbsenceWish:
    """An absence of this week, as it is typed."""
    ids = {"deputy_id": ACCOUNTS[deputy] if deputy else None, "fallback_id": ACCOUNTS[fallback] if fallback else None}
    days = {"starts_on": TODAY, "ends_on": WEEK} | given
    return AbsenceWish(account_id=ACCOUNTS[away], **ids, **days)


def goes_away(paying: Paying, away: Role, deputy: Role | None, fallback: Role | None, **given: Any) -> int:
    """Somebody registers his own absence; its id."""
    with paying.session() as session:
        return save_absence(session, actor=actor(away), now=NOW, wish=wish(away, deputy, fallback, **given))


def standing_in(paying: Paying, who: Role, away: Role) -> Actor:
    """Somebody as he acts for a person away."""
    with paying.session() as session:
        found = acting_for(session, actor(who), ACCOUNTS[away], NOW)
        assert found is not None
        return found[0]
