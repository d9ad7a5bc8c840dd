"""With whom the time went: the intervals of a history add up, whatever happened."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.text import _
from concierge.engine.clockwork import HolderTime, intervals, light_of, time_by_holder
from concierge.rules.lights import Light
from tests.cases import CALENDAR, NOW, line

CLOCKS = ("waiting", "running", "paused", "stopped")
PARTIES = (("specialist", 1), ("finance", 2), ("finance", 3), ("expert", None))


@st.composite
def histories(draw: st.DrawFn) -> list[Any]:
    """Lines of one case as steps would have written them, minutes to months apart, in no particular order."""
    moment, lines = NOW, []
    for version in range(1, draw(st.integers(1, 12)) + 1):
        holder, holder_id = draw(st.sampled_from(PARTIES))
        clock = draw(st.sampled_from(CLOCKS))
        given = {"holder": holder, "holder_id": holder_id, "clock": clock, "at": moment, "reason": None}
        given["cause"] = "publicity posting" if clock == "paused" else None
        lines.append(SimpleNamespace(**line(1, version, "step", None, "state", **given)))
        moment += timedelta(minutes=draw(st.one_of(st.integers(-1, 3), st.integers(0, 100_000))))
    return draw(st.permutations(lines))


@given(lines=histories(), later=st.integers(0, 200_000))
def test_intervals_neither_overlap_nor_leave_gaps_and_add_up(lines: list[Any], later: int) -> None:
    ordered = sorted(lines, key=lambda each: each.version)
    last = max(each.at for each in ordered)
    now = last + timedelta(minutes=later)
    found = intervals(lines, now=now, calendar=CALENDAR)
    end = last if ordered[-1].clock == "stopped" else now
    moments = [ordered[0].at, *(each.to_at for each in found)]
    assert [each.from_at for each in found] == moments[:-1]
    assert moments[-1] == (end if found else ordered[0].at)
    assert all(each.from_at < each.to_at for each in found)
    elapsed = CALENDAR.nth_of(moments[-1]) - CALENDAR.nth_of(moments[0])
    assert sum(each.worked_days for each in found) == elapsed
    assert sum(each.worked_days + each.paused_days for each in time_by_holder(found)) == elapsed
    assert all(each.is_paused for each in found if each.cause is not None)


def test_a_pause_is_told_apart_with_its_cause_and_who_set_it() -> None:
    day = timedelta(days=1)
    steps = [
        line(1, 1, "open", None, "a", at=NOW, holder="specialist", holder_id=7),
        line(1, 2, "ask", "a", "b", at=NOW + day, holder="expert", holder_id=None, clock="paused", actor_id=5),
        line(1, 3, "back", "b", "a", at=NOW + 3 * day, holder="specialist", holder_id=7),
    ]
    steps[1] |= {"cause": "waiting for the applicant's papers", "reason": "the contract is missing"}
    rows = [SimpleNamespace(**({"cause": None, "reason": None} | step)) for step in steps]
    first, pause, rest = intervals(rows, now=NOW + 4 * day, calendar=CALENDAR)
    assert (first.worked_days, pause.worked_days, rest.worked_days) == (1, 2, 1)
    assert (pause.is_paused, pause.cause, pause.set_by) == (True, _("waiting for the applicant's papers"), 5)
    assert pause.reason == "the contract is missing"
    assert time_by_holder([first, pause, rest]) == [HolderTime("specialist", 7, 2, 0), HolderTime("expert", None, 0, 2)]


def test_nothing_has_no_time() -> None:
    assert intervals([], now=NOW, calendar=CALENDAR) == []
    assert time_by_holder([]) == []


def lamp(**given: Any) -> Light:
    nth = CALENDAR.nth_of(NOW)
    row = {"due_nth": nth, "clock": "running", "is_open": True, "since_nth": nth - 5} | given
    return light_of(SimpleNamespace(**row), now=NOW, calendar=CALENDAR)


def test_the_lamp_follows_limit_pause_and_end() -> None:
    nth = CALENDAR.nth_of(NOW)
    assert lamp() is Light.YELLOW
    assert lamp(due_nth=nth + 4) is Light.GREEN
    assert lamp(due_nth=nth - 1) is Light.RED
    assert lamp(due_nth=None) is Light.NONE
    assert lamp(due_nth=nth - 1, clock="paused", paused_nth=nth - 2) is Light.PAUSED
    assert lamp(due_nth=nth - 1, clock="paused", paused_nth=nth) is Light.RED
    assert lamp(due_nth=nth - 1, is_open=False) is Light.DONE
    assert lamp(due_nth=nth - 9, is_open=False) is Light.DONE_LATE
    assert lamp(due_nth=nth - 9, clock="stopped") is Light.DONE_LATE
