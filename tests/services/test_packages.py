"""Packages: one form opens claims side by side, papers are given once, and the last answer brings one letter."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.ids import public_id
from concierge.engine.tables import Case
from concierge.models.claim import CaseNotice, Claim, ClaimMaterial
from concierge.models.package import PackageItem
from concierge.models.person import TalentStatus
from concierge.models.recognition import TalentCategory
from concierge.rules.packages import NEW_ARRIVAL, chosen_of
from concierge.rules.roles import Role
from concierge.services.documents import Upload
from concierge.services.materials import attach_material
from concierge.services.packages import PackageWish, advance, open_package
from concierge.storage import LocalStorage
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.package import PackageFlow
from concierge.workflows.recognition import RecognitionFlow
from tests import office, recognitions
from tests.benefits import Stage
from tests.office import EXPERT
from tests.papers import a_pdf

BOTH = ("P01", "P02")


def opened(stage: Stage, who: Role = Role.EXPERT, policies: tuple[str, ...] = BOTH, **given: str) -> int:
    wish = PackageWish(person_id=EXPERT, policies=policies, **given)
    return open_package(stage.session, actor=office.actor(who), now=stage.now, wish=wish)


def items(stage: Stage, package_id: int) -> dict[str, PackageItem]:
    wanted = select(PackageItem).where(PackageItem.package_id == package_id)
    return {i.code: i for i in stage._read(lambda: list(stage.session.execute(wanted).scalars()))}


def test_one_form_opens_claims_side_by_side_and_submits_them(both_stages: Stage) -> None:
    stage = both_stages
    package = opened(stage)
    found = items(stage, package)
    states = {code: stage.case(item.case_id).state for code, item in found.items() if item.case_id}
    assert states == {"P01": "submitted", "P02": "submitted"}
    assert {stage.case(i.case_id).parent_id for i in found.values()} == {package}
    assert stage.case(package).state == "handling"
    with pytest.raises(Refusal, match="package_under_way"):
        opened(stage)


def test_the_last_answer_brings_one_letter_with_every_result(both_stages: Stage) -> None:
    stage = both_stages
    package = opened(stage)
    claims = {code: item.case_id for code, item in items(stage, package).items()}
    refusal = {"reason": "不属于受理范围", "basis": "第二条"}
    stage.step(ClaimFlow.not_accept, claims["P01"], Role.SPECIALIST, refusal)
    assert stage.case(package).state == "handling"
    stage.step(ClaimFlow.withdraw, claims["P02"], Role.EXPERT, {"reason": "暂不申领"})
    assert stage.case(package).state == "answered"
    stage.step(PackageFlow.send_result, package, Role.SPECIALIST)
    wanted = select(CaseNotice).where(CaseNotice.case_id == package)
    letter = stage._read(lambda: stage.session.execute(wanted).scalar_one())
    assert [line["zh"] for line in letter.content["items"]] == ["安家补贴: 未批准", "引进人才生活补贴: 未批准"]


def test_what_cannot_be_claimed_is_written_down_with_its_reason(stage: Stage) -> None:
    stage.write(lambda s: s.execute(update(TalentStatus).values(category="F")))
    package = opened(stage, policies=("P01", "P14"))
    found = items(stage, package)
    assert (found["P14"].result, found["P14"].case_id) == ("none", None)
    assert found["P14"].words_zh


def test_a_paper_handed_in_once_is_there_for_every_claim_of_the_package(stage: Stage, tmp_path: Any) -> None:
    package = opened(stage)
    claims = [item.case_id for item in items(stage, package).values()]
    m = ClaimMaterial
    asked = select(m.code, m.claim_id).where(m.claim_id.in_(claims), m.state == "missing")
    rows = stage._read(lambda: stage.session.execute(asked).all())
    code = next(code for code in {row.code for row in rows} if len([r for r in rows if r.code == code]) == 2)
    given = {"actor": office.actor(Role.EXPERT), "now": stage.now, "storage": LocalStorage(tmp_path)}
    attach_material(stage.session, **given, claim_id=claims[0], code=code, upload=Upload("x.pdf", a_pdf()))
    kept = select(m.state, m.document_id).where(m.code == code, m.claim_id.in_(claims))
    papers = stage._read(lambda: stage.session.execute(kept).all())
    assert {row.state for row in papers} == {"unchecked"}
    assert len({row.document_id for row in papers}) == 1
    missing = select(Claim.majors_open).where(Claim.id.in_(claims))
    assert stage._read(lambda: stage.session.execute(missing).scalars().all())


def test_whoever_is_to_be_recognised_first_is_and_then_his_claims_open(both_stages: Stage) -> None:
    stage = both_stages
    stage.write(lambda s: s.execute(delete(TalentStatus).where(TalentStatus.person_id == EXPERT)))
    recognitions.write_schemes(stage.session)
    category = select(TalentCategory.id).where(TalentCategory.name_zh == "四类")
    asked = public_id(stage._read(lambda: stage.session.execute(category).scalar_one()))
    package = opened(stage, category=asked, grounds="博士，副主任医师")
    recognition = items(stage, package)["recognition"].case_id
    assert (stage.case(package).state, stage.case(recognition).state) == ("asked", "submitted")
    lead = office.actor(Role.SPECIALIST_LEAD)
    assert advance(stage.session, actor=lead, now=stage.now) == 0
    stage.step(RecognitionFlow.accept_to_bureau, recognition, Role.SPECIALIST)
    stage.step(RecognitionFlow.bureau_pass, recognition, Role.HR)
    stage.step(
        RecognitionFlow.determine_and_certify, recognition, Role.TALENT_OFFICE, {"minutes_number": "〔2026〕3号"}
    )
    assert advance(stage.session, actor=lead, now=stage.now) == 1
    assert advance(stage.session, actor=lead, now=stage.now) == 0
    found = items(stage, package)
    assert found["recognition"].result == "granted"
    assert stage.case(package).state == "handling"
    assert found["P01"].case_id is not None


def test_after_a_refused_recognition_only_what_needs_no_category_is_claimed(stage: Stage) -> None:
    stage.write(lambda s: s.execute(delete(TalentStatus).where(TalentStatus.person_id == EXPERT)))
    recognitions.write_schemes(stage.session)
    category = select(TalentCategory.id).where(TalentCategory.name_zh == "四类")
    asked = public_id(stage._read(lambda: stage.session.execute(category).scalar_one()))
    package = opened(stage, category=asked, grounds="博士")
    recognition = items(stage, package)["recognition"].case_id
    stage.step(RecognitionFlow.withdraw, recognition, Role.EXPERT, {"reason": "材料不足"})
    advance(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now)
    results = {code: item.result for code, item in items(stage, package).items()}
    assert results == {"P01": "none", "P02": "", "recognition": "refused"}
    assert stage.case(package).state == "handling"


def test_a_package_waits_for_no_recognition_that_was_not_asked_for(stage: Stage) -> None:
    package = opened(stage, who=Role.SPECIALIST, authorisation="本人电话委托")
    assert advance(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 0
    assert stage._read(lambda: stage.session.get_one(Case, package)).kind == "package"


@pytest.mark.parametrize("codes", [(), ("P04", "P05"), ("P01", "P99")])
def test_a_wrong_choice_is_told(codes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        chosen_of(NEW_ARRIVAL, codes)
