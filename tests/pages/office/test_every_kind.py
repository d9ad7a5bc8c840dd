"""A policy of every kind is written on the pages, and matches, is explained, claimed and approved without a release."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from concierge.basics.ids import parse_id, public_id
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.queries.statement import Standing, statement
from concierge.rules.policy import PolicyKind
from concierge.rules.roles import Role
from concierge.services.invoices import enter_invoice
from concierge.services.policies import publish_version
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from tests.benefits import House, colleague
from tests.office import EXPERT, actor, check_page
from tests.pages.office.test_policy_writing import SEAL, Writing
from tests.serving import LATER, MARCH, prepare, serve

TEXTS = {"guide_zh": "见条文。", "guide_en": "See the articles.", "valid_from": "2026-01-01", "limit_claim": "10"}


@dataclass(frozen=True)
class Kind:
    """What an officer types for a policy of a kind, and what its first claim then comes to, in yuan."""

    comes_to: int
    amounts: dict[str, str] = field(default_factory=dict)
    periods: dict[str, str] = field(default_factory=dict)
    by: str = "flat"


KINDS = {
    PolicyKind.ONE_OFF: Kind(1000, {"rate-": "1000"}),
    PolicyKind.INSTALMENT: Kind(400, {"rate-": "1000"}, {"shares": "40, 60", "at_months": "0, 24"}),
    PolicyKind.MONTHLY: Kind(600, {"rate-": "200"}, {"rhythm": "month", "months": "12"}),
    PolicyKind.PER_DAY: Kind(
        90, {"new_zh": "近处", "new_en": "Near", "rate-new": "90"}, {"rhythm": "month", "order-1": "item1"}, "item"
    ),
    PolicyKind.PER_EVENT: Kind(
        500, {"new_zh": "生育", "new_en": "Birth", "rate-new": "500"}, {"events_a_year": "2"}, "event"
    ),
    PolicyKind.REIMBURSE_CAPPED: Kind(250, {"rate-": "800"}, {"rhythm": "year", "invoices": "1"}),
    PolicyKind.IN_KIND: Kind(0),
    PolicyKind.TO_EMPLOYER: Kind(7000, {"rate-": "10000"}, {"shares": "70, 30", "at_months": "0, 12"}),
}


def code_of(kind: PolicyKind) -> str:
    """A code of its own for the policy of each kind."""
    return f"N{list(PolicyKind).index(kind)}"


def write(house: House, kind: PolicyKind) -> None:
    """One policy of this kind on the pages, published by a second person who read the list."""
    typed, stage = KINDS[kind], house.stage
    code = code_of(kind)
    writing = Writing(house.as_(Role.TALENT_OFFICE), kind=kind.value, code=code, group=code)
    if typed.by != "flat":
        writing.change("amounts", by=typed.by)
    if typed.amounts:
        writing.change("amounts", **typed.amounts)
    writing.change("periods", **({"starts_with": "category_from", "rhythm": ""} | typed.periods))
    page = writing.path("edit")
    paid = {} if kind is PolicyKind.IN_KIND else {"is_paid": "1"}
    given = TEXTS | paid | {"number": "望人社发〔2026〕3号"}
    answer = writing.send("edit", page, given)
    assert answer.status_code == 302, check_page(answer)
    seal = SEAL.findall(check_page(writing.officer.get(f"/office/policies/{writing.id}")))[0]
    second = colleague(Role.TALENT_OFFICE, "second-person")
    publish_version(stage.session, actor=second, now=stage.now, version_id=parse_id(writing.id), seal=seal)


def enter(house: House) -> None:
    """What people enter: a birth on the expert's page, and a day of service that its host confirmed."""
    [policy] = ids(house, select(Policy.id).where(Policy.code == code_of(PolicyKind.PER_EVENT)))
    there = f"/experts/{public_id(EXPERT)}/contacts"
    given = {"way": "visit", "on": "2026-03-20", "words": "道喜", "occasion": f"{public_id(policy)}:item1"}
    specialist = house.as_(Role.SPECIALIST)
    assert "通勤补贴：生育" in check_page(specialist.get(there))
    assert specialist.post(there, given, page=there).status_code == 302
    serve(house.stage, MARCH)


def ids(house: House, wanted: Any) -> list[int]:
    return house.stage._read(lambda: list(house.stage.session.execute(wanted).scalars()))


def approved(house: House, kind: PolicyKind) -> int:
    """The claim of a right on its shortest way: accepted and determined."""
    stage, right = house.stage, house.stage.right(code_of(kind))
    if right.state != "active":
        stage.step(EntitlementFlow.confirm, right.id, Role.EXPERT)
        stage.step(EntitlementFlow.activate, right.id, Role.SPECIALIST)
    claim = stage.draft(right.id)
    if kind is PolicyKind.REIMBURSE_CAPPED:
        bill = {"code": "", "number": "26999999000000012345", "seller": "望川大酒店", "amount_fen": 250_00}
        who = actor(Role.SPECIALIST)
        bill |= {"issued_on": date(2026, 1, 20), "claim_id": claim}
        enter_invoice(stage.session, actor=who, now=stage.now, **bill)
    stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    stage.step(ClaimFlow.accept, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.to_determination, claim, Role.SPECIALIST)
    page = check_page(house.as_(Role.TALENT_OFFICE).get(f"/office/reviews/{public_id(claim)}"))
    due = "0" if kind is PolicyKind.IN_KIND else f"{KINDS[kind].comes_to}.00"
    assert re.search(rf'name="approved_fen"[^>]* value="{due}"', page), "what it comes to is filled in"
    amount = {"approved_fen": str(KINDS[kind].comes_to)}
    stage.step(ClaimFlow.determine_and_approve, claim, Role.TALENT_OFFICE, amount)
    return claim


def test_a_new_policy_of_every_kind_is_matched_explained_claimed_and_approved(house: House) -> None:
    stage = prepare(house.stage)
    for kind in KINDS:
        write(house, kind)
    stage.match(now=LATER)
    enter(house)
    paid = {kind: approved(house, kind) for kind in KINDS}
    assert set(paid) == set(PolicyKind)
    standings = stage._read(lambda: statement(stage.session, person_id=EXPERT, today=LATER.date()))
    mine = ids(house, select(Policy.id).where(Policy.code.in_([code_of(kind) for kind in KINDS])))
    assert {b.standing for b in standings if b.policy_id in mine} == {Standing.ACTIVE}
    assert all(b.conditions for b in standings if b.policy_id in mine), "each says why"
    items = {
        kind: ids(house, select(PaymentItem.amount_fen).where(PaymentItem.claim_id == paid[kind])) for kind in paid
    }
    assert items == {kind: [typed.comes_to * 100] if typed.comes_to else [] for kind, typed in KINDS.items()}
    to_unit = select(PaymentItem.payee_id).where(PaymentItem.claim_id == paid[PolicyKind.TO_EMPLOYER])
    assert ids(house, to_unit) != [None], "the employer is paid"
