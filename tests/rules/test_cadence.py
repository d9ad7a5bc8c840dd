"""When an expert should hear from his specialist: months, quarters, festivals of both calendars, days of his own."""

from datetime import date

import pytest

from concierge.rules.cadence import (
    DOUBLE_NINTH,
    DRAGON_BOAT,
    LUNAR,
    MID_AUTUMN,
    SPRING,
    Contact,
    Due,
    Known,
    Occasion,
    due_contacts,
    festivals,
)

CALL, VISIT = Contact.CALL, Contact.VISIT


def found(known: Known, first: date, occasion: Occasion) -> list[tuple[date, bool]]:
    return [(due.day, due.is_done) for due in due_contacts(known, first) if due.occasion is occasion]


@pytest.mark.parametrize(("touch", "done"), [((date(2026, 11, 30), CALL), True), ((date(2026, 10, 31), CALL), False)])
def test_a_call_each_month_and_a_visit_is_as_good(touch: tuple[date, Contact], done: bool) -> None:
    month = date(2026, 11, 1)
    assert found(Known(contacts=[touch]), month, Occasion.MONTHLY) == [(date(2026, 11, 30), done)]
    assert found(Known(contacts=[(date(2026, 11, 2), VISIT)]), month, Occasion.MONTHLY) == [(date(2026, 11, 30), True)]


def test_a_visit_each_quarter_asked_for_in_its_last_month_and_no_call_is_one() -> None:
    assert found(Known(), date(2026, 11, 1), Occasion.QUARTERLY) == []
    last = date(2026, 12, 1)
    assert found(Known(contacts=[(date(2026, 10, 5), VISIT)]), last, Occasion.QUARTERLY) == [(date(2026, 12, 31), True)]
    assert found(Known(contacts=[(date(2026, 12, 5), CALL)]), last, Occasion.QUARTERLY) == [(date(2026, 12, 31), False)]


def test_festivals_of_the_lunar_calendar_are_visited_from_ten_days_before() -> None:
    assert [(day, name) for day, name in festivals(date(2026, 1, 1), date(2026, 6, 30))] == [
        (date(2026, 2, 17), SPRING),
        (date(2026, 6, 19), DRAGON_BOAT),
    ]
    for touched, done in ((date(2026, 2, 7), True), (date(2026, 2, 6), False)):
        known = Known(contacts=[(touched, VISIT)])
        assert found(known, date(2026, 2, 1), Occasion.FESTIVAL) == [(date(2026, 2, 17), done)]


@pytest.mark.parametrize("name", [SPRING, DRAGON_BOAT, MID_AUTUMN, DOUBLE_NINTH])
def test_a_lunar_year_has_twelve_or_thirteen_months(name: object) -> None:
    days = next(days for festival, days in LUNAR.items() if festival is name)
    gaps = {(after - before).days for before, after in zip(days, days[1:], strict=False)}
    assert gaps <= {353, 354, 355, 383, 384, 385}


def test_a_birthday_on_a_leap_day_is_kept_on_the_last_of_february() -> None:
    assert found(Known(birth_on=date(1984, 2, 29)), date(2027, 2, 1), Occasion.BIRTHDAY) == [(date(2027, 2, 28), False)]
    assert found(Known(birth_on=date(1984, 2, 29)), date(2028, 2, 1), Occasion.BIRTHDAY) == [(date(2028, 2, 29), False)]


def test_ends_are_spoken_of_sixty_days_before_and_hardship_within_thirty() -> None:
    known = Known(
        contract_ends_on=date(2027, 1, 15), certificate_ends_on=date(2027, 1, 20), hardships=[date(2026, 11, 10)]
    )
    november = [(due.day, due.occasion) for due in due_contacts(known, date(2026, 11, 1))]
    assert november[:2] == [(date(2026, 11, 16), Occasion.CONTRACT), (date(2026, 11, 21), Occasion.CERTIFICATE)]
    assert found(known, date(2026, 12, 1), Occasion.HARDSHIP) == [(date(2026, 12, 10), False)]
    assert due_contacts(Known(), date(2026, 11, 1)) == [Due(date(2026, 11, 30), Occasion.MONTHLY, False)]
