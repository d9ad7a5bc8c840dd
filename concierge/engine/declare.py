"""How a flow is written down: states, steps, guards, limits and holders, as attributes of a class.

    class PaymentItemFlow(Workflow[PaymentItem]):
        pending = State(_("Waiting for finance"), initial=True, holder=paying_unit, due=working_days(5))
        approved = State(_("Approved"), holder=paying_unit, due=working_days(2))
        approve = Step(pending, to=approved, by=Role.FINANCE_CHECKER, when=(account_settled,), spends=budget)

The attribute names are the names of states and steps. The graph is checked when the class is made (check.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, bindparam, literal

from concierge.basics.text import Text
from concierge.db import UTCDateTime
from concierge.engine.actor import Actor
from concierge.engine.asks import Ask
from concierge.engine.tables import Case
from concierge.rules.roles import Role

C = TypeVar("C", bound=Case)
NOW: ColumnElement[datetime] = bindparam("act_now", type_=UTCDateTime())
"""The instant of the act, for guards that compare with it in SQL."""


class Clock(StrEnum):
    """What the case clock does in a state."""

    WAITING = "waiting"  # not yet started
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"  # the case limit has been answered for; only the step's own limit counts
    STOPPED = "stopped"


@dataclass(frozen=True)
class Limit:
    """A number of working days. A named limit may be set by the policy version, a column by the case itself."""

    days: int
    name: str | None = None
    column: Any = None


def working_days(days: int) -> Limit:
    """A fixed limit in working days (0: by close of business the same day)."""
    return Limit(days)


def limit(name: str, default: Limit, *, column: Any = None) -> Limit:
    """A limit that the policy version may set under this name; `column` reads it from the case's own row."""
    return replace(default, name=name, column=column)


@dataclass(frozen=True, eq=False)
class Holder:
    """With whom a case is: a kind of party, with the columns that name its unit and its person.

    `party` is an expression that names the kind where the case's own columns decide it; `name` is then the usual one.
    No case begins with such a holder.
    """

    name: str
    label: Text
    unit: Any = None
    account: Any = None
    party: Any = None


@dataclass(frozen=True, eq=False)
class Guard:
    """One truth with two uses: `holds` in Python for the buttons on a page, `clause` in SQL for the gate.

    `routes` marks a guard that chooses between roads: a step it closes is not shown at all.
    """

    code: str
    text: Text
    holds: Callable[[Any, datetime], bool]
    clause: Callable[[], ColumnElement[bool]]
    routes: bool = False


def guard(code: str, text: Text, truth: Any, *, routes: bool = False) -> Guard:
    """A guard over a hybrid attribute of the case, whose two halves SQLAlchemy already knows."""
    key: str = truth.key if hasattr(truth, "key") else truth.__name__
    return Guard(code, text, lambda case, _now: bool(getattr(case, key)), lambda: truth.expression, routes)


@dataclass(frozen=True, eq=False)
class Earlier:
    """Steps whose doer may not do this one (by natural person).

    `at` names a column of this case that points to another case whose history counts; `of` names a column of other
    cases that points to this one (all their histories count).
    """

    steps: tuple[str, ...]
    at: Any = None
    of: Any = None


def earlier(*steps: str, at: Any = None, of: Any = None) -> Earlier:
    """Name steps for `not_by` in another case's history (see Earlier)."""
    return Earlier(steps, at, of)


@dataclass(frozen=True, eq=False)
class Spending:
    """What a step reserves: the line's column and the amount's column (fen) on the case, and the table of lines."""

    line: Any
    amount: Any
    lines: Any


class Reach(Protocol):
    """Whose cases are whose: given by the floor above, asked inside the gate."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """The clause, over the binds of engine/binds.py, under which a holder of the role may act on a case."""
        ...

    def may_act_here(self, role: Role, case: Case, actor: Actor) -> bool:
        """The same truth for one loaded case."""
        ...

    def visible(self, actor: Actor) -> ColumnElement[bool]:
        """The clause under which the actor may know that a case exists."""
        ...


class State:
    """A place a case can be in. `aside` states are drawn beside the main line.

    Where the clock is paused, `longest` says for how many working days; without it the limit of the step does.
    """

    name: str
    flow: "type[Workflow[Any]]"

    def __init__(
        self,
        label: Text,
        *,
        holder: Holder,
        initial: bool = False,
        final: bool = False,
        due: Limit | None = None,
        clock: Clock | None = None,
        cause: Text | None = None,
        longest: Limit | None = None,
        aside: bool = False,
        retired: bool = False,
        ext: int | None = None,
    ) -> None:
        self.label, self.holder, self.initial, self.final, self.due = label, holder, initial, final, due
        self.clock = clock or (Clock.STOPPED if final else Clock.RUNNING)
        self.cause, self.longest, self.aside, self.retired, self.ext = cause, longest or due, aside, retired, ext

    def __repr__(self) -> str:
        return f"<State {self.name}>"


class Step:
    """A way from some states to another. Closed by default: a step without `by` cannot be declared.

    `leaves` are the names of its sources, `roles` those in `by`: sets that answer quickly.
    """

    name: str
    flow: "type[Workflow[Any]]"

    def __init__(
        self,
        *sources: State,
        to: State,
        by: Role | Sequence[Role],
        label: Text,
        when: Sequence[Guard] = (),
        not_by: Sequence[str | Earlier] = (),
        spends: Spending | None = None,
        ask: Ask | None = None,
        tell: str | None = None,
        bulk: bool = False,
        undoable: bool = False,
        own_case: bool = False,
        side: bool = False,
        danger: bool = False,
        retired: bool = False,
    ) -> None:
        self.sources, self.to, self.label, self.when = sources, to, label, tuple(when)
        self.leaves: frozenset[str] = frozenset()
        self.by: tuple[Role, ...] = (by,) if isinstance(by, Role) else tuple(by)
        self.roles = frozenset(self.by)
        plain = tuple(s for s in not_by if isinstance(s, str))
        self.not_by = (*((Earlier(plain),) if plain else ()), *(s for s in not_by if isinstance(s, Earlier)))
        self.spends, self.ask, self.tell, self.bulk, self.undoable = spends, ask, tell, bulk, undoable
        self.own_case = own_case or Role.EXPERT in self.by
        self.side, self.danger, self.retired = side, danger, retired

    def __repr__(self) -> str:
        return f"<Step {self.flow.kind}.{self.name}>"


class Returns:
    """Marks an attribute that expands into one named step per state it may return to (see `returns`)."""

    def __init__(self, *sources: State, to: Sequence[State], options: dict[str, Any], came_from: bool) -> None:
        self.sources, self.to, self.options, self.came_from = sources, tuple(to), options, came_from


def returns(*sources: State, to: Sequence[State], came_from: bool = False, **options: Any) -> Any:
    """Steps back to states the case has passed: `send_back` to (a, b) becomes `send_back_to_a`, `send_back_to_b`.

    Each is guarded by "was passed"; with `came_from`, by "the case came from there", for ways back from an aside.
    """
    return Returns(*sources, to=to, options=options, came_from=came_from)


class Workflow(Generic[C]):
    """A flow over one kind of case. Subclasses are declarations; they are never instantiated."""

    kind: ClassVar[str]
    title: ClassVar[Text]
    prefix: ClassVar[str]
    subject: ClassVar[type[Case]]
    reach: ClassVar[Reach]
    promised: ClassVar[Limit | None] = None
    """The limit of the whole case, in working days; None where only the steps have limits."""
    restarts: ClassVar[Any] = None
    """A boolean column of the case: whether a pause ends with a fresh limit (RESTART) instead of the rest (PAUSE)."""
    calendar_stamp: ClassVar[ColumnElement[str]] = literal("")
    """Tells which working calendar is in force, read inside the gate."""
    policy_limits: ClassVar[Callable[[str], ColumnElement[int]] | None] = None
    """Looks a named limit up by the case's policy version; None where no policy rules the case."""
    version: ClassVar[int] = 1
    states: ClassVar[dict[str, State]]
    steps: ClassVar[dict[str, Step]]
    initial: ClassVar[State]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "subject" in cls.__dict__:
            from concierge.engine.check import complete

            complete(cls)
            FLOWS[cls.kind] = cls


FLOWS: dict[str, type[Workflow[Any]]] = {}
"""Every flow by its kind, filled as the declarations are imported."""
