"""Recognition from the application to the certificate, and what becomes of it: every way, and what holds each."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.models.claim import CaseNotice
from concierge.models.person import Person, TalentStatus
from concierge.models.recognition import RecognitionPaper, SchemeVersion, TalentCategory, TalentScheme
from concierge.queries.case_page import case_page
from concierge.queries.choices import choices_for
from concierge.queries.guide import postings
from concierge.queries.recognitions import posted_recognitions
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.certificates import certify_posted, withdraw_unanswered
from concierge.services.comments import nudge
from concierge.services.documents import Upload, fetch_document
from concierge.services.facts import facts_of
from concierge.services.recognitions import hand_in_paper
from concierge.services.schemes import publish_scheme, save_draft
from concierge.services.steps import step_named
from concierge.storage import LocalStorage
from tests.databases import KINDS, NewDatabase
from tests.office import EXPERT, HEALTH, OTHER_EXPERT, actor
from tests.papers import a_pdf
from tests.recognitions import BUREAU, DAY, NOW, PAPERS, SECOND, THIRD, Recognising, content, fill

SPECIALIST, EMPLOYER, OFFICE = Role.SPECIALIST, Role.EMPLOYER, Role.TALENT_OFFICE
DECISION = {"reason": "不符合条件", "basis": "望人才发〔2026〕2号第五条", "remedy": "可自收到之日起申请复核"}
MINUTES = {"minutes_number": "望人才会纪〔2026〕3号"}


@pytest.fixture
def office(new_database: NewDatabase) -> Recognising:
    return Recognising(new_database("sqlite", "recognitions", fill))


@pytest.fixture(params=KINDS)
def both_offices(request: pytest.FixtureRequest, new_database: NewDatabase) -> Recognising:
    return Recognising(new_database(request.param, "recognitions", fill))


def give(office: Recognising, folder: Path, case: int, code: str = "degree", by: Role = Role.EXPERT) -> int:
    with office.session() as session:
        return hand_in_paper(
            session, actor=actor(by), now=NOW, storage=LocalStorage(folder), recognition_id=case, code=code,
            upload=Upload("证书.pdf", a_pdf()),
        )  # fmt: skip


def statuses(office: Recognising, person: int = EXPERT) -> list[tuple[str, date, date | None]]:
    t = TalentStatus
    with office.session() as session:
        rows = select(t.category, t.valid_from, t.valid_to).where(t.person_id == person).order_by(t.valid_from, t.id)
        return [tuple(row) for row in session.execute(rows)]


def posted(office: Recognising, folder: Path, name: str = "C类") -> int:
    """An application of the first scheme on its public posting."""
    case = office.apply(name)
    give(office, folder, case)
    for step, who in (("submit", Role.EXPERT), ("accept", SPECIALIST), ("employer_pass", EMPLOYER)):
        assert not office.take(case, step, who)
    assert not office.take(case, "bureau_pass", BUREAU)
    assert not office.take(case, "determine", SECOND, **MINUTES)
    assert not office.take(case, "check_mask", THIRD)
    assert not office.take(case, "post", SECOND)
    return case


def refused(work: object) -> set[str]:
    with pytest.raises(Refusal) as error:
        work()
    return {reason.code for reason in error.value.reasons}


def test_an_expert_is_recognised_after_employer_bureau_office_and_publicity(
    both_offices: Recognising, tmp_path: Path
) -> None:
    office = both_offices
    case = posted(office, tmp_path)
    with office.session() as session:
        assert certify_posted(session, actor=SECOND, now=NOW + 3 * DAY) == 0
        assert certify_posted(session, actor=SECOND, now=NOW + 8 * DAY) == 1
    row = office.row(case)
    assert (row.state, row.certificate, row.posting_ends_on) == ("certified", "ZS-2026-000001", date(2026, 11, 30))
    assert (row.valid_from, row.valid_to) == (date(2026, 12, 1), date(2029, 11, 30))
    assert statuses(office) == [
        ("D", date(2025, 3, 1), date(2026, 11, 30)),
        ("C", date(2026, 12, 1), date(2029, 11, 30)),
    ]
    with office.session() as session:
        facts = facts_of(session, person_ids=[EXPERT], as_of=date(2026, 12, 1))[EXPERT]
        assert (facts["category"].value, facts["category"].source) == ("C", "recognition")
        assert session.execute(select(Person.facts_revision).where(Person.id == EXPERT)).scalar_one() > 1


def test_the_application_waits_for_its_required_paper_and_not_for_the_others(
    office: Recognising, tmp_path: Path
) -> None:
    case = office.apply("C类")
    assert office.take(case, "submit", Role.EXPERT) == {"papers_missing"}
    give(office, tmp_path, case)
    assert not office.take(case, "submit", Role.EXPERT)


def certify(office: Recognising, case: int) -> None:
    with office.session() as session:
        certify_posted(session, actor=SECOND, now=NOW + 8 * DAY)
    assert office.row(case).state == "certified"


def test_a_paper_given_before_is_used_again_and_the_new_reviewer_may_open_it(
    office: Recognising, tmp_path: Path
) -> None:
    first = posted(office, tmp_path)
    certify(office, first)
    with office.session() as session:
        scheme = session.execute(select(TalentScheme.id).where(TalentScheme.code == "letters")).scalar_one()
        written = content("ABCDEF", materials=PAPERS, bureau_id=HEALTH)
        save_draft(session, actor=SECOND, now=NOW, scheme_id=scheme, content=written)
        publish_scheme(session, actor=THIRD, now=NOW, scheme_id=scheme)
    second = office.apply("B类", now=NOW + 9 * DAY)
    with office.session() as session:
        p = RecognitionPaper
        wanted = select(p.document_id, p.is_reused).where(p.recognition_id == second, p.code == "degree")
        document, is_reused = session.execute(wanted).one()
        assert (document is not None, is_reused) == (True, True)
        storage, health = LocalStorage(tmp_path), actor(Role.SECTOR)
        opens = {"actor": health, "now": NOW, "storage": storage, "document_id": document}
        with pytest.raises(NotFound):
            fetch_document(session, **opens)
        for step, who in (("submit", Role.EXPERT), ("accept", SPECIALIST), ("employer_pass", EMPLOYER)):
            assert not office.take(second, step, who)
        assert fetch_document(session, **opens).file_name == "证书.pdf"


def test_papers_are_not_exchanged_under_review_nor_by_others(office: Recognising, tmp_path: Path) -> None:
    case = office.apply("C类")
    give(office, tmp_path, case)
    assert refused(lambda: give(office, tmp_path, case, by=EMPLOYER)) == {"not_in_your_hands"}
    office.take(case, "submit", Role.EXPERT)
    office.take(case, "accept", SPECIALIST)
    assert refused(lambda: give(office, tmp_path, case)) == {"under_review"}


def test_employer_and_specialist_apply_for_the_expert_with_his_authorisation(office: Recognising) -> None:
    for_him = office.apply(by=actor(EMPLOYER))
    assert office.row(for_him).applied_by == "employer"
    assert not office.row(for_him).needs_employer
    assert not office.take(for_him, "submit", EMPLOYER)
    with pytest.raises(Invalid) as wrong:
        office.apply(by=actor(SPECIALIST), person=OTHER_EXPERT, authorisation=" ", grounds="", name="nothing")
    assert [reason.field for reason in wrong.value.reasons] == ["category", "grounds", "authorisation"]
    stranger = replace(actor(EMPLOYER), grants=frozenset())
    with pytest.raises(NotFound):
        office.apply(by=stranger, person=OTHER_EXPERT)


def test_one_application_at_a_time_and_none_below_what_is_held(office: Recognising) -> None:
    office.certified("四类")
    for name in ("四类", "五类"):
        assert refused(lambda name=name: office.apply(name)) == {"category_held"}
    office.apply("三类")
    assert refused(lambda: office.apply("二类")) == {"applied_already"}


def test_a_correction_asks_for_everything_in_one_notice_and_is_withdrawn_when_nobody_answers(
    office: Recognising,
) -> None:
    case = office.apply("四类")
    office.take(case, "submit", Role.EXPERT)
    assert not office.take(case, "ask_correction", SPECIALIST, items="学历证书不清晰\n缺少聘用合同")
    with office.session() as session:
        notice = session.execute(select(CaseNotice).where(CaseNotice.case_id == case)).scalar_one()
        assert notice.content["items"] == ["学历证书不清晰", "缺少聘用合同"]
        assert notice.answer_by == date(2026, 12, 7)
        assert withdraw_unanswered(session, actor=SECOND, now=NOW + 14 * DAY) == 0
        assert withdraw_unanswered(session, actor=SECOND, now=NOW + 15 * DAY) == 1
    assert office.row(case).state == "withdrawn"


def test_a_refusal_states_reason_basis_and_remedy(office: Recognising) -> None:
    case = office.apply("四类")
    for step, who in (("submit", Role.EXPERT), ("accept_to_bureau", SPECIALIST), ("bureau_pass", BUREAU)):
        assert not office.take(case, step, who)
    with pytest.raises(Invalid) as wrong:
        office.take(case, "refuse", SECOND, reason="不符合条件")
    assert [reason.field for reason in wrong.value.reasons] == ["basis", "remedy"]
    assert not office.take(case, "refuse", SECOND, **DECISION)
    with office.session() as session:
        kept = session.execute(select(CaseNotice.content).where(CaseNotice.case_id == case)).scalar_one()
    assert {name: kept[name] for name in DECISION} == DECISION
    assert "60" in kept["lawful_remedy"]["zh"]
    assert len(statuses(office)) == 1


def test_the_office_grants_another_category_of_the_scheme_and_none_of_another_scheme(office: Recognising) -> None:
    case = office.apply("三类")
    for step, who in (("submit", Role.EXPERT), ("accept_to_bureau", SPECIALIST), ("bureau_pass", BUREAU)):
        office.take(case, step, who)
    for foreign in (office.category("D类"), "nonsense"):
        with pytest.raises(Invalid, match="category"):
            office.take(case, "determine_and_certify", SECOND, category=foreign, **MINUTES)
    assert not office.take(case, "determine_and_certify", SECOND, category=office.category("四类"), **MINUTES)
    assert statuses(office)[-1][0] == "D"


def test_an_objection_in_the_period_stops_the_certificate_and_an_upheld_one_brings_it_back(
    office: Recognising, tmp_path: Path
) -> None:
    case = posted(office, tmp_path)
    assert not office.take(case, "object_", THIRD, reason="奖项有异议")
    with office.session() as session:
        assert certify_posted(session, actor=SECOND, now=NOW + 8 * DAY) == 0
    assert office.take(case, "uphold_objection", SECOND, reason="属实") == {"same_person"}
    assert not office.take(case, "uphold_objection", THIRD, reason="属实")
    row = office.row(case)
    assert (row.state, row.posted_on, row.mask_checked) == ("determination", None, False)


def test_a_name_is_posted_as_the_scheme_says_and_a_number_in_it_stops_the_check(
    office: Recognising, tmp_path: Path
) -> None:
    case, other = posted(office, tmp_path), office.apply("B类", by=actor(SPECIALIST), person=OTHER_EXPERT)
    with office.session() as session, session.begin():
        line = posted_recognitions(session, [case])[case]
        assert (line.name, line.category, line.fen) == ("沈知远", "C", 0)
        session.execute(update(SchemeVersion).values(full_names=False))
        assert posted_recognitions(session, [case])[case].name == "沈*远"
        session.execute(update(TalentCategory).values(name_zh="B类13800138000"))
    give_for = {"code": "degree", "by": SPECIALIST}
    give(office, tmp_path, other, **give_for)
    for step, who in (("submit", SPECIALIST), ("accept", SPECIALIST), ("employer_pass", EMPLOYER)):
        office.take(other, step, who)
    office.take(other, "bureau_pass", BUREAU)
    office.take(other, "determine", SECOND, **MINUTES)
    assert refused(lambda: office.take(other, "check_mask", THIRD)) == {"posting_leaks"}


def test_what_is_posted_stands_in_public_with_name_category_and_end(office: Recognising, tmp_path: Path) -> None:
    posted(office, tmp_path)
    with office.session() as session:
        [line] = postings(session, today=date(2026, 11, 30))
        assert (line.line.name, line.line.category, line.is_recognition) == ("沈知远", "C", True)
        assert postings(session, today=date(2026, 12, 1)) == []


def test_who_determines_chooses_among_the_categories_of_the_scheme_applied_under(office: Recognising) -> None:
    case = office.apply("三类")
    with office.session() as session:
        offered = choices_for(session, step_named("recognition", "determine_and_certify"), NOW, case)["category"]
    assert [str(name.zh).partition("：")[2][:2] for _id, name in offered] == [
        "一类",
        "二类",
        "三类",
        "四类",
        "五类",
        "六类",
    ]


def test_nobody_is_reminded_of_a_certificate_in_force(office: Recognising) -> None:
    case = office.certified()
    by, lead = actor(SPECIALIST), actor(Role.SPECIALIST_LEAD)
    with office.session() as session:
        given = {"actor": lead, "case_id": case, "now": NOW, "calendar": calendar_of(session, lead.district_id)}
        page = case_page(session, **given)
        told = nudge(session, actor=by, now=NOW, case_ids=[case], text="请尽快")
    assert (page.is_open, page.rests, page.nudge_refused and page.nudge_refused.code) == (True, True, "closed")
    assert [reason.code for reason in told.held.values()] == ["closed"]
