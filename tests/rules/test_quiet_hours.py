"""Quiet hours: what falls into them waits until they are over, across midnight too."""

from datetime import UTC, datetime

import pytest

from concierge.basics.clock import SHANGHAI
from concierge.rules.quiet import MailWish, after_quiet


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "begins", "ends", "mailed"),
    [
        (at(22, 30), 21, 7, at(7, day=24)),
        (at(6, 59), 21, 7, at(7)),
        (at(7), 21, 7, at(7)),
        (at(20, 59), 21, 7, at(20, 59)),
        (at(12, 30), 12, 14, at(14)),
        (at(14), 12, 14, at(14)),
        (at(3), None, None, at(3)),
        (at(3), 3, 3, at(3)),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(
    moment: datetime, begins: int | None, ends: int | None, mailed: datetime
) -> None:
    assert after_quiet(moment, begins, ends, SHANGHAI) == mailed


def test_what_cannot_wait_is_mailed_unless_no_mail_is_wanted_at_all() -> None:
    wanted = {wish.value: (wish.wants(urgent=True), wish.wants(urgent=False)) for wish in MailWish}
    assert wanted == {
        "all": (True, True),
        "morning": (True, False),
        "urgent": (True, False),
        "none": (False, False),
    }
