"""Policy consultations from the question to its end, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.db import DistrictSession
from concierge.engine.tables import Case, Outbox
from concierge.models.care import CareRequest, Rating
from concierge.models.consultation import Citation, Consultation
from concierge.models.scope import visible_cases
from concierge.queries.citable import cited_by, clause_choices, key_of
from concierge.queries.consultations import asked, employer_questions
from concierge.queries.ratings import rating_rows
from concierge.rules.consultation import QuestionChannel, limit_of
from concierge.rules.roles import Role
from concierge.services.consultations import Question, ask_question
from tests.consulting import CLAUSE, COLLEAGUE, DRAFT, TAKEN, VERSION, WORDS, ask, furnish, reply, walk
from tests.databases import KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HEALTH, HOSPITAL, NOW, actor


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, shared_database: NewDatabase) -> Database:
    return shared_database(request.param, "consultations", furnish)


@pytest.fixture
def session(shared: Database) -> Iterator[DistrictSession]:
    with shared.session() as session:
        yield session


def test_a_question_is_due_in_three_working_days_and_its_specialist_is_told(session: DistrictSession) -> None:
    case = session.get_one(Consultation, ask(session))
    assert (case.case_due_on, case.due_on) == (date(2026, 11, 26), date(2026, 11, 24))
    assert case.assignee_id == ACCOUNTS[Role.SPECIALIST]
    told = session.execute(select(Outbox.topic).where(Outbox.subject_id == case.id)).scalars().all()
    assert told == ["consultation-asked"]


def test_a_pressing_question_is_due_on_the_next_working_day_and_no_longer_promise_is_given(
    session: DistrictSession,
) -> None:
    pressing = Question("明天签合同", QuestionChannel.PHONE, pressing=True)
    case = session.get_one(Consultation, ask(session, Role.SPECIALIST, pressing))
    assert case.case_due_on == date(2026, 11, 24)
    assert [limit_of(pressing=False, promised=n) for n in (1, 2, 3)] == [1, 2, 3]
    for days, hurry in ((4, False), (0, False), (2, True)):
        with pytest.raises(Invalid):
            limit_of(pressing=hurry, promised=days)


def test_an_employer_never_reads_what_its_expert_asks(session: DistrictSession) -> None:
    private, own = ask(session), ask(session, Role.EMPLOYER, Question("单位的问题", QuestionChannel.EMPLOYER))
    employer = actor(Role.EMPLOYER)
    seen = set(session.execute(select(Case.id).where(visible_cases(employer))).scalars())
    assert own in seen
    assert private not in seen
    assert [row.id for row in employer_questions(session, actor=employer)][0] == own
    with pytest.raises(NotFound):
        ask_question(session, actor=employer, now=NOW, question=WORDS, expert_id=EXPERT)


def test_an_employers_question_goes_to_whoever_looks_after_its_experts(session: DistrictSession) -> None:
    case = session.get_one(Consultation, ask(session, Role.EMPLOYER))
    assert (case.specialist_id, case.employer_id, case.expert_id) == (ACCOUNTS[Role.SPECIALIST], HOSPITAL, None)


def test_the_lead_gives_a_question_to_another_specialist(session: DistrictSession) -> None:
    given = ("assign", Role.SPECIALIST_LEAD, {"specialist": public_id(COLLEAGUE)})
    case = walk(session, ask(session), given)
    assert (case.state, case.specialist_id, case.assignee_id) == ("assigned", COLLEAGUE, COLLEAGUE)
    with pytest.raises(Invalid, match="no_specialist"):
        walk(session, case.id, ("assign", Role.SPECIALIST_LEAD, {"specialist": public_id(ACCOUNTS[Role.HR])}))


def test_an_answer_rests_on_a_version_and_its_clause(session: DistrictSession) -> None:
    case = walk(session, ask(session), TAKEN, reply(clause_2=CLAUSE, clause_3=key_of(VERSION, "amounts")))
    [first, second] = cited_by(session, case.id)
    assert (first.version, first.number, str(first.place)) == (1, "望人才发〔2025〕1号", "丁类")
    assert str(second.place) == "标准"
    told = session.execute(select(Outbox.topic).where(Outbox.subject_id == case.id)).scalars().all()
    assert "consultation-answered" in told


@pytest.mark.parametrize("clause", ["", "nonsense", key_of(DRAFT, ""), key_of(VERSION, "all.7"), public_id(NOW.year)])
def test_no_answer_goes_out_without_a_clause_that_holds(session: DistrictSession, clause: str) -> None:
    case_id = ask(session)
    walk(session, case_id, TAKEN)
    with pytest.raises(Invalid):
        walk(session, case_id, reply(clause))
    session.rollback()
    case = session.get_one(Consultation, case_id, populate_existing=True)
    assert (case.state, case.answer) == ("answering", "")
    assert session.execute(select(Citation.id).where(Citation.case_id == case_id)).first() is None


def test_that_no_policy_applies_is_said_and_cites_nothing(session: DistrictSession) -> None:
    case_id = ask(session)
    again = ("ask_again", Role.EXPERT, {"question": "真的没有吗？"})
    none = ("reply_none", Role.SPECIALIST, {"answer": "目前没有此类政策。"})
    case = walk(session, case_id, TAKEN, reply(), again, TAKEN, none)
    told = asked(session, case)
    assert (told.none_applies, told.cited) == (True, ())
    assert [(said.is_answer, said.text) for said in told.talk] == [
        (True, "可以。"),
        (False, "真的没有吗？"),
        (True, "目前没有此类政策。"),
    ]


def test_the_unit_asked_gives_its_opinion_and_the_specialist_may_go_on_without_it(session: DistrictSession) -> None:
    wanted = ("ask_opinion", Role.SPECIALIST, {"unit": public_id(HEALTH), "reason": "如何理解？"})
    case = walk(session, ask(session), TAKEN, wanted)
    assert (case.state, case.holder_id) == ("opinion", HEALTH)
    with pytest.raises((Refusal, NotFound)):
        walk(session, case.id, ("give_opinion", Role.HR, {"opinion": "与我无关"}))
    session.rollback()
    case = walk(session, case.id, ("give_opinion", Role.SECTOR, {"opinion": "按原条款"}))
    assert (case.state, case.opinion) == ("answering", "按原条款")
    case = walk(session, case.id, wanted, ("go_on", Role.SPECIALIST, {"reason": "时限将到"}), reply())
    assert case.state == "answered"


def test_only_published_versions_may_be_chosen(session: DistrictSession) -> None:
    keys = [key for key, _label in clause_choices(session)]
    assert keys == [key_of(VERSION, path) for path in ("", "all.0", "amounts", "papers", "beside")]


def test_the_asker_rates_the_answer_once_and_a_poor_rating_is_looked_into_by_somebody_else(
    session: DistrictSession,
) -> None:
    case = ask(session)
    said = {"level": "1", "words": "没说清楚"}
    ended = walk(session, case, TAKEN, reply(), ("rate", Role.EXPERT, said))
    assert (ended.state, ended.is_open) == ("closed", False)
    rating = session.execute(select(Rating).where(Rating.case_id == case)).scalar_one()
    assert (rating.level, rating.words, rating.specialist_id) == (1, "没说清楚", ACCOUNTS[Role.SPECIALIST])
    visit = session.execute(select(CareRequest).where(CareRequest.parent_id == case)).scalar_one()
    assert (visit.category, visit.specialist_id) == ("poor_rating", None), "never whoever was rated"
    since = NOW - timedelta(days=1)
    shown = {row.case_id: row for row in rating_rows(session, actor(Role.SPECIALIST_LEAD), since)}
    assert (shown[case].is_poor, shown[case].visit_id) == (True, visit.id)
    with pytest.raises(Refusal):
        walk(session, case, ("rate", Role.EXPERT, said))


def test_nobody_but_the_asker_rates(session: DistrictSession) -> None:
    case = ask(session)
    walk(session, case, TAKEN, reply())
    for role in (Role.SPECIALIST, Role.SPECIALIST_LEAD):
        with pytest.raises((Refusal, NotFound)):
            walk(session, case, ("rate", role, {"level": "5"}))
