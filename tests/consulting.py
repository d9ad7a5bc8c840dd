"""A small office with a policy to ask about, and quick ways to ask and to answer."""

from datetime import date
from typing import Any

from sqlalchemy import Engine

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.ids import new_id
from concierge.db import DistrictSession, open_session, transaction
from concierge.models.account import Account, AccountGrant
from concierge.models.consultation import Consultation
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.citable import key_of
from concierge.rules.consultation import QuestionChannel
from concierge.rules.roles import Role
from concierge.services.consultations import Question, ask_question
from concierge.services.steps import step_named, take_step
from tests.databases import DISTRICT
from tests.office import EXPERT, HR, NOW, actor, fill

POLICY, VERSION, DRAFT = 801, 802, 803
COLLEAGUE = 901
WORDS = Question("续签后还能申请安家补贴吗？", QuestionChannel.PORTAL)
RULES = {"all": [{"fact": "category", "op": "==", "value": "D", "label": {"zh": "丁类", "en": "Category D"}}]}


def furnish(engine: Engine) -> None:
    """The small office with one published policy, a draft of its next version, and a second specialist."""
    fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        session.add(
            Policy(id=POLICY, district_id=DISTRICT, code="P01", name_zh="安家补贴",
                   name_en="Settlement Allowance", group="HOUSING", unit_id=HR, paying_unit_id=HR)
        )  # fmt: skip
        session.flush()
        common: dict[str, Any] = {"district_id": DISTRICT, "policy_id": POLICY, "kind": "one_off", "clauses": RULES}
        common |= {
            "number": "望人才发〔2025〕1号",
            "rates": {},
            "schedule": {},
            "materials": [],
            "valid_from": date(2025, 1, 1),
        }
        session.add(PolicyVersion(id=VERSION, version=1, state="published", **common))
        session.add(PolicyVersion(id=DRAFT, version=2, **common))
        key = {"login_key": "second", "person_key": "person-of-second", "password_hash": "x", "password_set_at": NOW}
        session.add(Account(id=COLLEAGUE, login="second", name="乙", **key))
        session.flush()
        grant = {"account_id": COLLEAGUE, "role": Role.SPECIALIST.value, "starts_on": date(2026, 1, 1)}
        session.add(AccountGrant(id=new_id(), district_id=DISTRICT, **grant))


def ask(session: DistrictSession, role: Role = Role.EXPERT, question: Question = WORDS, **given: Any) -> int:
    expert = None if role is Role.EMPLOYER else EXPERT
    return ask_question(session, actor=actor(role), now=NOW, question=question, **{"expert_id": expert} | given)


def walk(session: DistrictSession, case_id: int, *steps: tuple[str, Role, dict[str, Any]]) -> Consultation:
    for name, role, given in steps:
        step = step_named("consultation", name)
        take_step(session, actor=actor(role), now=NOW, step=step, case_id=case_id, version=None, given=given)
    session.expire_all()
    return session.get_one(Consultation, case_id)


TAKEN = ("take_up", Role.SPECIALIST, {})
CLAUSE = key_of(VERSION, "all.0")


def reply(clause: str = CLAUSE, **given: Any) -> tuple[str, Role, dict[str, Any]]:
    return ("reply", Role.SPECIALIST, {"clause": clause, "answer": "可以。", **given})
