"""What the steps of a recognition do beside moving it: notices, category, posting, certificate (domain §2.1).

A certificate is the source of the category that policies know: it writes the talent status, with its dates.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id, parse_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.opening import take_numbers
from concierge.engine.run import Act
from concierge.models.person import TalentStatus
from concierge.models.recognition import Recognition, SchemeVersion, TalentCategory
from concierge.queries.recognitions import held_by, posted_recognitions
from concierge.rules.recognition import Held, is_higher, validity
from concierge.services.entitlements import end_with_recognition
from concierge.services.notices import LAWFUL_REMEDY, Notice, send_notices
from concierge.services.people import changed, renew_search_keys
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.recognition import RecognitionFlow as Flow

SERIES = "ZS"
_DAY = timedelta(days=1)
_QUIET = {"synchronize_session": False}


def _write(taking: Taking, ids: list[int], **values: Any) -> None:
    wanted = update(Recognition).where(among(Recognition.id, ids)).values(**values)
    taking.session.execute(wanted, execution_options=_QUIET)


@before(Flow.determine, Flow.determine_and_certify)
def fix_the_category(taking: Taking, ids: list[int]) -> None:
    """The category granted, of the scheme applied under; without one, what was asked for."""
    given = taking.data.get("category")
    granted = _of_their_scheme(taking.session, str(given), ids) if given else Recognition.category_id
    minutes = str(taking.data.get("minutes_number") or "")
    _write(taking, ids, granted_id=granted, minutes_number=minutes, mask_checked=False)


def _of_their_scheme(session: Session, public: str, ids: list[int]) -> int:
    try:
        wanted = parse_id(public)
    except NotFound:
        wanted = 0
    c = TalentCategory
    mine = select(c.id).where(c.id == wanted, among(Recognition.id, ids))
    fits = mine.join(Recognition, Recognition.scheme_version_id == c.scheme_version_id)
    if len(session.execute(fits).all()) != len(ids):
        text = _("Please choose a category of the scheme that was applied under.")
        raise Invalid.because("category", text, "category")
    return wanted


@before(Flow.check_mask)
def read_every_row(taking: Taking, ids: list[int]) -> None:
    """A row that shows a number long enough to be a person's own stops the check."""
    if any(line.leaks for line in posted_recognitions(taking.session, ids).values()):
        text = _("A row would show a personal number or address in public; have its words corrected first.")
        raise Refusal.because("posting_leaks", text)
    _write(taking, ids, mask_checked=True)


@before(Flow.post)
def set_the_period(taking: Taking, ids: list[int]) -> None:
    """Posted today, for as many working days as the scheme says, counted from the day after (domain §5)."""
    calendar = taking.act.calendar
    posted_on = calendar.received(taking.act.now)
    rows = taking.session.execute(select(Recognition.id, Recognition.publicity_days).where(among(Recognition.id, ids)))
    for case_id, days in rows.tuples().all():
        ends_on = calendar.due(posted_on, days)
        ends_at = calendar.closing(ends_on)
        _write(taking, [case_id], posted_on=posted_on, posting_ends_on=ends_on, posting_ends_at=ends_at)


@before(Flow.uphold_objection, *(step for name, step in Flow.steps.items() if name.startswith("office_returns_to_")))
def take_down(taking: Taking, ids: list[int]) -> None:
    """What goes back is taken down; the next posting is checked anew and lasts the full period."""
    down: dict[str, Any] = {"posted_on": None, "posting_ends_on": None, "posting_ends_at": None}
    _write(taking, ids, mask_checked=False, **down)


@after(Flow.refuse)
def refuse_in_writing(taking: Taking, ids: list[int]) -> None:
    """Reason, basis and remedy in a numbered decision."""
    _decision(taking, ids, Notice.REJECTION)


@after(Flow.revoke)
def revoke_in_writing(taking: Taking, ids: list[int]) -> None:
    """The decision in writing; the category it gave holds no longer from today, nor what lasts as long as it does."""
    _decision(taking, ids, Notice.REVOCATION)
    today, t = _today(taking.act), TalentStatus
    people = taking.session.execute(select(t.person_id).where(among(t.recognition_id, ids))).scalars().all()
    _end(taking.session, today, among(t.recognition_id, ids))
    end_with_recognition(taking.session, sorted(set(people)), today - _DAY)
    for person_id in people:
        _tell_the_register(taking, person_id, "revoke-certificate")


def _decision(taking: Taking, ids: list[int], notice: Notice) -> None:
    content = {"reason": taking.act.reason, "basis": taking.data.get("basis"), "remedy": taking.data.get("remedy")}
    lawful = {"zh": LAWFUL_REMEDY.in_language("zh_CN"), "en": LAWFUL_REMEDY.in_language("en")}
    send_notices(taking.session, taking.act, notice, ids, content | {"lawful_remedy": lawful})


@after(Flow.certify, Flow.determine_and_certify)
def issue_certificates(taking: Taking, ids: list[int]) -> None:
    """Number and validity from today; the certificate held until now is renewed, or replaced by the higher one."""
    session, act = taking.session, taking.act
    today = _today(act)
    numbers = take_numbers(session, SERIES, today.year, len(ids), act)
    rows = session.execute(
        select(Recognition.id, Recognition.expert_id, Recognition.recruitment)
        .add_columns(TalentCategory.grade, SchemeVersion.valid_months)
        .join(TalentCategory, TalentCategory.id == Recognition.granted_id)
        .join(SchemeVersion, SchemeVersion.id == Recognition.scheme_version_id)
        .where(among(Recognition.id, ids))
        .order_by(Recognition.id)
    ).all()
    for row, number in zip(rows, numbers, strict=True):
        held, old = _held_until_now(session, row, today)
        begins, ends = validity(row.grade, held, today, row.valid_months)
        _write(taking, [row.id], certificate=number, valid_from=begins, valid_to=ends, replaces_id=old)
        if held is not None and old is not None:
            step = Flow.upgrade if is_higher(row.grade, held.grade) else Flow.renew
            follow(session, step, [old], act)
        _give_the_category(session, act, row, number, begins, ends)
        _tell_the_register(taking, row.expert_id, "certify-recognition")


def _held_until_now(session: Session, row: Any, today: date) -> tuple[Held | None, int | None]:
    r = Recognition
    old = select(func.max(r.id)).where(
        r.expert_id == row.expert_id, r.state == Flow.certified.name, r.id != row.id, r.valid_to >= today
    )
    old_id = session.execute(old).scalar_one()
    return (held_by(session, row.expert_id, today), old_id) if old_id is not None else (None, None)


def _give_the_category(session: Session, act: Act, row: Any, number: str, begins: date, ends: date) -> None:
    """The status that policies read; what held until then ends the day before."""
    _end(session, begins, TalentStatus.person_id == row.expert_id)
    status = {"person_id": row.expert_id, "category": row.grade, "kind": row.recruitment, "certificate": number}
    dates = {"valid_from": begins, "valid_to": ends, "recognition_id": row.id}
    session.execute(insert(TalentStatus), [status | dates | {"id": new_id(), "district_id": act.actor.district_id}])


def _end(session: Session, day: date, whose: ColumnElement[bool]) -> None:
    """These statuses end the day before; one that would only begin on the day or later never does."""
    t = TalentStatus
    session.execute(delete(t).where(whose, t.valid_from >= day), execution_options=_QUIET)
    still = or_(t.valid_to.is_(None), t.valid_to >= day)
    session.execute(update(t).where(whose, still).values(valid_to=day - _DAY), execution_options=_QUIET)


def _tell_the_register(taking: Taking, person_id: int, act: str) -> None:
    """The person's facts have changed; decisions on older ones are stale."""
    changed(taking.session, taking.act.actor, taking.act.now, person_id, act, fields=["category"])
    renew_search_keys(taking.session, taking.act.actor, person_id)


def _today(act: Act) -> date:
    return local_date(act.now, act.calendar.zone)
