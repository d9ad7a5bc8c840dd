"""Policies are data with versions: who is entitled to what, how much, when, through whose hands, within what limits."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import Base, Identified, Scoped, within


class Policy(Identified, Scoped, Base):
    """A policy, whatever its version. `group` is what take-higher and exclusions work on."""

    __tablename__ = "policies"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "code"),
        within("unit_id", "units"),
        within("paying_unit_id", "units"),
    )

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    group: Mapped[str]
    unit_id: Mapped[int]
    paying_unit_id: Mapped[int]
    icon: Mapped[str] = mapped_column(default="gift")

    @property
    def name(self) -> Bilingual:
        """The policy's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class PolicyVersion(Identified, Scoped, Base):
    """The rules of a policy over a time. Claims keep the version that was in force when the right arose.

    `number` is the 文号 with 〔〕 of the document that made the version, so that each version is cited by its own.

    `clauses`, `rates`, `schedule` and `materials` are read by rules/policy.py; `basis` is the document of a higher
    level that the version rests upon. A version is published by another
    person than its editor.
    """

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "policy_id", "version"),
        within("policy_id", "policies"),
    )

    policy_id: Mapped[int]
    version: Mapped[int]
    number: Mapped[str] = mapped_column(default="", server_default=text("''"))
    state: Mapped[str] = mapped_column(default="draft")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_interim: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str]
    clauses: Mapped[dict[str, Any]]
    rates: Mapped[dict[str, Any]]
    schedule: Mapped[dict[str, Any]]
    materials: Mapped[list[Any]]
    basis_zh: Mapped[str] = mapped_column(default="", server_default=text("''"))
    basis_en: Mapped[str] = mapped_column(default="", server_default=text("''"))
    article_zh: Mapped[str] = mapped_column(default="")
    article_en: Mapped[str] = mapped_column(default="")
    guide_zh: Mapped[str] = mapped_column(default="")
    guide_en: Mapped[str] = mapped_column(default="")
    restarts_clock: Mapped[bool] = mapped_column(default=False)
    needs_employer: Mapped[bool] = mapped_column(default=True)
    needs_sector: Mapped[bool] = mapped_column(default=False)
    needs_joint: Mapped[bool] = mapped_column(default=False)
    needs_hr: Mapped[bool] = mapped_column(default=True)
    needs_publicity: Mapped[bool] = mapped_column(default=True)
    is_paid: Mapped[bool] = mapped_column(default=True)
    editor_keys: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    published_by_key: Mapped[str | None]
    published_at: Mapped[datetime | None]


class PolicyLimit(Identified, Scoped, Base):
    """A named limit in working days, set by a policy version (`claim`, `hr_review`, `publicity` ...)."""

    __tablename__ = "policy_limits"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "policy_version_id", "name"),
        within("policy_version_id", "policy_versions"),
        Index("ix_policy_limits_version", "policy_version_id"),
    )

    policy_version_id: Mapped[int]
    name: Mapped[str]
    days: Mapped[int]


class MatchRun(Identified, Scoped, Base):
    """One run of the match over a district's experts: as of which day, how far it has come, what it found.

    `policy_ids` are matched with everybody (a version has begun, ended or been published); the others with those alone
    of whom something has changed. Whoever was matched is marked, so that a run that died goes on at `cursor`.
    """

    __tablename__ = "match_runs"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        Index("ix_match_runs_started", "district_id", "started_at"),
    )

    as_of: Mapped[date]
    policy_ids: Mapped[list[Any]]
    cursor: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
