"""What one imported row changed, written down so that exactly that can be taken back."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, LargeBinary, delete, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import UTCDateTime
from concierge.engine.tables import Case
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder
from concierge.models.match_turn import MatchTurn
from concierge.models.person import BankAccount, Employment, Person, PersonFact, Relative, SearchKey, TalentStatus

TABLES: Mapping[str, type[Any]] = {
    table.__tablename__: table
    for table in (
        Person, TalentStatus, Employment, PersonFact, Relative, BankAccount,
        Case, DispatchOrder, DispatchMember, Activity, ServiceExpert,
    )
}  # fmt: skip
OF_PERSON = (TalentStatus, Employment, PersonFact, Relative, BankAccount)
"""What a person's row drags along, children first."""


class Journal:
    """Inserts, updates and deletions of one row of a file, in order, with the values they replaced."""

    def __init__(self, session: Session, district_id: int) -> None:
        self._session = session
        self._district_id = district_id
        self.lines: list[list[Any]] = []

    def add(self, table: type[Any], **values: Any) -> int:
        """Insert a row and note it."""
        row = {"id": new_id(), "district_id": self._district_id, **values}
        self._session.execute(insert(table), [row])
        self.lines.append(["add", table.__tablename__, row["id"], {}])
        return int(row["id"])

    def change(self, table: type[Any], row_id: int, **values: Any) -> None:
        """Update columns of a row and note what they held."""
        columns = [getattr(table, name) for name in values]
        before = self._session.execute(select(*columns).where(table.id == row_id)).one()
        self._session.execute(update(table).where(table.id == row_id).values(**values))
        kept = {name: _kept(value) for name, value in before._mapping.items()}
        self.lines.append(["change", table.__tablename__, row_id, kept])

    def drop(self, table: type[Any], row_id: int) -> None:
        """Delete a row and note all of it."""
        columns = [getattr(table, column.key) for column in table.__table__.c]
        before = self._session.execute(select(*columns).where(table.id == row_id)).one()
        self._session.execute(delete(table).where(table.id == row_id))
        kept = {name: _kept(value) for name, value in before._mapping.items()}
        self.lines.append(["drop", table.__tablename__, row_id, kept])


def take_back(session: Session, lines: list[list[Any]]) -> None:
    """Undo the lines of a journal, last first."""
    for act, name, row_id, before in reversed(lines):
        table = TABLES[name]
        if act == "add":
            session.execute(delete(table).where(table.id == row_id))
            continue
        values = {column: _given_back(table, column, value) for column, value in before.items()}
        if act == "drop":
            session.execute(insert(table), [values])
        else:
            session.execute(update(table).where(table.id == row_id).values(**values))


def forget_person(session: Session, person_id: int) -> None:
    """Delete a person whom only an import knew, with all that belongs to him."""
    session.execute(delete(SearchKey).where(SearchKey.kind == "person", SearchKey.subject_id == person_id))
    for table in OF_PERSON:
        session.execute(delete(table).where(table.person_id == person_id))
    session.execute(delete(MatchTurn).where(MatchTurn.id == person_id))
    session.execute(delete(Person).where(Person.id == person_id))


def _kept(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _given_back(table: type[Any], column: str, value: Any) -> Any:
    """A value read from a journal, in the column's own type."""
    if value is None:
        return None
    kind = table.__table__.c[column].type
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
