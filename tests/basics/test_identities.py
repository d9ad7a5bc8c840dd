"""Identities: ordered by time, unique across threads and processes, repeatable for the demo."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.errors import NotFound
from concierge.basics.ids import EPOCH_MS, counting_from, new_id, new_ids, parse_id, public_id

START = EPOCH_MS + 90_000_000_000


def made(count: int) -> list[int]:
    return [new_id() for _one in range(count)]


def test_each_identity_is_larger_than_the_one_before():
    ids = made(5000)
    assert ids == sorted(set(ids))
    assert 0 < ids[0] < ids[-1] < 2**63


def test_identities_made_together_go_on_where_the_last_one_was():
    before, (first, *others), after = new_id(), new_ids(600), new_id()
    assert before < first < min(others)
    assert others == sorted(set(others))
    assert others[-1] < after
    with counting_from(START, 7):
        one_by_one = made(5)
    with counting_from(START, 7):
        assert new_ids(5) == one_by_one


def test_an_identity_tells_when_it_was_made():
    before = time.time_ns() // 1_000_000
    made_at = (new_id() >> 22) + EPOCH_MS
    # Bulk work may have borrowed from the coming milliseconds.
    assert before <= made_at <= before + 1000


def test_the_order_holds_when_the_machines_clock_steps_back(monkeypatch):
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: EPOCH_MS * 1_000_000)
    assert new_id() > first


def test_threads_never_share_an_identity():
    with ThreadPoolExecutor(8) as pool:
        ids = [one for batch in pool.map(made, [1000] * 8) for one in batch]
    assert len(set(ids)) == 8000


FORKED = """
import multiprocessing
from concierge.basics.ids import new_id

def made(count):
    return [new_id() for _ in range(count)]

made(10)
with multiprocessing.get_context("fork").Pool(4) as pool:
    ids = [one for batch in pool.map(made, [2000] * 8, chunksize=1) for one in batch]
ids += made(2000)
print(len(ids), len(set(ids)))
"""
"""Forks in a process of its own: this one has threads of other tests, whose locks a forked child would wait for."""


def test_forked_processes_never_share_an_identity():
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["18000", "18000"]


def test_the_demo_counts_the_same_identities_from_the_same_seed():
    def demo(seed: int) -> list[int]:
        with counting_from(START, seed) as counting:
            ids = made(3)
            counting.at(START + 86_400_000)
            ids += made(3)
            counting.at(START)
            return ids + made(3)

    assert demo(1) == demo(1)
    assert len(set(demo(1))) == 9
    assert demo(1) != demo(2)
    assert max(demo(1)[:3]) < min(demo(1)[3:6])
    assert (demo(1)[0] >> 22) + EPOCH_MS == START
    assert new_id() > demo(1)[-1]


def test_no_identity_is_older_than_the_epoch():
    with pytest.raises(ValueError, match="2024"), counting_from(0, 1):
        pass


@given(st.integers(0, 2**63 - 1))
def test_the_public_form_comes_back_in_either_case(number):
    public = public_id(number)
    assert len(public) == 13
    assert public == public.lower()
    assert parse_id(public) == parse_id(public.upper()) == number


@given(st.integers(0, 2**63 - 2))
def test_public_forms_sort_like_their_identities(number):
    assert public_id(number) < public_id(number + 1)


@pytest.mark.parametrize(
    "rubbish",
    ["", "0", "z" * 13, "0000000000000 ", "000000000000u", "00000000000-1", "０" * 13, "000000000000İ", "0" * 14],
)
def test_rubbish_is_nothing_that_exists(rubbish):
    with pytest.raises(NotFound):
        parse_id(rubbish)


@pytest.mark.parametrize("number", [-1, 2**63])
def test_only_63_bits_have_a_public_form(number):
    with pytest.raises(ValueError, match="63"):
        public_id(number)
