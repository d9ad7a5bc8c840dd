"""The benefit ledger of a person and his household, ruled by what policies say of one another (domain §2.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from concierge.db import among, fixed
from concierge.models.clawback import Clawback
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import Person
from concierge.rules.clawback import Formula
from concierge.rules.exclusion import Line, bonds_of, rule_on
from concierge.rules.policy import PolicyKind
from concierge.rules.talent import CATEGORIES
from concierge.services.rulebook import Version, categories_over_time, published

SETTLED = ("claimed", "paid")
GONE = ("refused", "lapsed")
_RANKS = {word.code: place for place, word in enumerate(CATEGORIES)}
_OF_ONE_SUM = (PolicyKind.INSTALMENT, PolicyKind.ONE_OFF, PolicyKind.TO_EMPLOYER)


def _households_of() -> Any:
    own, neighbour = among(Person.id, name="persons"), aliased(Person)
    shared = select(neighbour.household_id).where(
        among(neighbour.id, name="persons"), neighbour.household_id.is_not(None)
    )
    wanted = select(Person.id, Person.household_id).where(own | Person.household_id.in_(shared)).order_by(Person.id)
    return wanted.with_for_update(of=Person, key_share=True)


def _asked_back() -> Any:
    """What corrections ask back of a settled period (fen); what comes off an arrear changes that one itself."""
    c, a = Correction, Accrual
    asked = select(func.coalesce(func.sum(-c.amount_fen), 0)).where(
        c.district_id == a.district_id, c.accrual_id == a.id, c.arrears_id.is_(None)
    )
    is_asked = a.state.in_(SETTLED) & ~a.period.contains("+v")
    return case((is_asked, asked.correlate(a).scalar_subquery()), else_=0)


def _ledger_of() -> Any:
    """Everything that is due or settled: of a period of which something is asked back what is left, if anything is."""
    a, e, asked = Accrual, Entitlement, _asked_back()
    columns = (a.id, a.person_id, a.entitlement_id, a.period, a.starts_on, a.ends_on)
    sums = ((a.gross_fen - asked).label("gross_fen"), (a.amount_fen - asked).label("amount_fen"))
    ruled = (a.state, a.superseded_by, a.rule)
    until, since = e.ends_on.label("until"), e.starts_on.label("since")
    right = (e.policy_id, e.policy_version_id, since, until, e.total_fen, e.is_open)
    return (
        select(*columns, *sums, *ruled, *right)
        .join(e, (e.id == a.entitlement_id) & (e.district_id == a.district_id))
        .where(among(a.person_id, name="persons"), a.state.not_in(GONE), or_(asked == 0, asked < a.amount_fen))
        .order_by(a.id)
        .with_for_update(of=a)
    )


_HOUSEHOLDS, _LEDGER = fixed(_households_of()), fixed(_ledger_of())
_CAME_BACK = fixed(
    select(Clawback.entitlement_id, func.sum(Clawback.recovered_fen).label("fen"))
    .where(among(Clawback.expert_id, name="persons"), Clawback.recovered_fen > 0)
    .where(Clawback.formula != Formula.CORRECTION.value)
    .group_by(Clawback.entitlement_id)
)


def rule_anew(session: Session, person_ids: Iterable[int]) -> None:
    """Rule on everything due to these persons and their households that is not settled.

    Runs in the caller's transaction, which holds the household from here on: of two members whose benefits fall due at
    the same moment the second sees what the first was granted. What is granted or gives way, with the rule and the line
    that decided, is kept in the accruals; a second ruling changes nothing.
    """
    wanted = sorted(set(person_ids))
    if not wanted:
        return
    households = hold_households(session, wanted)
    together: dict[int, list[Any]] = {}
    for row in _rows(session, list(households)):
        together.setdefault(households[row.person_id], []).append(row)
    # A right that stands alone now may have given way to one that was refused, or to a partner who has left.
    alone = {key for key, mine in together.items() if len({row.entitlement_id for row in mine}) == 1}
    ruled = {key for key, mine in together.items() if any(_is_ruled(row) for row in mine)}
    ledgers = [mine for key, mine in together.items() if key not in alone or key in ruled]
    policies = {row.policy_id for mine in ledgers for row in mine}
    versions = {v.id: v for family in published(session, policies).values() for v in family} if policies else {}
    if not ruled and not any(version.schedule.get("exclusions") for version in versions.values()):
        return
    ranks = _ranks(session, households)
    back = dict(session.execute(_CAME_BACK, {"persons": list(households)}).tuples().all())
    changes = [change for mine in ledgers for change in _changes(mine, versions, ranks, back)]
    if changes:
        session.execute(update(Accrual), changes)


def hold_households(session: Session, person_ids: Sequence[int]) -> dict[int, int]:
    """These persons and everybody who lives with them, each with what stands for the household.

    Until the transaction ends nobody else writes what falls due to them.
    """
    rows = session.execute(_HOUSEHOLDS, {"persons": person_ids})
    return {person_id: household or person_id for person_id, household in rows}


def hold_rights(session: Session, person_ids: Sequence[int], policy_ids: Sequence[int] | None = None) -> None:
    """The rights of these persons, under these policies or all, and only then their households.

    Whoever corrects a right holds it before he rules on the household: in another order two would stop each other.
    """
    e = Entitlement
    mine = [among(e.person_id, person_ids), *([among(e.policy_id, policy_ids)] if policy_ids is not None else [])]
    session.execute(select(e.id).where(*mine).order_by(e.id).with_for_update(of=e)).all()
    hold_households(session, person_ids)


def _is_ruled(row: Any) -> bool:
    """Whether another benefit is in its way, or was when it was last looked at; what is settled stays."""
    return row.rule is not None and row.state not in SETTLED


def _rows(session: Session, person_ids: Sequence[int]) -> list[Any]:
    return list(session.execute(_LEDGER, {"persons": person_ids}).all())


def _ranks(session: Session, person_ids: Iterable[int]) -> dict[int, int]:
    history = categories_over_time(session, list(person_ids))
    return {person: _RANKS.get(found[-1][1] or "", len(_RANKS)) for person, found in history.items() if found}


def _changes(
    rows: Sequence[Any], versions: Mapping[int, Version], ranks: Mapping[int, int], back: Mapping[int, int]
) -> list[dict[str, Any]]:
    settled: dict[int, int] = {right: -fen for right, fen in back.items()}
    for row in rows:
        if row.state in SETTLED:
            settled[row.entitlement_id] = settled.get(row.entitlement_id, 0) + row.amount_fen
    by_id = {row.id: row for row in rows}
    whole: dict[tuple[Any, ...], int] = {}
    for row in rows:
        whole[_time(row)] = whole.get(_time(row), 0) + row.gross_fen
    lines = [_line(row, versions[row.policy_version_id], settled, ranks, whole[_time(row)]) for row in rows]
    lines, found = _less_what_came_back(lines, back), []
    for ruling in rule_on(lines):
        row, state = by_id[ruling.id], "due" if ruling.granted else "superseded"
        rule = ruling.rule.value if ruling.rule is not None else None
        if (row.state, row.amount_fen, row.superseded_by, row.rule) != (state, ruling.fen, ruling.by, rule):
            change = {"state": state, "amount_fen": ruling.fen, "superseded_by": ruling.by, "rule": rule}
            found.append(change | {"id": row.id})
    return found


def _less_what_came_back(lines: Sequence[Line], back: Mapping[int, int]) -> list[Line]:
    """What came back of a right (fen) came off the newest of what it had brought."""
    left, found = dict(back), list[Line]()
    for line in reversed(lines):
        part = min(left.get(line.right, 0), line.fen) if line.settled else 0
        left[line.right] = left.get(line.right, 0) - part
        found.append(replace(line, back=part))
    return found[::-1]


def _time(row: Any) -> tuple[Any, ...]:
    """What is due under one right for one time: an arrear weighs as much as the period that it adds to."""
    return row.entitlement_id, row.starts_on, row.ends_on


def _line(row: Any, version: Version, settled: Mapping[int, int], ranks: Mapping[int, int], weight: int) -> Line:
    item = row.period.partition(" ")[2]
    names = {version.code, version.group, *([f"{version.code} {item}"] if item else [])}
    starts_on, ends_on = row.starts_on, row.ends_on
    if version.kind in _OF_ONE_SUM:
        # A sum in parts is compared as a whole; of a right that is over only what it has brought.
        weight = (row.total_fen or row.gross_fen) if row.is_open else settled.get(row.entitlement_id, 0)
    if version.kind in (*_OF_ONE_SUM, PolicyKind.IN_KIND):
        starts_on, ends_on = row.since, row.until or date.max
    return Line(
        id=row.id,
        right=row.entitlement_id,
        person=row.person_id,
        names=frozenset(names),
        starts_on=starts_on,
        ends_on=ends_on,
        gross=row.gross_fen,
        weight=weight,
        fen=row.amount_fen,
        settled=row.state in SETTLED,
        rank=ranks.get(row.person_id, len(_RANKS)),
        bonds=bonds_of(version.schedule),
    )
