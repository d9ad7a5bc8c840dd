"""How one expert stands to every policy, and what a draft would change for all of them, for programs."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.queries.experts import expert_named
from concierge.queries.policies import newest_draft
from concierge.queries.statement import Benefit, Condition, statement
from concierge.queries.things.shown import Kind, read_asked, told
from concierge.rules.roles import Role
from concierge.services.impact import Touched, impact_of
from concierge.services.policy_costs import YearCost, costs_of
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.web.reasons import keep_what_is_shown

READERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.EXPERT)
OFFICERS = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/experts/<ident:expert_id>/statement", "experts_statement", experts_statement, methods=["GET"])
    bp.add_url_rule("/policies/<ident:policy_id>/impact", "policies_impact", policies_impact, methods=["GET"])


@permit(*READERS)
def experts_statement(expert_id: int) -> Response:
    """The statement of an expert in scope, from the decisions that are kept as it is read."""
    expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    keep_what_is_shown(expert_id)
    benefits = statement(door.session, person_id=expert_id, today=local_date(door.now, SHANGHAI))
    return jsonify({"expert_id": public_id(expert_id), "items": [_benefit(each) for each in benefits]})


def _benefit(benefit: Benefit) -> dict[str, Any]:
    by, less = benefit.excluded_by, benefit.less_for
    dates = ("starts_on", "ends_on", "next_on", "opens_on", "lapsed_on")
    return {
        "policy_id": public_id(benefit.policy_id),
        "number": benefit.number,
        "name": _both(benefit.name),
        "standing": benefit.standing.value,
        "entitlement_id": told(benefit.entitlement_id, Kind.ID),
        "state": benefit.state or None,
        "total_fen": benefit.total_fen,
        "due_fen": benefit.due_fen,
        "next_fen": benefit.next_fen,
        **{name: told(getattr(benefit, name), Kind.DATE) for name in dates},
        "excluded_by": None if by is None else {"name": _both(by.name), "article": _both(by.article)},
        "less_for": None
        if less is None
        else {"name": _both(less.name), "article": _both(less.article), "fen": less.fen},
        "decided_at": told(benefit.decided_at, Kind.INSTANT),
        "conditions": [_condition(condition) for condition in benefit.conditions],
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "label": _both(condition.label),
        "answer": condition.answer,
        "decisive": condition.decisive,
        "fact": condition.fact,
        "value": condition.value,
        "source": condition.source,
        "as_of": told(condition.as_of, Kind.DATE),
        "next_on": told(condition.next_on, Kind.DATE),
        "article": _both(condition.article),
    }


def _both(words: Bilingual) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


@permit(*OFFICERS)
def policies_impact(policy_id: int) -> Response:
    """What the policy's newest draft would change: the very list that a publisher signs, its seal on every page."""
    asked = read_asked(request.args.to_dict(flat=False), ())
    draft = newest_draft(door.session, policy_id)
    if draft is None:
        raise NotFound()
    impact = impact_of(door.session, version_id=draft)
    rest = [row for row in impact.changed if asked.after is None or row.person_id > asked.after]
    page = rest[: asked.limit]
    answer: dict[str, Any] = {
        "version_id": public_id(draft),
        "seal": impact.seal,
        "counts": {change.value: count for change, count in impact.counts.items()},
        "difference_fen": impact.difference_fen,
        "years": [_year(cost) for cost in costs_of(door.session, version_id=draft)],
        "items": [_touched(row) for row in page],
        "next": public_id(page[-1].person_id) if len(rest) > len(page) else None,
    }
    return jsonify(answer | ({"total": len(impact.changed)} if asked.count else {}))


def _touched(row: Touched) -> dict[str, Any]:
    own = {"expert_id": public_id(row.person_id), "name": row.name, "change": row.change.value}
    return own | {"now_fen": row.now_fen, "then_fen": row.then_fen}


def _year(cost: YearCost) -> dict[str, Any]:
    lines = [_both(line) for line in cost.lines]
    return {"year": cost.year, "now_fen": cost.now_fen, "then_fen": cost.then_fen, "budget_lines": lines}
