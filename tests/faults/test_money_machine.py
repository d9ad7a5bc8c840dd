"""Thousands of random acts of finance, one after the other: after each the line is what a few sums in Python say.

The model knows amounts and states and nothing of postings, batches or guards. The connection dies in the midst of one
act in eight: nothing of it may be left, and it is done again. Now and then the whole proof of the books is asked.
"""

import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.db import make_engine, transaction
from concierge.engine.run import Report, Wanted
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.services import budgets
from concierge.services.batches import make_batch
from concierge.services.verify_money import verify_money
from tests.databases import Database
from tests.faults.plug import ConnectionDies, Plug
from tests.office import actor
from tests.paying import CHECKER, MAKER, NOW, TO_THE_BANK, Paying, add_line, fill
from tests.services.test_bank_results import answer, apply, look

YUAN = 100
AMOUNT = 150_000 * YUAN
PARTS, WALKS, STEPS = (8, 275, 100) if os.environ.get("CONCIERGE_NIGHTLY") else (1, 33, 100)
"""So many tests share the walks of a night, for as many processes as there are; the walks of each, and their steps."""
AMOUNTS = st.integers(1, 12_000).map(lambda yuan: yuan * YUAN + yuan % 100)
DIES = st.integers(1, 150)
"""The statement at which the connection dies, counted from the beginning of an act; most acts have fewer."""
IN_ONE_SET, PROVED_AFTER = 20, 5
_files, _lines = itertools.count(1), itertools.count(1_000)


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

    Every walk has a budget line of its own. A few walks share a set of books; so the last walk of a night costs what
    the first one does.
    """

    fresh: Callable[[], Paying]
    paying: Paying
    plug: Plug
    begun = taken = died = 0

    def __init__(self) -> None:
        super().__init__()
        self.walk = Books.begun
        Books.begun += 1
        if self.walk % IN_ONE_SET == 0:
            Books.paying = Books.fresh()
            Books.plug = Plug(self.paying.database.engine)
        self.line, self.model = next(_lines), Model()
        with self.paying.session() as session, transaction(session):
            add_line(session, self.line, AMOUNT, groups=["HOUSING"])

    def pick(self, number: int, *states: str) -> int:
        found = self.model.where(*states)
        return found[number % len(found)]

    def surely(self, dies: int, act: Callable[[], Any]) -> Any:
        """Do one act; if the connection dies in it, nothing of it may be left, and it is done again."""
        self.plug.left = dies
        try:
            return act()
        except ConnectionDies:
            Books.died += 1
            self.the_line_is_what_the_sums_say()
            return act()
        finally:
            self.plug.left = 0

    def take(self, dies: int, name: str, item: int, who: Role, **given: str) -> list[int]:
        report: Report = self.surely(dies, partial(self.paying.take, name, [item], who, given))
        return report.moved

    @rule(fen=AMOUNTS, dies=DIES)
    def prepare(self, fen: int, dies: int) -> None:
        [item] = self.paying.prepared(fen, line=self.line)
        self.model.items[item] = ("pending", fen, 0)
        self.approve_one(item, dies)

    @precondition(lambda self: self.model.where("pending"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def approve(self, number: int, dies: int) -> None:
        self.approve_one(self.pick(number, "pending"), dies)

    def approve_one(self, item: int, dies: int) -> None:
        fits = self.model.items[item][1] <= self.model.left
        assert self.take(dies, "approve", item, CHECKER) == [item] * fits
        if fits:
            self.model.move(item, "approved")

    @precondition(lambda self: self.model.where("pending", "approved"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def hold(self, number: int, dies: int) -> None:
        item = self.pick(number, "pending", "approved")
        assert self.take(dies, "hold", item, CHECKER, reason="x")
        self.model.move(item, "held")

    @precondition(lambda self: self.model.where("held"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def release(self, number: int, dies: int) -> None:
        item = self.pick(number, "held")
        assert self.take(dies, "release", item, MAKER, reason="x")
        self.model.move(item, "pending")

    @precondition(lambda self: self.model.where("approved"))
    @rule(size=st.integers(1, 4), dies=DIES)
    def send(self, size: int, dies: int) -> None:
        items = self.model.where("approved")[:size]

        def make() -> int:
            with self.paying.session() as session:
                wanted = [Wanted(item) for item in items]
                return make_batch(session, actor=actor(MAKER), now=NOW, wanted=wanted).batch_id

        batch = self.surely(dies, make)
        for to_the_bank in TO_THE_BANK:
            self.surely(dies, partial(self.paying.batch_step, batch, *to_the_bank))
        for item in items:
            self.model.move(item, "sent")

    def hear(self, item: int, outcome: str, fen: int, dies: int = 0) -> None:
        number = next(_files)
        said = answer(self.paying, item, outcome, amount_fen=fen, serial=str(number))
        seen = look(self.paying, [said], file=f"{number}-", batch=self.batch_of(item))
        self.surely(dies, partial(apply, self.paying, seen.run_id))

    def batch_of(self, item: int) -> int:
        return self.paying.item(item).batch_id or 0

    @precondition(lambda self: any(paid for state, _fen, paid in self.model.items.values() if state == "sent"))
    @rule(bounces=st.booleans(), dies=DIES)
    def rest(self, bounces: bool, dies: int) -> None:
        """What is left of a line that came in part arrives, or comes back."""
        item = next(i for i, (state, _fen, paid) in sorted(self.model.items.items()) if state == "sent" and paid)
        _state, fen, paid = self.model.items[item]
        self.hear(item, "bounced" if bounces else "success", fen - paid, dies)
        self.model.move(item, "success", paid if bounces else fen)

    @precondition(lambda self: self.model.where("sent"))
    @rule(number=st.integers(0, 50), share=st.sampled_from((0, 3, 3, 10)), bounces=st.booleans(), dies=DIES)
    def bank(self, number: int, share: int, bounces: bool, dies: int) -> None:
        """The whole rest arrives or bounces; or a part arrives first."""
        item = self.pick(number, "sent")
        _state, fen, paid = self.model.items[item]
        rest = fen - paid
        part = rest * share // 10 if share < 10 else rest + 1
        if share == 10:
            self.hear(item, "success", part)  # more than was sent moves nothing
        elif 0 < part < rest:
            self.hear(item, "success", part, dies)
            self.model.move(item, "sent", paid + part)
        elif bounces:
            self.hear(item, "bounced", rest, dies)
            self.model.move(item, "success" if paid else "bounced")
        else:
            self.hear(item, "success", rest, dies)
            self.model.move(item, "success", fen)

    @precondition(lambda self: self.model.where("success"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def reverse(self, number: int, dies: int) -> None:
        item = self.pick(number, "success")
        self.hear(item, "reversed", self.model.items[item][2], dies)
        self.model.move(item, "bounced", 0)

    @precondition(lambda self: self.model.where("bounced"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def reissue(self, number: int, dies: int) -> None:
        item = self.pick(number, "bounced")
        assert self.take(dies, "reissue", item, Role.SPECIALIST, reason="x")
        with self.paying.session() as session:
            new = session.execute(select(PaymentItem.id).where(PaymentItem.reissue_of_id == item)).scalar_one()
        self.paying.take("prepare", [new], MAKER, {"budget_line": public_id(self.line)})
        self.model.items[new] = ("pending", self.model.items[item][1], 0)
        self.model.move(item, "reissued")

    @precondition(lambda self: self.model.where("success"))
    @rule(number=st.integers(0, 50), dies=DIES)
    def take_back(self, number: int, dies: int) -> None:
        item = self.pick(number, "success")
        assert self.take(dies, "take_back", item, CHECKER, reason="x")
        self.model.move(item, "returned")

    @rule(fen=st.integers(-60_000, 60_000).filter(bool), dies=DIES)
    def adjust(self, fen: int, dies: int) -> None:
        fen *= YUAN
        with self.paying.session() as session:
            proposal = budgets.propose_movement(
                session, actor=actor(MAKER), now=NOW, line_id=self.line, kind="adjustment", amount_fen=fen, basis="x"
            )

        def confirm() -> None:
            with self.paying.session() as session:
                budgets.confirm_movement(session, actor=actor(CHECKER), now=NOW, proposal_id=proposal)

        if self.model.left + fen < 0:
            with pytest.raises(Refusal, match="line_would_be_short"):
                self.surely(dies, confirm)
        else:
            self.surely(dies, confirm)
            self.model.amount += fen

    @invariant()
    def the_books_are_kept(self) -> None:
        Books.taken += 1
        self.the_line_is_what_the_sums_say()

    def the_line_is_what_the_sums_say(self) -> None:
        assert self.paying.line(self.line) == (self.model.left, self.model.reserved, self.model.spent)
        assert self.model.left >= 0

    def teardown(self) -> None:
        if self.walk % PROVED_AFTER != PROVED_AFTER - 1:
            return
        with self.paying.session() as session, transaction(session):
            assert [f"{c.name}: {c.broken}" for c in verify_money(session) if not c.ok] == []


@pytest.mark.slow
@pytest.mark.timeout(3600)  # 25 ms for an act while the machine is busy
@pytest.mark.parametrize("part", range(PARTS))
def test_no_walk_through_the_acts_of_finance_breaks_the_books(
    tmp_path: Path, sqlite_templates: Callable[..., Path], capsys: pytest.CaptureFixture[str], part: int
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
    Books.begun = Books.taken = Books.died = 0
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
        print(f"\n{part}: {Books.taken} random acts of finance, {Books.died} broken off, and the books are in order")
