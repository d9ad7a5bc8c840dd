"""Absences (product, 2): who is away from when to when, who stands in, up to which amount, and who where he cannot."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, within
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.absence import Absence
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.district import District
from concierge.rules.roles import Role, conflicts
from concierge.rules.standing_in import LONGEST, Away, Cover, comes_back
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

KEEPERS = (Role.SPECIALIST_LEAD, Role.SECURITY_ADMIN)
LONGEST_REASON = 500
"""Who may register the absence of somebody else: the lead that of a specialist, the security administrator any."""


@dataclass(frozen=True)
class AbsenceWish:
    """An absence as it was typed; a cap of None means any amount (fen)."""

    account_id: int
    deputy_id: int | None
    fallback_id: int | None
    starts_on: date
    ends_on: date
    covers: Cover = Cover.ALL
    cap_fen: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Party:
    account_id: int
    person: str
    name: str
    roles: frozenset[Role]


def save_absence(session: Session, *, actor: Actor, now: datetime, wish: AbsenceWish) -> int:
    """Register an absence; returns its id. Deputy and fallback are told at once.

    Raises NotFound for an account the actor may not send away, Invalid with every reason: days, persons who are the
    same, duties that exclude each other (domain §3.3), another absence of the same days, or a circle.
    """
    with transaction(session):
        # One at a time in a district, so that two absences saved at once cannot close a circle.
        session.execute(select(District.id).where(District.id == actor.district_id).with_for_update())
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        parties = _parties(session, [wish.account_id, wish.deputy_id, wish.fallback_id], today)
        away = _away(actor, parties.get(wish.account_id))
        others = {"deputy_id": parties.get(wish.deputy_id or 0), "fallback_id": parties.get(wish.fallback_id or 0)}
        wrong = _wrong_days(wish, today) + _wrong_persons(away, others)
        if not wrong:
            wrong = _wrong_chain(session, wish, away, [party for party in others.values() if party is not None])
        if wrong:
            raise Invalid(*wrong)
        row = Absence(id=new_id(), district_id=actor.district_id, made_by=actor.account_id, made_at=now, **vars(wish))
        row.covers, row.reason = wish.covers.value, within(wish.reason, LONGEST_REASON, "reason")
        session.add(row)
        session.flush()
        record(
            session, act="absence", actor=actor, now=now, subject_kind="account", subject_id=wish.account_id,
            data={"deputy": wish.deputy_id, "fallback": wish.fallback_id, "covers": row.covers, "cap": wish.cap_fen},
        )  # fmt: skip
        _tell(session, row, away.name, actor, now)
        return row.id


def _parties(session: Session, wanted: list[int | None], today: date) -> dict[int, _Party]:
    grant = AccountGrant
    rows = session.execute(
        select(Account.id, Account.person_key, Account.name, grant.role)
        .join(grant, grant.account_id == Account.id)
        .where(
            among(Account.id, [each for each in wanted if each is not None]),
            Account.disabled_at.is_(None),
            in_force(today),
        )
    ).all()
    roles: dict[int, set[Role]] = {}
    for row in rows:
        roles.setdefault(row.id, set()).add(Role(row.role))
    return {row.id: _Party(row.id, row.person_key, row.name, frozenset(roles[row.id])) for row in rows}


def _away(actor: Actor, party: _Party | None) -> _Party:
    """The person who will be away. A stand-in sends nobody away: what was handed to him he does not hand on."""
    if party is None or actor.for_account is not None:
        raise NotFound()
    lead = actor.has(Role.SPECIALIST_LEAD) and Role.SPECIALIST in party.roles
    if party.account_id != actor.account_id and not lead and not actor.has(Role.SECURITY_ADMIN):
        raise NotFound()
    return party


def _wrong_days(wish: AbsenceWish, today: date) -> list[Reason]:
    wrong = []
    if wish.ends_on < wish.starts_on:
        wrong.append(Reason("dates_crossed", _("The end lies before the beginning"), "ends_on"))
    elif (wish.ends_on - wish.starts_on).days >= LONGEST:
        wrong.append(Reason("absence_long", _("At most a year; a person who leaves hands the work over."), "ends_on"))
    if wish.starts_on < today:
        wrong.append(Reason("absence_past", _("An absence cannot begin in the past."), "starts_on"))
    if wish.cap_fen is not None and wish.cap_fen < 0:
        wrong.append(Reason("cap", _("The amount cannot be negative."), "cap"))
    return wrong


def _wrong_persons(away: _Party, others: dict[str, _Party | None]) -> list[Reason]:
    wrong = []
    if away.roles <= {Role.EXPERT}:
        wrong.append(Reason("no_duties", _("This account has no duties that somebody could take over.")))
    passed = {away.person}
    for field, other in others.items():
        if other is None or other.roles <= {Role.EXPERT}:
            wrong.append(Reason("nobody", _("Please choose somebody with a duty in this district."), field))
            continue
        if other.person in passed:
            text = _("Deputy, fallback and the person away must be three different people.")
            wrong.append(Reason("same_person", text, field))
        passed.add(other.person)
        wrong += [Reason(each.code, each.text, field) for each in conflicts(away.roles | other.roles)]
    return wrong


def _wrong_chain(session: Session, wish: AbsenceWish, away: _Party, others: list[_Party]) -> list[Reason]:
    known = _known(session, wish)
    wished = Away(away.person, wish.starts_on, wish.ends_on, tuple(other.person for other in others))
    if any(each.person == away.person and each.during(wished) for each in known):
        text = _("An absence on some of these days is registered already; end it first.")
        return [Reason("absence_twice", text, "starts_on")]
    if comes_back(wished, known):
        text = _("On some of these days the work would come back to the person who is away.")
        return [Reason("stand_in_circle", text, "deputy_id")]
    return []


def _known(session: Session, wish: AbsenceWish) -> list[Away]:
    rows = (
        session.execute(
            select(Absence).where(
                Absence.starts_on <= wish.ends_on, Absence.ends_on >= wish.starts_on, Absence.ended_at.is_(None)
            )
        )
        .scalars()
        .all()
    )
    ids = {number for row in rows for number in (row.account_id, row.deputy_id, row.fallback_id)}
    found = session.execute(select(Account.id, Account.person_key).where(among(Account.id, ids)))
    keys = dict(found.tuples().all())
    return [
        Away(keys[row.account_id], row.starts_on, row.ends_on, (keys[row.deputy_id], keys[row.fallback_id]))
        for row in rows
    ]


def end_absence(session: Session, *, actor: Actor, now: datetime, absence_id: int) -> None:
    """End an absence at once: what is undecided is its owner's again. Raises NotFound."""
    with transaction(session):
        row = session.execute(
            select(Absence).where(Absence.id == absence_id, Absence.ended_at.is_(None)).with_for_update()
        ).scalar_one_or_none()
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        if row is None:
            raise NotFound()
        _away(actor, _parties(session, [row.account_id], today).get(row.account_id))
        row.ended_at = now
        record(
            session,
            act="end-absence",
            actor=actor,
            now=now,
            subject_kind="account",
            subject_id=row.account_id,
        )


def _tell(session: Session, row: Absence, name: str, actor: Actor, now: datetime) -> None:
    for account_id, as_fallback in ((row.deputy_id, False), (row.fallback_id, True)):
        facts = {"account_id": account_id, "name": name, "as_fallback": as_fallback}
        facts |= {"from": row.starts_on.isoformat(), "until": row.ends_on.isoformat()}
        told = [(Topic.STAND_IN.value, row.id, 1 + as_fallback, facts)]
        put_new(session, told, district_id=actor.district_id, now=now)
