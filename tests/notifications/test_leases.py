"""Who holds a row: leases by the database's own clock, fenced by the number of the attempt."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from concierge.basics.ids import new_id
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import Outbox
from concierge.models.notice import Delivery
from concierge.services import deliveries, outbox
from concierge.services.leases import database_now
from concierge.workflows import EntitlementFlow
from concierge.workflows.topics import Topic
from tests.cases import NOW, put
from tests.databases import DISTRICT
from tests.notifications.people import EXPERT_ACCOUNT, Office

AGES = (timedelta(seconds=1), timedelta(minutes=31), timedelta(days=400))


def tell(house: Office) -> None:
    """One notice to the expert, as a row of the outbox."""
    case_id = house.do(lambda session: put(session, EntitlementFlow, "notified"))
    house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))


def leave(session: DistrictSession, ago: timedelta) -> None:
    """Let the leases of deliveries have ended some time ago, as when their workers died."""
    with transaction(session):
        held = update(Delivery).where(Delivery.leased_until.is_not(None))
        session.execute(held.values(leased_until=database_now(session) - ago))


def test_a_late_word_about_a_delivery_is_not_written_down(house: Office) -> None:
    tell(house)
    house.relay()
    with house.database.session() as session:
        slow = deliveries.claim(session, now=NOW)
        assert slow is not None
        leave(session, AGES[0])
        quick = deliveries.claim(session, now=NOW)
        assert quick is not None
        assert (quick.id, quick.dark) == (slow.id, True)
        assert not deliveries.accepted(session, claimed=slow, now=NOW, message_id="<late>")
        assert not deliveries.drop(session, claimed=slow, why="late")
        assert not deliveries.give_up(session, claimed=slow, now=NOW, error="late")
        assert deliveries.accepted(session, claimed=quick, now=NOW, message_id="<right>")
    [mail] = house.notices(EXPERT_ACCOUNT, "mail")
    assert (mail.state, mail.message_id) == ("sent", "<right>")


def test_the_older_rows_of_another_district_take_nobodys_place(house: Office) -> None:
    tell(house)
    older = {"id": new_id(), "topic": Topic.ENTITLEMENT_FOUND.value, "subject_id": 1, "subject_version": 1}
    older |= {"state": "pending", "attempts": 0, "at": NOW, "next_at": NOW - AGES[1]}
    house.do(lambda session: session.execute(insert(Outbox), [older | {"district_id": DISTRICT + 1}]))
    with house.database.session() as session, outbox.taken(session, now=NOW, most=1) as rows:
        [told] = rows
        assert told.id != older["id"]


@pytest.mark.parametrize("ago", AGES, ids=str)
def test_a_row_left_by_a_dead_worker_is_taken_however_long_ago_that_was(house: Office, ago: timedelta) -> None:
    tell(house)
    house.relay()
    with house.database.session() as session:
        assert deliveries.claim(session, now=NOW) is not None
        assert deliveries.claim(session, now=NOW) is None
        leave(session, ago)
        assert deliveries.claim(session, now=NOW) is not None


def test_a_machine_whose_clock_is_wrong_takes_nothing_that_is_in_other_hands(house: Office) -> None:
    tell(house)
    with house.database.session() as session:
        right = database_now(session)
        fast = right + timedelta(hours=2)
    house.relay(right)
    with house.database.session() as session:
        assert deliveries.claim(session, now=right) is not None
        assert deliveries.claim(session, now=fast) is None
