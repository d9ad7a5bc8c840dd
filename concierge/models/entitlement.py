"""Rights that last, what falls due under them, and the decisions that explain them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import BIG, AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Entitlement(Case):
    """One person's right under one policy. The person is the case's expert.

    `granted_elsewhere` counts the benefits of the same group that another district of the site has granted to him.
    `accrues_on` is the day from which something more may fall due under a right in force; empty where nothing can.
    """

    __tablename__ = "entitlements"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("policy_id", "policies"),
        within("policy_version_id", "policy_versions"),
        UniqueConstraint("district_id", "person_id", "policy_id", "starts_on"),
        Index("ix_entitlements_policy", "policy_id", "person_id"),
        Index(
            "ix_entitlements_accrues",
            "district_id",
            "accrues_on",
            "id",
            postgresql_where=text("accrues_on is not null"),
            sqlite_where=text("accrues_on is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    person_id: Mapped[int] = mapped_column(BIG)
    policy_id: Mapped[int]
    policy_version_id: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    total_fen: Mapped[int | None]
    accounts_settled: Mapped[bool] = mapped_column(default=False)
    granted_elsewhere: Mapped[int] = mapped_column(default=0, server_default="0")
    accrues_on: Mapped[date | None]

    __mapper_args__ = detail("entitlement", id, district_id)


class Accrual(Identified, Scoped, Base):
    """One right, one period, one amount (fen). A period is granted at most once.

    `gross_fen` is the amount by the rate, `amount_fen` what is granted of it. Where another line decided (`rule`, see
    rules/exclusion.py), `superseded_by` is that line. A day of service names its policy in `by_day_of`, so that a
    person gets it once whatever his rights, and the dispatch order that brought it in `order_id`.
    """

    __tablename__ = "accruals"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "entitlement_id", "period"),
        within("entitlement_id", "entitlements"),
        within("claim_id", "claims"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        Index("ix_accruals_person", "person_id", "policy_group", "starts_on"),
        Index("ix_accruals_claim", "claim_id"),
        Index("ix_accruals_due", "district_id", "state", "due_on"),
        Index("uq_accruals_day", "district_id", "person_id", "by_day_of", "period", unique=True),
    )

    entitlement_id: Mapped[int]
    person_id: Mapped[int]
    household_id: Mapped[int | None]
    policy_group: Mapped[str]
    period: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    of_number: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    due_on: Mapped[date]
    gross_fen: Mapped[int]
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(default="due")
    claim_id: Mapped[int | None]
    superseded_by: Mapped[int | None]
    rule: Mapped[str | None]
    by_day_of: Mapped[int | None]
    order_id: Mapped[int | None]
    lapsed_on: Mapped[date | None]


class Correction(Identified, Scoped, AppendOnly, Base):
    """What changes in a period already claimed or paid, in fen: the original stays as it is.

    More than before is an arrear, due as a period of its own (`arrears_id`); less is to be recovered, or comes off an
    arrear that nobody has claimed. More without an arrear takes back what was to be recovered, or adds to such an
    arrear. The corrections of a line are numbered, so that two at the same moment do not both count.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "accrual_id", "number"),
        within("accrual_id", "accruals"),
        within("entitlement_id", "entitlements"),
        within("policy_version_id", "policy_versions"),
        CheckConstraint("amount_fen <> 0 and (amount_fen > 0 or arrears_id is null)", name="arrears_or_recovery"),
        Index("ix_corrections_entitlement", "entitlement_id"),
    )

    entitlement_id: Mapped[int]
    person_id: Mapped[int]
    accrual_id: Mapped[int]
    number: Mapped[int]
    policy_version_id: Mapped[int]
    amount_fen: Mapped[int]
    arrears_id: Mapped[int | None]
    at: Mapped[datetime]


class Decision(Identified, Scoped, Base):
    """Why: the answer of every clause, with the facts and dates used, kept when it was shown or acted upon."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        within("policy_version_id", "policy_versions"),
        Index("ix_decisions_person", "person_id", "policy_id", "at"),
    )

    person_id: Mapped[int]
    policy_id: Mapped[int]
    policy_version_id: Mapped[int]
    facts_revision: Mapped[int]
    outcome: Mapped[str]
    findings: Mapped[list[Any]]
    amount_fen: Mapped[int | None]
    occasion: Mapped[str]
    at: Mapped[datetime]
