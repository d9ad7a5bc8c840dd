"""A unit gets one message a working morning: what is pending, what is new or late; nothing is said twice."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.run import fire
from concierge.engine.tables import Case
from concierge.notifications.digests import next_slot
from concierge.notifications.expand import GATHERED
from concierge.rules.roles import Role
from concierge.services import deliveries
from concierge.services.supervision import morning_digests, nudge
from concierge.workflows import ClaimFlow, PaymentBatchFlow, PaymentItemFlow
from concierge.workflows.topics import Topic
from tests.cases import CALENDAR, FINANCE, NOW, act, official, put, put_many
from tests.databases import DISTRICT
from tests.notifications.people import CHECKER, MAKER, REVIEWER, Office, accounts

MORNING = datetime(2026, 3, 3, 0, 15, tzinfo=UTC)  # Tuesday, 08:15 in Shanghai
MAILED = MORNING + timedelta(minutes=15)
TODAY = CALENDAR.nth_of(MORNING)


def at(days: int) -> datetime:
    """08:15 so many working days after Tuesday."""
    day = CALENDAR.day(TODAY + days)
    return datetime(day.year, day.month, day.day, 0, 15, tzinfo=UTC)


def morning(house: Office, now: datetime = MORNING) -> None:
    """What clock and relay do of a morning."""
    with house.database.session() as session:
        morning_digests(session, actor=machine(DISTRICT), now=now)
    house.relay(now)
    house.post(now + timedelta(minutes=15))


def due(days: int) -> dict[str, Any]:
    """The columns of a limit so many working days after Tuesday."""
    day = CALENDAR.day(TODAY + days)
    return {"due_nth": TODAY + days, "due_on": day, "due_at": CALENDAR.closing(day)}


def waiting(house: Office, count: int = 1, **given: Any) -> list[int]:
    """Payment items that wait for finance."""
    rows = [{"title_zh": "安家补贴", "title_en": "Settlement"} | due(9) | given for _ in range(count)]
    return house.do(lambda session: put_many(session, PaymentItemFlow, "pending", rows))


def test_five_hundred_events_for_one_unit_are_one_message(house: Office) -> None:
    ids = waiting(house, 500)
    house.told(*((Topic.PAYMENT_PENDING.value, case_id, 1) for case_id in ids))
    house.relay()
    assert house.notices() == [], "a unit is told in the morning"
    morning(house)
    assert accounts(house.notices()) == [MAKER, CHECKER]
    assert [mail.recipient for mail in house.mails()] == [f"u{MAKER}@x.test", f"u{CHECKER}@x.test"]
    [first, _second] = house.mails()
    assert first.subject == "finance待办提醒：500 件，¥50,000.00"


def test_a_digest_says_how_many_how_much_how_old_and_what_is_late(house: Office) -> None:
    waiting(house, 2, amount_fen=1_000_00)
    [late] = waiting(house, 1, amount_fen=50_00, number="BF-LATE", since=NOW - timedelta(days=20), **due(-4))
    house.do(lambda s: put(s, PaymentBatchFlow, "draft", count=3, total_fen=7_00, pending_fen=7_00, **due(1)))
    morning(house)
    body = house.mails()[0].body
    assert "待办 4 件，合计 ¥2,057.00；其中逾期 1 件，最久一件已停留 11 个工作日" in body
    assert "批准发放（发放明细）：3 件，¥2,050.00；新到或临期 3 件，逾期 1 件" in body
    assert "BF-LATE 安家补贴 ¥50.00 逾期 4 个工作日" in body
    assert body.index("BF-LATE") < body.index("T-"), "the late one first"
    assert "/cases/" in house.mails()[0].html
    assert late


def test_money_is_not_counted_twice(house: Office) -> None:
    claim = house.do(lambda s: put(s, ClaimFlow, "approved", approved_fen=100_00, **due(3)))
    waiting(house, 1, claim_id=claim)
    house.do(lambda s: put(s, PaymentItemFlow, "batched", **due(3)))
    morning(house)
    assert "1 件，¥100.00" in house.mails()[0].subject


def test_what_was_done_before_sending_is_absent(house: Office) -> None:
    gone, _kept = waiting(house, 2)
    with house.database.session() as session:
        morning_digests(session, actor=machine(DISTRICT), now=MORNING)
    house.relay(MORNING)
    house.do(lambda s: s.execute(update(Case).where(Case.id == gone).values(state="cancelled", is_open=False)))
    house.post(MAILED)
    assert all("待办 1 件" in mail.body and "待办提醒：1 件" in mail.subject for mail in house.mails())


def test_a_digest_without_money_names_none_and_is_readable_on_a_phone(house: Office) -> None:
    house.do(lambda s: put(s, PaymentBatchFlow, "draft", count=0, total_fen=0, pending_fen=0, **due(1)))
    morning(house)
    mail = house.mails()[0]
    assert mail.subject == "finance待办提醒：1 件"
    assert "¥" not in mail.body + mail.html
    assert 'name="viewport"' in mail.html


def test_nothing_left_is_no_message(house: Office) -> None:
    [only] = waiting(house)
    with house.database.session() as session:
        morning_digests(session, actor=machine(DISTRICT), now=MORNING)
    house.relay(MORNING)
    house.do(lambda s: s.execute(update(Case).where(Case.id == only).values(state="cancelled", is_open=False)))
    assert house.post(MAILED).dropped == 2
    assert house.mails() == []


def test_reading_it_in_the_app_suppresses_the_mail(house: Office) -> None:
    waiting(house)
    with house.database.session() as session:
        morning_digests(session, actor=machine(DISTRICT), now=MORNING)
    house.relay(MORNING)
    assert house.post(MORNING).sent == 0, "the mail leaves at 08:30"
    with house.database.session() as session:
        reader = official(Role.FINANCE_MAKER, account=MAKER)
        deliveries.mark_read(session, actor=reader, now=MORNING, ids=None)
    house.post(MAILED)
    assert [mail.recipient for mail in house.mails()] == [f"u{CHECKER}@x.test"]


def test_the_morning_is_told_once_however_often_it_is_run(house: Office) -> None:
    waiting(house)
    morning(house)
    morning(house, MORNING + timedelta(minutes=1))
    assert len(house.mails()) == 2


def test_an_unchanged_item_is_repeated_only_at_its_next_threshold(small_house: Office) -> None:
    waiting(small_house, **due(5))
    mailed, shown = [], []
    for day in range(18):
        before = len(small_house.mails()), len(small_house.notices())
        morning(small_house, at(day))
        mailed += [day] if len(small_house.mails()) > before[0] else []
        shown += [day] if len(small_house.notices()) > before[1] else []
    assert mailed == [0, 2, 5, 6, 11, 16], "new; three days before; on the day; late; every five days after"
    assert shown == mailed, "the app repeats no more than the mail"


def test_a_new_item_is_told_and_the_old_one_only_counted(small_house: Office) -> None:
    waiting(small_house, number="T-OLD", **due(9))
    morning(small_house)
    waiting(small_house, number="T-NEW", since=MORNING + timedelta(hours=3), **due(9))
    morning(small_house, at(1))
    last = small_house.mails()[-1].body
    assert "待办 2 件" in last
    assert "T-NEW" in last
    assert "T-OLD" not in last


def test_what_is_due_today_is_told_at_once_gathered_and_in_working_hours(small_house: Office) -> None:
    ten = MORNING + timedelta(hours=2)
    morning(small_house)
    ids = waiting(small_house, 40, since=ten, **due(0))
    small_house.told(*((Topic.PAYMENT_PENDING.value, case_id, 1) for case_id in ids), at=ten)
    small_house.relay(ten)
    assert small_house.post(ten).sent == 0
    small_house.post(ten + GATHERED)
    assert len(small_house.mails()) == 2, "one for each person"
    assert "待办 40 件" in small_house.mails()[0].body
    assert all(notice.is_urgent for notice in small_house.notices())


def test_outside_working_hours_even_urgent_things_wait_for_the_opening(small_house: Office) -> None:
    evening = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
    ids = waiting(small_house, 2, since=evening, **due(0))
    small_house.told(*((Topic.PAYMENT_PENDING.value, case_id, 1) for case_id in ids), at=evening)
    small_house.relay(evening)
    waits = {notice.next_at for notice in small_house.notices(channel="mail")}
    assert waits == {datetime(2026, 3, 4, 1, 5, tzinfo=UTC)}, "09:05 the next morning"


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-03-03T10:02", "2026-03-03T10:05"),
        ("2026-03-03T10:05", "2026-03-03T10:10"),
        ("2026-03-03T07:00", "2026-03-03T09:05"),
        ("2026-03-03T18:00", "2026-03-04T09:05"),
        ("2026-03-07T11:00", "2026-03-09T09:05"),
        ("2026-02-14T11:00", "2026-02-14T11:05"),  # a Saturday that is worked
        ("2026-02-16T11:00", "2026-02-24T09:05"),  # the Spring Festival
    ],
)
def test_slots_lie_in_working_time(now: str, slot: str) -> None:
    zone = CALENDAR.zone
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)
    found = next_slot(moment.astimezone(UTC), CALENDAR, GATHERED)
    assert found.astimezone(zone) == datetime.fromisoformat(slot).replace(tzinfo=zone)


def test_a_reminder_of_a_unit_adds_nothing_to_what_the_morning_told(small_house: Office) -> None:
    waiting(small_house, 3, **due(-1))
    morning(small_house)
    assert len(small_house.mails()) == 2
    nine = MORNING + timedelta(minutes=50)
    with small_house.database.session() as session:
        assert nudge(session, actor=machine(DISTRICT), now=nine) == 3
        assert nudge(session, actor=machine(DISTRICT), now=nine) == 0
    small_house.relay(nine)
    small_house.post(nine + timedelta(hours=1))
    assert len(small_house.mails()) == 2


def test_an_approved_item_leaves_the_group_of_those_to_approve(house: Office) -> None:
    checker = official(Role.FINANCE_CHECKER)
    with house.database.session() as session, transaction(session):
        settled = {"account_settled": True, "budget_line_id": 40}
        first = put(session, PaymentItemFlow, "pending", paying_unit_id=FINANCE, **settled, **due(3))
        fire(session, PaymentItemFlow.approve, first, 1, act(checker))
    waiting(house, 1)
    morning(house)
    digest = next(mail for mail in house.mails() if "待办提醒" in mail.subject)
    assert "2 件" in digest.subject
    assert "批准发放（发放明细）：1 件" in digest.body
    assert REVIEWER not in accounts(house.notices()), "the HR bureau has nothing pending"
    assert date(2026, 3, 3) == CALENDAR.received(MORNING)
