"""The base class of all tables, the column types, and what tables share."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from concierge.basics.ids import new_id

BIG = BigInteger().with_variant(Integer, "sqlite")
JSON_DATA = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _as_stored(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, read back aware on both databases (SQLite would return it naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Any:
        """The same on SQLite at once: the dialect would take every instant apart to write it down."""
        return _as_stored if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Text is unbounded, integers are 64 bits, instants are aware."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        int: BIG,
        str: Text,
        bool: Boolean,
        bytes: LargeBinary,
        date: Date,
        datetime: UTCDateTime,
        dict[str, Any]: JSON_DATA,
        list[Any]: JSON_DATA,
    }


class Identified:
    """Identity made by the application, ordered in time, never reused."""

    id: Mapped[int] = mapped_column(primary_key=True, default=new_id, autoincrement=False, sort_order=-2)


class Scoped:
    """Rows of one district. The session adds the district to every ORM statement on such a table."""

    district_id: Mapped[int] = mapped_column(sort_order=-1)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("district_id", "id"),)


def within(column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key that cannot leave its district: (district_id, column) -> target(district_id, id)."""
    return ForeignKeyConstraint(["district_id", column], [f"{target}.district_id", f"{target}.id"])
