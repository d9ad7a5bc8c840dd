"""How an expert stands to every policy, from what was decided and stored."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from concierge.basics.text import speaking
from concierge.models.entitlement import Accrual
from concierge.queries.statement import Standing
from concierge.workflows import EntitlementFlow
from tests.cases import (
    EXPERT,
)
from tests.queries.expert import add, another_policy, case, decide, finding, session, standing_to

__all__ = ["session"]


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("identified", Standing.ENTITLED),
        ("notified", Standing.ENTITLED),
        ("confirmed", Standing.ENTITLED),
        ("active", Standing.ACTIVE),
        ("suspended", Standing.ACTIVE),
        ("completed", Standing.EXPIRED),
        ("waived", Standing.EXPIRED),
    ],
)
def test_the_statement_says_how_things_stand(session: Session, state: str, standing: Standing) -> None:
    policy, version = another_policy(session)
    case(session, EntitlementFlow, state, policy_id=policy, policy_version_id=version)
    assert standing_to(session, policy).standing is standing


def test_a_benefit_not_yet_reached_names_the_missing_fact_its_date_and_what_to_bring(session: Session) -> None:
    policy, _version = another_policy(session)
    unmet = finding("not_met", upload={"zh": "参保证明", "en": "Proof of insurance"})
    decide(session, "not_yet", finding(label={"zh": "在职", "en": "Employed"}), unmet, policy_id=policy)
    benefit = standing_to(session, policy)
    assert (benefit.standing, benefit.missing[0].next_on) == (Standing.NOT_YET, date(2026, 7, 1))
    with speaking("zh_CN"):
        assert "参保满12个月" in str(benefit.line)
        assert str(benefit.missing[0].upload) == "参保证明"


def test_only_the_newest_stored_decision_is_shown(session: Session) -> None:
    policy, _version = another_policy(session)
    decide(session, "not_yet", finding("not_met"), policy_id=policy)
    decide(session, "entitled", finding(), policy_id=policy)
    assert standing_to(session, policy).standing is Standing.ENTITLED


def test_a_right_whose_every_period_went_to_a_higher_one_is_excluded(session: Session) -> None:
    policy, version = another_policy(session)
    right = case(session, EntitlementFlow, "active", policy_id=policy, policy_version_id=version)
    period = {
        "entitlement_id": right,
        "person_id": EXPERT,
        "policy_group": "l",
        "period": "2026-01",
        "gross_fen": 90_000,
        "amount_fen": 90_000,
    }
    month = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31), "due_on": date(2026, 7, 1)}
    add(session, Accrual, **period, **month, state="superseded")
    assert standing_to(session, policy).standing is Standing.EXCLUDED
