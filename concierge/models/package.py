"""Packages: one form for several matters, with what became of each."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Package(Case):
    """One form of an expert for the matters of one occasion (一件事一次办)."""

    __tablename__ = "packages"
    __table_args__ = (UniqueConstraint("district_id", "id"), within("id", "cases"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    package: Mapped[str]
    authorisation: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("package", id, district_id)


class PackageItem(Identified, Scoped, Base):
    """One matter of a package: the recognition or a policy, the case that was opened for it, and its result."""

    __tablename__ = "package_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "package_id", "code"),
        within("package_id", "packages"),
        within("case_id", "cases"),
        Index("ix_package_items_case", "case_id"),
    )

    package_id: Mapped[int]
    code: Mapped[str]
    case_id: Mapped[int | None]
    result: Mapped[str] = mapped_column(default="")
    words_zh: Mapped[str] = mapped_column(default="")
    words_en: Mapped[str] = mapped_column(default="")
