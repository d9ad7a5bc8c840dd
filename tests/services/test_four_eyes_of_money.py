"""Forty-four ways to do two incompatible duties with public money as one natural person; each is refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.engine.actor import Actor, Grant
from concierge.engine.run import Wanted
from concierge.services.bank_results import load
from concierge.services.batches import make_batch
from concierge.services.steps import step_named, take_step
from tests import office
from tests.databases import NewDatabase
from tests.office import FINANCE
from tests.paying import CHECKER, HOUSING, MAKER, NOW, PAYER, Paying, fill
from tests.services.test_bank_results import answer, look

WAY = ("prepare", "approve", "make", "check", "freeze", "apply", "fiscal_approve", "send", "load", "reconcile", "close")
BARRED = (
    ("prepare", "approve"),
    ("approve", "send"),
    ("make", "check"),
    ("make", "fiscal_approve"),
    ("make", "send"),
    ("apply", "fiscal_approve"),
    ("check", "send"),
    ("fiscal_approve", "send"),
    ("send", "load"),
    ("send", "reconcile"),
    ("send", "close"),
)
GIVEN = {
    "prepare": {"budget_line": public_id(HOUSING)},
    "apply": {"application_number": "望支〔2026〕1号"},
    "send": {"sent_on": "2026-11-23"},
    "reconcile": {"statement_fen": "1000"},
}
FEN = 1_000_00


def person(key: str) -> Actor:
    """A natural person with every duty of the finance office, so that only the person can be what refuses."""
    grants = frozenset(Grant(role, FINANCE) for role in (MAKER, CHECKER, PAYER))
    return replace(office.actor(MAKER, key=key), grants=grants)


ONE = person("one-person")
DISGUISES: dict[str, tuple[Actor, Actor]] = {
    "with the same account": (ONE, ONE),
    "with another account of his": (ONE, replace(ONE, account_id=ONE.account_id + 5000)),
    "as the stand-in of himself": (ONE, replace(person("deputy"), for_person_key=ONE.person_key)),
    "after his stand-in": (replace(person("deputy"), for_person_key=ONE.person_key), ONE),
}


@pytest.fixture(scope="module")
def money(shared_database: NewDatabase) -> Paying:
    """One office for all cases; each brings its own payment."""
    return Paying(shared_database("sqlite", "paying", fill))


class Course:
    """One payment on its way to the closed batch; each duty is done by whoever is named."""

    def __init__(self, paying: Paying) -> None:
        self.paying, self.batch = paying, 0
        [self.item] = paying.pending(FEN)

    def take(self, name: str, who: Actor) -> None:
        """Do one duty. Raises Refusal."""
        special: dict[str, Callable[[Actor], None]] = {"make": self._make, "load": self._load}
        if name in special:
            special[name](who)
            return
        kind, case = ("payment_item", self.item) if name in ("prepare", "approve") else ("payment_batch", self.batch)
        with self.paying.session() as session:
            step, given = step_named(kind, name), GIVEN.get(name, {})
            take_step(session, actor=who, now=NOW, step=step, case_id=case, version=None, given=given)

    def _make(self, who: Actor) -> None:
        with self.paying.session() as session:
            self.batch = make_batch(session, actor=who, now=NOW, wanted=[Wanted(self.item)]).batch_id

    def _load(self, who: Actor) -> None:
        run = look(self.paying, [answer(self.paying, self.item)], file=f"{self.item}-", batch=self.batch).run_id
        with self.paying.session() as session:
            load(session, actor=who, now=NOW, run_id=run or 0)


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(("first", "second"), BARRED)
def test_one_person_may_not_do_both(money: Paying, first: str, second: str, disguise: str) -> None:
    before, after = DISGUISES[disguise]
    course = Course(money)
    for name in WAY[: WAY.index(second)]:
        course.take(name, before if name == first else person(f"person-{name}"))
    with pytest.raises(Refusal) as refused:
        course.take(second, after)
    assert "same_person" in {reason.code for reason in refused.value.reasons}
    course.take(second, person(f"person-{second}"))


def test_different_persons_walk_the_whole_way(money: Paying) -> None:
    course = Course(money)
    for name in WAY:
        course.take(name, person(f"person-{name}"))
    assert (money.state(course.batch), money.state(course.item)) == ("closed", "closed")
