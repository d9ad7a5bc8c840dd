"""A version that also holds for who enjoys the benefit already: rights move to it, paid periods are corrected (§2.4).

What is paid or claimed is never edited. The difference to what the new version says is an arrear, due as a period of
its own, or an amount to recover; both are linked to the original. Deliberate pauses stay. Who no longer meets the
conditions keeps his right under the old version: people decide what becomes of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import Person
from concierge.rules.periods import Period, arrears_key, total_of
from concierge.rules.policy import Outcome, PolicyKind, add_months, rate_of
from concierge.services.accruals import RHYTHM, accrual_row, periods_of, suspended_months
from concierge.services.calendars import calendar_of
from concierge.services.exclusions import GONE, SETTLED, rule_anew
from concierge.services.facts import facts_of
from concierge.services.rulebook import Version, published, rates_in_force

CHUNK = 500
ENJOYED = ("confirmed", "active", "suspended")


@dataclass(frozen=True)
class Corrected:
    """What was corrected: rights moved to a newer version, and fen to pay in addition and to recover."""

    moved: int = 0
    arrears_fen: int = 0
    recovery_fen: int = 0

    def __add__(self, other: "Corrected") -> "Corrected":
        return Corrected(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def correct_rights(session: Session, *, actor: Actor, now: datetime) -> Corrected:
    """Move rights to versions in force that hold for everybody, and correct what was paid. For the clock.

    A transaction for every 500 rights; a right moves and is corrected at once, so that a second run finds nothing.
    """
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        families = published(session)
        newest = [[v for v in family if v.holds_on(day)][-1:] for family in families.values()]
    done = Corrected()
    for version in (v for found in newest for v in found if v.schedule.get("for_all")):
        last = 0
        while True:
            with transaction(session):
                act = Act(actor, now, calendar_of(session, actor.district_id))
                rights = _rights(session, version, last)
                if not rights:
                    break
                done += _correct_chunk(session, act, version, families[version.policy_id], rights, day)
            last = rights[-1].id
    return done


def _rights(session: Session, version: Version, last: int) -> Sequence[Any]:
    e, a = Entitlement, Accrual
    columns = (e.id, e.person_id, e.starts_on, e.ends_on, e.policy_version_id, Person.household_id)
    # Whose arrear is being examined waits: it may be refused, and what was never paid is asked back from nobody.
    examined = select(a.id).where(a.entitlement_id == e.id, a.state == "claimed", a.period.contains("+v"))
    return session.execute(
        select(*columns)
        .join(Person, (Person.id == e.person_id) & (Person.district_id == e.district_id))
        .where(e.policy_id == version.policy_id, e.policy_version_id != version.id, e.state.in_(ENJOYED), e.id > last)
        .where(~examined.exists())
        .order_by(e.id)
        .limit(CHUNK)
        .with_for_update(of=e)
    ).all()


def _correct_chunk(
    session: Session, act: Act, version: Version, family: Sequence[Version], rights: Sequence[Any], day: date
) -> Corrected:
    persons = [right.person_id for right in rights]
    facts = facts_of(session, person_ids=persons, as_of=day)
    entitled = {p for p in persons if version.rule.judge(facts[p], day).outcome is Outcome.ENTITLED}
    mine = [right for right in rights if right.person_id in entitled]
    rates = rates_in_force(session, version, family, [right.person_id for right in mine], facts)
    # Whose amount nobody knows has not been paid too much: he is looked at again once it is known.
    mine = [right for right in mine if rates[right.person_id] or version.kind != PolicyKind.MONTHLY]
    skipped = suspended_months(session, act, [right.id for right in mine], day)
    known = _known(session, [right.id for right in mine])
    writing = Writing(act, version)
    for right in mine:
        paused = skipped.get(right.id, set())
        # What was paid by the month is compared even where the version lets it fall due with the year.
        found = periods_of(version, right, rates[right.person_id], add_months(day, RHYTHM), paused)
        written = {key: old for (right_id, key), old in known.items() if right_id == right.id}
        for period in [*found, *_no_more(version, found, written, paused)]:
            if period.key in written and period.ends_on >= version.valid_from:
                writing.compare(right, written[period.key], period)
    _move(session, version, mine, facts)
    if mine:
        writing.write(session)
    rule_anew(session, [right.person_id for right in mine])
    return Corrected(len(mine), writing.arrears_fen, writing.recovery_fen)


def _no_more(
    version: Version, found: Sequence[Period], written: Mapping[str, "Written"], paused: Collection[str]
) -> list[Period]:
    """The months that were written and that the version, of fewer months, does not give; a pause stays as it was."""
    if version.kind != PolicyKind.MONTHLY:
        return []
    kept = {*(period.key for period in found), *paused}
    rows = [old.row for key, old in written.items() if key not in kept and "+v" not in key]
    return [Period(row.period, 0, 0, row.starts_on, row.ends_on, row.ends_on, 0) for row in rows]


@dataclass
class Written:
    """A period as it was written, what later versions added to it or took off in sum (fen), and its arrears.

    `left` is what later versions have left of each arrear, also of one that was refused (fen by its id).
    """

    row: Any
    corrected: int = 0
    arrears: list[Any] = field(default_factory=list)
    left: dict[int, int] = field(default_factory=dict)

    def granted(self, gross: int) -> int:
        """What is granted of an amount by the rate: from what is settled already other benefits were deducted."""
        deducted = self.row.gross_fen - self.row.amount_fen if self.row.state in SETTLED else 0
        return max(gross - deducted, 0)


def _known(session: Session, right_ids: Sequence[int]) -> dict[tuple[int, str], Written]:
    """What has fallen due, with all that later versions have already added to it or taken off."""
    a, c = Accrual, Correction
    columns = (a.id, a.entitlement_id, a.period, a.starts_on, a.ends_on, a.gross_fen, a.amount_fen, a.state)
    found = {
        row.id: Written(row) for row in session.execute(select(*columns).where(among(a.entitlement_id, right_ids)))
    }
    lines = select(c.accrual_id, c.arrears_id, c.amount_fen).where(among(c.entitlement_id, right_ids)).order_by(c.id)
    of_period: dict[int, Written] = {}
    for accrual_id, arrears_id, fen in session.execute(lines):
        # What was taken off an arrear again was taken off the period that the arrear adds to.
        period = of_period.get(accrual_id, found[accrual_id])
        period.corrected += fen
        if arrears_id is not None:
            of_period[arrears_id] = period
            period.arrears.append(found[arrears_id].row)
            period.left[arrears_id] = fen
        elif accrual_id in period.left:
            period.left[accrual_id] += fen
    return {(period.row.entitlement_id, period.row.period): period for period in found.values()}


class Writing:
    """Corrections of what was written before, as they will be written under one version."""

    def __init__(self, act: Act, version: Version) -> None:
        self.act, self.version = act, version
        self.corrections: list[dict[str, Any]] = []
        self.arrears: list[dict[str, Any]] = []
        self.open: list[dict[str, Any]] = []
        self.arrears_fen = self.recovery_fen = 0

    @property
    def has_any(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.corrections or self.open)

    def compare(self, right: Any, old: Written, period: Period) -> None:
        """Hold a period of the new version against what was written before."""
        difference = old.granted(period.fen) - old.granted(old.row.gross_fen) - old.corrected
        if difference == 0 or old.row.state in GONE:
            return
        if old.row.state not in SETTLED:
            self._set_open(old.row, old.row.gross_fen + difference)
        elif difference > 0:
            self.arrears_fen += difference
            self._correct(right, old.row.id, difference, self._arrear(right, period, difference))
        else:
            self._take_off(right, old, -difference)

    def _take_off(self, right: Any, old: Written, fen: int) -> None:
        """Take off what is too much: of arrears that nobody claimed yet first, and only the rest comes back.

        An arrear that was refused or lapsed has brought nothing that could come back and stays as it is; that it is no
        longer counted is kept, so that a version that gives more again gives it back whole.
        """
        for arrear in reversed(old.arrears):
            part = min(fen, old.left[arrear.id] if arrear.state not in SETTLED else 0)
            fen -= part
            if part and arrear.state not in GONE:
                self._set_open(arrear, arrear.gross_fen - part)
            if part:
                self._correct(right, arrear.id, -part)
        if fen:
            self.recovery_fen += fen
            self._correct(right, old.row.id, -fen)

    def _set_open(self, row: Any, fen: int) -> None:
        self.open.append({"id": row.id, "gross_fen": max(fen, 0), "amount_fen": max(fen, 0)})

    def _correct(self, right: Any, accrual_id: int, fen: int, arrears_id: int | None = None) -> None:
        kept = {"id": new_id(), "district_id": self.act.actor.district_id, "accrual_id": accrual_id}
        kept |= {"entitlement_id": right.id, "person_id": right.person_id, "policy_version_id": self.version.id}
        self.corrections.append(kept | {"amount_fen": fen, "arrears_id": arrears_id, "at": self.act.now})

    def _arrear(self, right: Any, period: Period, fen: int) -> int:
        today = local_date(self.act.now, self.act.calendar.zone)
        key = arrears_key(period.key, self.version.number)
        more = Period(key, period.number, period.of_number, period.starts_on, period.ends_on, today, fen)
        own = (right.id, right.person_id, right.household_id)
        self.arrears.append(accrual_row(self.act, *own, self.version, more))
        return int(self.arrears[-1]["id"])

    def write(self, session: Session) -> None:
        """Write it."""
        if self.arrears:
            session.execute(insert(Accrual), self.arrears)
        if self.corrections:
            session.execute(insert(Correction), self.corrections)
        if self.open:
            session.execute(update(Accrual), self.open)
        data = {"corrections": len(self.corrections), "arrears": self.arrears_fen, "recovery": self.recovery_fen}
        act, now = self.act.actor, self.act.now
        version_id = self.version.id
        record(
            session, act="correct-rights", actor=act, now=now, subject_kind="policy", subject_id=version_id, data=data
        )


def _move(session: Session, version: Version, rights: Sequence[Any], facts: Mapping[int, Any]) -> None:
    rows = [
        {
            "id": right.id,
            "policy_version_id": version.id,
            "accrues_on": date.min,
            "total_fen": total_of(version.kind, version.schedule, rate_of(version.rates, facts[right.person_id])),
        }
        for right in rights
    ]
    if rows:
        session.execute(update(Entitlement), rows)
