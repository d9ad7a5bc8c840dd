"""By which benefit, rule and article another one is excluded, or is less."""

from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.models.entitlement import Accrual
from concierge.models.policy import PolicyVersion
from concierge.queries.excluders import Excluder
from concierge.queries.statement import Standing
from concierge.rules.exclusion import Exclusion
from concierge.workflows import EntitlementFlow
from tests.cases import EXPERT
from tests.queries.expert import add, another_policy, case, session, standing_to

__all__ = ["session"]
JANUARY = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31), "due_on": date(2026, 1, 31)}


def enjoyed(session: Session, code: str, *exclusions: dict[str, Any], **line: Any) -> tuple[int, int]:
    """A benefit in force that says this of others, with its line of January: the policy and the line."""
    policy, version = another_policy(session, code)
    right = case(session, EntitlementFlow, "active", policy_id=policy, policy_version_id=version)
    with transaction(session):
        said = update(PolicyVersion).where(PolicyVersion.id == version)
        session.execute(said.values(schedule={"exclusions": list(exclusions)}))
    whose = {
        "entitlement_id": right,
        "person_id": EXPERT,
        "policy_group": "l",
        "period": "2026-01",
        "gross_fen": 90_000,
    }
    made = add(session, Accrual, **JANUARY | whose | {"amount_fen": 90_000, "state": "claimed"} | line)
    return policy, made


def says(rule: Exclusion, of: str, article: str) -> dict[str, Any]:
    """What a policy says of another one."""
    return {"rule": rule.value, "with": [of], "article": {"zh": article, "en": article}}


def told(by: Excluder | None) -> tuple[str, str]:
    assert by is not None
    with speaking("zh_CN"):
        return str(by.rule), str(by.article)


def test_of_two_that_gave_way_to_one_benefit_each_says_so(session: Session) -> None:
    _policy, line = enjoyed(session, "P02")
    rules = (Exclusion.TAKE_HIGHER, Exclusion.MUTUALLY_EXCLUSIVE)
    gave_way = [
        enjoyed(session, code, says(rule, "P02", article), state="superseded", superseded_by=line, rule=rule.value)[0]
        for code, rule, article in zip(("P21", "P22"), rules, ("第五条", "第七条"), strict=True)
    ]
    benefits = [standing_to(session, policy) for policy in gave_way]
    assert [benefit.standing for benefit in benefits] == [Standing.EXCLUDED] * 2
    assert [told(benefit.excluded_by)[1] for benefit in benefits] == ["第五条", "第七条"]


def test_the_article_is_that_which_speaks_of_the_other_benefit_whoever_says_it(session: Session) -> None:
    higher = Exclusion.TAKE_HIGHER
    policy, line = enjoyed(session, "P21")
    _winner, won = enjoyed(session, "P02", says(higher, "P22", "第二条"), says(higher, "P21", "第三条"))
    with transaction(session):
        lost = {"state": "superseded", "superseded_by": won, "rule": higher.value}
        session.execute(update(Accrual).where(Accrual.id == line).values(**lost))
    assert told(standing_to(session, policy).excluded_by) == ("就高不重复", "第三条")


def test_what_is_due_for_less_says_how_much_less_and_why(session: Session) -> None:
    _policy, line = enjoyed(session, "P21")
    deducts = Exclusion.SEQUENTIAL_DEDUCT
    less = {"state": "due", "amount_fen": 60_000, "superseded_by": line, "rule": deducts.value}
    policy, _line = enjoyed(session, "P22", says(deducts, "P21", "第六条"), **less)
    benefit = standing_to(session, policy)
    assert (benefit.due_fen, benefit.excluded_by) == (60_000, None)
    assert benefit.less_for is not None
    assert benefit.less_for.fen == 30_000
    assert told(benefit.less_for) == ("扣除此前已发放部分", "第六条")


def test_a_month_that_gave_way_is_told_though_an_earlier_one_is_still_due(session: Session) -> None:
    higher = Exclusion.TAKE_HIGHER
    _winner, won = enjoyed(session, "P02")
    policy, line = enjoyed(session, "P21", says(higher, "P02", "第五条"), state="due")
    given = session.get_one(Accrual, line)
    february = {"period": "2026-02", "state": "superseded", "superseded_by": won, "rule": higher.value}
    same = {"entitlement_id": given.entitlement_id, "person_id": EXPERT, "policy_group": "l", "gross_fen": 90_000}
    add(session, Accrual, **JANUARY | same | february | {"amount_fen": 90_000})
    benefit = standing_to(session, policy)
    assert (benefit.due_fen, benefit.excluded_by) == (90_000, None)
    assert told(benefit.less_for) == ("就高不重复", "第五条")
