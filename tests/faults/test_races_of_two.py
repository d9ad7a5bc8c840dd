"""Two acts of finance at the same moment on PostgreSQL: one wins, the other is told why, and the books are in order."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError

from concierge.basics.errors import Refusal
from concierge.db import DistrictSession, transaction
from concierge.engine.run import Wanted
from concierge.models.payment import BankResult, Posting
from concierge.models.person import BankAccount
from concierge.models.policy import PolicyVersion
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.bank_results import load
from concierge.services.batches import make_batch
from concierge.services.budgets import confirm_movement, propose_movement
from concierge.services.clawbacks import open_clawback
from concierge.services.documents import Upload
from concierge.services.steps import step_named, take_step, take_steps
from concierge.services.verify_money import verify_money
from concierge.services.year_closing import close_year, propose_closing
from tests.databases import NewDatabase
from tests.office import EXPERT, FINANCE, actor, key_ring
from tests.papers import Drawer, a_png
from tests.paying import CHECKER, ENTITLEMENT, MAKER, NOW, VERSION, Paying, add_line, fill
from tests.services.test_bank_results import answer, apply, look

ROUNDS = 3
CHRISTMAS = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)
LOST_TO = {"in_another_hand", "wrong_state", "stale"}


@pytest.fixture(scope="module")
def two(shared_database: NewDatabase) -> Paying:
    """One office for all races; each brings its own payments."""
    return Paying(shared_database("postgresql", "paying", fill))


def both(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[str, str]:
    """Let two acts go together; "done" or the code of the first reason for each."""
    gate = threading.Barrier(2)

    def run(act: Callable[[], Any]) -> str:
        gate.wait(30)
        try:
            act()
        except Refusal as refused:
            return refused.reasons[0].code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(run, (first, second))
    return one, other


def in_order(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        assert [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok] == []


def step(paying: Paying, name: str, item: int, who: Role, now: datetime = NOW, **given: str) -> None:
    with paying.session() as session:
        wanted = step_named("payment_item", name)
        take_step(session, actor=actor(who), now=now, step=wanted, case_id=item, version=None, given=given)


def test_a_list_and_a_single_approval_approve_a_payment_once(two: Paying) -> None:
    for _round in range(ROUNDS):
        items = two.prepared(1_000_00, 2_000_00, 3_000_00)
        held: list[str] = []

        def the_list(items: list[int] = items, held: list[str] = held) -> None:
            report = two.take("approve", items, CHECKER)
            held += [reason.code for reasons in report.held.values() for reason in reasons]

        _list, single = both(the_list, lambda items=items: step(two, "approve", items[1], CHECKER))
        assert {two.state(item) for item in items} == {"approved"}
        assert (single == "done") is (len(held) > 0)
        assert {single, *held} <= LOST_TO | {"done"}
        with two.session() as session:
            wanted = select(func.count()).where(Posting.case_id == items[1], Posting.account == "reserved")
            assert session.execute(wanted).scalar_one() == 1
    in_order(two)


def test_a_payment_approved_while_its_payee_changes_enters_no_batch(two: Paying) -> None:
    for number in range(ROUNDS):
        [item] = two.prepared(1_000_00)

        def change(number: int = number) -> None:
            given = {"holder_name": "沈知远", "bank_name": "工行", "branch_code": ""}
            with two.session() as session:
                propose_bank_account(
                    session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), person_id=EXPERT, **given,
                    number=f"99999900000000000{number}8", storage=Drawer(), proof=Upload("银行卡.png", a_png()),
                )  # fmt: skip

        approval, changed = both(lambda item=item: step(two, "approve", item, CHECKER), change)
        assert changed == "done"
        assert approval in LOST_TO | {"done", "account_unsettled"}
        assert two.item(item).account_settled is False
        with pytest.raises(Refusal), two.session() as session:
            make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(item)])
        _refuse_the_change(two)
    in_order(two)


def _refuse_the_change(paying: Paying) -> None:
    with paying.session() as session:
        account = session.execute(select(BankAccount.id).where(BankAccount.state == "unchecked")).scalar_one()
    with paying.session() as session:
        check_bank_account(session, actor=actor(CHECKER), now=NOW, account_id=account, accept=False)


def test_a_bank_file_loaded_twice_at_once_counts_once_and_reissue_waits_for_the_bounce(two: Paying) -> None:
    for number in range(ROUNDS):
        batch = two.sent(1_000_00, 2_000_00)
        arrives, bounces = two.items_of(batch)
        lines = [answer(two, arrives), answer(two, bounces, "bounced", reason="户名不符")]
        run = look(two, lines, file=f"race{number}-", batch=batch).run_id

        def loads(run: int | None = run) -> None:
            with two.session() as session:
                load(session, actor=actor(MAKER), now=NOW, run_id=run or 0)

        reissues = both(loads, lambda item=bounces: step(two, "reissue", item, Role.SPECIALIST, reason="户名已更正"))
        assert reissues[0] == "done" or reissues[0] in LOST_TO
        both(loads, loads)
        with two.session() as session:
            counted = select(func.count()).where(BankResult.item_id.in_((arrives, bounces)))
            assert session.execute(counted).scalar_one() == 2
        assert (two.state(arrives), two.state(bounces) in ("bounced", "reissued")) == ("success", True)
    in_order(two)


def test_two_files_loaded_at_once_tell_of_a_payment_once(two: Paying) -> None:
    for number in range(ROUNDS):
        batch = two.sent(60_000_00)
        [item] = two.items_of(batch)
        parts = [answer(two, item, amount_fen=40_000_00, serial=f"{number}{at}") for at in range(2)]
        runs = [look(two, [part], f"{number}{at}", batch).run_id for at, part in enumerate(parts)]

        def loads(run: int | None) -> None:
            with two.session() as session:
                load(session, actor=actor(MAKER), now=NOW, run_id=run or 0)

        assert set(both(*(lambda run=run: loads(run) for run in runs))) == {"done", "nothing_new"}
        assert two.item(item).settled_fen == 40_000_00, "two parts would be more than was sent"
    in_order(two)


def test_two_makers_put_a_payment_into_one_batch(two: Paying) -> None:
    for _round in range(ROUNDS):
        items = two.approved(1_000_00, 2_000_00)

        def make(items: list[int] = items) -> None:
            with two.session() as session:
                make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(item) for item in items])

        answers = Counter(both(make, make))
        batches = {two.item(item).batch_id for item in items}
        assert None not in batches
        assert answers["done"] == len(batches), "whoever got nothing was told why, and made no batch"
        assert sum(two.batch_row(batch or 0).count for batch in batches) == len(items)
    in_order(two)


def _dies(session: DistrictSession) -> None:
    """The server ends this very connection before the commit reaches it."""
    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def _unheard(_session: DistrictSession) -> None:
    """The commit is done, and its answer does not arrive."""
    raise OperationalError("COMMIT", {}, Exception("the connection is gone"))


def test_a_key_gives_the_true_answer_when_the_connection_is_lost_at_the_commit(two: Paying) -> None:
    """Lost just before the commit nothing has happened, just after it all has; the repeated request knows which."""

    def approve(item: int, hook: str = "", lose: Callable[..., None] = _dies) -> list[int]:
        with two.session() as session:
            if hook:
                event.listen(session, hook, lose)
            return take_steps(
                session, actor=actor(CHECKER), now=NOW, step=step_named("payment_item", "approve"),
                wanted=[Wanted(item)], given={}, key=f"once-{item}",
            ).moved  # fmt: skip

    for hook, lose, state in (("before_commit", _dies, "pending"), ("after_commit", _unheard, "approved")):
        [item] = two.prepared(1_000_00)
        with pytest.raises(OperationalError):
            approve(item, hook, lose)
        assert two.state(item) == state
        assert [approve(item), approve(item)] == [[item], [item]]
        assert two.state(item) == "approved"
    in_order(two)


def test_the_year_closes_before_or_after_an_approval_and_nothing_is_left_on_its_line(
    paying_on_postgres: Paying,
) -> None:
    paying = paying_on_postgres
    [item] = paying.prepared(1_000_00)
    with paying.session() as session:
        closing = propose_closing(
            session, actor=actor(MAKER), now=CHRISTMAS, unit_id=FINANCE, year=2026, basis="望财库〔2026〕31号"
        )

    def close() -> None:
        with paying.session() as session:
            close_year(session, actor=actor(CHECKER), now=CHRISTMAS, closing_id=closing)

    closed, approved = both(close, lambda: step(paying, "approve", item, CHECKER, CHRISTMAS))
    assert "done" in (closed, approved)
    if closed != "done":
        assert closed in LOST_TO
        close()
    assert (paying.state(item), paying.line()) == ("pending", (0, 0, 0))
    in_order(paying)


def test_a_recovery_opened_twice_at_once_is_opened_once(two: Paying) -> None:
    with two.session() as session, transaction(session):
        schedule = {"clawback": "full_return", "term_months": 60}
        session.execute(update(PolicyVersion).where(PolicyVersion.id == VERSION).values(schedule=schedule))
    batch = two.sent(1_000_00)
    [item] = two.items_of(batch)
    apply(two, look(two, [answer(two, item)], file=str(item), batch=batch).run_id)

    def open_() -> None:
        with two.session() as session:
            open_clawback(session, actor=actor(Role.TALENT_OFFICE), now=NOW, entitlement_id=ENTITLEMENT)

    assert set(both(open_, open_)) == {"done", "already_open"}


def test_what_was_taken_back_is_carried_over_once_to_whichever_line(two: Paying) -> None:
    with two.session() as session, transaction(session):
        add_line(session, 501, 900, year=2025)
        for line in (502, 503):
            add_line(session, line, 100)
    _close(two, 2025)
    given: dict[str, Any] = {"kind": "carry_over", "amount_fen": 900, "basis": "望财预〔2026〕3号", "from_line_id": 501}
    proposals = []
    for line in (502, 503):
        with two.session() as session:
            proposals.append(propose_movement(session, actor=actor(MAKER), now=NOW, line_id=line, **given))

    def confirm(proposal: int) -> None:
        with two.session() as session:
            confirm_movement(session, actor=actor(CHECKER), now=NOW, proposal_id=proposal)

    assert set(both(*(lambda one=one: confirm(one) for one in proposals))) == {"done", "more_than_taken_back"}
    assert two.line(502)[0] + two.line(503)[0] == 100 + 100 + 900
    in_order(two)


def test_a_closing_proposed_twice_at_once_is_proposed_once(two: Paying) -> None:
    with two.session() as session, transaction(session):
        add_line(session, 504, 900, year=2024)

    def propose() -> None:
        with two.session() as session:
            propose_closing(session, actor=actor(MAKER), now=NOW, unit_id=FINANCE, year=2024, basis="x")

    assert set(both(propose, propose)) == {"done", "already_proposed"}


def _close(paying: Paying, year: int) -> None:
    who: dict[str, Any] = {"now": NOW}
    with paying.session() as session:
        closing = propose_closing(session, actor=actor(MAKER), **who, unit_id=FINANCE, year=year, basis="x")
        close_year(session, actor=actor(CHECKER), **who, closing_id=closing)
