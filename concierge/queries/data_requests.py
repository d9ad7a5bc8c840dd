"""Requests about one's own data: the person's own list, and what waits for the office to answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Text
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.data_request import DataRequest
from concierge.models.person import Person
from concierge.models.scope import visible_persons
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.data_requests import ERASURES, STATES, Wish
from concierge.rules.erasure import KEPT, REMOVED, Kept
from concierge.rules.lights import light

PAGE = 100


@dataclass(frozen=True)
class RequestRow:
    """One request. Words and answer stay sealed here; `light` is empty for what is answered."""

    id: int
    person_id: int
    person: str
    wish: Wish
    state: str
    label: Text
    asked_at: datetime
    due_on: date
    decided_at: datetime | None
    decider: str
    basis: str
    words_sealed: bytes | None
    answer_sealed: bytes | None
    data_key: bytes | None
    storage_key: str | None
    sha256: str
    size: int
    expires_on: date | None
    light: str
    removed: tuple[tuple[Text, int], ...]
    kept: tuple[Kept, ...]

    @property
    def is_erasure(self) -> bool:
        """Whether it is carried out rather than answered."""
        return self.wish in ERASURES


def visible_requests(actor: Actor) -> ColumnElement[bool]:
    """Whose requests an actor answers: those of the persons in his scope; copies are made by the machine."""
    persons = select(Person.id).where(visible_persons(actor))
    return and_(DataRequest.person_id.in_(persons), DataRequest.kind != Wish.COPY.value)


def own_requests(session: Session, *, person_id: int, now: datetime, calendar: WorkingCalendar) -> list[RequestRow]:
    """What a person has asked, newest first."""
    wanted = _rows().where(DataRequest.person_id == person_id).order_by(DataRequest.id.desc()).limit(PAGE)
    return [_row(row, now, calendar) for row in session.execute(wanted)]


def requests_to_answer(session: Session, *, actor: Actor, now: datetime, calendar: WorkingCalendar) -> list[RequestRow]:
    """What waits for an answer, the nearest limit first; then what was answered lately."""
    r = DataRequest
    wanted = _rows().where(visible_requests(actor)).order_by(r.state != "open", r.due_on, r.id.desc()).limit(PAGE)
    return [_row(row, now, calendar) for row in session.execute(wanted)]


def one_request(
    session: Session, *, actor: Actor, now: datetime, calendar: WorkingCalendar, request_id: int
) -> RequestRow:
    """A request the actor may answer. Raises NotFound, the same for absent and out of scope."""
    found = session.execute(_rows().where(DataRequest.id == request_id, visible_requests(actor))).first()
    if found is None:
        raise NotFound()
    return _row(found, now, calendar)


def own_copy(session: Session, *, person_id: int, request_id: int) -> tuple[str, bytes]:
    """Where a person's finished copy lies, and the key it is sealed with. Raises NotFound for anything else."""
    r = DataRequest
    wanted = select(r.storage_key, Person.data_key).join(Person, Person.id == r.person_id)
    found = session.execute(
        wanted.where(r.id == request_id, r.person_id == person_id, r.storage_key.is_not(None))
    ).first()
    if found is None or found.data_key is None:
        raise NotFound()
    return found.storage_key, found.data_key


def copies_to_make(session: Session) -> list[tuple[int, int]]:
    """Copies that wait to be made, with whose they are."""
    r = DataRequest
    rows = session.execute(select(r.id, r.person_id).where(r.kind == Wish.COPY.value, r.state == "open").order_by(r.id))
    return [(row.id, row.person_id) for row in rows]


def erasures_done(session: Session) -> list[dict[str, Any]]:
    """The erasures carried out in the session's district: identities, and what was erased."""
    r = DataRequest
    done = select(r.id, r.person_id, r.kind).where(r.kind.in_(ERASURES), r.state == "done").order_by(r.id)
    return [{"request": row.id, "person": row.person_id, "kind": row.kind} for row in session.execute(done)]


def _rows() -> Any:
    r = DataRequest
    columns = (r.id, r.person_id, r.kind, r.state, r.asked_at, r.due_on, r.decided_at, r.basis, r.words_sealed)
    more = (
        r.answer_sealed,
        r.receipt,
        r.storage_key,
        r.sha256,
        r.size,
        r.expires_on,
        Person.full_name,
        Person.data_key,
    )
    joined = select(*columns, *more, Account.name.label("decider")).join(Person, Person.id == r.person_id)
    return joined.outerjoin(Account, Account.id == r.decided_by)


def _row(row: Any, now: datetime, calendar: WorkingCalendar) -> RequestRow:
    is_open, receipt = row.state == "open", row.receipt or {"removed": {}, "kept": []}
    return RequestRow(
        id=row.id,
        person_id=row.person_id,
        person=row.full_name,
        wish=Wish(row.kind),
        state=row.state,
        label=STATES[row.state],
        asked_at=row.asked_at,
        due_on=row.due_on,
        decided_at=row.decided_at,
        decider=row.decider or "",
        basis=row.basis,
        words_sealed=row.words_sealed,
        answer_sealed=row.answer_sealed,
        data_key=row.data_key,
        storage_key=row.storage_key,
        sha256=row.sha256,
        size=row.size,
        expires_on=row.expires_on,
        light=light(now_nth=calendar.nth_of(now), due_nth=calendar.nth(row.due_on)).value if is_open else "",
        removed=tuple((REMOVED[what], n) for what, n in receipt["removed"].items()),
        kept=tuple(KEPT[code] for code in receipt["kept"]),
    )
