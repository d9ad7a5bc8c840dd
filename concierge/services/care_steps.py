"""What the steps of a care request do beside moving it: who handles it, how long, what is answered, how it is rated."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import new_id, parse_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.extend import extend
from concierge.engine.opening import open_cases
from concierge.engine.run import Report, Wanted
from concierge.engine.tables import Case, History
from concierge.models.care import CareRequest, Rating
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.queries.choices import NEVER_HANDLE, signs_for_care
from concierge.rules.care import CATEGORIES, POOR, TAGS
from concierge.rules.consents import ConsentTo
from concierge.rules.roles import UnitKind
from concierge.services.care import opening_row
from concierge.services.consents import demand
from concierge.services.notices import Notice, send_notices
from concierge.services.steps import Taking, after, before, take_steps
from concierge.workflows.care import CareRequestFlow as Flow
from concierge.workflows.topics import Topic

BEYOND_THE_OFFICES = (UnitKind.HOSPITAL.value, UnitKind.SCHOOL.value, UnitKind.EMPLOYER.value)
"""Whom a request is passed on to with the expert's separate consent alone (domain §7.1)."""


def _write(taking: Taking, ids: list[int], **values: Any) -> None:
    taking.session.execute(
        update(CareRequest).where(among(CareRequest.id, ids)).values(**values),
        execution_options={"synchronize_session": False},
    )


@before(Flow.assign)
def hand_to_unit(taking: Taking, ids: list[int]) -> None:
    """The unit named will sign for it; nobody in it is named yet.

    Raises Invalid for a unit not of this district, and for a hospital, school or employer without the expert's consent.
    """
    [unit] = units_named(taking, ids, ["unit"])
    _write(taking, ids, handling_unit_id=unit, handler_id=None)


def units_named(taking: Taking, ids: list[int], fields: Sequence[str]) -> list[int]:
    """The units named in these fields, which may all handle these requests.

    Raises Invalid for a unit not of this district, and for a hospital, school or employer without the expert's consent.
    """
    named = [_unit(taking, field) for field in fields]
    for field, (_unit_id, kind) in zip(fields, named, strict=True):
        if kind in BEYOND_THE_OFFICES:
            experts = taking.session.execute(select(Case.expert_id).where(among(Case.id, ids))).scalars()
            asked = [expert for expert in experts if expert is not None]
            demand(taking.session, asked, ConsentTo.SHARING, field=field)
    return [unit_id for unit_id, _kind in named]


def _unit(taking: Taking, field: str) -> tuple[int, str]:
    try:
        wanted = parse_id(str(taking.data.get(field, "")))
    except NotFound:
        wanted = 0
    today = local_date(taking.act.now, taking.act.calendar.zone)
    known = select(Unit.id, Unit.kind, signs_for_care(today).label("signs"))
    found = taking.session.execute(known.where(Unit.id == wanted, Unit.kind.not_in(NEVER_HANDLE))).one_or_none()
    if found is None:
        raise Invalid.because("unknown_unit", _("Please choose a unit of this district."), field)
    if not found.signs:
        text = _("Nobody in this unit can sign for a request. Please choose another, or have an account made there.")
        raise Invalid.because("nobody_signs", text, field)
    return found.id, found.kind


@before(Flow.handle_myself, Flow.ask_units)
def keep_it(taking: Taking, ids: list[int]) -> None:
    """The specialist handles it himself, for his office, also with what several units will have answered."""
    case = Case.__table__
    office = select(case.c.office_id).where(case.c.id == CareRequest.__table__.c.id).scalar_subquery()
    _write(taking, ids, handling_unit_id=office, handler_id=taking.act.actor.duty)


@before(Flow.sign)
def take_personally(taking: Taking, ids: list[int]) -> None:
    """Whoever signs for it is the handler; a specialist signing keeps it in his own hands."""
    _write(taking, ids, handler_id=taking.act.actor.duty)


@before(Flow.ask_extension, Flow.extend_together)
def keep_the_wish(taking: Taking, ids: list[int]) -> None:
    """How many working days are asked for: never more than the limit itself, at most 10 (domain §4). Raises Invalid."""
    days = int(taking.data["days"])
    shortest = (
        select(CareRequest.limit_days).where(among(CareRequest.id, ids)).order_by(CareRequest.limit_days).limit(1)
    )
    limit = max(taking.session.execute(shortest).scalar_one(), 1)
    if days > limit:
        text = _("At most as long as the limit itself, in working days: %(n)s.", n=limit)
        raise Invalid.because("extension_too_long", text, "days")
    _write(taking, ids, extension_days=days)


@after(Flow.grant_extension)
def move_the_limit(taking: Taking, ids: list[int]) -> None:
    """The limit moves by what was asked for, once."""
    wanted = select(CareRequest.id, CareRequest.extension_days).where(among(CareRequest.id, ids))
    extend(taking.session, {row.id: row.extension_days for row in taking.session.execute(wanted)}, taking.act)
    _write(taking, ids, was_extended=True)
    told = select(History.case_id, History.reason, CareRequest.extension_days, CareRequest.case_due_on)
    told = told.join(CareRequest, CareRequest.id == History.case_id)
    rows = taking.session.execute(told.where(among(History.case_id, ids), History.step == Flow.ask_extension.name))
    known = {row.case_id: row for row in rows}
    each = {
        i: {"days": row.extension_days, "reason": row.reason, "until": str(row.case_due_on)} for i, row in known.items()
    }
    send_notices(taking.session, taking.act, Notice.EXTENSION, sorted(known), {}, each=each)


@before(Flow.deny_extension)
def forget_the_wish(taking: Taking, ids: list[int]) -> None:
    """A refused extension leaves the limit as it was."""
    _write(taking, ids, extension_days=0)


@before(Flow.reply)
def keep_the_reply(taking: Taking, ids: list[int]) -> None:
    """What the expert is answered."""
    _write(taking, ids, reply=taking.data["reply"])
    send_notices(taking.session, taking.act, Notice.RESULT, ids, {"words": taking.data["reply"]})


@after(Flow.rate)
def keep_the_rating(taking: Taking, ids: list[int]) -> None:
    """One rating for each request, never edited; a poor one opens a visit back by somebody else (domain §4)."""
    rated = select(CareRequest.id, CareRequest.specialist_id, CareRequest.handling_unit_id, CareRequest.expert_id)
    rows = taking.session.execute(rated.where(among(CareRequest.id, ids))).all()
    write_ratings(taking, [tuple(row) for row in rows])
    _write(taking, ids, is_rated=True)


def write_ratings(taking: Taking, rated: list[tuple[int, int | None, int | None, int | None]]) -> None:
    """Keep the rating of cases, each with its specialist, unit and expert; a poor one opens a visit back."""
    level, words = int(taking.data["level"]), taking.data.get("words") or ""
    made = [
        {
            "id": new_id(),
            "district_id": taking.act.actor.district_id,
            "case_id": case_id,
            "specialist_id": specialist_id,
            "unit_id": unit_id,
            "level": level,
            "words": words,
            "tags": [code for code in TAGS if taking.data.get(code)],
            "at": taking.act.now,
        }
        for case_id, specialist_id, unit_id, _expert in rated
    ]
    taking.session.execute(insert(Rating), made)
    if level <= POOR:
        _visit_back(taking, [(case_id, expert) for case_id, _specialist, _unit, expert in rated], words)


def _visit_back(taking: Taking, rated: list[tuple[int, int | None]], words: str) -> None:
    session, act = taking.session, taking.act
    category = CATEGORIES["poor_rating"]
    today = local_date(act.now, act.calendar.zone)
    persons = select(Person).where(among(Person.id, [expert for _case, expert in rated if expert is not None]))
    known = {person.id: person for person in session.execute(persons).scalars()}
    rows = []
    for case_id, expert_id in rated:
        person = known.get(expert_id or 0)
        if person is None:
            continue
        deputy = person.deputy_id if person.deputy_id != person.specialist_id else None
        # Never the person who was rated: the deputy, or the queue from which the lead assigns.
        rows.append(
            opening_row(session, person, category, today)
            | {
                "parent_id": case_id,
                "specialist_id": deputy,
                "channel": "portal",
                "is_urgent": False,
                "limit_days": category.limit_days,
                "case_limit": category.limit_days,
                "text": words or category.label.in_language("zh_CN"),
                "private_sealed": None,
                "first_contact_id": deputy or act.actor.account_id,
                "on_behalf": False,
                "authorisation": "",
            }
        )
    open_cases(session, Flow, rows, act, tell=Topic.CARE_REGISTERED)


def assign_requests(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    cases: Iterable[tuple[int, int]],
    given: Mapping[str, Any],
    key: str | None = None,
) -> Report:
    """Assign care requests, each named with the version seen, to one unit in one act. Raises Invalid.

    Requests that changed meanwhile are held with their reasons.
    """
    wanted = [Wanted(case_id, version) for case_id, version in cases]
    return take_steps(session, actor=actor, now=now, step=Flow.assign, wanted=wanted, given=given, key=key)
