"""Findings of the supervision team, and the negative list that follows from those that were not put right."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal, within
from concierge.basics.text import _
from concierge.db import among, set_columns, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.campaign import Campaign
from concierge.models.district import Unit
from concierge.models.report import MonthlyReport
from concierge.models.supervision import Finding, NegativeRecord
from concierge.rules.assessment import APPEAL_DAYS, LATE_RETURN, MISSED
from concierge.rules.roles import Role
from concierge.services.assessment_years import adjust_closed
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import of_the_office
from concierge.services.documents import Upload, add_document, kept
from concierge.services.negative_list import put_on_list
from concierge.services.people import only
from concierge.services.photos import plain_photo
from concierge.services.recusals import may_inspect
from concierge.services.repeats import once, recall, remember
from concierge.services.steps import Taking, after, before, follow
from concierge.storage import Storage
from concierge.workflows.finding import FindingFlow as Flow
from concierge.workflows.monthly_report import MonthlyReportFlow

MOST_PHOTOS = 5
GRADES = ("minor", "major", "serious")
LONGEST = 2000
MOST_DAYS = 60
APPELLANTS = (Role.SECTOR, Role.UNIT_LIAISON, Role.HR)


@dataclass(frozen=True, kw_only=True)
class NewFinding:
    """What was found where, what is asked, and within how many working days."""

    campaign_id: int
    unit_id: int
    visited_on: date
    grade: str
    words: str
    asked: str
    limit_days: int = 10


@dataclass(frozen=True)
class Photos:
    """Photos of what was found, and where they are kept."""

    storage: Storage
    uploads: Sequence[Upload]


def write_finding(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    finding: NewFinding,
    photos: Photos | None = None,
    key: str | None = None,
) -> int:
    """Write a finding down, with photos or without; its id. Raises Invalid naming every field that is wrong.

    Nobody inspects his own unit, or one that he keeps away from.
    """
    only(actor, Role.SUPERVISOR)
    if photos is not None and len(photos.uploads) > MOST_PHOTOS:
        raise Invalid.because("too_many", _("At most %(n)s photos, please.", n=MOST_PHOTOS), "photos")
    with ExitStack() as stack:
        taken = [] if photos is None else [plain_photo(upload) for upload in photos.uploads]
        papers = [stack.enter_context(kept(photos.storage, upload)) for upload in taken] if photos is not None else []
        stack.enter_context(transaction(session))
        body = {"finding": [str(value) for value in vars(finding).values()]}
        known = recall(session, actor, "write-finding", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        _check(session, actor, finding, local_date(now, act.calendar.zone))
        unit = session.get_one(Unit, finding.unit_id)
        row = of_the_office(session) | vars(finding)
        row |= {"team_unit_id": actor.units(Role.SUPERVISOR)[0], "reply": ""}
        row |= {
            "title_zh": f"{unit.name_zh}：{finding.words[:24]}",
            "title_en": f"{unit.name_en}: {finding.words[:24]}",
        }
        case_id = open_cases(session, Flow, [row], act)[0]
        for paper in papers:
            add_document(session, actor=actor, now=now, paper=paper, person_id=None, case_id=case_id)
        remember(session, actor, "write-finding", key, body, {"id": case_id}, now)
        return case_id


def _check(session: Session, actor: Actor, finding: NewFinding, today: date) -> None:
    wrong = []
    if session.get(Unit, finding.unit_id) is None or session.get(Campaign, finding.campaign_id) is None:
        wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
    wrong += may_inspect(session, actor, finding.unit_id, finding.visited_on)
    if finding.visited_on > today:
        wrong.append(Reason("too_early", _("It cannot be recorded before it has happened."), "visited_on"))
    if finding.grade not in GRADES:
        wrong.append(Reason("grade", _("Please choose a grade."), "grade"))
    if not 1 <= finding.limit_days <= MOST_DAYS:
        wrong.append(Reason("limit", _("From 1 to 60 working days."), "limit_days"))
    for field in ("words", "asked"):
        if not 0 < len(getattr(finding, field).strip()) <= LONGEST:
            wrong.append(Reason("missing", _("1 to %(n)s characters.", n=LONGEST), field))
    if wrong:
        raise Invalid(*wrong)


@before(Flow.report)
def keep_the_reply(taking: Taking, ids: list[int]) -> None:
    """What the unit did."""
    set_columns(taking.session, Finding, ids, reply=taking.data.get("reply") or "")


@after(Flow.escalate)
def count_the_miss(taking: Taking, ids: list[int]) -> None:
    """A finding that was not put right in time goes on the negative list of its unit, once."""
    rows = taking.session.execute(select(Finding.id, Finding.unit_id, Finding.words).where(among(Finding.id, ids)))
    put_on_list(taking.session, taking.act, MISSED, [(row.id, row.unit_id, row.words) for row in rows])


@after(Flow.lift)
def forget_the_miss(taking: Taking, ids: list[int]) -> None:
    """What hung on a lifted finding counts no more; the line stays and says so."""
    lifted = taking.session.execute(
        update(NegativeRecord)
        .where(among(NegativeRecord.source_id, ids), NegativeRecord.lifted_at.is_(None))
        .values(lifted_at=taking.act.now, decision=taking.act.reason or "")
        .returning(NegativeRecord.id),
        execution_options={"synchronize_session": False},
    ).scalars()
    adjust_closed(taking.session, taking.act, list(lifted), taking.act.reason or "")


@before(MonthlyReportFlow.submit)
def count_the_delay(taking: Taking, ids: list[int]) -> None:
    """A return handed in after its limit goes on the negative list, once however often it comes back."""
    _list_late(taking.session, taking.act, among(MonthlyReport.id, ids))


def list_late_returns(session: Session, *, actor: Actor, now: datetime) -> int:
    """Put every return on the list that is past its limit and not handed in, so that none escapes; how many are new."""
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        return _list_late(session, act, Case.kind == MonthlyReportFlow.kind)


def _list_late(session: Session, act: Act, which: ColumnElement[bool]) -> int:
    r = MonthlyReport
    late = select(r.id, r.unit_id, r.title_zh).where(which, Case.state == "open", Case.due_at < act.now)
    rows = [(row.id, row.unit_id, row.title_zh) for row in session.execute(late.order_by(r.id))]
    return len(put_on_list(session, act, LATE_RETURN, rows))


def escalate_late(session: Session, *, actor: Actor, now: datetime) -> int:
    """Escalate every finding whose unit is past its limit; how many."""
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id), str(_("past its limit")))
        waiting = tuple(state.name for state in Flow.escalate.sources)
        late = select(Case.id).where(
            Case.kind == Flow.kind, Case.state.in_(waiting), Case.step_due_nth < act.calendar.nth_of(now)
        )
        ids = list(session.execute(late.order_by(Case.id)).scalars())
        if ids:
            follow(session, Flow.escalate, ids, act)
        return len(ids)


def appeal(session: Session, *, actor: Actor, now: datetime, record_id: int, words: str, key: str | None = None) -> int:
    """A unit appeals within five working days; until it is decided the deduction does not count. Its id.

    Raises Invalid without words, NotFound for another unit's, Refusal when it is too late or was appealed already.
    """
    words = within(words, LONGEST, "words")
    if not words:
        raise Invalid.because("reason_missing", _("Please give a reason."), "words")
    with once(session, actor, now, "appeal", key, {"record": record_id, "words": words}) as told:
        if not told.id:
            found = session.get(NegativeRecord, record_id, with_for_update=True)
            if found is None or found.unit_id not in actor.units():
                raise NotFound()
            calendar = calendar_of(session, actor.district_id)
            if found.appealed_at is not None or found.lifted_at is not None:
                raise Refusal.because("appealed_already", _("it was appealed against or lifted already"))
            if calendar.nth_of(now) > calendar.nth_of(found.made_at) + APPEAL_DAYS:
                raise Refusal.because("appeal_late", _("the five working days for an appeal are over"))
            found.appeal, found.appealed_at = words, now
            record(session, act="appeal", actor=actor, now=now, subject_kind="negative_record", subject_id=record_id)
            told.id = record_id
    return told.id


def decide_appeal(
    session: Session, *, actor: Actor, now: datetime, record_id: int, upheld: bool, decision: str,
    key: str | None = None,
) -> int:  # fmt: skip
    """The talent office upholds the deduction, which counts again, or lifts it; not whoever made it. Its id.

    Raises Invalid without words, NotFound, or Refusal.
    """
    only(actor, Role.TALENT_OFFICE)
    decision = within(decision, LONGEST, "decision")
    if not decision:
        raise Invalid.because("reason_missing", _("Please give a reason."), "decision")
    body = {"record": record_id, "upheld": upheld, "decision": decision}
    with once(session, actor, now, "decide-appeal", key, body) as told:
        if not told.id:
            _decide(session, actor, now, record_id, upheld, decision)
            told.id = record_id
    return told.id


def _decide(session: Session, actor: Actor, now: datetime, record_id: int, upheld: bool, decision: str) -> None:
    found = session.get(NegativeRecord, record_id, with_for_update=True)
    if found is None:
        raise NotFound()
    if found.appealed_at is None or found.decided_at is not None:
        raise Refusal.because("nothing_to_decide", _("there is no open appeal"))
    if found.made_by_key in actor.person_keys:
        raise Refusal.because("same_person", _("another person must do this: you took an earlier step"))
    found.decided_at, found.decision = now, decision
    if not upheld:
        found.lifted_at = now
        session.flush()
        act = Act(actor, now, calendar_of(session, actor.district_id))
        adjust_closed(session, act, [record_id], found.decision)
    record(
        session, act="decide-appeal", actor=actor, now=now, subject_kind="negative_record", subject_id=record_id,
        data={"upheld": upheld},
    )  # fmt: skip
