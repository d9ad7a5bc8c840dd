"""What was reported: frozen snapshots that nobody can change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from concierge.db import AppendOnly, Base, Identified, Scoped, within


class ReportSnapshot(Identified, Scoped, AppendOnly, Base):
    """A report as it was told: its figures and words in `body`, and the digest over them. Never edited or deleted.

    An annual summary has no month; a monthly return names its bureau.
    """

    __tablename__ = "report_snapshots"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index("ix_report_snapshots_of", "district_id", "campaign_id", "unit_id", "year", "month"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int | None]
    year: Mapped[int]
    month: Mapped[int | None]
    body: Mapped[dict[str, Any]]
    digest: Mapped[str]
    made_by: Mapped[int]
    made_at: Mapped[datetime]
