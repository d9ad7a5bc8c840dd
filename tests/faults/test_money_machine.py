"""Thousands of random acts of finance, one after the other: after each the line is what a few sums in Python say.

The model knows amounts and states and nothing of postings, batches or guards. At the end of every walk the whole
proof of the books is asked.
"""

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.db import make_engine, transaction
from concierge.engine.run import Wanted
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.services import budgets
from concierge.services.batches import make_batch
from concierge.services.verify_money import verify_money
from tests.databases import Database
from tests.office import actor
from tests.paying import CHECKER, MAKER, NOW, TO_THE_BANK, Paying, add_line, fill
from tests.services.test_bank_results import answer, apply, look

YUAN = 100
AMOUNT = 150_000 * YUAN
WALKS, STEPS = (2_000, 100) if os.environ.get("CONCIERGE_NIGHTLY") else (12, 50)
AMOUNTS = st.integers(1, 12_000).map(lambda yuan: yuan * YUAN + yuan % 100)
IN_ONE_SET = 20
_files, _lines, _walks, taken = itertools.count(1), itertools.count(1_000), itertools.count(), itertools.count()


@dataclass
class Model:
    """What the books must come to, in fen; items by state with (amount, paid out by the bank)."""

    amount: int = AMOUNT
    items: dict[int, tuple[str, int, int]] = field(default_factory=dict)

    def where(self, *states: str) -> list[int]:
        return sorted(i for i, (state, _fen, _paid) in self.items.items() if state in states)

    @property
    def reserved(self) -> int:
        held = ("approved", "sent")
        return sum(fen - paid for state, fen, paid in self.items.values() if state in held)

    @property
    def spent(self) -> int:
        return sum(paid for state, _fen, paid in self.items.values() if state != "returned")

    @property
    def left(self) -> int:
        return self.amount - self.reserved - self.spent

    def move(self, item: int, state: str, paid: int | None = None) -> None:
        _old, fen, was = self.items[item]
        self.items[item] = (state, fen, was if paid is None else paid)


class Books(RuleBasedStateMachine):
    """Acts in any order; the ones that cannot be are not tried, the ones that must be refused are.

    Every walk has a budget line of its own. A few walks share a set of books, which is proved as a whole after each; so
    the last walk of a night costs what the first one does.
    """

    fresh: Callable[[], Paying]
    paying: Paying

    def __init__(self) -> None:
        super().__init__()
        if next(_walks) % IN_ONE_SET == 0:
            Books.paying = Books.fresh()
        self.line, self.model = next(_lines), Model()
        with self.paying.session() as session, transaction(session):
            add_line(session, self.line, AMOUNT, groups=["HOUSING"])

    def pick(self, number: int, *states: str) -> int:
        found = self.model.where(*states)
        return found[number % len(found)]

    @rule(fen=AMOUNTS)
    def prepare(self, fen: int) -> None:
        [item] = self.paying.prepared(fen, line=self.line)
        self.model.items[item] = ("pending", fen, 0)
        self.approve_one(item)

    @precondition(lambda self: self.model.where("pending"))
    @rule(number=st.integers(0, 50))
    def approve(self, number: int) -> None:
        self.approve_one(self.pick(number, "pending"))

    def approve_one(self, item: int) -> None:
        report = self.paying.take("approve", [item], CHECKER)
        fits = self.model.items[item][1] <= self.model.left
        assert bool(report.moved) is fits, report
        if fits:
            self.model.move(item, "approved")

    @precondition(lambda self: self.model.where("pending", "approved"))
    @rule(number=st.integers(0, 50))
    def hold(self, number: int) -> None:
        item = self.pick(number, "pending", "approved")
        assert self.paying.take("hold", [item], CHECKER, {"reason": "x"}).moved
        self.model.move(item, "held")

    @precondition(lambda self: self.model.where("held"))
    @rule(number=st.integers(0, 50))
    def release(self, number: int) -> None:
        item = self.pick(number, "held")
        assert self.paying.take("release", [item], MAKER, {"reason": "x"}).moved
        self.model.move(item, "pending")

    @precondition(lambda self: self.model.where("approved"))
    @rule(size=st.integers(1, 4))
    def send(self, size: int) -> None:
        items = self.model.where("approved")[:size]
        with self.paying.session() as session:
            wanted = [Wanted(item) for item in items]
            batch = make_batch(session, actor=actor(MAKER), now=NOW, wanted=wanted).batch_id
        for step, role, data in TO_THE_BANK:
            self.paying.batch_step(batch, step, role, data)
        for item in items:
            self.model.move(item, "sent")

    def hear(self, item: int, outcome: str, fen: int) -> None:
        number = next(_files)
        said = answer(self.paying, item, outcome, amount_fen=fen, serial=str(number))
        seen = look(self.paying, [said], file=f"{number}-", batch=self.batch_of(item))
        apply(self.paying, seen.run_id)

    def batch_of(self, item: int) -> int:
        return self.paying.item(item).batch_id or 0

    @precondition(lambda self: any(paid for state, _fen, paid in self.model.items.values() if state == "sent"))
    @rule(bounces=st.booleans())
    def rest(self, bounces: bool) -> None:
        """What is left of a line that came in part arrives, or comes back."""
        item = next(i for i, (state, _fen, paid) in sorted(self.model.items.items()) if state == "sent" and paid)
        _state, fen, paid = self.model.items[item]
        self.hear(item, "bounced" if bounces else "success", fen - paid)
        self.model.move(item, "success", paid if bounces else fen)

    @precondition(lambda self: self.model.where("sent"))
    @rule(number=st.integers(0, 50), share=st.sampled_from((0, 3, 3, 10)), bounces=st.booleans())
    def bank(self, number: int, share: int, bounces: bool) -> None:
        """The whole rest arrives or bounces; or a part arrives first."""
        item = self.pick(number, "sent")
        _state, fen, paid = self.model.items[item]
        rest = fen - paid
        part = rest * share // 10 if share < 10 else rest + 1
        if share == 10:
            self.hear(item, "success", part)  # more than was sent moves nothing
        elif 0 < part < rest:
            self.hear(item, "success", part)
            self.model.move(item, "sent", paid + part)
        elif bounces:
            self.hear(item, "bounced", rest)
            self.model.move(item, "success" if paid else "bounced")
        else:
            self.hear(item, "success", rest)
            self.model.move(item, "success", fen)

    @precondition(lambda self: self.model.where("success"))
    @rule(number=st.integers(0, 50))
    def reverse(self, number: int) -> None:
        item = self.pick(number, "success")
        self.hear(item, "reversed", self.model.items[item][2])
        self.model.move(item, "bounced", 0)

    @precondition(lambda self: self.model.where("bounced"))
    @rule(number=st.integers(0, 50))
    def reissue(self, number: int) -> None:
        item = self.pick(number, "bounced")
        assert self.paying.take("reissue", [item], Role.SPECIALIST, {"reason": "x"}).moved
        with self.paying.session() as session:
            new = session.execute(select(PaymentItem.id).where(PaymentItem.reissue_of_id == item)).scalar_one()
        self.paying.take("prepare", [new], MAKER, {"budget_line": public_id(self.line)})
        self.model.items[new] = ("pending", self.model.items[item][1], 0)
        self.model.move(item, "reissued")

    @precondition(lambda self: self.model.where("success"))
    @rule(number=st.integers(0, 50))
    def take_back(self, number: int) -> None:
        item = self.pick(number, "success")
        assert self.paying.take("take_back", [item], CHECKER, {"reason": "x"}).moved
        self.model.move(item, "returned")

    @rule(fen=st.integers(-60_000, 60_000).filter(bool))
    def adjust(self, fen: int) -> None:
        fen *= YUAN
        with self.paying.session() as session:
            proposal = budgets.propose_movement(
                session, actor=actor(MAKER), now=NOW, line_id=self.line, kind="adjustment", amount_fen=fen, basis="x"
            )
        with self.paying.session() as session:
            if self.model.left + fen < 0:
                with pytest.raises(Refusal, match="line_would_be_short"):
                    budgets.confirm_movement(session, actor=actor(CHECKER), now=NOW, proposal_id=proposal)
            else:
                budgets.confirm_movement(session, actor=actor(CHECKER), now=NOW, proposal_id=proposal)
                self.model.amount += fen

    @invariant()
    def the_line_is_what_the_sums_say(self) -> None:
        next(taken)
        assert self.paying.line(self.line) == (self.model.left, self.model.reserved, self.model.spent)
        assert self.model.left >= 0

    def teardown(self) -> None:
        with self.paying.session() as session, transaction(session):
            assert [f"{c.name}: {c.broken}" for c in verify_money(session) if not c.ok] == []


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)  # 25 ms for an act while the machine is busy
def test_no_walk_through_the_acts_of_finance_breaks_the_books(
    tmp_path: Path, sqlite_templates: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[Engine] = []

    def fresh() -> Paying:
        while opened:
            opened.pop().dispose()
        file = tmp_path / f"walks-{next(_files)}.db"
        shutil.copyfile(sqlite_templates("walks", fill), file)
        opened.append(make_engine(f"sqlite:///{file}"))
        return Paying(Database("sqlite", f"sqlite:///{file}", opened[0]))

    Books.fresh = fresh
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    given = settings(
        max_examples=WALKS,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=checks,
        database=None,
    )
    run_state_machine_as_test(Books, settings=given)
    opened.pop().dispose()
    with capsys.disabled():
        print(f"\n{next(taken)} random acts of finance, and the books are in order")
