"""How an expert stands to every policy, from what was decided and stored."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.models.entitlement import Accrual, Decision, Entitlement
from concierge.models.policy import PolicyVersion
from concierge.queries.statement import Standing
from concierge.workflows import EntitlementFlow
from tests.cases import (
    EXPERT,
)
from tests.queries.expert import TODAY, add, another_policy, case, decide, finding, session, standing_to

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


def test_what_comes_next_is_to_come_and_counts_what_falls_due_together(session: Session) -> None:
    policy, version = another_policy(session)
    own = {"policy_id": policy, "policy_version_id": version}
    with transaction(session):
        session.execute(update(PolicyVersion).where(PolicyVersion.id == version).values(schedule={"rhythm": "quarter"}))
    case(session, EntitlementFlow, "active", **own, starts_on=date(2025, 7, 1), ends_on=None)
    decide(session, "entitled", finding(), policy_id=policy)
    with transaction(session):
        session.execute(update(Decision).where(Decision.policy_id == policy).values(amount_fen=90_000))
    benefit = standing_to(session, policy)
    assert benefit.next_on is not None
    assert (benefit.next_on > TODAY, benefit.next_on.day, benefit.next_fen) == (True, 1, 3 * 90_000)


@pytest.mark.parametrize(("state", "kind"), [("suspended", "monthly"), ("active", "in_kind")])
def test_of_what_is_suspended_or_there_since_its_first_day_nothing_comes_next(
    session: Session, state: str, kind: str
) -> None:
    policy, version = another_policy(session)
    with transaction(session):
        session.execute(update(PolicyVersion).where(PolicyVersion.id == version).values(kind=kind))
    own = {"policy_id": policy, "policy_version_id": version}
    case(session, EntitlementFlow, state, **own, starts_on=date(2026, 1, 1), ends_on=date(2028, 1, 1))
    assert standing_to(session, policy).next_on is None


@pytest.mark.parametrize(
    ("state", "words"),
    [("completed", "已全部兑现"), ("waived", "您已放弃"), ("terminated", "已终止"), ("revoked", "已撤销")],
)
def test_what_is_no_longer_enjoyed_says_how_it_ended(session: Session, state: str, words: str) -> None:
    policy, version = another_policy(session)
    case(session, EntitlementFlow, state, policy_id=policy, policy_version_id=version)
    with speaking("zh_CN"):
        assert str(standing_to(session, policy).line) == words


def test_an_amount_is_called_the_whole_only_where_it_is_the_whole(session: Session) -> None:
    policy, version = another_policy(session)
    decide(session, "entitled", finding(), policy_id=policy)
    with transaction(session):
        session.execute(update(Decision).where(Decision.policy_id == policy).values(amount_fen=90_000))
    right = case(session, EntitlementFlow, "active", policy_id=policy, policy_version_id=version, total_fen=None)
    found = [standing_to(session, policy)]
    with transaction(session):
        session.execute(update(Entitlement).where(Entitlement.id == right).values(total_fen=3_240_000))
    found.append(standing_to(session, policy))
    with speaking("zh_CN"):
        told = [(benefit.total_fen, str(benefit.amount)) for benefit in found]
    assert told == [(90_000, "每月金额"), (3_240_000, "总额")]
