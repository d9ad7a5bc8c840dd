"""A benefit in kind against a voucher: used once, accepted by the expert, settled by the month with the provider."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DatabaseError

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.engine.actor import Actor, Grant, machine
from concierge.models.consent import Consent
from concierge.models.payment import PaymentItem
from concierge.models.voucher import Voucher
from concierge.queries.vouchers import provider_months, voucher_rows
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account
from concierge.services.steps import Taking, step_named, take_step
from concierge.services.unit_payees import propose_unit_account
from concierge.services.verify_money import verify_money
from concierge.services.vouchers import expire_vouchers, issue, settle_month
from concierge.workflows import ClaimFlow
from tests import office
from tests.benefits import refused
from tests.databases import DISTRICT
from tests.office import EXPERT, HOSPITAL, SCHOOL, actor, key_ring
from tests.paying import CHECKER, HOUSING, MAKER, NOW, TODAY, Paying

CAP = 1500_00
GIVER = actor(Role.TALENT_OFFICE)
DESK = replace(
    actor(Role.UNIT_LIAISON), person_key="key-of-the-desk", grants=frozenset({Grant(Role.UNIT_LIAISON, HOSPITAL)})
)
"""The hospital's own desk."""
SERVED = {"used_on": TODAY.isoformat(), "used_fen": "1320"}


def vouchers(paying: Paying, *amounts: int, consent: bool = True, **given: Any) -> list[int]:
    """Vouchers to be placed, of approved claims of these amounts (fen)."""
    claims = paying.claims(*amounts, by_voucher=True, **given)
    act = paying.act()
    with paying.session() as session, transaction(session):
        if consent:
            row = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "relative_id": None, "by_id": 1}
            row |= {"purpose": "sharing", "is_given": True, "wording": 1, "channel": "portal", "at": NOW}
            session.execute(insert(Consent), [row])
        issue(Taking(session, ClaimFlow.approve, act), claims)
        return list(session.execute(select(Voucher.id).order_by(Voucher.id)).scalars())


def step(paying: Paying, name: str, voucher: int, who: Role | Actor, given: Mapping[str, Any] | None = None) -> None:
    by = actor(who) if isinstance(who, Role) else who
    with paying.session() as session:
        flow = step_named("voucher", name)
        take_step(session, actor=by, now=paying.now, step=flow, case_id=voucher, version=None, given=given or {})


def used(paying: Paying, voucher: int, given: Mapping[str, Any] = SERVED) -> int:
    """The voucher placed with the hospital, and reported by it."""
    step(paying, "place", voucher, GIVER, {"provider": public_id(HOSPITAL)})
    step(paying, "report", voucher, DESK, given)
    return voucher


def settle(paying: Paying, fen: int, key: str | None = None, who: Actor | None = None) -> int:
    month = {"provider_id": HOSPITAL, "month": f"{TODAY:%Y-%m}", "billed_fen": fen, "key": key}
    with paying.session() as session:
        return settle_month(session, actor=who or actor(MAKER), now=paying.now, **month)


def row(paying: Paying, voucher: int) -> Voucher:
    with paying.session() as session:
        return session.execute(select(Voucher).where(Voucher.id == voucher)).scalar_one()


def items(paying: Paying) -> list[PaymentItem]:
    with paying.session() as session:
        return list(session.execute(select(PaymentItem).order_by(PaymentItem.id)).scalars())


def test_what_the_expert_accepted_is_paid_to_the_hospital_and_to_nobody_else(paying: Paying) -> None:
    [voucher] = vouchers(paying, CAP)
    assert items(paying) == [], "nothing is paid before the service"
    used(paying, voucher)
    assert refused(lambda: settle(paying, 1320_00)) == {"nothing_to_settle"}
    step(paying, "accept", voucher, Role.EXPERT)
    assert refused(lambda: settle(paying, 1319_99)) == {"bill_differs"}
    assert settle(paying, 1320_00, "k") == 1
    assert settle(paying, 1320_00, "k") == 1, "the first answer again"
    assert refused(lambda: settle(paying, 1320_00)) == {"nothing_to_settle"}
    [item] = items(paying)
    assert (item.amount_fen, item.withheld_fen, item.payee_name, item.account_settled) == (
        1320_00, 0, "区人民医院", False,
    )  # fmt: skip
    with paying.session() as session:
        account = propose_unit_account(
            session, actor=actor(Role.EMPLOYER), now=NOW, keys=key_ring(), unit_id=HOSPITAL, bank_name="望川农商行",
            holder_name="望川区人民医院", branch_code="", number="999999000000000030",
        )  # fmt: skip
        check_bank_account(session, actor=actor(MAKER), now=NOW, account_id=account, accept=True)
    assert paying.take("prepare", [item.id], MAKER, {"budget_line": public_id(HOUSING)}).moved
    assert paying.take("approve", [item.id], CHECKER).moved, "and from here on the way of every payment"
    assert paying.line()[1] == 1320_00
    with paying.session() as session:
        assert [check.name for check in verify_money(session) if not check.ok] == []


def test_a_voucher_is_used_once_within_its_days_and_up_to_what_it_covers(paying_here: Paying) -> None:
    paying = paying_here
    [voucher] = vouchers(paying, CAP)
    step(paying, "place", voucher, GIVER, {"provider": public_id(HOSPITAL)})

    def says(**given: str) -> set[str]:
        return refused(lambda: step(paying, "report", voucher, DESK, SERVED | given))

    assert says(used_fen="1500.01") == {"above_cap"}
    assert says(used_fen="0") == {"amount"}
    assert says(used_on=(TODAY + timedelta(days=1)).isoformat()) == {"day_ahead"}
    assert says(used_on=(TODAY - timedelta(days=1)).isoformat()) == {"not_valid_then"}
    elsewhere = replace(DESK, grants=frozenset({Grant(Role.UNIT_LIAISON, SCHOOL)}))
    with pytest.raises(NotFound):
        step(paying, "report", voucher, elsewhere, SERVED)
    step(paying, "report", voucher, DESK, SERVED)
    assert says() == {"wrong_state", "not_in_your_hands"}, "a second report finds it used"
    assert row(paying, voucher).used_fen == 1320_00


def test_who_comes_is_told_to_a_provider_with_the_persons_consent_alone(paying_here: Paying) -> None:
    paying = paying_here
    [voucher] = vouchers(paying, CAP, consent=False)
    given = {"provider": public_id(HOSPITAL)}
    assert refused(lambda: step(paying, "place", voucher, GIVER, given)) == {"consent_missing"}
    assert refused(lambda: step(paying, "place", voucher, GIVER, {"provider": public_id(office.HR)})) == {
        "unknown_unit"
    }


def test_a_disputed_service_waits_with_the_unit_and_is_left_out_of_the_settlement(paying_here: Paying) -> None:
    paying = paying_here
    first, second, third = vouchers(paying, CAP, CAP, CAP)
    for voucher in (first, second, third):
        used(paying, voucher)
    step(paying, "accept", first, Role.EXPERT)
    for voucher in (second, third):
        step(paying, "dispute", voucher, Role.EXPERT, {"reason": "只做了一半"})
    with paying.session() as session:
        [month] = provider_months(session, actor(MAKER), TODAY.year)
        told = voucher_rows(session, actor(CHECKER), HOSPITAL, month.month)
    assert (month.reported_fen, month.open_count, month.open_fen) == (3 * 1320_00, 2, 2 * 1320_00)
    assert (month.accepted_fen, month.settled_fen) == (1320_00, 0)
    assert [each.state for each in told] == ["accepted", "disputed", "disputed"]
    assert settle(paying, 1320_00) == 1
    put_right = {"used_on": TODAY.isoformat(), "used_fen": "660", "reason": "查实为半价"}
    step(paying, "correct", second, GIVER, put_right)
    step(paying, "accept", second, Role.EXPERT)
    step(paying, "reopen", third, GIVER, {"reason": "当日未到院"})
    assert (row(paying, third).state, row(paying, third).used_fen, row(paying, third).used_on) == ("issued", 0, None)
    assert settle(paying, 660_00) == 1
    assert sorted(item.amount_fen for item in items(paying)) == [660_00, 1320_00]


def test_whoever_reported_accepted_or_disputed_does_not_decide_about_it(paying_here: Paying) -> None:
    paying = paying_here
    [voucher] = vouchers(paying, CAP)
    used(paying, voucher)
    same = replace(actor(Role.SPECIALIST), person_key=DESK.person_key)
    assert refused(lambda: step(paying, "accept", voucher, same)) == {"same_person"}
    step(paying, "accept", voucher, Role.SPECIALIST)
    both = replace(actor(MAKER), person_key=actor(Role.SPECIALIST).person_key)
    assert refused(lambda: settle(paying, 1320_00, who=both)) == {"same_person"}
    assert row(paying, voucher).state == "accepted"


def test_an_unused_voucher_lets_its_claim_go_and_a_used_one_holds_it(paying: Paying) -> None:
    late, called_off, kept = vouchers(paying, CAP, CAP, CAP)
    used(paying, kept)
    step(paying, "place", late, GIVER, {"provider": public_id(HOSPITAL)})
    claims = {voucher: row(paying, voucher).claim_id for voucher in (late, called_off, kept)}
    paying.now = NOW + timedelta(days=121)
    with paying.session() as session:
        assert expire_vouchers(session, actor=machine(DISTRICT), now=paying.now) == 1
        assert expire_vouchers(session, actor=machine(DISTRICT), now=paying.now) == 0

    def cancel(claim: int) -> None:
        with paying.session() as session:
            take_step(
                session, actor=GIVER, now=paying.now, step=ClaimFlow.cancel, case_id=claim, version=None,
                given={"reason": "本人放弃"},
            )  # fmt: skip

    cancel(claims[called_off])
    assert [paying.state(voucher) for voucher in (late, called_off)] == ["expired", "withdrawn"]
    assert [paying.state(claims[voucher]) for voucher in (late, called_off)] == ["cancelled", "cancelled"]
    assert refused(lambda: cancel(claims[kept])) == {"served_already"}
    assert paying.state(kept) == "used"


def test_a_service_without_money_fulfils_its_claim_once_it_is_accepted(paying_here: Paying) -> None:
    paying = paying_here
    [voucher] = vouchers(paying, 0, is_paid=False)
    used(paying, voucher, SERVED | {"used_fen": "0"})
    step(paying, "accept_free", voucher, Role.EXPERT)
    assert paying.state(row(paying, voucher).claim_id) == "fulfilled"
    assert items(paying) == []


def test_the_database_settles_a_claim_once_and_never_above_its_voucher(paying: Paying) -> None:
    [voucher] = vouchers(paying, CAP)
    used(paying, voucher)
    for wrong in ({"used_fen": CAP + 1}, {"settled_at": NOW, "used_fen": 0}):
        with paying.session() as session, pytest.raises(DatabaseError), transaction(session):
            session.execute(update(Voucher).where(Voucher.id == voucher).values(**wrong))


def test_verify_names_a_payment_that_went_to_somebody_else_than_the_provider(paying_here: Paying) -> None:
    paying = paying_here
    [voucher] = vouchers(paying, CAP)
    used(paying, voucher)
    step(paying, "accept", voucher, Role.EXPERT)
    settle(paying, 1320_00)
    for wrong in ({"payee_id": None}, {"amount_fen": 1320_01}):
        before = items(paying)[0]
        with paying.session() as session, transaction(session):
            session.execute(update(PaymentItem).values(**wrong))
        with paying.session() as session:
            assert [c.name for c in verify_money(session) if not c.ok] == ["providers_are_paid_what_was_accepted"]
        with paying.session() as session, transaction(session):
            session.execute(update(PaymentItem).values(payee_id=before.payee_id, amount_fen=before.amount_fen))
