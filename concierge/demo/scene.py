"""The stage of the fictional year: who acts, at which moment, and the agenda of what happens next.

A story is a generator that yields the moment at which it goes on; the agenda plays all stories in the order of time
and lets those that reach beyond the present rest where they are.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import Engine, Text, bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, MovedClock, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.ids import Counting
from concierge.db import Prepared, among, fixed, open_session, prepare
from concierge.demo.experts import Expert
from concierge.demo.words import Words
from concierge.engine.actor import Actor, machine
from concierge.engine.declare import Step
from concierge.engine.tables import Case
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import shipped_calendar
from concierge.services.steps import take_step
from concierge.storage import Storage

Say = Callable[[str], None]
Story = Iterator[datetime]

_STATE_OF = fixed(select(Case.state).where(Case.id == bindparam("case")))
_ANY_IN = fixed(
    select(Case.id).where(Case.kind == bindparam("kind"), among(Case.state, name="states", of=Text)).limit(1)
)


@cache
def _prepared(statement: Any, dialect: str) -> Prepared:
    return prepare(statement, dialect)


@dataclass
class Scene:
    """Everything the stories are told with."""

    engine: Engine
    keys: KeyRing
    storage: Storage
    clock: MovedClock
    ids: Counting
    random: Random
    start: datetime
    now: datetime
    district_id: int
    say: Say
    units: dict[str, int] = field(default_factory=dict)
    cast: dict[str, Actor] = field(default_factory=dict)
    experts: list[tuple[int, Expert]] = field(default_factory=list)
    calendar: WorkingCalendar = field(default_factory=shipped_calendar)
    cards: Words = field(default_factory=lambda: Words(Random(7), _cards=800_000_000))

    def __post_init__(self) -> None:
        self.db: Session = open_session(self.engine, district=self.district_id)
        self._eyes = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._agenda: list[tuple[datetime, int, Story]] = []
        self._order = count()
        self.refused: list[str] = []
        self.planned: set[int] = set()
        """Rights under which a story already means to claim."""
        self._places: dict[int, int] = {}

    def close(self) -> None:
        """Let the connections go."""
        self._eyes.close()
        self.db.close()

    @property
    def machine(self) -> Actor:
        """The system itself."""
        return machine(self.district_id)

    @property
    def moment(self) -> datetime:
        """The moment at which the story is."""
        return self.clock.now()

    @property
    def day(self) -> date:
        """The date of that moment in the district."""
        return local_date(self.moment, SHANGHAI)

    @property
    def today(self) -> date:
        """The date of the present in the district, at which the story ends."""
        return local_date(self.now, SHANGHAI)

    def at(self, moment: datetime) -> datetime:
        """Move the clock and the identities to a moment, never beyond the present; returns it."""
        moment = min(moment, self.now)
        self.clock.move_to(moment)
        self.ids.at(int(moment.timestamp() * 1000))
        return moment

    def on(self, day: date, hour: int = 9) -> datetime:
        """A moment of office hours on a day."""
        return datetime(
            day.year, day.month, day.day, hour, self.random.randrange(60), self.random.randrange(60), tzinfo=SHANGHAI
        )

    def later(self, days: int = 0) -> datetime:
        """A moment in office hours so many working days after now; 0 is within hours, or the next morning."""
        local = self.moment.astimezone(SHANGHAI)
        if days == 0 and 8 <= local.hour < 16 and self.calendar.is_working(local.date()):
            return local + timedelta(minutes=self.random.randrange(6, 80))
        # The last stories reach into a year whose calendar is still to come.
        day, _provisional = self.calendar.provisional_day(self.calendar.nth(local.date()) + max(days, 1))
        return self.on(day, self.random.randrange(9, 17))

    def ago_day(self, days: int) -> int:
        """The ordinal of the working day so many before the present."""
        return self.calendar.nth(local_date(self.now, SHANGHAI)) - days

    def ago(self, days: int) -> datetime:
        """A moment in office hours so many working days before the present."""
        return self.on(self.calendar.day(self.ago_day(days)), self.random.randrange(9, 17))

    def begin(self, moment: datetime, story: Story) -> None:
        """Put a story on the agenda; before the beginning of the year means at its beginning."""
        heapq.heappush(self._agenda, (max(moment, self.start), next(self._order), story))

    def play(self) -> None:
        """Play all stories up to the present."""
        told = 0
        while self._agenda:
            moment, order, story = heapq.heappop(self._agenda)
            if moment > self.now:
                continue
            self.at(moment)
            following = self._go_on(story)
            told += 1
            if told % 500 == 0:
                self.say(f"events until {self.day}")
            if following is not None:
                heapq.heappush(self._agenda, (max(following, moment), order, story))

    def _go_on(self, story: Story) -> datetime | None:
        """The next moment of a story; whoever is refused lets it be, and the story ends there."""
        try:
            return next(story, None)
        except (Refusal, NotFound) as refused:
            self.refused.append(f"{self.day} {story!r} {refused!r}")
            return None

    def take(self, actor: Actor, step: Step, case_id: int, **given: Any) -> None:
        """Take one step as a door does, at this moment."""
        take_step(self.db, actor=actor, now=self.moment, step=step, case_id=case_id, version=None, given=given)

    def state_of(self, case_id: int) -> str:
        """Where a case is."""
        [(state,)] = self.look(_STATE_OF, case=case_id)
        return str(state)

    def has_any(self, kind: str, *states: str) -> bool:
        """Whether any case of a kind is in one of these states."""
        return bool(self.look(_ANY_IN, kind=kind, states=list(states)))

    def look(self, statement: Any, **values: Any) -> Sequence[tuple[Any, ...]]:
        """What is written by now, without a transaction: a look costs a tenth of one."""
        prepared = _prepared(statement, self._eyes.dialect.name)
        return prepared.rows(self._eyes, values | {"current_district": self.district_id})

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def place_of(self, person_id: int) -> int:
        """The place of an expert in the list."""
        if len(self._places) != len(self.experts):
            self._places = {known: n for n, (known, _expert) in enumerate(self.experts)}
        return self._places[person_id]

    def specialist_of(self, index: int) -> Actor:
        """The specialist of the expert with this place in the list."""
        wanted = self.experts[index][1].person.specialist_id
        return next(actor for actor in self.cast.values() if actor.account_id == wanted)
