"""What people write on a case beside its steps, and what they follow."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class Comment(Identified, Scoped, Base):
    """A remark: `internal` for staff, `expert` when the expert may read it, `nudge` for a reminder sent."""

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("case_id", "cases"),
        Index("ix_comments_case", "case_id", "id"),
    )

    case_id: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    audience: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class Follow(Identified, Scoped, Base):
    """An account follows a case."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "account_id", "case_id"),
        within("case_id", "cases"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    case_id: Mapped[int]
    at: Mapped[datetime]


class CaseTag(Identified, Scoped, Base):
    """A word put on a case by its office, to filter by."""

    __tablename__ = "case_tags"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "case_id", "word"),
        within("case_id", "cases"),
        Index("ix_case_tags_word", "district_id", "word", "case_id"),
    )

    case_id: Mapped[int]
    word: Mapped[str]
    by_id: Mapped[int]
    at: Mapped[datetime]


class Selection(Identified, Scoped, Base):
    """Rows an account has ticked on a list, kept on the server across pages; or a draft kept on session end."""

    __tablename__ = "selections"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "account_id", "list_name", "case_id"),
        within("case_id", "cases"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    list_name: Mapped[str]
    case_id: Mapped[int]


class SavedView(Identified, Scoped, Base):
    """Conditions of a worklist that an account keeps under a name of its own; `query` is what its address says."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "account_id", "list_name", "name"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    list_name: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    at: Mapped[datetime]
