"""The talent office: determine, check and post, hear objections, write and publish policies."""

import re
from dataclasses import replace

from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.engine.tables import AuditEntry
from concierge.models.account import AccountGrant
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.policies import next_draft, publish_version, revise
from concierge.workflows.claim import ClaimFlow
from tests.benefits import House, at, colleague, editor
from tests.office import TOWNSHIP, check_page

SEAL = re.compile(r'name="seal" value="([0-9a-f]{64})"')


def path_of(claim: int) -> str:
    return f"/office/reviews/{public_id(claim)}"


def test_determination_is_listed_by_tier_of_amount(house: House):
    claim = house.stage.at_determination(house.stage.active_right("P01"))
    for language in ("zh", "en"):
        officer = house.as_(Role.TALENT_OFFICE, language)
        assert public_id(claim) in check_page(officer.get("/office/reviews?tier=meeting"))
        assert public_id(claim) not in officer.get("/office/reviews?tier=director").get_data(as_text=True)


def test_an_amount_is_determined_with_its_minutes(house: House):
    claim = house.stage.at_determination(house.stage.active_right("P01"))
    officer, path = house.as_(Role.TALENT_OFFICE), path_of(claim)
    page = check_page(officer.get(path))
    assert 'value="60000.00"' in page, "what is due is filled in"
    answer = officer.post(path, {"approved_fen": "60000"}, page=path)
    assert answer.status_code == 422
    assert "会议纪要编号" in check_page(answer)
    given = {"approved_fen": "60000", "minutes_number": "〔2026〕3号"}
    assert officer.post(path, given, page=path).status_code == 302
    assert house.stage.claim(claim).approved_fen == 6_000_000


def determined(house: House) -> int:
    claim = house.stage.at_determination(house.stage.active_right("P01"))
    house.stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "30000"})
    return claim


def ticked(house: House, claim: int) -> dict[str, str]:
    return {"ids": f"{public_id(claim)}.{house.stage.case(claim).version}"}


def test_the_posting_room_shows_masked_rows_and_takes_two_persons(house: House):
    claim = determined(house)
    officer, press = house.as_(Role.TALENT_OFFICE), house.as_(Role.PRESS)
    page = check_page(officer.get("/office/postings"))
    assert "沈*远" in page
    assert "沈知远" not in page
    refused = officer.post(
        "/office/postings/check-mask", ticked(house, claim), page="/office/postings", follow_redirects=True
    )
    assert not house.stage.claim(claim).mask_checked, refused.get_data(as_text=True)[:200]
    press.post("/office/postings/check-mask", ticked(house, claim), page="/office/postings")
    assert house.stage.claim(claim).mask_checked
    both = press.post("/office/postings/post", ticked(house, claim), page="/office/postings")
    assert both.status_code == 302
    assert house.stage.case(claim).state == "determined", "the checker does not post"
    officer.post("/office/postings/post", ticked(house, claim), page="/office/postings?tab=post")
    assert house.stage.case(claim).state == "publicity"
    running = check_page(officer.get("/office/postings?tab=running"))
    assert "2026-02-09" in running
    sheet = officer.get("/office/postings/sheet").get_data(as_text=True)
    assert "沈*远" in sheet
    assert "0216" not in sheet, "not even the last four digits of a number"


def test_a_publicity_officer_of_another_unit_reads_who_posts_instead_of_that_nothing_is_to_be_posted(house: House):
    determined(house)
    moved = update(AccountGrant).where(AccountGrant.role == Role.PRESS.value).values(unit_id=TOWNSHIP)
    house.stage.write(lambda session: session.execute(moved))
    press = house.as_(Role.PRESS)
    room = check_page(press.get("/office/postings"))
    assert "公示由人才办办理" in room
    assert "沈*远" not in room
    assert 'href="/campaign/press"' in room
    check_page(press.get("/campaign/press"))


def test_an_objection_is_shown_with_who_raised_it(house: House):
    claim = determined(house)
    stage = house.stage
    stage.step(ClaimFlow.check_mask, claim, colleague(Role.TALENT_OFFICE, "checker"))
    stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE)
    objected = {"reason": "未实际到岗", "raised_by": "群众来电"}
    stage.step(ClaimFlow.object_, claim, Role.TALENT_OFFICE, objected, now=at(2, 4))
    page = check_page(house.as_(Role.TALENT_OFFICE).get("/office/postings?tab=objection"))
    assert "未实际到岗" in page
    assert "群众来电" in page


def version(house: House, code: str) -> int:
    statement = select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == code)
    return house.stage._read(
        lambda: house.stage.session.execute(statement.order_by(PolicyVersion.version.desc())).scalars().first()
    )


def test_every_policy_opens_in_both_languages(house: House):
    for language in ("zh", "en"):
        officer = house.as_(Role.TALENT_OFFICE, language)
        check_page(officer.get("/office/policies"))
        for code in ("P01", "P02", "P06", "P12", "P14", "P20"):
            check_page(officer.get(f"/office/policies/{public_id(version(house, code))}"))


def test_a_draft_is_edited_by_one_and_published_by_another_person_who_read_the_list(house: House):
    officer = house.as_(Role.TALENT_OFFICE)
    answer = officer.post(f"/office/policies/{public_id(version(house, 'P01'))}/drafts", page="/office/policies")
    draft = version(house, "P01")
    assert answer.location == f"/office/policies/{public_id(draft)}/edit"
    form = form_of(check_page(officer.get(answer.location)))
    wrong = officer.post(answer.location, form | {"cond-all.4": "many", "limit_publicity": "3"}, page=answer.location)
    assert wrong.status_code == 422
    assert 'value="many"' in check_page(wrong)
    changed = form | {"cond-all.4": "48", "guide_zh": "新的办事指南"}
    assert officer.post(answer.location, changed, page=answer.location).status_code == 302
    amounts = f"/office/policies/{public_id(draft)}/write/amounts"
    table = form_of(check_page(officer.get(amounts)))
    assert table["rate-D"] == "150,000.00"
    assert officer.post(amounts, table | {"rate-D": "many"}, page=amounts).status_code == 422
    assert officer.post(amounts, table | {"rate-D": "180000"}, page=amounts).status_code == 302
    page = check_page(officer.get(f"/office/policies/{public_id(draft)}"))
    assert "您是本草稿的编辑人" in page
    officer.post(
        f"/office/policies/{public_id(draft)}/publish", {"seal": SEAL.findall(page)[0]}, page="/office/policies"
    )
    assert house.stage._read(lambda: house.stage.session.get_one(PolicyVersion, draft)).state == "draft"


def test_each_version_is_cited_by_its_own_document_number_and_keeps_its_way_of_correction(house: House):
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    before = version(house, "P01")
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=before)
    path = f"/office/policies/{public_id(draft)}"
    form = form_of(check_page(officer.get(f"{path}/edit")))
    wrong = officer.post(f"{path}/edit", form | {"number": "望人才发[2026]1号"}, page=f"{path}/edit")
    assert (wrong.status_code, "望人才发[2026]1号" in check_page(wrong)) == (422, True)
    given = form | {"number": "望人才发〔2026〕7号", "valid_from": "2026-06-01", "restarts_clock": "1"}
    assert officer.post(f"{path}/edit", given, page=f"{path}/edit").status_code == 302
    publish_version(stage.session, actor=colleague(Role.TALENT_OFFICE, "second"), now=stage.now, version_id=draft)
    shown = check_page(officer.get(path))
    for words in ("望人才发〔2025〕1号", "望人才发〔2026〕7号", "补正后重新计时"):
        assert words in shown
    assert "补正期间暂停计时" in check_page(officer.get(f"/office/policies/{public_id(before)}"))
    policy = public_id(stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).policy_id)
    guide = house.office.visitor().get(f"/public/guide/{policy}?on=2026-05-31").get_data(as_text=True)
    lead = "望人才发〔2025〕1号 · 望川区", "望人才发〔2026〕7号 · 望川区"
    assert [words in guide for words in lead] == [True, False]
    assert lead[1] in check_page(house.office.visitor().get(f"/public/guide/{policy}?on=2026-06-01"))


def form_of(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        given = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        name = given.get("name", "")
        if name and given.get("type") == "checkbox":
            if " checked" in tag:
                found[name] = given["value"]
        elif name and name != "csrf_token":
            found[name] = given.get("value", "")
    for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[name] = value
    return found


def test_the_second_person_publishes_exactly_the_list_he_read(house: House):
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version(house, "P01"))
    path = f"/office/policies/{public_id(draft)}"
    seal = SEAL.findall(check_page(officer.get(path)))[0]
    stage.leaves(at(2, 2).date())
    officer.post(f"{path}/publish", {"seal": seal}, page="/office/policies")
    assert stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).state == "draft", "the list is stale"
    seal = SEAL.findall(officer.get(path).get_data(as_text=True))[0]
    officer.post(f"{path}/publish", {"seal": seal}, page="/office/policies")
    assert stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).state == "published"
    acts = stage._read(lambda: stage.session.execute(select(AuditEntry.act)).scalars().all())
    assert "publish-policy-version" in acts


def test_policies_are_read_by_the_lead_and_edited_by_the_talent_office_alone(house: House):
    lead = house.as_(Role.SPECIALIST_LEAD)
    shown = public_id(version(house, "P01"))
    assert lead.get(f"/office/policies/{shown}").status_code == 200
    assert lead.get(f"/office/policies/{shown}/edit").status_code == 403
    assert lead.post(f"/office/policies/{shown}/drafts", page="/office/policies").status_code == 403
    assert house.as_(Role.FINANCE_MAKER).get("/office/policies").status_code == 403


def test_a_seal_does_not_hold_for_rules_that_changed_after_they_were_read(house: House):
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version(house, "P01"))
    path = f"/office/policies/{public_id(draft)}"
    seal = SEAL.findall(check_page(officer.get(path)))[0]
    longer = {"change": lambda kept: replace(kept, schedule={**kept.schedule, "claim_months": 120})}
    revise(stage.session, actor=editor(), now=stage.now, version_id=draft, **longer)
    officer.post(f"{path}/publish", {"seal": seal}, page="/office/policies")
    state = stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).state
    assert state == "draft", "no amount of anybody has changed, and yet it is not what was read"


def test_of_two_who_write_one_draft_the_second_is_told_and_loses_nothing(house: House):
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version(house, "P01"))
    path = f"/office/policies/{public_id(draft)}/edit"
    mine = form_of(check_page(officer.get(path))) | {"guide_zh": "我写的指南"}
    theirs = {"change": lambda kept: replace(kept, guide=Bilingual("他写的指南", ""))}
    revise(stage.session, actor=editor(), now=stage.now, version_id=draft, **theirs)
    answer = officer.post(path, mine, page=path)
    page = check_page(answer)
    assert (answer.status_code, "其他人修改了本草稿" in page, "我写的指南" in page) == (422, True, True)
    assert stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).guide_zh == "他写的指南"
    assert officer.post(path, form_of(page), page=path).status_code == 302
    assert stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).guide_zh == "我写的指南"


def test_an_amount_is_not_written_into_another_table_than_the_one_that_was_read(house: House):
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version(house, "P01"))
    path = f"/office/policies/{public_id(draft)}/write/amounts"
    mine = form_of(check_page(officer.get(path))) | {"rate-D": "1"}
    other = {"change": lambda kept: replace(kept, rates={"by": "degree", "amounts": {"phd": 300_000}})}
    revise(stage.session, actor=editor(), now=stage.now, version_id=draft, **other)
    answer = officer.post(path, mine, page=path)
    assert (answer.status_code, "其他人修改了本草稿" in check_page(answer)) == (422, True)
    kept = stage._read(lambda: stage.session.get_one(PolicyVersion, draft)).rates
    assert kept["amounts"] == {"phd": 300_000}
