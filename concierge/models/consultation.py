"""Questions about policies, and what their answers rest on."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Consultation(Case):
    """A question about policies (政策解读). An expert's names no employer, so that no employer ever reads it; an
    employer's names no expert."""

    __tablename__ = "consultations"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("opinion_unit_id", "units"),
        CheckConstraint("limit_days between 1 and 3", name="limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    channel: Mapped[str]
    question: Mapped[str]
    limit_days: Mapped[int]
    opinion_unit_id: Mapped[int | None]
    opinion: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    next_step: Mapped[str] = mapped_column(default="")
    none_applies: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = detail("consultation", id, district_id)


class Citation(Identified, Scoped, Base):
    """What the present answer of a consultation rests on: a version of a policy, and the place in it.

    `path` is that of a condition in the version's clauses, or a part named in rules/consultation.py.
    """

    __tablename__ = "citations"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "case_id", "policy_version_id", "path"),
        within("case_id", "cases"),
        within("policy_version_id", "policy_versions"),
        Index("ix_citations_version", "policy_version_id"),
    )

    case_id: Mapped[int]
    policy_version_id: Mapped[int]
    path: Mapped[str] = mapped_column(default="")
