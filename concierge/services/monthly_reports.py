"""Monthly returns: opened by the clock, written by the bureau, frozen when locked; what changes later is told later."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.campaign import Campaign, ServiceField
from concierge.models.district import Unit
from concierge.models.report import ActionItem, MonthlyReport, ReportSnapshot
from concierge.models.scope import visible_reports
from concierge.queries.monthly_figures import body_of, month_before, month_of, rows_of
from concierge.queries.monthly_reports import month_of_report
from concierge.rules.roles import Role, UnitKind
from concierge.rules.summaries import digest_of
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.steps import Taking, after, follow
from concierge.workflows.monthly_report import MonthlyReportFlow as Flow

LONGEST = 4000
SETTLERS = (Role.TALENT_OFFICE, Role.SECTOR, Role.HR, Role.UNIT_LIAISON)
TO_SOLVE = timedelta(days=30)
"""How long there is to do something about a problem that was reported."""


def open_returns(session: Session, *, actor: Actor, now: datetime) -> int:
    """Open last month's return for every bureau that leads a field of a campaign then running; how many are new."""
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        year, month = month_before(local_date(now, calendar.zone))
        first, last = month_of(year, month)
        running = _running(session, first, last)
        bureaus = sorted(set(session.execute(select(ServiceField.unit_id)).scalars()))
        r = MonthlyReport
        known = session.execute(select(r.campaign_id, r.unit_id).where(r.year == year, r.month == month))
        there = {tuple(row) for row in known}
        wanted = [(campaign, unit) for campaign in running for unit in bureaus if (campaign, unit) not in there]
        rows = _rows(session, wanted, year, month)
        return len(open_cases(session, Flow, rows, Act(actor, now, calendar)))


def _running(session: Session, first: date, last: date) -> list[int]:
    """The campaigns of those days that bureaus report on: not those that only hold others."""
    c = Campaign
    above = select(c.parent_id).where(c.parent_id.is_not(None))
    running = select(c.id).where(c.starts_on <= last, c.ends_on >= first, c.id.not_in(above))
    return list(session.execute(running.order_by(c.id)).scalars())


def _rows(session: Session, wanted: list[tuple[int, int]], year: int, month: int) -> list[dict[str, Any]]:
    office = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    office_id = session.execute(office).scalar_one_or_none()
    names = {row.id: row for row in session.execute(select(Unit.id, Unit.name_zh, Unit.name_en))}
    none = dict.fromkeys(("expert_id", "subject_key", "kin_key", "specialist_id", "employer_id", "parent_id"))
    return [
        none
        | {"office_id": office_id, "waits": 0, "campaign_id": campaign, "unit_id": unit, "year": year, "month": month}
        | {"title_zh": f"{names[unit].name_zh}{month}月调度表", "title_en": f"{names[unit].name_en}, {year}-{month:02}"}
        | {"progress": "", "problems": "", "plan": "", "is_written": False, "snapshot_id": None}
        for campaign, unit in wanted
    ]


def write_return(
    session: Session, *, actor: Actor, now: datetime, report_id: int, progress: str, problems: str, plan: str
) -> None:
    """Keep the bureau's words: progress, problems (one to a line), next plan. Raises Invalid, NotFound, Refusal."""
    only(actor, Role.SECTOR)
    if max(len(progress), len(problems), len(plan)) > LONGEST:
        raise Invalid.because("too_long", _("At most %(n)s characters, please.", n=LONGEST), "progress")
    with transaction(session):
        r = MonthlyReport
        report = session.execute(select(r.state, r.unit_id).where(r.id == report_id, visible_reports(actor))).first()
        if report is None or report.unit_id not in actor.units(Role.SECTOR):
            raise NotFound()
        if report.state not in ("open", "returned"):
            raise Refusal.because("handed_in", _("the return was handed in already"))
        words = {"progress": progress.strip(), "problems": problems.strip(), "plan": plan.strip()}
        written = bool(words["progress"] and words["plan"])
        session.execute(
            update(r).where(r.id == report_id).values(**words, is_written=written),
            execution_options={"synchronize_session": False},
        )
        record(session, act="write-return", actor=actor, now=now, subject_kind="monthly_report", subject_id=report_id)


@after(Flow.lock)
def freeze(taking: Taking, ids: list[int]) -> None:
    """The figures, their rows and the words are kept with their digest; corrections of earlier months are named in
    them; problems become things to do."""
    session, act = taking.session, taking.act
    for report_id in ids:
        report = session.get_one(MonthlyReport, report_id, populate_existing=True)
        month = month_of_report(session, report)
        body = body_of(session, month) | {"rows": rows_of(session, month)}
        body |= {"progress": report.progress, "problems": report.problems, "plan": report.plan}
        kept: dict[str, Any] = {"id": new_id(), "district_id": act.actor.district_id, "body": body}
        kept |= {"campaign_id": report.campaign_id, "unit_id": report.unit_id, "year": report.year}
        kept |= {"month": report.month, "digest": digest_of(body), "made_at": act.now, "made_by": act.actor.account_id}
        session.execute(insert(ReportSnapshot), [kept])
        session.execute(
            update(MonthlyReport).where(MonthlyReport.id == report_id).values(snapshot_id=kept["id"]),
            execution_options={"synchronize_session": False},
        )
        _remember_problems(session, act, report)
        _name_corrections(session, act, report, [(each["year"], each["month"]) for each in body["adjustments"]])


def _remember_problems(session: Session, act: Act, report: MonthlyReport) -> None:
    lines = [line.strip() for line in report.problems.splitlines() if line.strip()]
    due_on = local_date(act.now, act.calendar.zone) + TO_SOLVE
    place = {"district_id": act.actor.district_id, "campaign_id": report.campaign_id, "unit_id": report.unit_id}
    place |= {"report_id": report.id, "year": report.year, "month": report.month}
    rows = [{"id": new_id(), **place, "words": line, "due_on": due_on, "done_on": None} for line in lines]
    if rows:
        session.execute(insert(ActionItem), rows)


def _name_corrections(session: Session, act: Act, report: MonthlyReport, months: list[tuple[int, int]]) -> None:
    """A month that is corrected here is marked once; what it told stays."""
    r = MonthlyReport
    locked = select(r.id, r.year, r.month).where(
        r.campaign_id == report.campaign_id, r.unit_id == report.unit_id, r.state == "locked"
    )
    ids = [row.id for row in session.execute(locked.order_by(r.id)) if (row.year, row.month) in months]
    if ids:
        follow(session, Flow.amend, ids, act)


def settle_item(session: Session, *, actor: Actor, now: datetime, item_id: int) -> None:
    """Mark a thing to do as done. Raises NotFound for another unit's, Refusal when it was done already."""
    only(actor, *SETTLERS)
    with transaction(session):
        item = session.get(ActionItem, item_id)
        if item is None or not (actor.has(Role.TALENT_OFFICE) or item.unit_id in actor.units(*SETTLERS)):
            raise NotFound()
        if item.done_on is not None:
            raise Refusal.because("done_already", _("it was done already"))
        item.done_on = local_date(now, calendar_of(session, actor.district_id).zone)
        record(session, act="settle-item", actor=actor, now=now, subject_kind="action_item", subject_id=item_id)
