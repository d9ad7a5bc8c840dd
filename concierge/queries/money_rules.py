"""The money rules of the district: the ones in force, what is proposed, and what held before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.db import fixed
from concierge.engine.actor import Actor
from concierge.models.money_rules import MoneyRule
from concierge.models.two_persons import CONFIRMED, PROPOSED
from concierge.queries.two_persons import proposed_and_answered
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules

SHOWN = 50
_IN_FORCE = fixed(
    select(MoneyRule.director_fen, MoneyRule.meeting_fen, MoneyRule.hold_days, MoneyRule.basis)
    .where(MoneyRule.kind == CONFIRMED)
    .order_by(MoneyRule.at.desc(), MoneyRule.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class RuleRow:
    """One proposal or answer, with the two persons."""

    id: int
    kind: str
    rules: MoneyRules
    made_by: str
    confirmed_by: str
    at: datetime
    is_own: bool


@dataclass(frozen=True)
class RulesPage:
    """What holds, what waits for a second person, what was decided before."""

    in_force: MoneyRules
    open: tuple[RuleRow, ...]
    past: tuple[RuleRow, ...]
    may_change: bool


def rules_in_force(session: Session) -> MoneyRules:
    """The rules that hold now: the newest that a second person has confirmed, or those of the domain."""
    row = session.execute(_IN_FORCE).first()
    return MoneyRules(*row) if row is not None else MoneyRules()


def rules_page(session: Session, actor: Actor) -> RulesPage:
    """The page of the rules; two statements."""
    shown = [(_row(row, actor), row[-1]) for row in proposed_and_answered(session, MoneyRule, SHOWN)]
    return RulesPage(
        in_force=rules_in_force(session),
        open=tuple(row for row, answered in shown if row.kind == PROPOSED and answered is None),
        past=tuple(row for row, _answered in shown if row.kind != PROPOSED),
        may_change=actor.has(Role.TALENT_OFFICE),
    )


def _row(found: Any, actor: Actor) -> RuleRow:
    rule, maker, second, _answered = found
    return RuleRow(
        id=rule.id,
        kind=rule.kind,
        rules=MoneyRules(rule.director_fen, rule.meeting_fen, rule.hold_days, rule.basis),
        made_by=maker or "",
        confirmed_by=second or "",
        at=rule.at,
        is_own=rule.made_by_key in actor.person_keys,
    )
