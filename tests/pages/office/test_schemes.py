"""Schemes of recognition in the talent office's room: written on a page, published by somebody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.models.recognition import SchemeVersion, TalentCategory, TalentScheme
from concierge.rules.roles import Role
from concierge.services.schemes import add_scheme, publish_scheme, save_draft
from tests.office import EXPERT, HR, Office, actor, check_page
from tests.recognitions import BUREAU, NOW, SECOND, Recognising, content, write_schemes

WRITTEN = {
    "number": "望人才发〔2026〕8号", "valid_from": "2026-12-01", "bureau": public_id(HR), "valid_months": "36",
    "review_days": "3", "determination_days": "5", "publicity_days": "5", "needs_employer": "y",
    "grade_1": "A", "zh_1": "领军", "en_1": "Leading", "czh_1": "国家级", "cen_1": "National",
    "grade_2": "D", "zh_2": "骨干", "en_2": "Backbone",
    "code_1": "degree", "pzh_1": "学历证书", "pen_1": "Degree", "severity_1": "major",
}  # fmt: skip


def refused(work: Callable[[], object]) -> set[str]:
    with pytest.raises(Refusal) as error:
        work()
    return {reason.code for reason in error.value.reasons}


def test_a_scheme_is_added_written_and_published_by_another_person(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    added = talent.post("/office/schemes", {"code": "pilot", "name_zh": "试点分类", "name_en": "Pilot"})
    address = added.headers["Location"]
    assert talent.post(address, WRITTEN).status_code == 302
    page = check_page(talent.get(address))
    assert "草稿" in page
    assert 'value="领军"' in page
    assert 'aria-describedby="why-not-publish"' in page
    assert talent.post(f"{address}/publication").status_code == 409, "nobody publishes what he wrote"
    with office.session() as session:
        scheme = session.execute(select(TalentScheme.id)).scalar_one()
        publish_scheme(session, actor=SECOND, now=NOW, scheme_id=scheme)
    with office.session() as session:
        version = session.execute(select(SchemeVersion)).scalar_one()
        assert (version.state, version.needs_employer, version.needs_publicity) == ("published", True, False)
        assert [paper["code"] for paper in version.materials] == ["degree"]
        grades = session.execute(select(TalentCategory.grade).order_by(TalentCategory.rank)).scalars().all()
        assert grades == ["A", "D"]
    assert "2026-12-01" in check_page(talent.get(f"{address}?version=²"))


def test_what_is_wrong_in_a_version_is_said_and_nothing_is_lost(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    again = talent.post("/office/schemes", {"code": "", "name_zh": "", "name_en": "x"})
    assert again.status_code == 422
    address = talent.post("/office/schemes", {"code": "p", "name_zh": "试点", "name_en": "P"}).headers["Location"]
    wrong = WRITTEN | {"valid_from": "soon", "publicity_days": "4", "grade_1": "E", "en_2": ""}
    answer = talent.post(address, wrong)
    assert answer.status_code == 422
    page = check_page(answer)
    for words in ("施行日期", "5至60之间", "须填写中英文名称", "由A到F递降", 'value="骨干"'):
        assert words in page


def test_a_published_version_stays_when_the_next_is_written(office: Office) -> None:
    with office.session() as session:
        write_schemes(session)
        scheme = session.execute(select(TalentScheme.id).where(TalentScheme.code == "letters")).scalar_one()
        for months in (24, 60):
            save_draft(session, actor=SECOND, now=NOW, scheme_id=scheme, content=content("AB", valid_months=months))
        none = content("")
        assert refused(lambda: save_draft(session, actor=SECOND, now=NOW, scheme_id=scheme, content=none)) == {
            "no_category"
        }
        v = SchemeVersion
        rows = session.execute(
            select(v.version, v.state, v.valid_months).where(v.scheme_id == scheme).order_by(v.version)
        )
        assert [tuple(row) for row in rows] == [(1, "published", 36), (2, "draft", 60)]
        assert refused(lambda: publish_scheme(session, actor=SECOND, now=NOW, scheme_id=scheme)) == {"same_person"}
        assert refused(
            lambda: save_draft(
                session, actor=actor(Role.SPECIALIST), now=NOW, scheme_id=scheme, content=content("A")
            )
        ) == {"not_your_role"}  # fmt: skip


def test_who_belongs_to_a_category_is_read_by_whoever_applies_and_whoever_decides(office: Office) -> None:
    criteria = "正高级职称、博士，或市级拔尖人才"
    with office.session() as session:
        write_schemes(session)
        scheme = session.execute(select(TalentScheme.id).where(TalentScheme.code == "letters")).scalar_one()
        leading, backbone = content("领骨").categories
        told = content("", categories=[leading, replace(backbone, criteria_zh=criteria)])
        save_draft(session, actor=actor(Role.TALENT_OFFICE), now=NOW, scheme_id=scheme, content=told)
        publish_scheme(session, actor=SECOND, now=NOW, scheme_id=scheme)
        wanted = session.execute(select(TalentCategory.id).where(TalentCategory.name_zh == "骨类")).scalar_one()
    expert, desk = office.as_(Role.EXPERT), office.as_(Role.SPECIALIST_LEAD)
    assert criteria in check_page(expert.get("/me/recognition"))
    assert criteria in check_page(desk.get(f"/recognitions/new?expert={public_id(EXPERT)}"))
    applied = {"category": public_id(wanted), "recruitment": "full_time", "grounds": "博士"}
    made = expert.post("/me/recognition", applied).headers["Location"]
    assert criteria in check_page(desk.get(f"/cases/{made.rpartition('/')[2]}"))


def test_whoever_posts_finds_the_recognitions_beside_the_claims_and_takes_them_through_the_posting(
    office: Office,
) -> None:
    with office.session() as session:
        maker, plain = actor(Role.TALENT_OFFICE), content("甲乙", needs_employer=False)
        made = add_scheme(session, actor=maker, now=NOW, code="plain", name_zh="体系", name_en="Plain")
        save_draft(session, actor=maker, now=NOW, scheme_id=made, content=plain)
        publish_scheme(session, actor=SECOND, now=NOW, scheme_id=made)
    work = Recognising(office.database)
    case = work.apply("甲类", by=actor(Role.SPECIALIST))
    work.take(case, "submit", Role.SPECIALIST)
    work.take(case, "accept_to_bureau", Role.SPECIALIST)
    work.take(case, "bureau_pass", BUREAU)
    assert not work.take(case, "determine", SECOND, minutes_number="会纪2号")
    press, talent, room = office.as_(Role.PRESS), office.as_(Role.TALENT_OFFICE), "/office/postings"
    for visitor, tab, step in ((press, "check", "check_mask"), (talent, "post", "post")):
        page = check_page(visitor.get(f"{room}?tab={tab}"))
        assert "沈知远" in page
        way = f"/cases/{public_id(case)}/steps/{step}"
        assert way in page
        version = str(work.row(case).version)
        assert visitor.post(way, {"version": version, "go": "1"}, page=f"{way}?next={room}").status_code == 302
    running = check_page(press.get(f"{room}?tab=running"))
    assert f"/cases/{public_id(case)}/steps/object_" in running
    assert "沈知远" in press.get(f"{room}/sheet").get_data(as_text=True)
    assert "沈知远" not in check_page(press.get(f"{room}?tab=ended"))
    work.take(case, "object_", Role.SPECIALIST, reason="学历存疑", raised_by="群众来电")
    heard = check_page(talent.get(f"{room}?tab=objection"))
    assert "学历存疑" in heard
    assert "群众来电" in heard
