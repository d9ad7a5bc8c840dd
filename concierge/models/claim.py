"""Claims: one instalment or period on its way through the reviews, with its papers, notices and objections."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Claim(Case):
    """One claim. The counters are kept by the services in the transaction that changes what they count.

    `queued_at` is since when it waits for a place that is given in turn; None where it waits for none.

    `by_voucher`: a provider serves it against a voucher instead of money.
    Guards read them as one truth in Python and SQL; `verify` recounts them.
    """

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("entitlement_id", "entitlements"),
        within("policy_version_id", "policy_versions"),
        CheckConstraint("majors_open >= 0 and minors_open >= 0 and objections_open >= 0", name="counters"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        Index("ix_claims_entitlement", "entitlement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    entitlement_id: Mapped[int]
    policy_id: Mapped[int]
    policy_version_id: Mapped[int]
    period: Mapped[str]
    amount_fen: Mapped[int]
    approved_fen: Mapped[int | None]
    sector_id: Mapped[int | None]
    hr_id: Mapped[int | None]
    paying_unit_id: Mapped[int | None]
    restarts_clock: Mapped[bool] = mapped_column(default=False)
    needs_employer: Mapped[bool] = mapped_column(default=True)
    needs_sector: Mapped[bool] = mapped_column(default=False)
    needs_joint: Mapped[bool] = mapped_column(default=False)
    needs_hr: Mapped[bool] = mapped_column(default=True)
    needs_publicity: Mapped[bool] = mapped_column(default=True)
    is_paid: Mapped[bool] = mapped_column(default=True)
    by_voucher: Mapped[bool] = mapped_column(default=False, server_default="0")
    majors_open: Mapped[int] = mapped_column(default=0)
    minors_open: Mapped[int] = mapped_column(default=0)
    objections_open: Mapped[int] = mapped_column(default=0)
    branches_refused: Mapped[int] = mapped_column(default=0)
    mask_checked: Mapped[bool] = mapped_column(default=False)
    posted_on: Mapped[date | None]
    posting_ends_on: Mapped[date | None]
    posting_ends_at: Mapped[datetime | None]
    is_suspended: Mapped[bool] = mapped_column(default=False)
    account_settled: Mapped[bool] = mapped_column(default=False)
    promise_due_on: Mapped[date | None]
    queued_at: Mapped[datetime | None]
    tier: Mapped[str] = mapped_column(default="director")
    minutes_number: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("claim", id, district_id)

    @hybrid_property
    def papers_complete(self) -> bool:
        """Every paper, major and minor, is there."""
        return (self.majors_open == 0) & (self.minors_open == 0)

    @hybrid_property
    def majors_complete(self) -> bool:
        """Every major paper is there."""
        return self.majors_open == 0

    @hybrid_property
    def minors_missing(self) -> bool:
        """A minor paper is missing and may be promised."""
        return self.minors_open > 0

    @hybrid_property
    def no_objection(self) -> bool:
        """No objection is open."""
        return self.objections_open == 0

    @hybrid_property
    def all_branches_agree(self) -> bool:
        """No unit refused in the joint review."""
        return self.branches_refused == 0

    @hybrid_property
    def some_branch_refused(self) -> bool:
        """A unit refused in the joint review."""
        return self.branches_refused > 0


class ClaimMaterial(Identified, Scoped, Base):
    """One paper asked for by the policy, and what became of it. MAJOR papers stop acceptance, MINOR may be promised."""

    __tablename__ = "claim_materials"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "claim_id", "code"),
        within("claim_id", "claims"),
        within("document_id", "documents"),
    )

    claim_id: Mapped[int]
    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    severity: Mapped[str]
    state: Mapped[str] = mapped_column(default="missing")
    source: Mapped[str] = mapped_column(default="expert")
    document_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    checked_by: Mapped[int | None]
    checked_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Document(Identified, Scoped, Base):
    """A stored file: outside the web root, under a random name, known by content hash."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        Index("ix_documents_person", "person_id", "id"),
    )

    person_id: Mapped[int | None]
    case_id: Mapped[int | None]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    pages: Mapped[int] = mapped_column(default=1)
    sha256: Mapped[str]
    storage_key: Mapped[str]
    uploaded_by: Mapped[int]
    at: Mapped[datetime]


class CaseNotice(Identified, Scoped, Base):
    """A numbered paper sent to the person: one-time notice, promise letter, rejection with basis and remedy."""

    __tablename__ = "case_notices"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "number"),
        within("case_id", "cases"),
        Index("ix_case_notices_case", "case_id", "id"),
    )

    case_id: Mapped[int]
    kind: Mapped[str]
    number: Mapped[str]
    content: Mapped[dict[str, Any]]
    answer_by: Mapped[date | None]
    made_by: Mapped[int]
    at: Mapped[datetime]


class QualityFault(Identified, Scoped, Base):
    """Something a one-time notice should have named and did not: a fault of whoever sent it (一次性告知, domain §4)."""

    __tablename__ = "quality_faults"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("case_id", "cases"),
        Index("ix_quality_faults_handler", "handler_id", "id"),
    )

    case_id: Mapped[int]
    handler_id: Mapped[int]
    first_number: Mapped[str]
    second_number: Mapped[str]
    items: Mapped[list[Any]]
    at: Mapped[datetime]


class Objection(Identified, Scoped, Base):
    """An objection raised while a claim was posted; while one is open nothing is approved."""

    __tablename__ = "objections"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("claim_id", "claims"),
        Index("ix_objections_claim", "claim_id"),
    )

    claim_id: Mapped[int]
    text: Mapped[str]
    raised_by: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    finding: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class JointOpinion(Case):
    """One unit's branch of a joint review: a child case with its own holder and clock."""

    __tablename__ = "joint_opinions"
    __table_args__ = (UniqueConstraint("district_id", "id"), within("id", "cases"), within("unit_id", "units"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    unit_id: Mapped[int]
    opinion: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("joint_opinion", id, district_id)
