"""How much mail somebody wants: every notice, one mail a morning, only what cannot wait, none; not in quiet hours."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from concierge.basics.clock import SHANGHAI
from concierge.models.account import Account
from concierge.models.notice import Delivery
from concierge.workflows import EntitlementFlow
from concierge.workflows.topics import Topic
from tests.cases import NOW, put
from tests.notifications.people import EXPERT_ACCOUNT, Office, accounts

pytestmark = pytest.mark.filterwarnings("error")


def wishing_one_mail_a_morning(small_house: Office) -> None:
    mine = update(Account).where(Account.id == EXPERT_ACCOUNT).values(mail_wish="morning")
    small_house.do(lambda session: session.execute(mine))


def test_who_wants_one_mail_a_morning_finds_all_that_is_new_in_it_and_nothing_twice(small_house: Office) -> None:
    wishing_one_mail_a_morning(small_house)
    morning = datetime(2026, 3, 3, 8, 30, tzinfo=SHANGHAI)
    for title in ("安家补贴", "生活补贴"):
        case_id = small_house.do(lambda session, t=title: put(session, EntitlementFlow, "notified", title_zh=t))
        small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    assert accounts(small_house.notices()) == [EXPERT_ACCOUNT, EXPERT_ACCOUNT], "in the app at once"
    assert (small_house.post().sent, small_house.post(now=morning).sent) == (0, 1)
    [mail] = small_house.mails()
    assert (mail.subject, "安家补贴" in mail.body, "生活补贴" in mail.body) == ("您有 2 条新消息", True, True)
    later = small_house.do(lambda session: put(session, EntitlementFlow, "notified", title_zh="住房补贴"))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, later, 1), at=morning + timedelta(hours=1))
    small_house.relay(now=morning + timedelta(hours=1))
    assert small_house.post(now=morning + timedelta(days=1)).sent == 1
    assert ("住房补贴" in small_house.mails()[-1].body, "安家补贴" in small_house.mails()[-1].body) == (True, False)


def test_what_was_read_by_the_morning_is_not_mailed(small_house: Office) -> None:
    wishing_one_mail_a_morning(small_house)
    case_id = small_house.do(lambda session: put(session, EntitlementFlow, "notified"))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    small_house.do(lambda session: session.execute(update(Delivery).values(read_at=NOW)))
    assert small_house.post(now=NOW + timedelta(days=1)).sent == 0
    assert small_house.mails() == []


@pytest.mark.parametrize(("wish", "mails"), [("all", 1), ("morning", 0), ("urgent", 0), ("none", 0)])
def test_who_wants_no_mail_reads_it_in_the_app_alone(small_house: Office, wish: str, mails: int) -> None:
    mine = update(Account).where(Account.id == EXPERT_ACCOUNT).values(mail_wish=wish)
    small_house.do(lambda session: session.execute(mine))
    case_id = small_house.do(lambda session: put(session, EntitlementFlow, "notified"))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    assert (accounts(small_house.notices()), small_house.post().sent) == ([EXPERT_ACCOUNT], mails)


def test_a_mail_waits_for_the_end_of_quiet_hours_and_the_inbox_does_not(small_house: Office) -> None:
    hours = update(Account).where(Account.id == EXPERT_ACCOUNT).values(quiet_from=9, quiet_to=12)
    small_house.do(lambda session: session.execute(hours))
    case_id = small_house.do(lambda session: put(session, EntitlementFlow, "notified"))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    assert (accounts(small_house.notices()), small_house.post().sent) == ([EXPERT_ACCOUNT], 0)
    assert small_house.post(now=NOW + timedelta(hours=2)).sent == 1
