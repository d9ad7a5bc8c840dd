"""Budget lines carry what was approved and not a fen more, however many approve at once."""

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.run import Report, Wanted, fire, fire_many
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.workflows import PaymentItemFlow
from tests.cases import FINANCE, LINE, act, official, put_many
from tests.databases import DISTRICT, Database

CHECKER = official(Role.FINANCE_CHECKER)
SECOND = LINE + 1


def a_second_line(session: Any, amount_fen: int) -> None:
    row = {"id": SECOND, "district_id": DISTRICT, "year": 2026, "number": "2", "name_zh": "", "name_en": ""}
    row |= {"unit_id": FINANCE, "policy_groups": [], "amount_fen": amount_fen}
    session.execute(insert(BudgetLine), [row])


def items(session: Any, *fen: int, line: int = LINE) -> list[int]:
    given = [{"account_settled": True, "amount_fen": each, "budget_line_id": line} for each in fen]
    return put_many(session, PaymentItemFlow, "pending", given)


def approve(session: Any, ids: list[int]) -> Report:
    return fire_many(session, PaymentItemFlow.approve, [Wanted(each, 1) for each in ids], act(CHECKER))


def reserved(session: Any, line: int = LINE) -> int:
    return int(session.scalar(select(BudgetLine.reserved_fen).where(BudgetLine.id == line)))


def test_a_set_reserves_its_sum_on_each_line(office: Database) -> None:
    with office.session() as session, transaction(session):
        a_second_line(session, 50)
        ids = items(session, 10, 20) + items(session, 30, line=SECOND)
        assert sorted(approve(session, ids).moved) == sorted(ids)
        assert (reserved(session), reserved(session, SECOND)) == (30, 30)


def test_a_line_that_cannot_carry_its_sum_holds_all_its_rows_and_no_others(office: Database) -> None:
    with office.session() as session, transaction(session):
        a_second_line(session, 50)
        good, short = items(session, 10, 20), items(session, 30, 21, line=SECOND)
        report = approve(session, good + short)
        assert sorted(report.moved) == sorted(good)
        assert {case_id: reasons[0].code for case_id, reasons in report.held.items()} == dict.fromkeys(
            short, "budget_short"
        )
        assert (reserved(session), reserved(session, SECOND)) == (30, 0)
        assert approve(session, short[:1]).moved == short[:1]
        assert reserved(session, SECOND) == 30


def test_rows_that_are_refused_reserve_nothing(office: Database) -> None:
    with office.session() as session, transaction(session):
        good, bad = items(session, 10, 20)
        session.execute(update(PaymentItem).where(PaymentItem.id == bad).values(account_settled=False))
        assert approve(session, [good, bad, good]).moved == [good]
        assert reserved(session) == 10


def test_what_is_spent_is_not_there_to_be_reserved(office: Database) -> None:
    with office.session() as session, transaction(session):
        session.execute(update(BudgetLine).values(amount_fen=100, spent_fen=60, reserved_fen=30))
        (item,) = items(session, 11)
        with pytest.raises(Refusal, match="budget_short"):
            fire(session, PaymentItemFlow.approve, item, 1, act(CHECKER))
        assert approve(session, items(session, 10)).held == {}


def in_threads(database: Database, work: list[list[int]]) -> list[Report]:
    """Approve lists of items at the same moment, item by item, each in its own transaction."""
    start, reports = threading.Barrier(len(work)), []

    def run(ids: list[int]) -> None:
        with database.session() as session:
            start.wait()
            for case_id in ids:
                with transaction(session):
                    report = approve(session, [case_id])
                reports.append(report)

    threads = [threading.Thread(target=run, args=(ids,)) for ids in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return reports


@pytest.mark.parametrize("fits", [64, 40])
def test_64_approvals_at_once_are_never_over_and_never_wrongly_refused(postgres_office: Database, fits: int) -> None:
    with postgres_office.session() as session, transaction(session):
        ids = items(session, *[7] * 64)
        session.execute(update(BudgetLine).values(amount_fen=7 * fits))
    reports = in_threads(postgres_office, [ids[n::8] for n in range(8)])
    assert sum(len(report.moved) for report in reports) == fits
    codes = [reason.code for report in reports for reasons in report.held.values() for reason in reasons]
    assert codes == ["budget_short"] * (64 - fits)
    with postgres_office.session() as session:
        assert reserved(session) == 7 * fits


def test_sets_over_the_same_lines_in_any_order_never_block_each_other(postgres_office: Database) -> None:
    with postgres_office.session() as session, transaction(session):
        a_second_line(session, 10**9)
        sets = [items(session, 1, line=SECOND) + items(session, 1) for _n in range(4)]
        sets += [items(session, 1) + items(session, 1, line=SECOND) for _n in range(4)]
    start, moved = threading.Barrier(8), []

    def run(ids: list[int]) -> None:
        with postgres_office.session() as session, transaction(session):
            start.wait()
            moved.extend(approve(session, ids).moved)

    threads = [threading.Thread(target=run, args=(ids,)) for ids in sets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moved) == 16
