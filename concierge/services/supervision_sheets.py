"""Supervision sheets (督办单, domain §4): issued by hand or by a rule, climbing to those in charge when unanswered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.clockwork import light_of
from concierge.engine.declare import FLOWS
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.account import Account
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.models.supervision import SupervisionSheet
from concierge.queries.digests import not_mirrored, ticking
from concierge.rules.roles import Role
from concierge.rules.supervision import ANSWER_WITHIN, BY_HAND, CASE_LATE, LOOKS_BACK, REFUSED, STEP_LATE, Colour, Watch
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.repeats import recall, remember
from concierge.services.steps import Taking, before, follow
from concierge.workflows.supervision_sheet import SUPERVISING
from concierge.workflows.supervision_sheet import SupervisionSheetFlow as Flow

KINDS = (
    "claim",
    "care_request",
    "care_share",
    "consultation",
    "joint_opinion",
    "payment_item",
    "payment_batch",
    "recognition",
)
"""What may be supervised: what a unit or a specialist owes to an expert."""
ELSEWHERE = ("expert", "employer", "bank", "joint", "nobody")
"""Hands that no sheet reaches: they are reminded, or have a flow of their own."""
LONGEST = 1000
CHUNK = 500
_GRAVITY = list(Colour)
_TITLES = {
    Colour.BLUE: _("Blue supervision sheet"),
    Colour.YELLOW: _("Yellow supervision sheet"),
    Colour.RED: _("Red supervision sheet"),
}


def in_reach() -> ColumnElement[bool]:
    """The clause for open cases that a sheet can be about."""
    return and_(Case.kind.in_(KINDS), Case.is_open, Case.holder.not_in(ELSEWHERE), Case.holder_id.is_not(None))


def issue_sheet(
    session: Session, *, actor: Actor, now: datetime, case_id: int, colour: str, asked: str, key: str | None = None
) -> int:
    """Issue a sheet to the unit that has a case; its id. A graver one takes the place of a lighter one that is open.

    Raises NotFound, Invalid for a wrong colour or missing words, Refusal where no sheet reaches or one is open.
    """
    only(actor, *SUPERVISING)
    if colour not in list(Colour):
        raise Invalid.because("colour", _("Please choose a colour."), "colour")
    if not 0 < len(asked.strip()) <= LONGEST:
        raise Invalid.because("missing", _("1 to %(n)s characters.", n=LONGEST), "asked")
    body = {"case": case_id, "colour": colour, "asked": asked}
    with transaction(session):
        known = recall(session, actor, "issue-sheet", key, body)
        if known is not None:
            return int(known["id"])
        case = session.execute(select(Case).where(Case.id == case_id, visible_cases(actor))).scalar_one_or_none()
        if case is None:
            raise NotFound()
        if session.execute(select(Case.id).where(Case.id == case_id, in_reach())).first() is None:
            raise Refusal.because("no_sheet_reaches", _("it is closed, or with somebody whom no sheet reaches"))
        act = Act(actor, now, calendar_of(session, actor.district_id))
        made = _issue(session, act, Colour(colour), BY_HAND, asked.strip(), [case])
        if not made:
            raise Refusal.because("sheet_open", _("a sheet of this colour or a graver one is open already"))
        remember(session, actor, "issue-sheet", key, body, {"id": made[0]}, now)
        return made[0]


def supervise(session: Session, *, actor: Actor, now: datetime) -> int:
    """The morning's supervision: what was not answered climbs, what lags gets its sheet; returns how many moved."""
    return climb(session, actor=actor, now=now) + open_sheets(session, actor=actor, now=now)


def open_sheets(session: Session, *, actor: Actor, now: datetime) -> int:
    """Issue what the rules of electronic supervision ask for, each once for a case; returns how many are new.

    A transaction for every 500 cases, so that many with a graver sheet keep no other case from its own.
    """
    issued = 0
    for watch in (CASE_LATE, STEP_LATE, REFUSED):
        last, full = 0, True
        while full:
            with transaction(session):
                act = Act(actor, now, calendar_of(session, actor.district_id))
                cases = _lagging(session, watch, act.calendar.nth_of(now), last)
                issued += len(_issue(session, act, watch.colour, watch.code, "", cases))
                last, full = cases[-1].id if cases else last, len(cases) == CHUNK
    return issued


def _lagging(session: Session, watch: Watch, nth: int, last: int) -> list[Case]:
    """The next cases after the last one about which a rule asks for its sheet, as of the nth working day."""
    sheet = aliased(SupervisionSheet, flat=True)
    known = exists().where(sheet.parent_id == Case.id, sheet.district_id == Case.district_id, sheet.cause == watch.code)
    late = select(Case).where(_asked(watch, nth), ~known, Case.id > last).order_by(Case.id).limit(CHUNK)
    return list(session.execute(late).scalars())


def _asked(watch: Watch, nth: int) -> ColumnElement[bool]:
    if watch is REFUSED:
        since = Claim.since_nth >= nth - LOOKS_BACK
        return Case.id.in_(select(Claim.id).where(Claim.state == "not_accepted", Claim.majors_open == 0, since))
    due = Case.case_due_nth if watch is CASE_LATE else Case.step_due_nth
    return and_(in_reach(), ticking(), not_mirrored(), due < nth - watch.beyond)


def _issue(session: Session, act: Act, colour: Colour, cause: str, asked: str, cases: list[Case]) -> list[int]:
    """Open the sheets in one act, beside no open one of their colour or a graver one; lighter ones give way."""
    s = SupervisionSheet
    open_ = select(s.id, s.parent_id, s.colour, s.state).where(s.is_open, among(s.parent_id, [c.id for c in cases]))
    standing = list(session.execute(open_))
    graver = _GRAVITY[_GRAVITY.index(colour) :]
    settled = {row.parent_id for row in standing if Colour(row.colour) in graver}
    settled |= {row.parent_id for row in standing if row.state in ("answered", "checked")}
    rows = [_row(case, act, colour, cause, asked) for case in cases if case.id not in settled]
    wanted = {row["parent_id"] for row in rows}
    lighter = [row.id for row in standing if row.parent_id in wanted]
    if lighter:
        follow(session, Flow.follow, lighter, act)
    return open_cases(session, Flow, rows, act)


def _row(case: Case, act: Act, colour: Colour, cause: str, asked: str) -> dict[str, Any]:
    """A sheet about a case; its title names kind and number alone, since more eyes see it than the case."""
    kind, title = FLOWS[case.kind].title, _TITLES[colour]
    nth = act.calendar.nth_of(act.now)
    seen = {
        "state": case.state,
        "version": case.version,
        "due_on": case.due_on.isoformat() if case.due_on is not None else None,
        "late_days": max(nth - case.due_nth, 0) if case.due_nth is not None else 0,
        "light": light_of(case, now=act.now, calendar=act.calendar).value,
    }
    none = dict.fromkeys(("expert_id", "subject_key", "kin_key", "employer_id"))
    return none | {
        "title_zh": f"{title.in_language('zh_CN')}：{kind.in_language('zh_CN')} {case.number}",
        "title_en": f"{title.in_language('en')}: {kind.in_language('en')} {case.number}",
        "specialist_id": case.specialist_id,
        "office_id": case.office_id,
        "parent_id": case.id,
        "waits": 0,
        "unit_id": case.holder_id if case.is_open else case.office_id,
        "colour": colour.value,
        "cause": cause,
        "evidence": seen,
        "asked": asked,
        "limit_days": ANSWER_WITHIN[colour],
        "feedback": "",
    }


@before(Flow.give_feedback)
def keep_the_feedback(taking: Taking, ids: list[int]) -> None:
    """What the unit did about it."""
    taking.session.execute(
        update(SupervisionSheet).where(among(SupervisionSheet.id, ids)).values(feedback=taking.data["reply"]),
        execution_options={"synchronize_session": False},
    )


def climb(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell those in charge of sheets past their limit, one rung at a time; returns how many climbed."""
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id), str(_("past its limit")))
        climbed = 0
        for step in (Flow.tell_first, Flow.tell_deputy):  # the upper rung first, so that nothing climbs two at once
            waiting = Case.state.in_([state.name for state in step.sources])
            late = Case.step_due_nth < act.calendar.nth_of(now)
            ids = list(session.execute(select(Case.id).where(Case.kind == Flow.kind, waiting, late)).scalars())
            if ids:
                follow(session, step, sorted(ids), act)
            climbed += len(ids)
        return climbed


def name_leaders(session: Session, *, actor: Actor, now: datetime, unit_id: int, leaders: Mapping[str, int]) -> None:
    """Name the accounts of a unit's deputy in charge ("deputy") and first responsible person ("first"); 0 for nobody.

    Raises NotFound for an unknown unit, Invalid for an account that is none here.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        unit = session.get(Unit, unit_id)
        if unit is None:
            raise NotFound()
        for name, account_id in leaders.items():
            if account_id and session.get(Account, account_id) is None:
                raise Invalid.because("unknown_account", _("Please choose somebody of this district."), name)
        unit.deputy_in_charge_id = leaders.get("deputy") or None
        unit.first_responsible_id = leaders.get("first") or None
        named = {name: public_id(account_id) for name, account_id in leaders.items() if account_id}
        record(
            session, act="name-leaders", actor=actor, now=now, subject_kind="unit", subject_id=unit_id, data=named
        )  # fmt: skip
