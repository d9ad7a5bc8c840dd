"""Ratings (好差评): by link, once, never edited; the rectification and the appeal are somebody else's."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case, History
from concierge.models.care import CareRequest, Rating, RatingAppeal
from concierge.models.person import Person
from concierge.queries.ratings import RatingRow, is_own_request, link_page, rating_rows, results
from concierge.rules.care import Channel
from concierge.rules.rating_links import is_genuine, rating_token
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.ratings import appeal_rating, decide_appeal, rate_by_link
from concierge.services.steps import step_named, take_step
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HEALTH, NOW, actor, fill, key_ring

SPECIALIST, LEAD, SECTOR = actor(Role.SPECIALIST), actor(Role.SPECIALIST_LEAD), actor(Role.SECTOR)
OFFICE = actor(Role.TALENT_OFFICE)
POOR = {"level": "1", "words": "没人接电话", "about_manner": "y", "about_speed": "y"}


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def step(rows: Database, case_id: int, name: str, who: Actor, **given: Any) -> None:
    with rows.session() as session:
        taken = step_named("care_request", name)
        take_step(session, actor=who, now=NOW, step=taken, case_id=case_id, version=None, given=given)


def answered(rows: Database) -> int:
    """A request that the health bureau has answered."""
    with rows.session() as session:
        wish = CareWish("medical", "请帮忙联系专家号", Channel.PHONE)
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)
    step(rows, case_id, "assign", SPECIALIST, unit=public_id(HEALTH))
    step(rows, case_id, "sign", SECTOR)
    step(rows, case_id, "start", SECTOR)
    step(rows, case_id, "reply", SECTOR, reply="已预约周三上午")
    return case_id


def link(case_id: int) -> str:
    return rating_token(key_ring(), district_id=DISTRICT, case_id=case_id)


def rate(rows: Database, case_id: int, token: str = "", **given: str) -> None:
    with rows.session() as session:
        session.info["district"] = None  # nobody is logged in
        rate_by_link(session, keys=key_ring(), token=token or link(case_id), now=NOW, given=given or POOR)


def only_rating(rows: Database) -> RatingRow:
    with rows.session() as session:
        [row] = rating_rows(session, LEAD, NOW - timedelta(days=1))
        return row


def appeal(rows: Database, who: Actor = SECTOR, *, now: datetime = NOW, reason: str = "误点，已向本人核实") -> None:
    rating_id = only_rating(rows).id
    with rows.session() as session:
        appeal_rating(session, actor=who, now=now, rating_id=rating_id, reason=reason)


def decide(rows: Database, who: Actor = OFFICE, *, accepted: bool = True, decision: str = "误评属实") -> None:
    rating_id = only_rating(rows).id
    with rows.session() as session:
        decide_appeal(session, actor=who, now=NOW, rating_id=rating_id, accepted=accepted, decision=decision)


def test_the_link_rates_without_a_log_in_with_tags_and_words_and_only_once(rows: Database) -> None:
    case_id = answered(rows)
    rate(rows, case_id)
    with rows.session() as session:
        rating = session.execute(select(Rating)).scalar_one()
        assert (rating.level, rating.words, rating.tags) == (1, "没人接电话", ["about_speed", "about_manner"])
        line = session.execute(select(History).where(History.case_id == case_id, History.step == "rate")).scalar_one()
        assert (line.role, line.actor_id) == ("expert", 0)
    with pytest.raises(Refusal):
        rate(rows, case_id, level="5")
    assert only_rating(rows).level == 1


def test_a_link_that_this_site_did_not_make_is_no_link(rows: Database) -> None:
    case_id = answered(rows)
    token = link(case_id)
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), link(case_id + 1), "x"):
        with pytest.raises(NotFound):
            rate(rows, case_id, wrong)
    assert is_genuine(key_ring(), token)


def test_the_page_behind_the_link_tells_no_name_and_no_word(rows: Database) -> None:
    case_id = answered(rows)
    with rows.session() as session:
        page = link_page(session, keys=key_ring(), token=link(case_id))
    assert (str(page.unit), page.may_rate, page.is_rated) == ("区卫健委", True, False)
    assert not {"text", "title", "reply", "expert"} & set(vars(page))


def test_only_the_experts_own_mail_bears_the_link(rows: Database) -> None:
    case_id = answered(rows)
    with rows.session() as session:
        told = {role: is_own_request(session, ACCOUNTS[role], case_id) for role in (Role.EXPERT, Role.SPECIALIST)}
    assert told == {Role.EXPERT: True, Role.SPECIALIST: False}


def test_scenario_12_a_poor_rating_is_rectified_by_somebody_else_and_an_accepted_appeal_leaves_the_results(
    rows: Database,
) -> None:
    with rows.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(deputy_id=ACCOUNTS[Role.SPECIALIST_LEAD]))
    rate(rows, answered(rows))
    row = only_rating(rows)
    assert (row.visit_due_on, row.is_rectified) == (date(2026, 11, 30), False)  # five working days
    with rows.session() as session:
        visit = session.get_one(CareRequest, row.visit_id)
        assert visit.specialist_id == ACCOUNTS[Role.SPECIALIST_LEAD]
    step(rows, visit.id, "assign", LEAD, unit=public_id(HEALTH))
    with pytest.raises(Refusal, match="same_person"):
        step(rows, visit.id, "sign", SECTOR)  # who gave the poor answer does not mend it
    colleague = replace(SECTOR, account_id=777, person_key="person-of-a-colleague")
    step(rows, visit.id, "sign", colleague)
    appeal(rows)
    decide(rows)
    kept = only_rating(rows)
    assert (kept.level, kept.appeal, kept.counts) == (1, "accepted", False)
    assert results([kept], by="unit") == []


def test_results_are_counted_by_unit_and_specialist(rows: Database) -> None:
    rate(rows, answered(rows))
    rate(rows, answered(rows), level="5")
    with rows.session() as session:
        found = rating_rows(session, LEAD, NOW - timedelta(days=1))
    [unit] = results(found, by="unit")
    assert (str(unit.name), unit.ratings, unit.satisfied, unit.poor, unit.rectified, unit.tenths) == (
        "区卫健委", 2, 1, 1, 0, 30,
    )  # fmt: skip
    assert [result.ratings for result in results(found, by="specialist")] == [2]


def test_an_appeal_is_made_by_the_rated_person_once_in_time_and_with_a_reason(rows: Database) -> None:
    rate(rows, answered(rows))
    with pytest.raises(NotFound):
        appeal(rows, LEAD)
    with pytest.raises(Invalid):
        appeal(rows, reason=" ")
    with pytest.raises(Refusal, match="appeal_late"):
        appeal(rows, now=NOW + timedelta(days=8))
    appeal(rows, SPECIALIST, now=NOW + timedelta(days=7))
    with pytest.raises(Refusal, match="appealed"):
        appeal(rows)


def test_an_appeal_is_decided_once_by_somebody_it_does_not_concern(rows: Database) -> None:
    rate(rows, answered(rows))
    with pytest.raises(NotFound):
        decide(rows)
    appeal(rows)
    for concerned in (SECTOR.person_key, SPECIALIST.person_key):
        with pytest.raises(Refusal, match="same_person"):
            decide(rows, replace(OFFICE, person_key=concerned))
        with pytest.raises(Refusal, match="same_person"):
            decide(rows, replace(OFFICE, for_account=1, for_person_key=concerned))
    with pytest.raises(Invalid):
        decide(rows, decision=" ")
    decide(rows, accepted=False)
    assert (only_rating(rows).appeal, only_rating(rows).counts) == ("rejected", True)
    with pytest.raises(Refusal, match="appeal_decided"):
        decide(rows)
    with rows.session() as session:
        assert session.scalar(select(RatingAppeal.decided_by)) == ACCOUNTS[Role.TALENT_OFFICE]
        assert session.scalar(select(Case.id).where(Case.kind == "care_request", Case.parent_id.is_not(None)))
