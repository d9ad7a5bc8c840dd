"""A talent apartment is given in turn: whoever has waited longest is next, and who leaves moves out in thirty days."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_housing import APARTMENT
from concierge.models.claim import Claim
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.waiting import Place
from concierge.queries.waiting import Turn, turn_of, waiting_lists
from concierge.rules.roles import Role
from concierge.services.waiting import add_place, free_place, give_place, retire_place
from concierge.workflows import ClaimFlow, EntitlementFlow
from tests import office
from tests.benefits import UNITS, House, Stage, at, colleague, editor, refused
from tests.cases import put
from tests.office import EXPERT, HOSPITAL, HR, NUMBERS, OFFICE, OTHER_EXPERT, check_page, key_ring

KEEPER = colleague(Role.TALENT_OFFICE, "keeper-of-the-flats")
OVER = {"reason": "调离本区", "basis": "第五条", "remedy": "可申请复核"}


def prepare(stage: Stage) -> Stage:
    publisher, units = office.actor(Role.TALENT_OFFICE), UNITS | {"housing": OFFICE}
    when = at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=(APARTMENT,))
    return stage


@pytest.fixture
def town(both_stages: Stage) -> Stage:
    return prepare(both_stages)


@pytest.fixture
def street(stage: Stage) -> Stage:
    return prepare(stage)


def approved(stage: Stage, person: int, now: datetime) -> tuple[int, int]:
    """A claim for a flat that the talent office approves at an instant; its right and itself."""
    policy, version = policy_of(stage)
    own = {"expert_id": person, "subject_key": key_ring().blind_index(NUMBERS[person], "person"), "office_id": OFFICE}
    own |= {"policy_id": policy, "policy_version_id": version, "employer_id": HOSPITAL}
    days = {"starts_on": date(2025, 3, 1), "ends_on": date(2028, 2, 29), "person_id": person}
    right = stage.write(lambda s: put(s, EntitlementFlow, "active", **own, **days))
    plain: dict[str, Any] = {"is_paid": False, "needs_publicity": False, "hr_id": HR, "amount_fen": 0}
    claim = stage.write(lambda s: put(s, ClaimFlow, "determination", **own, **plain, entitlement_id=right))
    stage.step(ClaimFlow.determine_and_approve, claim, Role.TALENT_OFFICE, {"approved_fen": "0"}, now=now)
    return right, claim


def policy_of(stage: Stage) -> tuple[int, int]:
    wanted = select(PolicyVersion.policy_id, PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id)
    row = stage._read(lambda: stage.session.execute(wanted.where(Policy.code == "P05")).one())
    return row[0], row[1]


def act(stage: Stage, work: Callable[..., Any], place: int, now: datetime | None = None, **given: Any) -> Any:
    return work(stage.session, actor=given.get("actor", KEEPER), now=now or at(3, 9), place_id=place)


def flat(stage: Stage, name: str = "2号楼301") -> int:
    return add_place(stage.session, actor=KEEPER, now=at(3, 2), policy_id=policy_of(stage)[0], name=name)


def turn(stage: Stage, claim: int) -> Turn | None:
    return stage._read(lambda: turn_of(stage.session, stage.session.get_one(Claim, claim)))


def test_whoever_has_waited_longest_is_next_and_nothing_is_fulfilled_before_its_turn(town: Stage) -> None:
    _right, late = approved(town, EXPERT, at(3, 5))
    _right, early = approved(town, OTHER_EXPERT, at(3, 4))
    assert (turn(town, early), turn(town, late)) == (Turn(1, None, None), Turn(2, None, None))
    done = {"reason": "已交付钥匙"}
    assert refused(lambda: town.step(ClaimFlow.fulfil, late, Role.TALENT_OFFICE, done)) == {"place_first"}
    assert act(town, give_place, flat(town)) == early
    assert (turn(town, early).place.zh, turn(town, late)) == ("2号楼301", Turn(1, None, None))
    town.step(ClaimFlow.fulfil, early, Role.TALENT_OFFICE, done)
    [kept] = town._read(lambda: waiting_lists(town.session, actor=KEEPER, today=date(2026, 3, 9)))
    assert [(w.nth, w.claim_id) for w in kept.waiting] == [(1, late)]
    assert [(p.claim_id, p.given_on, p.leave_by) for p in kept.places] == [(early, date(2026, 3, 9), None)]


@pytest.mark.parametrize("step", [EntitlementFlow.terminate, EntitlementFlow.complete])
def test_when_the_right_is_over_the_place_is_left_within_thirty_days_and_goes_to_the_next(
    town: Stage, step: Any
) -> None:
    right, first = approved(town, OTHER_EXPERT, at(3, 4))
    place = flat(town)
    act(town, give_place, place)
    _right, second = approved(town, EXPERT, at(3, 5))
    assert refused(lambda: act(town, free_place, place)) == {"place_in_use"}
    town.step(step, right, Role.TALENT_OFFICE, OVER if step is EntitlementFlow.terminate else {}, now=at(3, 10))
    assert turn(town, first).leave_by == date(2026, 4, 9)
    assert refused(lambda: act(town, give_place, place)) == {"place_held"}
    act(town, free_place, place)
    assert act(town, give_place, place) == second


def test_nobody_gets_what_is_held_and_a_free_place_may_be_taken_out_of_use(street: Stage) -> None:
    place = flat(street)
    assert refused(lambda: act(street, give_place, place)) == {"nobody_waits"}
    assert refused(lambda: flat(street)) == {"place_known"}
    assert refused(lambda: flat(street, " ")) == {"name"}
    approved(street, OTHER_EXPERT, at(3, 4))
    act(street, give_place, place)
    assert refused(lambda: act(street, retire_place, place)) == {"place_held"}
    spare = flat(street, "2号楼302")
    act(street, retire_place, spare)
    assert refused(lambda: act(street, give_place, spare)) == {"place_held"}


def test_a_claim_that_is_called_off_leaves_the_list_and_its_place(street: Stage) -> None:
    _right, claim = approved(street, OTHER_EXPERT, at(3, 4))
    place = flat(street)
    act(street, give_place, place)
    _right, waiting = approved(street, EXPERT, at(3, 5))
    for each in (claim, waiting):
        street.step(ClaimFlow.cancel, each, Role.TALENT_OFFICE, {"reason": "本人放弃"})
        assert turn(street, each) is None
    assert street._read(lambda: street.session.get_one(Place, place).claim_id) is None


def test_nobody_gives_himself_a_place_and_other_units_see_none(street: Stage) -> None:
    approved(street, EXPERT, at(3, 4))
    place = flat(street)
    own = office.actor(Role.TALENT_OFFICE, key=key_ring().blind_index(NUMBERS[EXPERT], "person"))
    assert refused(lambda: act(street, give_place, place, actor=own)) == {"own_case"}
    health = office.actor(Role.SECTOR)
    assert street._read(lambda: waiting_lists(street.session, actor=health, today=date(2026, 3, 9))) == ()
    with pytest.raises(NotFound):
        act(street, give_place, place, actor=health)
    assert refused(lambda: act(street, give_place, place, actor=office.actor(Role.HR))) == {"not_your_role"}


def test_places_are_entered_and_given_on_the_page_and_the_expert_reads_his_turn(house: House) -> None:
    stage = prepare(house.stage)
    _right, claim = approved(stage, EXPERT, at(1, 30))
    keeper, page = house.as_(Role.TALENT_OFFICE), "/places"
    wrong = keeper.post(page, {"policy": public_id(policy_of(stage)[0]), "name": ""}, page=page)
    assert (wrong.status_code, 'id="name-error"' in check_page(wrong)) == (422, True)
    entered = {"policy": public_id(policy_of(stage)[0]), "name": "5号楼1单元"}
    assert keeper.post(page, entered, page=page).status_code == 302
    expert = house.as_(Role.EXPERT)
    assert "第1位" in check_page(expert.get(f"/me/progress/{public_id(claim)}"))
    place = stage._read(lambda: stage.session.execute(select(Place.id)).scalar_one())
    assert keeper.post(f"{page}/{public_id(place)}/give", page=page).status_code == 302
    assert "沈知远" in check_page(keeper.get(page))
    assert "已为您安排：5号楼1单元" in check_page(expert.get(f"/me/progress/{public_id(claim)}"))
    assert keeper.post(f"{page}/{public_id(place)}/free", page=page).status_code == 302
    assert "仍在享受中" in check_page(keeper.get(page))
    stage.write(lambda s: s.execute(update(Place).values(leave_by=date(2026, 1, 31))))
    assert "登记腾退" in check_page(keeper.get(page))
