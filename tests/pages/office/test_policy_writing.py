"""An officer writes a policy on pages, another publishes it; it matches, explains itself and is claimed at once."""

import re
from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from concierge.basics.errors import Refusal
from concierge.basics.ids import parse_id
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.statement import Standing, benefit_of
from concierge.rules.roles import Role
from concierge.services.claims import start_claim
from concierge.services.policies import change_head, next_draft, publish_version
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import House, at, colleague, editor
from tests.office import EXPERT, FINANCE, HR, Visitor, check_page

pytestmark = pytest.mark.unmatched

SEAL = re.compile(r'name="seal" value="([0-9a-f]{64})"')
MARK = re.compile(r'name="mark" value="([0-9a-f]{64})"')
HEAD = {
    "code": "P21", "number": "望人社发〔2026〕3号", "name_zh": "通勤补贴", "name_en": "Commuting Allowance",
    "kind": "monthly", "unit": str(HR), "payer": str(FINANCE), "group": "commuting",
}  # fmt: skip


class Writing:
    """An officer at the pages of one draft."""

    def __init__(self, officer: Visitor, **head: str) -> None:
        self.officer = officer
        page = "/office/policies/new"
        check_page(officer.get(page))
        answer = officer.post(page, HEAD | head, page=page)
        self.id = re.findall(r"/office/policies/(\w+)/write/conditions", answer.headers["Location"])[0]

    def path(self, part: str) -> str:
        return f"/office/policies/{self.id}/{part}"

    def condition(self, fact: str, place: str = "all:", **typed: object) -> None:
        part = typed.get("part", "conditions")
        form = self.path(f"condition?fact={fact}&place={place}&part={part}")
        answer = self.send("condition", form, {"fact": fact, "place": place} | typed)
        assert answer.status_code == 302, check_page(answer)

    def change(self, part: str, **typed: object) -> None:
        page = self.path(f"write/{part}")
        answer = self.send(f"write/{part}", page, typed)
        assert answer.status_code == 302, check_page(answer)
        check_page(self.officer.get(page))

    def send(self, part: str, page: str, typed: Mapping[str, object]) -> TestResponse:
        """What is typed into the form of a page, with the mark that the page gives it."""
        mark = MARK.findall(check_page(self.officer.get(page)))[0]
        return self.officer.post(self.path(part), {"mark": mark} | dict(typed), page=page)


def write(house: House) -> Writing:
    """The commuting allowance: doctors and masters, or anybody in a township; not while away; 600 or 400 yuan."""
    writing = Writing(house.as_(Role.TALENT_OFFICE))
    writing.condition("degree", op="in", value=["phd", "master"], article_zh="第二条", article_en="Article 2")
    writing.condition("in_township", "any:1", op="==", value="yes")
    writing.condition("away_over_30_days", op="==", value="yes", negated="1", upload_zh="在岗证明", upload_en="Proof")
    writing.condition("assessment", part="suspension", op="in", value=["basic"])
    writing.condition("insured", "any:0", part="suspension", op="==", value="no")
    writing.change("amounts", by="degree")
    writing.change("amounts", **{"rate-phd": "600", "rate-master": "400.50"})
    times = {"months": "12", "apply_from": "1-15", "apply_to": "3月31日"}
    writing.change("periods", starts_with="hired_on", rhythm="month", auto_match="1", tax="wages", **times)
    writing.change("papers", known="id_card", severity="major")
    writing.change("papers", name_zh="乘车记录", name_en="Record of rides", severity="minor", source="expert")
    writing.change("exclusions", rule="take_higher", **{"with": ["P06"]}, article_zh="第五条", article_en="Article 5")
    return writing


def publish(house: House, writing: Writing) -> None:
    path = writing.path("edit")
    dates = {
        "number": HEAD["number"],
        "valid_from": "2026-02-02",
        "guide_zh": "每月补贴通勤。",
        "guide_en": "Commuting is paid for.",
    }
    texts = {"basis_zh": "内党发〔2024〕1号", "basis_en": "Region's measures", "joint": ["finance"]}
    given = dates | texts | {"needs_employer": "1", "needs_hr": "1", "is_paid": "1", "limit_claim": "10"}
    assert writing.send("edit", path, given).status_code == 302
    shown = check_page(writing.officer.get(f"/office/policies/{writing.id}"))
    seal = SEAL.findall(shown)[0]
    mine = writing.officer.post(f"/office/policies/{writing.id}/publish", {"seal": seal}, page="/office/policies")
    assert mine.status_code == 302
    assert version(house, writing).state == "draft", "the one who wrote it does not publish it"
    stage = house.stage
    second = colleague(Role.TALENT_OFFICE, "second-person")
    publish_version(stage.session, actor=second, now=stage.now, version_id=parse_id(writing.id), seal=seal)


def version(house: House, writing: Writing) -> PolicyVersion:
    return house.stage._read(lambda: house.stage.session.get_one(PolicyVersion, parse_id(writing.id)))


def test_what_is_typed_becomes_the_data_of_the_policy(house: House) -> None:
    kept = version(house, write(house))
    ways = kept.clauses["all"]
    assert [next(iter(part)) for part in ways] == ["fact", "any", "not"]
    assert [part["fact"] for part in ways[1]["any"]] == ["degree", "in_township"]
    assert ways[1]["any"][1]["label"] == {"zh": "在乡镇单位工作", "en": "Works in a township unit"}, (
        "made from the fact"
    )
    assert kept.rates == {
        "by": "degree",
        "amounts": {"phd": 60_000, "master": 40_050},
        "case_by_case": [],
        "at_cost": [],
    }
    assert (kept.schedule["starts_with"], kept.schedule["months"], kept.schedule["tax"]) == ("hired_on", 12, "wages")
    assert [paper["severity"] for paper in kept.materials] == ["major", "minor"]
    assert kept.schedule["exclusions"][0]["with"] == ["P06"]
    assert [row["fact"] for row in kept.schedule["suspend_when"]["all"][0]["any"]] == ["assessment", "insured"]
    assert (kept.schedule["apply_from"], kept.schedule["apply_to"]) == ("01-15", "03-31")


def test_what_suspends_the_benefit_is_taken_out_until_nothing_is_left(house: House) -> None:
    writing = write(house)
    for place in ("0.0", "0"):
        writing.change("suspension", take_out=place)
    assert "suspend_when" not in version(house, writing).schedule


def test_what_ends_the_benefit_is_written_on_the_page_and_who_ends_it(house: House) -> None:
    writing = write(house)
    writing.condition("employed", part="ending", op="==", value="no")
    writing.change("ending", who_ends="night")
    kept = version(house, writing).schedule
    assert ([row["fact"] for row in kept["end_when"]["all"]], kept["end_at_once"]) == (["employed"], True)
    assert "由系统夜间自动终止" in check_page(writing.officer.get(f"/office/policies/{writing.id}"))
    writing.change("ending", who_ends="people")
    writing.change("ending", take_out="0")
    assert not {"end_when", "end_at_once"} & set(version(house, writing).schedule)


def test_days_come_from_service_orders_and_units_are_entitled_as_the_page_says(house: House) -> None:
    writing = Writing(house.as_(Role.TALENT_OFFICE), kind="per_day")
    writing.change("amounts", by="item")
    writing.change("amounts", new_zh="近处", new_en="Near", **{"rate-new": "100"})
    when = {"starts_with": "category_from", "rhythm": "month"}
    orders = {"order-1": "item1", "order-3": "item1", "order-away": "1"}
    writing.change("periods", **when, **orders, subject="unit")
    kept = version(house, writing).schedule
    assert (kept["orders"], kept["subject"]) == ({"items": {"1": "item1", "3": "item1"}, "away": True}, "unit")
    page = writing.path("write/periods")
    assert writing.send("write/periods", page, when | {"order-1": "gold"}).status_code == 404
    writing.change("periods", **when)
    assert not {"orders", "subject"} & set(version(house, writing).schedule)


def test_code_name_and_units_are_put_right_until_a_version_is_published(house: House) -> None:
    writing = write(house)
    writing.change("head", **(HEAD | {"group": "WAYS", "name_zh": "上下班补贴"}))
    page = writing.path("write/head")
    wrong = writing.send("write/head", page, HEAD | {"code": "P01"})
    assert (wrong.status_code, "编号已存在" in check_page(wrong)) == (422, True)
    stage = house.stage
    policy = stage._read(lambda: stage.session.get_one(Policy, version(house, writing).policy_id))
    assert (policy.group, policy.name_zh) == ("WAYS", "上下班补贴")
    publish(house, writing)
    made = next_draft(stage.session, actor=editor(), now=stage.now, version_id=parse_id(writing.id))
    with pytest.raises(Refusal):
        change_head(stage.session, actor=editor(), now=stage.now, version_id=made, change=lambda kept: kept)


def test_outside_its_window_nothing_is_claimed_and_the_expert_reads_when_it_opens(house: House) -> None:
    writing, stage = write(house), house.stage
    publish(house, writing)
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == "P21")).scalar_one())
    right, april = stage.active_right("P21"), at(4, 1)
    told = stage._read(lambda: benefit_of(stage.session, person_id=EXPERT, policy_id=policy, today=date(2026, 4, 1)))
    assert (told.can_claim, told.opens_on) == (False, date(2027, 1, 15))
    with pytest.raises(Refusal) as refused:
        start_claim(stage.session, actor=office.actor(Role.EXPERT), now=april, entitlement_id=right)
    assert [reason.code for reason in refused.value.reasons] == ["outside_window"]


def test_a_twenty_first_policy_matches_explains_and_is_claimed_without_a_release(house: House) -> None:
    writing, stage = write(house), house.stage
    publish(house, writing)
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == "P21")).scalar_one())
    assert stage.match(now=at(3, 2)).created >= 1
    right = stage.right("P21")
    stage.step(EntitlementFlow.confirm, right.id, Role.EXPERT, now=at(3, 2))
    stage.step(EntitlementFlow.activate, right.id, Role.SPECIALIST, now=at(3, 2))
    stage.now = at(3, 2)
    assert stage.decisions("P21"), "what the expert is shown is kept"
    told = stage._read(lambda: benefit_of(stage.session, person_id=EXPERT, policy_id=policy, today=date(2026, 3, 2)))
    assert (told.standing, told.due_fen) == (Standing.ACTIVE, 60_000)
    assert "学历" in told.conditions[1].label.zh
    claim = start_claim(stage.session, actor=office.actor(Role.EXPERT), now=at(3, 2), entitlement_id=right.id)
    assert (stage.claim(claim).amount_fen, stage.claim(claim).period) == (60_000, "2026-02")


def test_the_preview_is_the_guide_as_everybody_will_read_it(house: House) -> None:
    writing = write(house)
    preview = check_page(writing.officer.get(writing.path("preview")))
    for words in ("通勤补贴", "不属于：", "600", "乘车记录", "就高不重复：基层岗位补贴", "每年1月15日至3月31日"):
        assert words in preview


def test_wrong_input_comes_back_with_what_was_typed(house: House) -> None:
    writing = Writing(house.as_(Role.TALENT_OFFICE))
    form = writing.path("condition?fact=hired_on&place=all:")
    given = {"fact": "hired_on", "place": "all:", "op": ">=", "value": "soon", "label_zh": "到岗"}
    answer = writing.send("condition", form, given)
    assert answer.status_code == 422
    assert "到岗" in check_page(answer)
    page = writing.path("write/periods")
    answer = writing.send("write/periods", page, {"shares": "50, 60", "at_months": "0"})
    assert answer.status_code == 422
    told = check_page(answer)
    assert ("50, 60" in told, "各期比例合计应为 100" in told) == (True, True)
    last = writing.send("write/conditions", writing.path("write/conditions"), {"take_out": "0"})
    assert (last.status_code, "至少" in check_page(last)) == (422, True)
    assert version(house, writing).clauses["all"], "a policy has at least one condition"


def test_whatever_is_to_be_put_right_is_told_with_the_name_of_its_field(house: House) -> None:
    writing = Writing(house.as_(Role.TALENT_OFFICE))
    nameless = check_page(writing.officer.post("/office/policies/new", HEAD | {"name_en": ""}))
    assert "政策名称（英文）：请填写此项。" in nameless
    months = check_page(writing.send("write/periods", writing.path("write/periods"), {"claim_months": "soon"}))
    assert "申领期限（月）：请填写整数。" in months
    limits = check_page(writing.send("edit", writing.path("edit"), {"limit_claim": "soon", "valid_from": ""}))
    for words in ("受理至审定：请填写工作日数（整数）。", "生效日期：请"):
        assert words in limits
    assert "比较的数值" in check_page(writing.officer.get(writing.path("condition?fact=age&place=all:")))


def test_what_was_added_can_be_taken_out_again(house: House) -> None:
    writing = write(house)
    writing.change("conditions", take_out="1.1")
    assert version(house, writing).clauses["all"][1]["fact"] == "degree", "one alternative left is none"
    writing.change("exclusions", take_out="0")
    writing.change("papers", take_out="id_card")
    kept = version(house, writing)
    assert (kept.schedule["exclusions"], len(kept.materials)) == ([], 1)


def test_a_code_or_a_number_that_cannot_be_is_told_beside_its_field(house: House) -> None:
    officer, page = house.as_(Role.TALENT_OFFICE), "/office/policies/new"
    answer = officer.post(page, HEAD | {"number": "第三号"}, page=page)
    assert answer.status_code == 422
    assert "第三号" in check_page(answer)
    assert officer.post(page, HEAD | {"code": "p01"}, page=page).status_code == 422, "a code is written in capitals"
    assert officer.post(page, HEAD | {"kind": "gift"}, page=page).status_code == 422
