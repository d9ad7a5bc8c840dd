"""Rewards of units (单位引才奖补): the year's grade makes the coefficient, the talent office claims, finance pays.

The grade is that of the annual assessment (domain §6.5). A unit waits while a deduction of the year is under appeal or
may still be appealed. The right, the claim and the payment are those of the unit's own file. A grade that changes after
the reward fell due corrects it: what is not claimed yet is written anew, the rest is an arrear or to be recovered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.campaign import CampaignUnit, ServiceField
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import Person
from concierge.models.supervision import NegativeRecord
from concierge.queries.assessments import standing
from concierge.rules.assessment import APPEAL_DAYS, Deduction, Grade, grade_of
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.eligibility import Fact
from concierge.rules.periods import Period
from concierge.rules.policy import Outcome, rate_of
from concierge.services.calendars import calendar_of
from concierge.services.facts import facts_of
from concierge.services.matching import match_units
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.services.rulebook import is_for_units, published
from concierge.services.unit_payees import files_of
from concierge.services.writings import Writing, Written

FIRST_MONTH = 2
"""The assessment of a year is taken as complete at the end of January."""
SOURCE = "assessment"
_REWARDS = fixed(
    select(Accrual.id, Accrual.entitlement_id, Accrual.person_id, Accrual.household_id, Accrual.period)
    .add_columns(Accrual.starts_on, Accrual.ends_on, Accrual.gross_fen, Accrual.amount_fen, Accrual.state)
    .add_columns(Entitlement.policy_version_id)
    .join(Entitlement, Entitlement.id == Accrual.entitlement_id)
    .where(among(Accrual.person_id, name="files"), among(Entitlement.policy_version_id, name="versions"))
    .where(~select(Correction.id).where(Correction.accrual_id == Accrual.id).exists(), ~Accrual.period.contains("+v"))
    .order_by(Accrual.id)
)
_WORDS = {Grade.EXCELLENT: "excellent", Grade.GOOD: "good", Grade.PASSED: "pass", Grade.FAILED: "fail"}


def find_rewards(session: Session, *, actor: Actor, now: datetime) -> int:
    """Find what last year's grades entitle units to; how many rights are new. For the clock.

    A second run finds nothing: a unit has one right for a year.
    """
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        today = local_date(now, act.calendar.zone)
        if today.month < FIRST_MONTH:
            return 0
        graded = grades_of(session, today.year - 1, today, act.calendar)
        if not graded:
            return 0
        files = files_of(session, actor, graded)
        _write_down(session, actor, today, {files[unit]: grade for unit, grade in graded.items()})
        created = match_units(session, act, today, sorted(files.values())).created
        _correct(session, act, today, sorted(files.values()))
        return created


def _correct(session: Session, act: Act, today: date, files: Sequence[int]) -> None:
    """Hold the rewards of the year against the grades as they are now; each is corrected once, then people decide."""
    versions = {v.id: v for family in published(session).values() if is_for_units(family) for v in family}
    facts = facts_of(session, person_ids=files, as_of=today)
    writings: dict[int, Writing] = {}
    for row in session.execute(_REWARDS, {"files": files, "versions": list(versions)}):
        known, version = facts[row.person_id], versions[row.policy_version_id]
        if known.get("employer_graded_on", Fact(None)).value != row.starts_on:
            continue
        met = version.rule.judge(known, today).outcome is Outcome.ENTITLED
        fen = (rate_of(version.rates, known) or 0) if met else 0
        period = Period(row.period, 1, 1, row.starts_on, row.ends_on, row.starts_on, fen)
        right = Reward(row.entitlement_id, row.person_id, row.household_id)
        writings.setdefault(version.id, Writing(act, version)).compare(right, Written(row), period)
    for writing in writings.values():
        if writing.has_any:
            writing.write(session)


@dataclass(frozen=True)
class Reward:
    """The right to a reward, as a correction names it."""

    id: int
    person_id: int
    household_id: int | None


def grades_of(session: Session, year: int, today: date, calendar: WorkingCalendar) -> dict[int, tuple[Grade, bool]]:
    """The final grades of a year by unit, and whether an item with a veto stands; units that may yet change are out."""
    units = session.execute(select(CampaignUnit.unit_id).union(select(ServiceField.unit_id))).scalars()
    found: dict[int, list[Deduction]] = {unit: [] for unit in units}
    waiting: set[int] = set()
    for record in session.execute(select(NegativeRecord).where(NegativeRecord.year == year)).scalars():
        made_on = local_date(record.made_at, calendar.zone)
        may_appeal = record.appealed_at is None and calendar.working_days_between(made_on, today) <= APPEAL_DAYS
        if record.decided_at is None and record.lifted_at is None and (record.appealed_at is not None or may_appeal):
            waiting.add(record.unit_id)
        found.setdefault(record.unit_id, []).append(standing(record, today))
    return {
        unit: (grade_of(kept), any(each.is_live and each.is_veto for each in kept))
        for unit, kept in found.items()
        if unit not in waiting
    }


def _write_down(session: Session, actor: Actor, today: date, grades: dict[int, tuple[Grade, bool]]) -> None:
    """The grades as facts of the units' files, as of the first day on which they were final; only what is new."""
    known = facts_of(session, person_ids=list(grades), as_of=today)
    fresh: list[tuple[int, NewFact]] = []
    for file, (grade, vetoed) in grades.items():
        graded_on = known[file].get("employer_graded_on", Fact(None)).value
        first = today if graded_on is None or graded_on.year < today.year else graded_on
        said = {"employer_grade": _WORDS[grade], "employer_vetoed": vetoed, "employer_graded_on": first.isoformat()}
        told = {name: known[file].get(name, Fact(None)).value for name in said} | {
            "employer_graded_on": graded_on and graded_on.isoformat()
        }
        if told != said:
            fresh += [(file, NewFact(name=n, value=v, source=SOURCE, as_of=today)) for n, v in said.items()]
    write_facts(session, actor, fresh)
    changed = sorted({file for file, _fact in fresh})
    if changed:
        counted = update(Person).where(among(Person.id, changed)).values(facts_revision=Person.facts_revision + 1)
        session.execute(counted, execution_options={"synchronize_session": False})
