"""Published working-day tables (domain §5): yearly, versioned, with the notice they come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, UniqueConstraint, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified
from concierge.engine import binds
from concierge.models.district import District


class CalendarTable(Identified, Base):
    """One version of a year's table: rest days and make-up working days as ISO dates. The newest version holds."""

    __tablename__ = "calendar_tables"
    __table_args__ = (UniqueConstraint("year", "version"),)

    year: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    notice: Mapped[str]
    rest: Mapped[list[Any]]
    makeup: Mapped[list[Any]]
    is_provisional: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime]
    published_by: Mapped[int | None]


def calendar_stamp() -> ColumnElement[str]:
    """Changes whenever the actor's district counts its days and hours otherwise; for equality only."""
    tables = CalendarTable.__table__.c
    newest = select(cast(func.count(), Text) + "/" + cast(func.max(tables.id), Text)).scalar_subquery()
    hours = District.zone + "/" + cast(District.opens, Text) + "/" + cast(District.closes, Text) + "/"
    return select(hours + func.coalesce(newest, "")).where(District.id == binds.DISTRICT).scalar_subquery()
