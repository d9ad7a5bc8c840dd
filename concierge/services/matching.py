"""The match (免申即享, domain §4): every expert against every policy in force; a second run changes nothing.

It finds rights, keeps the decision with its reasons, tells who may be told at once, and writes what has fallen due.
It never takes a right away, never undoes a pause, and never finds again what was waived or ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases, put
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person, TalentStatus
from concierge.rules.eligibility import Fact
from concierge.rules.periods import answer_by, total_of
from concierge.rules.policy import Judgement, Outcome, PolicyKind, is_case_by_case
from concierge.rules.roles import UnitKind
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.elsewhere import look_elsewhere
from concierge.services.facts import Facts, facts_of
from concierge.services.rulebook import (
    Right,
    Version,
    decision_row,
    keep_decisions,
    last_decisions,
    published,
    right_of,
    version_for,
)
from concierge.services.steps import follow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.topics import Topic

CHUNK = 500
UNDECIDED = ("identified", "notified")
CREATED, CHANGED, KEPT = "created", "changed", "kept"


@dataclass(frozen=True)
class MatchReport:
    """What a match did, in pairs of person and policy; `accrued` counts periods that fell due."""

    evaluated: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    accrued: int = 0

    def __add__(self, other: "MatchReport") -> "MatchReport":
        return MatchReport(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class _Found:
    """What one chunk of persons will change."""

    decisions: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    lapsed: list[int] = field(default_factory=list)
    updated: list[dict[str, Any]] = field(default_factory=list)
    evaluated: int = 0
    changed: int = 0


def match(
    session: Session, *, actor: Actor, now: datetime, as_of: date | None = None, person_ids: Sequence[int] | None = None
) -> MatchReport:
    """Evaluate the policies in force on a day (today unless given) for all experts, or for some.

    A transaction for every 500 persons. Running it twice changes nothing.
    """
    report, last = MatchReport(), 0
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            day = as_of or local_date(now, act.calendar.zone)
            persons = _next_persons(session, last, person_ids)
            if not persons:
                return report
            families = {policy: f for policy, f in published(session).items() if not is_for_units(f)}
            report += _match_chunk(session, act, day, persons, families)
        last = persons[-1].id


def match_units(session: Session, act: Act, day: date, file_ids: Sequence[int]) -> MatchReport:
    """Evaluate what is given to units for these files of units, in the caller's transaction."""
    families = {policy: family for policy, family in published(session).items() if is_for_units(family)}
    p = Person
    columns = (p.id, p.facts_revision, p.id_index, p.spouse_key, p.specialist_id)
    files = session.execute(select(*columns).where(among(p.id, file_ids)).order_by(p.id)).all()
    return _match_chunk(session, act, day, files, families) if families and files else MatchReport()


def is_for_units(family: Sequence[Version]) -> bool:
    """Whether a policy is for units themselves, not for people: its schedule says so ("subject": "unit")."""
    return any(version.schedule.get("subject") == "unit" for version in family)


def matched() -> ColumnElement[bool]:
    """Who is matched at all: recognised talents, and whoever has a specialist."""
    p = Person
    recognised = exists().where(TalentStatus.person_id == p.id, TalentStatus.district_id == p.district_id)
    return recognised | p.specialist_id.is_not(None)


def _next_persons(session: Session, last: int, person_ids: Sequence[int] | None) -> Sequence[Any]:
    p = Person
    columns = (p.id, p.facts_revision, p.id_index, p.spouse_key, p.specialist_id)
    statement = select(*columns).where(p.id > last, matched()).order_by(p.id).limit(CHUNK)
    if person_ids is not None:
        statement = statement.where(among(p.id, person_ids))
    return session.execute(statement).all()


def _match_chunk(
    session: Session, act: Act, day: date, persons: Sequence[Any], families: Mapping[int, Sequence[Version]]
) -> MatchReport:
    ids = [p.id for p in persons]
    facts = facts_of(session, person_ids=ids, as_of=day)
    before, rights = last_decisions(session, ids), _rights(session, ids)
    office = session.execute(select(Unit.id).where(Unit.kind == UnitKind.OFFICE).order_by(Unit.id).limit(1)).scalar()
    found = _Found()
    for person in persons:
        for policy_id, family in families.items():
            known = rights.get((person.id, policy_id), [])
            version = _version(family, known, facts[person.id], day)
            if version is None:
                continue
            found.evaluated += 1
            judged = version.rule.judge(facts[person.id], day)
            right = right_of(version, family[0].valid_from, facts[person.id], day)
            last = before.get((person.id, policy_id))
            is_new = _decide(found, act, person, version, judged, right, last)
            done = _weigh(found, person, version, judged, right, known, facts[person.id], office, day)
            found.changed += done == CHANGED or (is_new and last is not None and done != CREATED)
    return _write(session, act, found, day, ids)


def _rights(session: Session, ids: Sequence[int]) -> dict[tuple[int, int], list[Any]]:
    e = Entitlement
    columns = (
        e.id,
        e.person_id,
        e.policy_id,
        e.policy_version_id,
        e.starts_on,
        e.ends_on,
        e.total_fen,
        e.state,
        e.is_open,
    )
    found: dict[tuple[int, int], list[Any]] = {}
    for row in session.execute(select(*columns).where(among(e.person_id, ids)).order_by(e.id)):
        found.setdefault((row.person_id, row.policy_id), []).append(row)
    return found


def _version(family: Sequence[Version], known: Sequence[Any], facts: Facts, day: date) -> Version | None:
    """The version a living right was found under, else the one the right would arise under."""
    living = next((right for right in reversed(known) if right.is_open), None)
    if living is not None:
        return next((v for v in family if v.id == living.policy_version_id), None)
    return version_for(family, facts, day)


def _decide(found: _Found, act: Act, person: Any, version: Version, judged: Judgement, right: Right, last: Any) -> bool:
    """Keep a decision where the answer, the rule or the facts are new; whether the answer is another one."""
    now = (judged.outcome.value, right.fen, version.id)
    old = (last.outcome, last.amount_fen, last.policy_version_id) if last is not None else None
    if last is None or now != old or last.facts_revision != person.facts_revision:
        row = decision_row(
            act,
            person_id=person.id,
            revision=person.facts_revision,
            version=version,
            judged=judged,
            fen=right.fen,
            occasion="match",
        )
        found.decisions.append(row)
    return now != old


def _weigh(
    found: _Found,
    person: Any,
    version: Version,
    judged: Judgement,
    right: Right,
    known: Sequence[Any],
    facts: Facts,
    office: int | None,
    day: date,
) -> str:
    """Open, adjust or let lapse one right; says which of it."""
    living = next((row for row in reversed(known) if row.is_open), None)
    if living is None:
        starts_on = _fresh_start(right.starts_on, known, day)
        wanted = judged.outcome is Outcome.ENTITLED and not PolicyKind(version.kind).is_entered
        last = answer_by(version.kind, version.schedule, right.starts_on, right.ends_on)
        if wanted and starts_on is not None and (last is None or last >= day):
            row = entitlement_row(person, version, replace(right, starts_on=starts_on), facts, office)
            (found.told if _may_be_told(version, facts) else found.opened).append(row)
            return CREATED
        return KEPT
    if judged.outcome is Outcome.NOT_YET and living.state in UNDECIDED:
        found.lapsed.append(living.id)
        return CHANGED
    total = total_of(version.kind, version.schedule, right.fen)
    wanted_end = right.ends_on if right.starts_on == living.starts_on else living.ends_on
    if judged.outcome is Outcome.ENTITLED and (living.ends_on, living.total_fen) != (wanted_end, total):
        found.updated.append({"id": living.id, "ends_on": wanted_end, "total_fen": total})
        return CHANGED
    return _ends_earlier(found, living, right)


def _ends_earlier(found: _Found, living: Any, right: Right) -> str:
    """A post that ended ends what falls due under it; whether the right goes on for another reason people decide."""
    if right.ends_on is None or right.starts_on != living.starts_on:
        return KEPT
    if living.ends_on is not None and living.ends_on <= right.ends_on:
        return KEPT
    found.updated.append({"id": living.id, "ends_on": right.ends_on, "total_fen": living.total_fen})
    return CHANGED


def _fresh_start(starts_on: date, known: Sequence[Any], day: date) -> date | None:
    """When a new right may begin beside ended ones: what was waived or ended is not found again, what lapsed is."""
    if not known:
        return starts_on
    last = max(known, key=lambda row: row.starts_on)
    begins = max(starts_on, day) if last.state == "lapsed" else starts_on
    return begins if begins > last.starts_on else None


def _may_be_told(version: Version, facts: Mapping[str, Fact]) -> bool:
    """The four conditions of a benefit without application, and no mark on the credit record (domain §4)."""
    flagged = facts.get("credit_flagged", Fact(None)).value is not False
    return bool(version.schedule.get("auto_match")) and not flagged and not is_case_by_case(version.rates, facts)


def entitlement_row(
    person: Any, version: Version, right: Right, facts: Mapping[str, Fact], office: int | None
) -> dict[str, Any]:
    """A right as it is opened: its parties, its words, its first and last day, what it can bring in all (fen)."""
    return {
        "title_zh": version.name_zh,
        "title_en": version.name_en,
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "office_id": office,
        "employer_id": facts.get("employer_id", Fact(None)).value,
        "parent_id": None,
        "waits": 0,
        "person_id": person.id,
        "policy_id": version.policy_id,
        "policy_version_id": version.id,
        "starts_on": right.starts_on,
        "ends_on": right.ends_on,
        "total_fen": total_of(version.kind, version.schedule, right.fen),
        "accounts_settled": False,
    }


def _write(session: Session, act: Act, found: _Found, day: date, person_ids: Sequence[int]) -> MatchReport:
    keep_decisions(session, found.decisions)
    opened = open_cases(session, EntitlementFlow, found.opened, act, tell=Topic.ENTITLEMENT_FOUND)
    told = open_cases(session, EntitlementFlow, found.told, act)
    doubled = look_elsewhere(session, actor=act.actor, now=act.now, right_ids=[*opened, *told])
    put(session, [(Topic.ENTITLEMENT_FOUND, right, 1) for right in told if right in doubled], act)
    if told := [right for right in told if right not in doubled]:
        follow(session, EntitlementFlow.notify, told, act)
    if found.lapsed:
        why = _("The conditions are no longer met.").in_language("zh_CN")
        follow(session, EntitlementFlow.lapse, found.lapsed, replace(act, reason=why))
    if found.updated:
        session.execute(update(Entitlement), found.updated)
    active = select(Entitlement.id).where(among(Entitlement.person_id, person_ids), Entitlement.state == "active")
    accrued = accrue(session, act, until=day, entitlement_ids=session.execute(active).scalars())
    created = len(found.opened) + len(found.told)
    unchanged = found.evaluated - created - found.changed
    return MatchReport(found.evaluated, created, found.changed, unchanged, accrued)
