"""What an importer makes of a file: for each row its class, what would change, and whom it concerns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Reason
from concierge.basics.text import Text, _
from concierge.engine.actor import Actor
from concierge.rules.roles import Role
from concierge.rules.sheets import Column, FileRow


class RowClass(StrEnum):
    """What a row of a file is."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"
    INVALID = "invalid"

    @property
    def label(self) -> Text:
        """The class for people."""
        return _LABELS[self]


_LABELS = {
    RowClass.NEW: _("New"),
    RowClass.CHANGED: _("Changes"),
    RowClass.SAME: _("Same as before"),
    RowClass.CONFLICT: _("Conflict"),
    RowClass.INVALID: _("Wrong"),
}
GOOD = (RowClass.NEW, RowClass.CHANGED)
BAD = (RowClass.CONFLICT, RowClass.INVALID)


@dataclass
class Plan:
    """One row with its class. `changes` (column -> [before, after]) is shown; numbers in it are masked."""

    row: FileRow
    status: RowClass
    changes: dict[str, list[str]] = field(default_factory=dict)
    subject_id: int | None = None
    clean: Any = None

    def clash(self, code: str, text: Text, column: str | None = None) -> None:
        """The row contradicts what is known."""
        self.status = RowClass.CONFLICT
        self.row.refuse(Reason(code, text, column))


@dataclass(frozen=True)
class Setting:
    """In which an importer works: the running transaction, who imports, when, with which keys."""

    session: Session
    actor: Actor
    now: datetime
    keys: KeyRing


@dataclass(frozen=True)
class Applied:
    """What became of one applied row: whom it concerns, at which version he now is, and the journal to undo it."""

    row: int
    subject_id: int
    version: int
    revision: int
    journal: list[list[Any]]
    is_new: bool


@dataclass(frozen=True)
class AppliedRow:
    """A row that was applied, with the sealed note that says how to take it back."""

    row: int
    subject_id: int
    version: int
    note: dict[str, Any]


@dataclass(frozen=True)
class Touched:
    """What somebody has worked on: its name, and theirs."""

    name: str
    changed_by: tuple[str, ...]


class Importer(Protocol):
    """One kind of file."""

    @property
    def kind(self) -> str:
        """The kind's code."""

    @property
    def title(self) -> Text:
        """The kind's name for people."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the file."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who may import it."""

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row against the present state; nothing is written."""

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Write the new and changed rows; the caller owns the transaction."""

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """Which of the subjects of applied rows somebody has worked on since."""

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Take these rows back, the last first; the caller owns the transaction."""


Register = Callable[[], Sequence[Importer]]
