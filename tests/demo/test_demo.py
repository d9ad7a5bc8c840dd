"""The fictional district: whole, reproducible, and impossible to take for a real one."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from concierge.basics.crypto import KeyRing, Profile, check_password
from concierge.basics.errors import Refusal
from concierge.db import DistrictSession, make_engine, open_session
from concierge.demo.load import Loaded, load_demo
from concierge.demo.staff import PASSWORD
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History, Outbox
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, LedgerCorrection
from concierge.models.claim import Claim
from concierge.models.dispatch import DispatchOffer, DispatchOrder
from concierge.models.district import District, Unit
from concierge.models.money_rules import MoneyRule
from concierge.models.person import OF_A_UNIT, BankAccount, Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.supervision import SupervisionSheet
from concierge.queries.actors import actor_of
from concierge.queries.counts import menu_counts
from concierge.queries.filters import WorkFilter
from concierge.queries.reviews import ReviewFilter, reviews
from concierge.queries.worklist import worklist
from concierge.queries.worklist_scope import Desk
from concierge.rules.roles import Role
from concierge.rules.supervision import BY_HAND
from concierge.services.calendars import calendar_of
from concierge.services.privacy import open_accounts, open_id_numbers
from concierge.services.verify import verify_district
from concierge.storage import LocalStorage
from concierge.workflows.topics import Topic
from tests.databases import make_tables

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # Monday, 16:30 in the district
EXPERTS = 24
KEYS = KeyRing.generate()
DEPARTMENTS = 12


def fast_engine(file: Path) -> Engine:
    """A database that need not survive a power cut."""
    engine = make_engine(f"sqlite:///{file}")
    make_tables(engine)
    return engine


def load(engine: Engine, folder: Path, **more: Any) -> Loaded:
    given = {"now": NOW, "experts": EXPERTS, "seed": 1, "days": 240, "profile": Profile.QUICK} | more
    return load_demo(engine, KEYS, storage=LocalStorage(folder / "papers"), **given)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Loaded]:
    folder = tmp_path_factory.mktemp("demo")
    engine = fast_engine(folder / "demo.db")
    return engine, load(engine, folder)


@pytest.fixture
def session(demo: tuple[Engine, Loaded]) -> Any:
    with open_session(demo[0], district=None) as nobody:
        district = nobody.execute(select(District.id)).scalar_one()
    with open_session(demo[0], district=district) as session:
        yield session


def test_every_act_of_the_year_is_one_that_the_rules_allow(demo: tuple[Engine, Loaded]) -> None:
    assert demo[1].refused == ()


def test_every_record_holds(session: DistrictSession) -> None:
    assert [check for check in verify_district(session) if not check.ok] == []


def test_every_role_has_a_log_in_with_the_printed_password(
    demo: tuple[Engine, Loaded], session: DistrictSession
) -> None:
    loaded = demo[1]
    assert {account.role for account in loaded.accounts} == {role.value for role in Role} - {"system"}
    assert len([account for account in loaded.accounts if account.role == "specialist"]) >= 10
    kept = dict(session.execute(select(Account.login, Account.password_hash)).all())
    assert set(kept) == {account.login for account in loaded.accounts}
    assert check_password(kept["specialist"], PASSWORD)
    assert not any(session.execute(select(Account.must_change_password)).scalars())


def test_the_district_has_its_departments_its_employers_and_its_experts(
    demo: tuple[Engine, Loaded], session: DistrictSession
) -> None:
    kinds = list(session.execute(select(Unit.kind)).scalars())
    departments = [kind for kind in kinds if kind in ("office", "hr", "finance", "sector", "support")]
    assert len(departments) >= DEPARTMENTS
    assert {"hospital", "school", "employer", "township", "village"} <= set(kinds)
    natural = select(Person.id).where(Person.id_kind != OF_A_UNIT)
    assert len(session.execute(natural).all()) == EXPERTS == demo[1].experts
    district = session.execute(select(District)).scalar_one()
    assert (district.is_demo, district.code) == (True, "999901")


def waiting_on_the_page(session: DistrictSession, desk: Desk, figure: str) -> int:
    if figure in ("mine", "unit"):
        return worklist(session, replace(desk, unit=figure == "unit"), WorkFilter()).views["mine"].n
    return reviews(session, desk, Role(figure.removesuffix("_reviews")), ReviewFilter()).found.n


def test_a_figure_in_the_menu_is_what_its_page_calls_its_readers_own(
    demo: tuple[Engine, Loaded], session: DistrictSession
) -> None:
    compared, wrong = 0, []
    for login in (account.login for account in demo[1].accounts):
        account = session.execute(select(Account.id).where(Account.login_key == login)).scalar_one()
        actor = actor_of(session, account, NOW)
        desk = Desk(actor, NOW, calendar_of(session, actor.district_id))
        for name, figure in menu_counts(session, actor, NOW.date()).items():
            if name in ("mine", "unit") or name.endswith("_reviews"):
                shown = waiting_on_the_page(session, desk, name)
                wrong += [(login, name, figure, shown)] if figure != shown else []
                compared += shown
    assert not wrong
    assert compared


def test_nobody_in_it_can_be_a_real_person(session: DistrictSession) -> None:
    ids = list(session.execute(select(Person.id)).scalars())
    numbers = open_id_numbers(session, KEYS, ids).values()
    accounts = open_accounts(session, KEYS, session.execute(select(BankAccount.id)).scalars().all()).values()
    assert len(set(numbers)) == EXPERTS
    assert all(number.startswith(("9999", "ZZ9999")) for number in numbers)
    assert all(number.startswith("999999") for number in accounts)


def test_the_names_show_what_names_can_be(session: DistrictSession) -> None:
    names = " ".join(session.execute(select(Person.full_name)).scalars())
    assert any("\u4e00" <= sign <= "\u9fff" for sign in names)
    assert any(ord(sign) > 0xFFFF for sign in names)


def test_payments_passed_through_different_hands(session: DistrictSession) -> None:
    rows = session.execute(
        select(History.case_id, History.step, History.actor_key).where(
            History.step.in_(("accept", "hr_pass", "determine", "check_mask", "post"))
        )
    ).all()
    hands: dict[int, dict[str, str]] = {}
    for case_id, step, key in rows:
        hands.setdefault(case_id, {})[step] = key
    whole = [each for each in hands.values() if {"accept", "hr_pass", "determine"} <= set(each)]
    assert whole
    assert all(len({each["accept"], each["hr_pass"], each["determine"]}) == 3 for each in whole)
    assert all(
        each["check_mask"] not in (each.get("post"), each["determine"]) for each in whole if "check_mask" in each
    )


def test_nothing_happens_after_the_present_or_before_its_cause(session: DistrictSession) -> None:
    assert max(session.execute(select(History.at)).scalars()) <= NOW
    lines = session.execute(select(History.case_id, History.at).order_by(History.case_id, History.version)).all()
    for before, after in zip(lines, lines[1:], strict=False):
        assert before.case_id != after.case_id or before.at <= after.at


def test_the_rarer_turns_of_the_year_can_be_seen(session: DistrictSession) -> None:
    r, c, s = MoneyRule, LedgerCorrection, SupervisionSheet
    assert sorted(session.execute(select(c.kind)).scalars()) == ["confirmed", "proposed", "proposed"]
    assert sorted(session.execute(select(r.kind)).scalars()) == ["confirmed", "proposed", "proposed"]
    by_days = select(Claim.id).join(Policy, Policy.id == Claim.policy_id).where(Policy.code.in_(("P07", "P08")))
    assert session.execute(by_days).all()
    assert session.execute(select(Outbox.id).where(Outbox.topic == Topic.ENDING_PROPOSED)).all()
    nights = select(History.reason).where(History.step == "suspend", History.role == Role.SYSTEM.value)
    words = "".join(filter(None, session.execute(nights).scalars()))
    assert "年度考核不合格" in words, "a grade proposes the end of a stipend"
    assert "离岗超过30天" in words, "an absence has stopped an allowance"
    sheets = [open_ for (open_,) in session.execute(select(s.is_open).where(s.cause != BY_HAND))]
    assert 0 < sum(sheets) < len(sheets) / 2


def test_the_budget_is_near_to_what_the_year_needs_and_one_line_is_low(session: DistrictSession) -> None:
    lines = session.execute(select(BudgetLine).where(BudgetLine.year == NOW.year)).scalars().all()
    left = [1 - (line.reserved_fen + line.spent_fen) / line.amount_fen for line in lines if line.spent_fen > 10**7]
    assert [share for share in left if share < 0.1]
    assert all(share < 0.5 for share in left)


def test_a_filled_site_takes_no_second_demo(demo: tuple[Engine, Loaded], tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="filled"):
        load(demo[0], tmp_path)


def test_the_same_seed_tells_the_same_year_and_another_seed_another(
    demo: tuple[Engine, Loaded], tmp_path: Path
) -> None:
    def told(name: str) -> tuple[Any, ...]:
        engine = fast_engine(tmp_path / f"{name}.db")
        loaded = load(engine, tmp_path, experts=4, seed=3, days=60)
        with engine.connect() as connection:
            cases = connection.execute(select(Case.__table__.c.id, Case.__table__.c.state).order_by("id")).all()
        people = people_of(engine)
        engine.dispose()
        return loaded.as_json(), [tuple(row) for row in cases], people

    first, again = told("first"), told("again")
    assert first == again
    assert not set(first[2].values()) <= set(people_of(demo[0]).values())


def test_the_draft_of_next_year_names_its_own_amounts_to_the_public(session: DistrictSession) -> None:
    drafts = select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id)
    draft = session.scalars(drafts.where(Policy.code == "P02", PolicyVersion.state == "draft")).one()
    for fen in draft.rates["amounts"].values():
        assert f"每月{fen // 100}元" in draft.guide_zh
        assert f"{fen // 100:,}" in draft.guide_en


def test_what_waits_for_a_decision_waits_on_a_rest_day_too(tmp_path: Path) -> None:
    engine, sunday = fast_engine(tmp_path / "rest.db"), datetime(2026, 11, 22, 2, tzinfo=UTC)
    load(engine, tmp_path, now=sunday, experts=4, days=60)
    order, draft = DispatchOrder, PolicyVersion
    with engine.connect() as connection:
        here = connection.execute(select(order.state, order.named).where(order.is_open)).tuples().all()
        asked = connection.execute(select(func.count(DispatchOffer.id))).scalar_one()
        drafts = connection.execute(select(draft.version).where(draft.state == "draft")).scalars().all()
    assert {"raised", "triaged", "dispatched", "declined", "accepted"} <= {state for state, _named in here}
    assert ("triaged", 0) in here, "for this one the page ranks who could go"
    assert (asked, drafts) == (3, [2])


def people_of(engine: Engine) -> dict[int, str]:
    """The name of everybody, by the number of his record."""
    with engine.connect() as connection:
        return dict(connection.execute(select(Person.__table__.c.id, Person.__table__.c.full_name)).tuples().all())


@pytest.mark.nightly
@pytest.mark.timeout(1200)
def test_every_state_of_every_flow_can_be_seen_in_the_whole_demo(tmp_path: Path) -> None:
    engine = fast_engine(tmp_path / "whole.db")
    loaded = load(engine, tmp_path, experts=200, days=500)
    assert loaded.refused == ()
    with engine.connect() as connection:
        columns = Case.__table__.c.kind, Case.__table__.c.state
        seen = {tuple(row) for row in connection.execute(select(*columns).distinct())}
        line = History.__table__.c
        nights = select(line.reason).where(line.step == "suspend", line.role == Role.SYSTEM.value)
        words = "".join(filter(None, connection.execute(nights).scalars()))
        assert "年审逾期未反馈" in words, "a review of the year that nobody answered"
    absent = {(kind, state) for kind, flow in FLOWS.items() for state in flow.states} - seen
    assert absent == set()
    engine.dispose()
