"""Recognition of talent (人才认定, domain §2.1): schemes with their categories, applications, papers, scanned codes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class TalentScheme(Identified, Scoped, Base):
    """A way of classing talent: A to F, the six classes. Several hold side by side."""

    __tablename__ = "talent_schemes"
    __table_args__ = (UniqueConstraint("district_id", "id"), UniqueConstraint("district_id", "code"))

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)


class SchemeVersion(Identified, Scoped, Base):
    """What a scheme asks for since a day: reviews, days, papers, how long a certificate holds. Published by another.

    Days are working days, `valid_months` calendar months. `materials` lists
    {"code", "name": {"zh", "en"}, "severity": "major" | "minor"}, as policies do.
    """

    __tablename__ = "scheme_versions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "scheme_id", "version"),
        within("scheme_id", "talent_schemes"),
        within("bureau_id", "units"),
        CheckConstraint("valid_months between 1 and 120", name="validity"),
    )

    scheme_id: Mapped[int]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(default="draft")
    number: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date]
    valid_months: Mapped[int] = mapped_column(default=36)
    bureau_id: Mapped[int]
    needs_employer: Mapped[bool] = mapped_column(default=True)
    needs_publicity: Mapped[bool] = mapped_column(default=True)
    full_names: Mapped[bool] = mapped_column(default=True)
    review_days: Mapped[int] = mapped_column(default=3)
    determination_days: Mapped[int] = mapped_column(default=5)
    publicity_days: Mapped[int] = mapped_column(default=5)
    materials: Mapped[list[Any]] = mapped_column(default=list)
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    made_at: Mapped[datetime]
    published_by: Mapped[int | None]
    published_at: Mapped[datetime | None]


class TalentCategory(Identified, Scoped, Base):
    """One class of a scheme's version. `rank` 1 is the highest; `grade` is the letter that policies know it by."""

    __tablename__ = "talent_categories"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "scheme_version_id", "rank"),
        within("scheme_version_id", "scheme_versions"),
    )

    scheme_version_id: Mapped[int]
    rank: Mapped[int]
    grade: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    criteria_zh: Mapped[str] = mapped_column(default="")
    criteria_en: Mapped[str] = mapped_column(default="")

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)

    @property
    def criteria(self) -> Bilingual:
        """Who belongs to it, in both languages; empty where the scheme says nothing."""
        return Bilingual(self.criteria_zh, self.criteria_en)


class Recognition(Case):
    """An application for recognition and, once certified, the certificate (its dates and number) in one.

    `category_id` is asked for, `granted_id` determined. `replaces_id` is the certificate that this one follows.
    The days and needs are those of the scheme's version on the day of the application.
    """

    __tablename__ = "recognitions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("scheme_version_id", "scheme_versions"),
        within("category_id", "talent_categories"),
        within("granted_id", "talent_categories"),
        within("bureau_id", "units"),
        within("replaces_id", "recognitions"),
        CheckConstraint("papers_missing >= 0", name="counter"),
        Index("ix_recognitions_ending", "district_id", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    scheme_version_id: Mapped[int]
    category_id: Mapped[int]
    granted_id: Mapped[int | None]
    bureau_id: Mapped[int]
    replaces_id: Mapped[int | None]
    applied_by: Mapped[str]
    recruitment: Mapped[str] = mapped_column(default="full_time")
    grounds: Mapped[str] = mapped_column(default="")
    authorisation: Mapped[str] = mapped_column(default="")
    needs_employer: Mapped[bool] = mapped_column(default=True)
    needs_publicity: Mapped[bool] = mapped_column(default=True)
    review_days: Mapped[int] = mapped_column(default=3)
    determination_days: Mapped[int] = mapped_column(default=5)
    publicity_days: Mapped[int] = mapped_column(default=5)
    papers_missing: Mapped[int] = mapped_column(default=0)
    mask_checked: Mapped[bool] = mapped_column(default=False)
    posted_on: Mapped[date | None]
    posting_ends_on: Mapped[date | None]
    posting_ends_at: Mapped[datetime | None]
    minutes_number: Mapped[str] = mapped_column(default="")
    certificate: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    __mapper_args__ = detail("recognition", id, district_id)

    @hybrid_property
    def papers_in(self) -> bool:
        """Every required paper has been handed in."""
        return self.papers_missing == 0


class RecognitionPaper(Identified, Scoped, Base):
    """One paper that the scheme asks for: given anew, or by reference to a document given before."""

    __tablename__ = "recognition_papers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "recognition_id", "code"),
        within("recognition_id", "recognitions"),
        within("document_id", "documents"),
    )

    recognition_id: Mapped[int]
    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    severity: Mapped[str]
    document_id: Mapped[int | None]
    is_reused: Mapped[bool] = mapped_column(default=False)
    given_at: Mapped[datetime | None]


class CodeScan(Identified, Scoped, AppendOnly, Base):
    """One reading of a talent code. Only a fingerprint of the code is kept, so that no code is read twice."""

    __tablename__ = "code_scans"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "fingerprint"),
        within("person_id", "persons"),
    )

    person_id: Mapped[int]
    fingerprint: Mapped[str]
    at: Mapped[datetime]
