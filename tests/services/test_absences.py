"""Registering an absence: days, three different people, no circle; who may, and who is told."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound
from concierge.db import transaction
from concierge.engine.tables import Outbox
from concierge.models.absence import Absence
from concierge.models.account import Account
from concierge.rules.roles import Role
from concierge.services.absences import end_absence, save_absence
from tests.absences import WEEK, goes_away, standing_in, wish
from tests.office import ACCOUNTS, actor, person_key
from tests.paying import CHECKER, MAKER, NOW, PAYER, Paying

LEAD, OFFICE, HR, SPECIALIST = Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.HR, Role.SPECIALIST


def wrong(work: Callable[[], Any]) -> set[tuple[str, str | None]]:
    with pytest.raises(Invalid) as error:
        work()
    return {(reason.code, reason.field) for reason in error.value.reasons}


@pytest.mark.parametrize(
    ("away", "deputy", "fallback", "given", "found"),
    [
        (CHECKER, None, OFFICE, {}, {("nobody", "deputy_id")}),
        (CHECKER, CHECKER, OFFICE, {}, {("same_person", "deputy_id")}),
        (CHECKER, PAYER, PAYER, {}, {("same_person", "fallback_id")}),
        (CHECKER, PAYER, Role.EXPERT, {}, {("nobody", "fallback_id")}),
        (CHECKER, Role.SECURITY_ADMIN, OFFICE, {}, {("admin_has_no_business", "deputy_id")}),
        (CHECKER, PAYER, OFFICE, {"ends_on": date(2026, 11, 22)}, {("dates_crossed", "ends_on")}),
        (CHECKER, PAYER, OFFICE, {"ends_on": date(2028, 1, 1)}, {("absence_long", "ends_on")}),
        (CHECKER, PAYER, OFFICE, {"starts_on": date(2026, 11, 22)}, {("absence_past", "starts_on")}),
        (CHECKER, PAYER, OFFICE, {"cap_fen": -1}, {("cap", "cap")}),
        (Role.EXPERT, PAYER, OFFICE, {}, {("no_duties", None)}),
    ],
)
def test_an_absence_is_refused_with_every_reason(
    paying_here: Paying, away: Role, deputy: Role | None, fallback: Role, given: Any, found: Any
) -> None:
    assert wrong(lambda: goes_away(paying_here, away, deputy, fallback, **given)) == found


def test_another_account_of_the_same_person_is_no_deputy(paying_here: Paying) -> None:
    with paying_here.session() as session, transaction(session):
        same = update(Account).where(Account.id == ACCOUNTS[PAYER]).values(person_key=person_key(CHECKER))
        session.execute(same)
    assert wrong(lambda: goes_away(paying_here, CHECKER, PAYER, OFFICE)) == {("same_person", "deputy_id")}


def test_a_circle_is_refused_when_it_is_saved(paying: Paying) -> None:
    goes_away(paying, CHECKER, PAYER, OFFICE)
    goes_away(paying, PAYER, LEAD, HR)
    assert wrong(lambda: goes_away(paying, LEAD, HR, CHECKER)) == {("stand_in_circle", "deputy_id")}
    later = {"starts_on": WEEK + timedelta(days=1), "ends_on": WEEK + timedelta(days=9)}
    goes_away(paying, LEAD, HR, CHECKER, **later)


def test_nobody_is_away_twice_on_one_day(paying_here: Paying) -> None:
    goes_away(paying_here, CHECKER, PAYER, OFFICE)
    assert wrong(lambda: goes_away(paying_here, CHECKER, MAKER, OFFICE, starts_on=WEEK)) == {
        ("absence_twice", "starts_on")
    }


@pytest.mark.parametrize(
    ("by", "away", "may"),
    [(LEAD, SPECIALIST, True), (LEAD, CHECKER, False), (Role.SECURITY_ADMIN, CHECKER, True), (PAYER, CHECKER, False)],
)
def test_the_lead_sends_specialists_away_and_the_security_administrator_anybody(
    paying_here: Paying, by: Role, away: Role, may: bool
) -> None:
    def save() -> int:
        with paying_here.session() as session:
            return save_absence(session, actor=actor(by), now=NOW, wish=wish(away, MAKER, OFFICE))

    if may:
        assert save()
    else:
        with pytest.raises(NotFound):
            save()


def test_a_stand_in_hands_nothing_on(paying_here: Paying) -> None:
    goes_away(paying_here, CHECKER, PAYER, OFFICE)
    deputy = standing_in(paying_here, PAYER, CHECKER)
    with paying_here.session() as session, pytest.raises(NotFound):
        save_absence(session, actor=deputy, now=NOW, wish=wish(PAYER, MAKER, HR))


def test_only_its_owner_or_keeper_ends_an_absence(paying_here: Paying) -> None:
    absence = goes_away(paying_here, CHECKER, PAYER, OFFICE)
    with paying_here.session() as session, pytest.raises(NotFound):
        end_absence(session, actor=actor(PAYER), now=NOW, absence_id=absence)
    with paying_here.session() as session:
        end_absence(session, actor=actor(CHECKER), now=NOW, absence_id=absence)
    with paying_here.session() as session, pytest.raises(NotFound):
        end_absence(session, actor=actor(CHECKER), now=NOW, absence_id=absence)


def test_deputy_and_fallback_are_told_at_once(paying_here: Paying) -> None:
    absence = goes_away(paying_here, CHECKER, PAYER, OFFICE)
    with paying_here.session() as session:
        told = session.execute(select(Outbox.topic, Outbox.data).where(Outbox.subject_id == absence)).all()
        assert session.get_one(Absence, absence).reason == ""
    assert {row.data["account_id"]: row.data["as_fallback"] for row in told} == {
        ACCOUNTS[PAYER]: False,
        ACCOUNTS[OFFICE]: True,
    }
