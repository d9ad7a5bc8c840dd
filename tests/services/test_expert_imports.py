"""Lists of experts for dispatch come in row by row, add nothing when they come again, and can be taken back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from concierge.models.campaign import ServiceExpert
from concierge.services.mentorships import follow_mentee
from concierge.services.service_experts import NewExpert, end_expert, list_experts
from concierge.services.teams import NewTeam, form_team
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, TEACHER, TEACHING, Orders, bureau, fill
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EXPERT, HOSPITAL, NOW
from tests.services.test_campaign_imports import LIST, apply, preview, reverse
from tests.services.test_imports import classes, errors

HEAD = "姓名,派出单位,专长"
KIND = "service_experts"


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "campaign", fill)


def listed(place: Database) -> dict[str, str]:
    """The list of the doctors' field as it is: name and specialty."""
    e = ServiceExpert
    with place.session() as session:
        rows = session.execute(select(e.full_name, e.specialty).where(e.field_id == DOCTORS, e.is_active))
        return dict(rows.tuples().all())


def end(place: Database, expert_id: int) -> None:
    with place.session() as session:
        end_expert(session, actor=bureau(), now=NOW, expert_id=expert_id)


def test_a_list_is_classed_by_name_and_unit_and_the_same_list_again_adds_nothing(place: Database) -> None:
    rows = (HEAD, "护士 丁,区人民医院,急救护理", "同事丙,区人民医院,外科", "沈知远,区人民医院,")
    first = preview(place, KIND, *rows)
    assert classes(place, first) == ["new", "changed", "same"]
    apply(place, first)
    assert listed(place) == {"沈知远": "内科", "同事丙": "外科", "护士丁": "急救护理"}
    again = preview(place, KIND, HEAD, *rows[1:], rows[1])
    assert classes(place, again) == ["same", "same", "same", "conflict"]
    apply(place, again, leave_out_bad=True)
    assert len(listed(place)) == 3


def test_a_wrong_row_of_a_list_says_which_cell_is_wrong(place: Database) -> None:
    with place.session() as session:
        given = {"actor": bureau(), "now": NOW, "field_id": DOCTORS}
        elsewhere = NewExpert(full_name="护士戊", home_unit_id=HOSPITAL)
        list_experts(session, **given, experts=[elsewhere])
    run = preview(
        place, KIND, HEAD + ",领域", "护士丁,无此单位,,", ",区人民医院,,", "护士己,区人民医院,长" + "长" * 200 + ",",
        "教师甲,望川一中,,education", "护士戊,区人民医院,,",
    )  # fmt: skip
    assert classes(place, run) == ["invalid", "invalid", "invalid", "invalid", "same"]
    assert errors(place, run) == [
        ("B2", "unknown_unit"),
        ("A3", "missing"),
        ("C4", "too_long"),
        ("D5", "unknown_field"),
    ]


def test_whoever_is_on_the_list_of_another_field_is_not_listed_twice(place: Database) -> None:
    with place.session() as session:
        session.get_one(ServiceExpert, TEACHER).home_unit_id = HOSPITAL
        session.commit()
        assert session.get_one(ServiceExpert, TEACHER).field_id == TEACHING
    assert errors(place, preview(place, KIND, HEAD, "教师甲,区人民医院,")) == [("A2", "listed_already")]


def test_a_list_taken_back_ends_the_new_and_gives_the_others_back_what_they_said(place: Database) -> None:
    end(place, COLLEAGUE)
    rows = (
        HEAD,
        "护士丁,区人民医院,急救护理",
        "同事丙,区人民医院,外科",
        "沈知远,区人民医院,心内科",
        "护士戊,区人民医院,",
    )
    run = preview(place, KIND, *rows)
    assert classes(place, run) == ["new", "new", "changed", "new"]
    apply(place, run)
    assert listed(place)["同事丙"] == "外科"
    with place.session() as session:
        named = session.execute(select(ServiceExpert.id).where(ServiceExpert.full_name == "护士戊")).scalar_one()
        session.rollback()
        Orders(session).raised(members=(named,))
    done = reverse(place, run)
    assert (done.restored, [kept.name for kept in done.kept]) == (3, ["护士戊"])
    assert listed(place) == {"沈知远": "内科", "护士戊": ""}
    with place.session() as session:
        back = session.get_one(ServiceExpert, COLLEAGUE)
        assert (back.is_active, back.specialty) == (False, "内科")


def test_a_list_that_is_taken_back_leaves_whoever_is_in_a_team_or_follows_somebody(place: Database) -> None:
    run = preview(place, KIND, HEAD, "护士戊,区人民医院,护理", "护士己,区人民医院,护理", "护士庚,区人民医院,护理")
    apply(place, run)
    with place.session() as session:
        names = select(ServiceExpert.full_name, ServiceExpert.id)
        who = dict(session.execute(names).tuples().all())
        here: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": DOCTORS}
        team = {"name_zh": "护理团队", "name_en": "", "base_unit_id": HOSPITAL, "members": [who["护士戊"]]}
        day = date(2026, 11, 2)
        form_team(session, actor=bureau(), now=NOW, team=NewTeam(**here, **team, formed_on=day))
        mentee = (who["护士己"], HOSPITAL, "青年护士")
        follow_mentee(session, actor=bureau(), now=NOW, **here, mentee=mentee, starts_on=day)
    done = reverse(place, run)
    assert [(kept.name, list(kept.changed_by)) for kept in done.kept] == [
        ("护士戊", ["护理团队"]),
        ("护士己", ["青年护士"]),
    ]
    assert {"护士戊", "护士己"} <= listed(place).keys()
    assert "护士庚" not in listed(place)


def test_whoever_comes_back_by_a_list_keeps_the_file_of_his_entry(place: Database) -> None:
    with place.session() as session:
        session.get_one(ServiceExpert, DOCTOR).person_id = EXPERT
        session.commit()
    end(place, DOCTOR)
    apply(place, preview(place, KIND, HEAD, "沈知远,区人民医院,内科"))
    with place.session() as session:
        back = session.get_one(ServiceExpert, DOCTOR)
        assert (back.is_active, back.person_id) == (True, EXPERT)


def test_a_dispatch_list_names_whoever_went_though_he_is_off_the_list_now(place: Database) -> None:
    row = "D1,2026-10-12,前进村,慢病义诊,沈知远,1,42"
    apply(place, preview(place, "dispatch", LIST, row))
    end(place, DOCTOR)
    assert classes(place, preview(place, "dispatch", LIST, row)) == ["same"]
