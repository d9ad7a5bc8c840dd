"""The history of settings: what held before, what holds now, who changed it; the same for each administrator."""

from dataclasses import replace

from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules
from concierge.services.money_rules import answer_rules, propose_rules
from concierge.services.webhooks import HookWish, set_webhook
from tests.office import HOSPITAL, NOW, Office, actor, check_page, key_ring

ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


def test_each_administrator_reads_who_changed_a_setting_from_what_to_what(office: Office) -> None:
    keeper = office.as_(Role.SYSTEM_ADMIN, "en")
    wrong = keeper.post("/admin/calendars/hours", {"opens": "半九点", "closes": "17:30"}, page="/admin/calendars")
    assert (wrong.status_code, 'value="半九点"' in check_page(wrong)) == (422, True), "what was typed is kept"
    keeper.post("/admin/calendars/hours", {"opens": "08:30", "closes": "17:30"}, page="/admin/calendars")
    unit = f"/admin/units/{public_id(HOSPITAL)}"
    typed = {"code": "H1", "kind": "hospital", "name_zh": "新名", "name_en": "New name", "remoteness": "0"}
    assert keeper.post(unit, typed, page=unit).status_code == 302
    rules = replace(MoneyRules(), hold_days=9, basis="〔2026〕9号")
    wish = HookWish("specialist", "https://93.184.216.34/robot?access_token=tok", "dingtalk", "all", "SEC")
    with office.session() as session:
        proposal = propose_rules(session, actor=actor(Role.TALENT_OFFICE), now=NOW, rules=rules)
        another = actor(Role.TALENT_OFFICE, account_id=990, key="another person of the office")
        answer_rules(session, actor=another, now=NOW, proposal_id=proposal, accept=True)
        set_webhook(session, actor=actor(Role.SYSTEM_ADMIN), now=NOW, keys=key_ring(), wish=wish)
    pages = [check_page(office.as_(role, "en").get("/admin/settings")) for role in ADMINISTRATORS]
    for page in pages:
        rows = {line for line in page.splitlines() if line.startswith("<tr><td")}
        for was, now in (
            ("Opens: 09:00", "08:30"),
            ("English name: ", "New name"),
            (f"Hold of a changed payee (working days): {MoneyRules().hold_days}", "9"),
        ):
            assert any(was in row and f"<td>{now}</td>" in row for row in rows), was
        assert not any("Closes" in row for row in rows)  # it stayed as it was
        assert "93.184.216.34" in page
        assert "tok" not in page.split("93.184.216.34")[1][:40]


def test_the_district_changes_how_it_is_called_and_reached_and_the_history_keeps_the_old_words(
    office: Office,
) -> None:
    keeper = office.as_(Role.SYSTEM_ADMIN, "en")
    check_page(keeper.get("/admin/district"))
    names = {"name_zh": "望川新区", "name_en": "New Wangchuan", "hotline": "0999-12345"}
    names |= {"address_zh": "人民路 9 号", "address_en": "9 Renmin Road"}
    for wrong in ({"name_zh": " "}, {"name_en": "x" * 61}, {"address_en": "x" * 121}, {"hotline": "call <me>"}):
        refused = keeper.post("/admin/district", names | wrong)
        assert (refused.status_code, 'aria-invalid="true"' in check_page(refused)) == (422, True), wrong
    assert keeper.post("/admin/district", names).status_code == 302
    assert "New Wangchuan" in check_page(keeper.get("/admin/settings")).split("<main")[0]
    guide = check_page(office.visitor().get("/public/guide"))
    assert [word in guide for word in ("望川新区", "人民路 9 号", "0999-12345")] == [True] * 3
    history = check_page(office.as_(Role.AUDIT_ADMIN, "en").get("/admin/settings"))
    for was, now in (("Chinese name: 望川区", "望川新区"), ("Hotline: —", "0999-12345")):
        assert any(was in row and f"<td>{now}</td>" in row for row in history.splitlines()), was


def test_a_field_of_a_unit_that_is_not_sent_is_as_one_left_empty(office: Office) -> None:
    keeper = office.as_(Role.SYSTEM_ADMIN)
    assert keeper.post("/admin/units", {"kind": "support", "name_en": "Culture Bureau"}).status_code == 422
    unit = {"code": "culture", "kind": "support", "name_zh": "区文旅体育局", "name_en": "Culture Bureau"}
    assert keeper.post("/admin/units", unit).status_code == 302
