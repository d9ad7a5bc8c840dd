"""When a person's turn comes to be matched with the policies: the database itself notes who is new or has changed.

Beside the person, not with him: a match writes to everybody, and a person's row stands in many indexes.
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Scoped, within
from concierge.models.person import Person

AT_ONCE = date.min
"""The day on which whoever is new, or of whom a fact has changed since, is due."""

_NEW = """INSERT INTO match_turns (district_id, id, revision, due_on)
    VALUES (NEW.district_id, NEW.id, 1, '0001-01-01')"""
_AGAIN = """UPDATE match_turns SET revision = revision + 1, due_on = '0001-01-01'
    WHERE district_id = NEW.district_id AND id = NEW.id"""
_CHANGED = "AFTER UPDATE OF facts_revision, specialist_id ON persons"
_WHEN = "NEW.facts_revision <> OLD.facts_revision OR (NEW.specialist_id IS NULL) <> (OLD.specialist_id IS NULL)"
_FUNCTION = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$"
TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER persons_first_turn AFTER INSERT ON persons BEGIN {_NEW}; END",
        f"CREATE TRIGGER persons_next_turn {_CHANGED} WHEN {_WHEN} BEGIN {_AGAIN}; END",
    ),
    "postgresql": (
        _FUNCTION.format("persons_first_turn", _NEW),
        _FUNCTION.format("persons_next_turn", _AGAIN),
        "CREATE TRIGGER persons_first_turn AFTER INSERT ON persons FOR EACH ROW EXECUTE FUNCTION persons_first_turn()",
        f"CREATE TRIGGER persons_next_turn {_CHANGED} FOR EACH ROW WHEN ({_WHEN}) EXECUTE FUNCTION persons_next_turn()",
    ),
}
"""Whoever writes to a person, and however: nobody has to remember that a match must look at him anew."""


class MatchTurn(Scoped, Base):
    """A person's next turn; `id` is the person's.

    `due_on` is AT_ONCE, or the day on which time alone may change an answer; empty where it never will. `revision`
    counts what came in, so that a match does not take for seen what came while it ran.
    """

    __tablename__ = "match_turns"
    __table_args__ = (within("id", "persons"), Index("ix_match_turns_due", "district_id", "due_on", "id"))

    district_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    due_on: Mapped[date | None]


@event.listens_for(Person.__table__, "after_create")
def _watch(_table: Any, connection: Connection, **_options: Any) -> None:
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
