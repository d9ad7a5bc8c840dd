"""Whatever is entered late, paid, asked back and put right again: in the end everybody has what is due, to the fen."""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from concierge.engine.actor import machine
from concierge.engine.tables import Case
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction
from concierge.rules.periods import is_arrear
from concierge.services.accruals import periods_of
from concierge.services.facts import facts_of
from concierge.services.overpayments import open_recoveries
from concierge.services.rights_in_force import rights_in_force, with_rates
from concierge.services.rulebook import published
from tests import office
from tests.benefits import Stage, at, fill
from tests.databases import DISTRICT, NewDatabase
from tests.services.test_back_dated import is_in_order, learn, night
from tests.services.test_corrections import correct, new_version

WALKS, LONGEST = (30, 16) if os.environ.get("CONCIERGE_NIGHTLY") else (2, 8)
CLOCK = machine(DISTRICT)
NEVER = date(2029, 12, 31)
DAYS = st.dates(date(2025, 3, 1), date(2026, 1, 31))
SHARES = st.sampled_from((0, 50, 100))
ACTS = st.one_of(
    st.tuples(st.just("degree"), st.sampled_from(("phd", "master", "bachelor")), DAYS),
    st.tuples(st.just("degree"), st.sampled_from(("phd", "master", "bachelor")), DAYS),
    st.tuples(st.just("post"), st.one_of(st.just(NEVER), DAYS.filter(lambda day: day > date(2025, 6, 1)))),
    st.tuples(st.just("claim"), st.integers(1, 6)),
    st.tuples(st.just("answer"), st.sampled_from(("paid", "due"))),
    st.tuples(st.just("pay")),
    st.tuples(st.just("version"), st.sampled_from((210_001, 350_000)), DAYS),
    st.tuples(st.just("part"), SHARES),
    st.tuples(st.just("ended"), SHARES),
    st.tuples(st.just("july")),
)


class Walk:
    """One right to an allowance by the month, and everything that may happen to it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.let_go, self.has_version = stage, 0, False
        self.right = stage.active_right("P02")
        self.seen: dict[int, Any] = {}

    def take(self, name: str, *given: Any) -> None:
        """Take one act, then what the night does."""
        getattr(self, name)(*given)
        self.run()
        once = self.everything()
        self.run()
        assert self.everything() == once, "a second run makes nothing"
        paid = {row.id: row for row in self.accruals() if row.state == "paid"}
        assert self.seen.items() <= paid.items(), "no paid line is edited"
        self.seen = paid
        assert is_in_order(self.stage)

    def run(self) -> None:
        """What the clock does in a night."""
        correct(self.stage)
        night(self.stage)
        self.stage.match()
        open_recoveries(self.stage.session, actor=CLOCK, now=self.stage.now)

    def degree(self, word: str, since: date) -> None:
        learn(self.stage, word, since)

    def post(self, ends_on: date) -> None:
        self.stage.leaves(ends_on)

    def july(self) -> None:
        self.stage.now = at(7, 2)

    def version(self, fen: int, since: date) -> None:
        if not self.has_version:
            new_version(self.stage, phd=fen, since=since)
        self.has_version = True

    def claim(self, count: int) -> None:
        ids = [row.id for row in self.accruals() if row.state == "due" and row.amount_fen][:count]
        self._set(Accrual, ids, state="claimed")

    def answer(self, state: str) -> None:
        self._set(Accrual, [row.id for row in self.accruals() if row.state == "claimed"], state=state)

    def pay(self) -> None:
        self._set(Accrual, [row.id for row in self.accruals() if row.state in ("due", "claimed")], state="paid")

    def part(self, share: int) -> None:
        """So much in a hundred of what the recovery names has come in, and it goes on."""
        for case, named, back in self.recoveries():
            self._back(case, max(named * share // 100, back), "in_instalments")

    def ended(self, share: int) -> None:
        """The recovery has ended with so much in a hundred of what it names; the rest was let go."""
        for case, named, back in self.recoveries():
            came = max(named * share // 100, back)
            self.let_go += named - came
            self._back(case, came, "recovered")

    def _back(self, case: int, fen: int, state: str) -> None:
        self._set(Clawback, [case], due_fen=fen, paid_fen=fen, decided_fen=fen, recovered_fen=fen)
        self._set(Case, [case], state=state, is_open=state != "recovered")

    def _set(self, model: Any, ids: list[int], **values: Any) -> None:
        self.stage.write(lambda s: s.execute(update(model).where(model.id.in_(ids)).values(**values)))

    def _read(self, work: Callable[[Any], Any]) -> Any:
        return self.stage._read(lambda: work(self.stage.session))

    def accruals(self) -> list[Any]:
        a = Accrual
        columns = (a.id, a.period, a.starts_on, a.gross_fen, a.amount_fen, a.state)
        own = select(*columns).where(a.entitlement_id == self.right).order_by(a.id)
        return list(self._read(lambda s: s.execute(own).all()))

    def recoveries(self) -> list[tuple[int, int, int]]:
        """The open ones: case, what it names, what has come back (fen)."""
        lines = select(ClawbackLine.clawback_id, ClawbackLine.amount_fen)
        open_ones = select(Clawback.id, Clawback.recovered_fen).where(Clawback.is_open)
        cases, named = self._read(lambda s: (s.execute(open_ones).all(), s.execute(lines).all()))
        return [(c.id, sum(n.amount_fen for n in named if n.clawback_id == c.id), c.recovered_fen) for c in cases]

    def everything(self) -> list[Any]:
        """What a second run must not add to or change."""
        c, line, case = Correction, ClawbackLine, Clawback
        asked = [
            select(c.id, c.amount_fen),
            select(line.id, line.amount_fen),
            select(case.id, case.version, case.state),
        ]
        return [self.accruals(), *self._read(lambda s: [s.execute(statement).all() for statement in asked])]

    def due(self) -> int:
        """What the rules say by now of everything that was written (fen)."""

        def work(session: Any) -> int:
            day = self.stage.now.date()
            facts = facts_of(session, person_ids=[office.EXPERT], as_of=day)
            mine = rights_in_force(session, [self.right])
            [(right, version, rates)] = with_rates(session, mine, published(session, [mine[0].policy_id]), facts)
            return sum(period.fen for period in periods_of(version, right, rates, day, set()))

        return int(self._read(work))

    def held(self) -> int:
        """What was paid or may be claimed, less what has come back (fen)."""
        back = self._read(lambda s: s.execute(select(Clawback.recovered_fen)).scalars().all())
        return sum(row.amount_fen for row in self.accruals()) - sum(back)


@pytest.mark.timeout(3600)
@settings(
    max_examples=WALKS,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(ACTS, min_size=3, max_size=LONGEST))
def test_what_was_paid_and_its_corrections_come_to_what_is_due(
    new_database: NewDatabase, acts: list[tuple[Any, ...]]
) -> None:
    database = new_database("sqlite", "benefits", fill)
    with database.session() as session:
        walk = Walk(Stage(database, session))
        for act in acts:
            walk.take(*act)
        walk.take("answer", "paid")
        asked = -sum(fen for fen, period in corrections_of_periods(walk) if not is_arrear(period))
        assert sum(row.amount_fen for row in walk.accruals()) - asked == walk.due()
        for _again in range(4):
            walk.take("ended", 100)
        assert walk.recoveries() == []
        assert 0 <= walk.held() - walk.due() <= walk.let_go
    database.engine.dispose()


def corrections_of_periods(walk: Walk) -> list[tuple[int, str]]:
    """What corrections without an arrear come to (fen), and the period of each."""
    lines = select(Correction.amount_fen, Accrual.period).join(Accrual, Accrual.id == Correction.accrual_id)
    rows = walk._read(lambda s: s.execute(lines.where(Correction.arrears_id.is_(None))).all())
    return [(row.amount_fen, row.period) for row in rows]
