"""The policies of a district as rules that judge persons, and the decisions kept of it (domain §2.4, §4.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import add_rows, among, fixed
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.entitlement import Decision
from concierge.models.person import Employment, PersonFact, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.eligibility import Fact
from concierge.rules.periods import Rate, end_of_right, rates_by_category, total_of
from concierge.rules.policy import Judgement, PolicyKind, Rule, add_months, rate_of, read_rule
from concierge.rules.talent import held_over_time

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Version:
    """One published version with the policy it belongs to."""

    id: int
    policy_id: int
    number: int
    code: str
    name_zh: str
    name_en: str
    group: str
    kind: str
    valid_from: date
    valid_to: date | None
    rule: Rule
    rates: Mapping[str, Any]
    schedule: Mapping[str, Any]

    def holds_on(self, day: date) -> bool:
        """Whether the version is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Right:
    """What a version gives to a person: from when to when, and how much (fen; None where nothing is paid)."""

    starts_on: date
    ends_on: date | None
    fen: int | None


_PUBLISHED = fixed(
    select(PolicyVersion.id, PolicyVersion.policy_id, Policy.code, Policy.name_zh, Policy.name_en, Policy.group)
    .add_columns(PolicyVersion.version.label("number"))
    .add_columns(PolicyVersion.kind, PolicyVersion.valid_from, PolicyVersion.valid_to)
    .add_columns(PolicyVersion.rates, PolicyVersion.schedule, PolicyVersion.clauses)
    .join(Policy, (Policy.id == PolicyVersion.policy_id) & (Policy.district_id == PolicyVersion.district_id))
    .where(PolicyVersion.state == "published")
    .order_by(Policy.code, PolicyVersion.valid_from)
)
_PUBLISHED_OF = fixed(_PUBLISHED.where(among(PolicyVersion.policy_id, name="policies")))
_CATEGORIES = fixed(
    select(TalentStatus.person_id, TalentStatus.valid_from, TalentStatus.valid_to, TalentStatus.category)
    .where(among(TalentStatus.person_id, name="persons"))
    .order_by(TalentStatus.person_id, TalentStatus.valid_from, TalentStatus.id)
)


_HANDED_IN = fixed(
    select(PersonFact.person_id, PersonFact.as_of, PersonFact.value["value"].as_string().label("value"))
    .where(among(PersonFact.person_id, name="persons"), PersonFact.name == bindparam("fact", type_=Text))
    .order_by(PersonFact.person_id, PersonFact.as_of, PersonFact.id)
)
_REMOTENESS = fixed(
    select(Employment.person_id, Employment.starts_on, Unit.remoteness)
    .join(Unit, (Unit.id == Employment.employer_id) & (Unit.district_id == Employment.district_id))
    .where(among(Employment.person_id, name="persons"))
    .order_by(Employment.person_id, Employment.starts_on, Employment.id)
)


def published(session: Session, policy_ids: Iterable[int] | None = None) -> dict[int, list[Version]]:
    """Every published version by policy, oldest first."""
    if policy_ids is None:
        rows = session.execute(_PUBLISHED)
    else:
        rows = session.execute(_PUBLISHED_OF, {"policies": list(policy_ids)})
    found: dict[int, list[Version]] = {}
    for row in rows.mappings():
        plain = {name: value for name, value in row.items() if name != "clauses"}
        version = Version(rule=read_rule(row["clauses"]), **plain)
        found.setdefault(version.policy_id, []).append(version)
    return found


def is_for_units(family: Sequence[Version]) -> bool:
    """Whether a policy is for units themselves, not for people: its schedule says so ("subject": "unit")."""
    return any(version.schedule.get("subject") == "unit" for version in family)


def version_for(versions: Sequence[Version], facts: Mapping[str, Fact], day: date) -> Version | None:
    """The version a person's right arose under (old right, old rule), else the one in force; None before the first."""
    current = next((v for v in reversed(versions) if v.holds_on(day)), None)
    if current is None:
        return None
    arose = start_of(current, versions[0].valid_from, facts, day)
    return next((v for v in versions if v.holds_on(arose)), current)


def start_of(version: Version, first_day: date, facts: Mapping[str, Fact], day: date) -> date:
    """When a right begins: at the fact its schedule names, not before the policy's first day."""
    known = facts.get(str(version.schedule.get("starts_with")), Fact(None)).value
    return max(known if isinstance(known, date) else day, first_day)


def right_of(version: Version, first_day: date, facts: Mapping[str, Fact], day: date) -> Right:
    """What the version gives on these facts. A monthly right ends with the month in which the post ends."""
    starts_on = start_of(version, first_day, facts, day)
    ends_on = end_of_right(version.kind, version.schedule, starts_on)
    ending = "left_on" if version.schedule.get("starts_with") == "hired_on" else "category_to"
    closing = facts.get(ending, Fact(None)).value
    if isinstance(closing, date):
        if version.kind == PolicyKind.MONTHLY:
            closing = add_months(closing.replace(day=1), 1) - _DAY
        ends_on = min(ends_on or closing, closing)
    return Right(starts_on, ends_on, rate_of(version.rates, facts))


def rates_over_time(
    session: Session, wanted: Mapping[int, Version], facts: Mapping[int, Mapping[str, Fact]]
) -> dict[int, list[Rate]]:
    """For each person the amounts under his version, from when each holds: a category counts from its recognition, a
    degree, a title or a post from its own day."""
    history = {by: _over_time(session, by, [p for p, v in wanted.items() if v.rates.get("by") == by]) for by in _DATED}
    found: dict[int, list[Rate]] = {}
    for person, version in wanted.items():
        if version.kind == PolicyKind.IN_KIND:
            found[person] = [Rate(version.valid_from, 0)]
            continue
        by = str(version.rates.get("by"))
        dated = history.get(by, {}).get(person, [])
        if by == "category":
            rates = rates_by_category(version.rates, dated)
        else:
            # The class of a place has no day of its own: it may have changed since the post began.
            days = ((since, rate_of(version.rates, {by: Fact(value)})) for since, value in dated)
            rates = [Rate(since, fen, is_dated=by != "remoteness") for since, fen in days if fen is not None]
        now = rate_of(version.rates, facts.get(person, {}))
        if not rates or (rates[-1].fen != now and by != "category"):
            # Where the days do not lead to what is known now, as with two posts at once, that counts.
            rates = [Rate(version.valid_from, now)] if now is not None else []
        found[person] = rates
    return found


_DATED = ("category", "degree", "title", "remoteness")
"""Facts by which amounts differ and that change on a day of their own."""


def _over_time(session: Session, by: str, person_ids: Sequence[int]) -> Mapping[int, list[tuple[date, Any]]]:
    """What persons were by such a fact, with the days since when, oldest first."""
    if by == "category":
        return categories_over_time(session, person_ids)
    found: dict[int, list[tuple[date, Any]]] = {}
    if person_ids:
        asked = {"persons": list(person_ids)}
        handed_in = by != "remoteness"
        rows = session.execute(_HANDED_IN, asked | {"fact": by}) if handed_in else session.execute(_REMOTENESS, asked)
        for person_id, since, value in rows:
            found.setdefault(person_id, []).append((since, value))
    return found


def rates_in_force(
    session: Session,
    version: Version,
    family: Sequence[Version],
    person_ids: Sequence[int],
    facts: Mapping[int, Mapping[str, Fact]],
) -> dict[int, list[Rate]]:
    """For each person the amounts under a version; one that holds for everybody begins where its forerunner ends."""
    new = rates_over_time(session, dict.fromkeys(person_ids, version), facts)
    earlier = [v for v in family if v.valid_from < version.valid_from]
    if not version.schedule.get("for_all") or not earlier:
        return new
    old, begins = rates_in_force(session, earlier[-1], family, person_ids, facts), version.valid_from
    found = {}
    for person, rates in new.items():
        held = [rate for rate in rates if rate.since <= begins][-1:] or rates[:1]
        later = [rate for rate in rates if rate.since > begins]
        before = [rate for rate in old[person] if rate.since < begins]
        # The first amount also holds for the months before its own day: those of the forerunner keep his.
        before = before or [replace(rate, since=earlier[-1].valid_from) for rate in old[person][:1]]
        # A version of the same amount begins nothing: what was spread after a recognition stays as it was spread.
        fresh = [
            replace(rate, since=begins, is_recognised=False)
            for rate in held
            if not before or before[-1].fen != rate.fen
        ]
        found[person] = [*before, *fresh, *later]
    return found


def categories_over_time(session: Session, person_ids: Sequence[int]) -> dict[int, list[tuple[date, str | None]]]:
    """The talent categories of persons with the days since when they hold, oldest first; None where none held."""
    if not person_ids:
        return {}
    statuses: dict[int, list[tuple[date, date | None, str]]] = {}
    for person_id, valid_from, valid_to, category in session.execute(_CATEGORIES, {"persons": person_ids}):
        statuses.setdefault(person_id, []).append((valid_from, valid_to, category))
    return {person: held_over_time(mine) for person, mine in statuses.items()}


def last_decisions(session: Session, person_ids: Sequence[int]) -> dict[tuple[int, int], Any]:
    """The newest decision of each person and policy: outcome, amount, rule and facts, without its findings."""
    newest = (
        select(func.max(Decision.id))
        .where(among(Decision.person_id, person_ids))
        .group_by(Decision.person_id, Decision.policy_id)
    )
    columns = (Decision.outcome, Decision.amount_fen, Decision.policy_version_id, Decision.facts_revision)
    rows = session.execute(select(Decision.person_id, Decision.policy_id, *columns).where(Decision.id.in_(newest)))
    return {(row.person_id, row.policy_id): row for row in rows}


def decision_row(
    act: Act, *, person_id: int, revision: int, version: Version, judged: Judgement, fen: int | None, occasion: str
) -> dict[str, Any]:
    """A decision as it will be kept: the outcome with every clause, fact and date it was made on."""
    return {
        "id": new_id(),
        "district_id": act.actor.district_id,
        "person_id": person_id,
        "policy_id": version.policy_id,
        "policy_version_id": version.id,
        "facts_revision": revision,
        "outcome": judged.outcome.value,
        "findings": [row.as_json() for row in judged.rows],
        "amount_fen": fen,
        "occasion": occasion,
        "at": act.now,
    }


def keep_decisions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write decisions: one statement."""
    if rows:
        add_rows(session, Decision, list(rows))


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
