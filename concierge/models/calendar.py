"""Published working-day tables (domain §5): yearly, versioned, with the notice they come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified


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
