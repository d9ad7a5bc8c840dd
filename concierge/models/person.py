"""Persons, what makes them experts, where they work, whom they live with, and where they are paid.

ID numbers, phones, accounts and family details are sealed with the person's own data key (architecture: personal
data); the blind index beside them finds equal values without reading them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within

OF_A_UNIT = "unit"
"""The kind of identity of a legal person: a unit as far as money is paid to it. Its file names the unit's id."""


class Person(Identified, Scoped, Base):
    """A person known to the district: a natural one, or a unit as far as it is paid (`id_kind` OF_A_UNIT)."""

    __tablename__ = "persons"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "id_index"),
        Index("ix_persons_specialist", "specialist_id", "id"),
        Index("ix_persons_deputy", "deputy_id", "id"),
        Index("ix_persons_household", "household_id"),
        Index("ix_persons_spouse", "district_id", "spouse_key"),
    )

    full_name: Mapped[str]
    data_key: Mapped[bytes | None]
    id_kind: Mapped[str] = mapped_column(default="resident_id")
    id_sealed: Mapped[bytes | None]
    id_index: Mapped[str]
    id_last4: Mapped[str]
    birth_on: Mapped[date | None]
    is_male: Mapped[bool | None]
    phone_sealed: Mapped[bytes | None]
    phone_index: Mapped[str | None]
    phone_last4: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    household_id: Mapped[int | None]
    spouse_key: Mapped[str | None]
    specialist_id: Mapped[int | None]
    deputy_id: Mapped[int | None]
    preference: Mapped[str] = mapped_column(default="")
    facts_revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    erased_at: Mapped[datetime | None]


class TalentStatus(Identified, Scoped, Base):
    """What makes a person an expert: category, kind of recruitment, validity (domain §2.1).

    A recognition writes it; one without `recognition_id` was carried over from before, or entered by hand.
    """

    __tablename__ = "talent_statuses"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        within("recognition_id", "recognitions"),
        Index("ix_talent_statuses_person", "person_id", "valid_from"),
    )

    person_id: Mapped[int]
    category: Mapped[str]
    kind: Mapped[str] = mapped_column(default="full_time")
    certificate: Mapped[str] = mapped_column(default="")
    recognition_id: Mapped[int | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Employment(Identified, Scoped, Base):
    """A post with an employer of the district; `end_reason` is one of rules/talent.py's reasons, or empty."""

    __tablename__ = "employments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        within("employer_id", "units"),
        Index("ix_employments_person", "person_id", "starts_on"),
        Index("ix_employments_employer", "employer_id", "person_id"),
    )

    person_id: Mapped[int]
    employer_id: Mapped[int]
    post_zh: Mapped[str] = mapped_column(default="")
    post_en: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default=text("''"))
    contract_months: Mapped[int] = mapped_column(default=0)
    is_formal: Mapped[bool] = mapped_column(default=True)
    certified_at: Mapped[datetime | None]


class PersonFact(Identified, Scoped, Base):
    """One fact for the rules: value, source, proof and as-of date (domain §2.3). The newest as-of date holds."""

    __tablename__ = "person_facts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "person_id", "name", "as_of"),
        within("person_id", "persons"),
    )

    person_id: Mapped[int]
    name: Mapped[str]
    value: Mapped[dict[str, Any]]
    source: Mapped[str]
    proof: Mapped[str] = mapped_column(default="")
    as_of: Mapped[date]


class Relative(Identified, Scoped, Base):
    """A member of the person's household: spouse, child, parent. Details are sealed with the person's key.

    From `left_on` on he belongs to it no more; what held before that day stays as it was.
    """

    __tablename__ = "relatives"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        Index("ix_relatives_person", "person_id"),
    )

    person_id: Mapped[int]
    relation: Mapped[str]
    name_sealed: Mapped[bytes | None]
    birth_on: Mapped[date | None]
    relative_person_id: Mapped[int | None]
    guardian_consent_at: Mapped[datetime | None]
    left_on: Mapped[date | None]

    @classmethod
    def belongs(cls, day: date | BindParameter[date]) -> ColumnElement[bool]:
        """Those who belong to the household on a day."""
        return cls.left_on.is_(None) | (cls.left_on > day)


class BankAccount(Identified, Scoped, Base):
    """Where a person is paid. A change has a maker, a checker and a proof; only a settled account may be paid to.

    To an account that replaced another nothing is paid before `held_until`, unless somebody else releases it.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        Index("ix_bank_accounts_person", "person_id", "made_at"),
        Index("ix_bank_accounts_index", "account_index"),
        Index(
            "uq_bank_accounts_settled",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'settled'"),
            sqlite_where=text("state = 'settled'"),
        ),
    )

    person_id: Mapped[int]
    holder_name: Mapped[str]
    bank_name: Mapped[str]
    branch_code: Mapped[str] = mapped_column(default="")
    account_sealed: Mapped[bytes]
    account_index: Mapped[str]
    account_last4: Mapped[str]
    state: Mapped[str] = mapped_column(default="unchecked")
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    made_at: Mapped[datetime]
    checked_by: Mapped[int | None]
    checked_by_key: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    proof_id: Mapped[int | None]
    held_until: Mapped[datetime | None]


class SearchKey(Identified, Scoped, Base):
    """A key under which something is found: names, pinyin, initials, numbers. Searched by prefix ranges."""

    __tablename__ = "search_keys"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        Index("ix_search_keys_key", "district_id", "kind", "key", "subject_id"),
        Index("ix_search_keys_subject", "subject_id", "kind"),
    )

    kind: Mapped[str]
    subject_id: Mapped[int]
    key: Mapped[str]
