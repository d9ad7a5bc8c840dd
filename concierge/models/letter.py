"""Written papers: templates a district replaces, and what was archived with its hash."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from concierge.db import Base, Identified, Scoped, within


class LetterTemplate(Identified, Scoped, Base):
    """A Word template that a district put in place of ours for one kind of letter; the newest one counts."""

    __tablename__ = "letter_templates"
    __table_args__ = (UniqueConstraint("district_id", "id"),)

    kind: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    made_by: Mapped[int]
    at: Mapped[datetime]


class ArchivedFile(Identified, Scoped, Base):
    """A file as it was when it was first made: a letter or the package of a closed case, found again by its hash."""

    __tablename__ = "archived_files"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "case_id", "name"),
        within("case_id", "cases"),
    )

    case_id: Mapped[int]
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    made_by: Mapped[int]
    at: Mapped[datetime]
