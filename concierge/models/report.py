"""What was reported: frozen snapshots that nobody can change, and the monthly returns of the bureaus."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


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


class MonthlyReport(Case):
    """A bureau's return for one month (月度调度表): its own words beside figures that come from the records.

    When it is locked its figures are frozen in a snapshot; before that they are counted anew whenever it is read.
    """

    __tablename__ = "monthly_reports"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "unit_id", "year", "month"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        within("snapshot_id", "report_snapshots"),
        CheckConstraint("month between 1 and 12", name="month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    year: Mapped[int]
    month: Mapped[int]
    progress: Mapped[str] = mapped_column(default="")
    problems: Mapped[str] = mapped_column(default="")
    plan: Mapped[str] = mapped_column(default="")
    is_written: Mapped[bool] = mapped_column(default=False)
    snapshot_id: Mapped[int | None]

    __mapper_args__ = detail("monthly_report", id, district_id)


class ActionItem(Identified, Scoped, Base):
    """Something to be done: a problem that a return named, or what a meeting asked; `owner` names the person.

    Open ones are carried from month to month.
    """

    __tablename__ = "action_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        within("report_id", "monthly_reports"),
        within("meeting_id", "meetings"),
        CheckConstraint("(report_id is null) <> (meeting_id is null)", name="source"),
        Index("ix_action_items_unit", "unit_id", "done_on"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    report_id: Mapped[int | None]
    meeting_id: Mapped[int | None]
    year: Mapped[int]
    month: Mapped[int]
    words: Mapped[str]
    owner: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    done_on: Mapped[date | None]
