"""A policy's conditions as one expression over the table of facts: the set-based twin of rules/eligibility.py.

SQL's own logic is the three-valued one: NULL is what is unknown, and AND, OR, NOT treat it as Kleene does.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Text, and_, case, cast, literal, not_, null, or_

from concierge.rules.eligibility import All, Any_, Clause, Compare, Not
from concierge.rules.facts import FACTS, FactType
from concierge.rules.policy import Outcome


class Columns(Protocol):
    """The columns of a table of facts, by name."""

    def __getitem__(self, name: str, /) -> Any:
        """The column of a fact."""

    def __contains__(self, name: str, /) -> bool:
        """Whether the table has the fact."""


def facts_in(clause: Clause) -> Iterator[str]:
    """The facts that a clause asks for."""
    match clause:
        case Compare():
            yield clause.fact
        case Not():
            yield from facts_in(clause.part)
        case All() | Any_():
            for part in clause.parts:
                yield from facts_in(part)


def is_met(clause: Clause, facts: Columns) -> ColumnElement[bool]:
    """Whether a clause is met: true, false, or NULL for unknown. Raises ValueError for a clause of another kind."""
    match clause:
        case All():
            return and_(*(is_met(part, facts) for part in clause.parts))
        case Any_():
            return or_(*(is_met(part, facts) for part in clause.parts))
        case Not():
            return not_(is_met(clause.part, facts))
        case Compare():
            return _compared(clause, facts[clause.fact])
    raise ValueError(f"no such clause: {clause!r}")


def _compared(clause: Compare, fact: ColumnElement[Any]) -> ColumnElement[bool]:
    wanted = clause.value.isoformat() if isinstance(clause.value, date) else clause.value
    match clause.op:
        case "is_true":
            return case((fact.is_(None), null()), else_=fact)
        case "in":
            return fact.in_(list(wanted))
        case "<=":
            return fact <= wanted
        case ">=":
            return fact >= wanted
        case "!=":
            return fact != wanted
    return fact == wanted


def outcome(clause: Clause, facts: Columns) -> ColumnElement[str]:
    """What the conditions say of each person, as a decision keeps it."""
    met = is_met(clause, facts)
    return case(
        (met, literal(Outcome.ENTITLED.value)),
        (not_(met), literal(Outcome.NOT_YET.value)),
        else_=literal(Outcome.UNKNOWN.value),
    )


def amount(rates: Mapping[str, Any], facts: Columns) -> ColumnElement[Any]:
    """The amount (fen) by the rates, as rules/policy.py's `rate_of` tells it of one person; NULL where not known."""
    if "flat" in rates:
        return literal(int(rates["flat"]))
    by, amounts = str(rates.get("by")), rates.get("amounts") or {}
    if by not in facts or not amounts:
        return null()
    is_word = FACTS[by].type is FactType.WORD
    key = facts[by] if is_word else cast(facts[by], Text)
    return case(*((key == str(name), int(fen)) for name, fen in amounts.items()))
