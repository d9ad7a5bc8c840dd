"""Monthly returns: the list of a month, and one return, from the records while it is open and as frozen afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.explain import Way, explain
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.campaign import ServiceField
from concierge.models.district import Unit
from concierge.models.plan import CampaignPost
from concierge.models.report import ActionItem, MonthlyReport, ReportSnapshot
from concierge.models.scope import visible_reports
from concierge.queries.campaigns import campaign_named
from concierge.queries.monthly_figures import Month, body_of, month_of
from concierge.rules.plans import Post
from concierge.rules.summaries import digest_of

KEPT = ("locked", "amended")


@dataclass(frozen=True)
class ReportRow:
    """One return of the list."""

    id: int
    unit: Bilingual
    year: int
    month: int
    state: Text
    state_name: str
    due_on: date | None


def report_rows(session: Session, *, actor: Actor, campaign_id: int, year: int) -> list[ReportRow]:
    """The returns of a year that the actor may see, newest month first."""
    r = MonthlyReport
    rows = session.execute(
        select(r.id, r.year, r.month, r.state, r.due_on, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == r.unit_id)
        .where(r.campaign_id == campaign_id, r.year == year, visible_reports(actor))
        .order_by(r.month.desc(), r.unit_id)
    )
    states = FLOWS["monthly_report"].states
    return [
        ReportRow(
            row.id,
            Bilingual(row.name_zh, row.name_en),
            row.year,
            row.month,
            states[row.state].label,
            row.state,
            row.due_on,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Item:
    """Something to be done about a problem that was reported."""

    id: int
    words: str
    year: int
    month: int
    due_on: date
    done_on: date | None


@dataclass(frozen=True)
class Signers:
    """Who filled the return in and when, who confirmed it, and the unit's first responsible person on that day."""

    filled_by: str = ""
    confirmed_by: str = ""
    in_charge: str = ""
    filled_on: date | None = None


@dataclass(frozen=True)
class ReportPage:
    """One return. `corrections` are what later months say of this one."""

    id: int
    number: str
    version: int
    unit: Bilingual
    unit_id: int
    phone: str
    fields: tuple[Bilingual, ...]
    campaign_id: int
    year: int
    month: int
    state: Text
    state_name: str
    due_on: date | None
    progress: str
    problems: str
    plan: str
    body: dict[str, Any]
    digest: str
    is_whole: bool
    locked_at: datetime | None
    corrections: tuple[tuple[int, dict[str, int]], ...]
    items: tuple[Item, ...]
    signers: Signers
    ways: tuple[Way, ...]

    @property
    def may_write(self) -> bool:
        """Whether the bureau may still write its words."""
        return self.state_name in ("open", "returned")

    def count(self, measure: str) -> int:
        """A figure of the month."""
        return int(self.body["figures"].get(measure, 0))

    def so_far(self, measure: str) -> int:
        """A figure of the year up to the month."""
        return int(self.body["so_far"].get(measure, 0))


def month_of_report(session: Session, report: MonthlyReport) -> Month:
    """What a return counts."""
    ids = campaign_named(session, report.campaign_id).ids
    return Month(report.campaign_id, ids, report.unit_id, report.year, report.month)


def report_page(session: Session, *, actor: Actor, now: datetime, report_id: int) -> ReportPage:
    """One return the actor may see. Raises NotFound."""
    report = session.execute(
        select(MonthlyReport).where(MonthlyReport.id == report_id, visible_reports(actor))
    ).scalar_one_or_none()
    if report is None:
        raise NotFound()
    unit = session.get_one(Unit, report.unit_id)
    kept = session.get(ReportSnapshot, report.snapshot_id) if report.snapshot_id is not None else None
    f = ServiceField
    named = session.execute(select(f.name_zh, f.name_en).where(f.unit_id == report.unit_id).order_by(f.id))
    return ReportPage(
        unit=unit.name,
        phone=unit.phone,
        fields=tuple(Bilingual(*row) for row in named),
        state=FLOWS[report.kind].states[report.state].label,
        state_name=report.state,
        body=kept.body if kept is not None else body_of(session, month_of_report(session, report)),
        digest=kept.digest if kept is not None else "",
        is_whole=kept is None or digest_of(kept.body) == kept.digest,
        locked_at=kept.made_at if kept is not None else None,
        corrections=_corrections(session, report),
        items=_items(session, report),
        signers=_signers(session, report),
        ways=tuple(explain(session, report, actor, now=now)),
        **{name: getattr(report, name) for name in _PLAIN.split()},
    )


_PLAIN = "id number version unit_id campaign_id year month due_on progress problems plan"


def _corrections(session: Session, report: MonthlyReport) -> tuple[tuple[int, dict[str, int]], ...]:
    """What other months corrected in this one."""
    s = ReportSnapshot
    rows = session.execute(
        select(s.month, s.body).where(s.campaign_id == report.campaign_id, s.unit_id == report.unit_id).order_by(s.id)
    )
    return tuple(
        (row.month, each["figures"])
        for row in rows
        for each in row.body["adjustments"]
        if (each["year"], each["month"]) == (report.year, report.month)
    )


def _items(session: Session, report: MonthlyReport) -> tuple[Item, ...]:
    """What was to be done about problems of this and earlier months: open ones are carried forward."""
    i = ActionItem
    rows = session.execute(
        select(i)
        .where(i.unit_id == report.unit_id, i.campaign_id == report.campaign_id)
        .where((i.done_on.is_(None)) | ((i.year == report.year) & (i.month == report.month)))
        .order_by(i.id)
    ).scalars()
    return tuple(Item(row.id, row.words, row.year, row.month, row.due_on, row.done_on) for row in rows)


def _signers(session: Session, report: MonthlyReport) -> Signers:
    h, p = History, CampaignPost
    rows = session.execute(
        select(h.step, Account.name, h.at)
        .join(Account, Account.id == h.actor_id)
        .where(h.case_id == report.id, h.step.in_(("submit", "confirm")))
        .order_by(h.version)
    )
    by = {row.step: row for row in rows}
    submitted, confirmed = by.get("submit"), by.get("confirm")
    filled_on = local_date(submitted.at, SHANGHAI) if submitted is not None else None
    day = filled_on or month_of(report.year, report.month)[1]
    held = (p.starts_on <= day, p.ends_on.is_(None) | (p.ends_on >= day))
    first = select(p.person_name).where(p.unit_id == report.unit_id, p.post == Post.FIRST.value, *held)
    in_charge = session.execute(first.order_by(p.id.desc()).limit(1)).scalar_one_or_none()
    filled_by, confirmed_by = (each.name if each is not None else "" for each in (submitted, confirmed))
    return Signers(filled_by, confirmed_by, in_charge or "", filled_on)
