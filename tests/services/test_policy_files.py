"""A policy goes to another district as a file and begins there as a draft; nothing of it is in force."""

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import insert, select

from concierge.basics.errors import Invalid
from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.models.district import District, Unit
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.policies import content_of
from concierge.services.policy_files import load_policy_file, policy_file
from tests.benefits import House, Stage, editor
from tests.office import FINANCE, HR, actor, check_page
from tests.services.test_policies import version_of

NEXT = 77


def saved(stage: Stage, code: str = "P02") -> bytes:
    return stage._read(lambda: policy_file(stage.session, version_id=version_of(stage, code).id))


def test_another_district_loads_the_file_as_a_draft_with_the_same_rules(stage: Stage) -> None:
    file, own = saved(stage), content_of_newest(stage, "P02")
    elsewhere = replace(actor(Role.TALENT_OFFICE), district_id=NEXT)
    with open_session(stage.database.engine, district=NEXT) as session:
        with transaction(session):
            session.execute(insert(District), [{"id": NEXT, "code": "999902", "name_zh": "邻区", "name_en": "Next"}])
            unit = {"district_id": NEXT, "kind": "office", "name_zh": "邻区人才办", "name_en": "Next Office"}
            session.execute(insert(Unit), [unit | {"id": NEXT, "code": "x"}])
        given = {"content": file, "unit_id": NEXT, "paying_unit_id": NEXT}
        made = load_policy_file(session, actor=elsewhere, now=stage.now, **given)
        with transaction(session):
            version, content = session.get_one(PolicyVersion, made), content_of(session, made)
            policy = session.get_one(Policy, version.policy_id)
            assert (version.state, policy.district_id, policy.code, policy.unit_id) == ("draft", NEXT, "P02", NEXT)
            assert version.valid_from > date(2026, 2, 2), "never of a day that is over"
    assert (content.clauses, content.rates, content.schedule) == (own.clauses, own.rates, own.schedule)
    assert (content.limits, content.guide, list(content.materials)) == (own.limits, own.guide, list(own.materials))


def content_of_newest(stage: Stage, code: str):
    return stage._read(lambda: content_of(stage.session, version_of(stage, code).id))


def test_a_file_of_a_known_policy_is_its_next_draft(stage: Stage) -> None:
    given = {"content": saved(stage), "unit_id": HR, "paying_unit_id": FINANCE}
    load_policy_file(stage.session, actor=editor(), now=stage.now, **given)
    newest = version_of(stage, "P02")
    assert (newest.version, newest.state) == (2, "draft")


@pytest.mark.parametrize(
    "wrong", ["no json", "[]", "[" * 100_000, '{"form": "other"}', '{"form": "concierge-policy-1"}']
)
def test_what_is_no_policy_is_told_and_nothing_is_kept(stage: Stage, wrong: str) -> None:
    given = {"content": wrong.encode(), "unit_id": HR, "paying_unit_id": FINANCE}
    with pytest.raises(Invalid):
        load_policy_file(stage.session, actor=editor(), now=stage.now, **given)


DEEP: dict[str, Any] = {"all": []}
for _level in range(40):
    DEEP = {"all": [DEEP]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"clauses": []}, {"clauses": DEEP}, {"rates": []}, {"rates": {"amounts": [1]}}, {"schedule": 5},
        {"schedule": {"joint": 5}}, {"materials": 5}, {"materials": ["degree"]}, {"materials": [{"code": ["degree"]}]},
        {"limits": []}, {"limits": {"hr": "soon"}}, {"name": "P77"}, {"unit": []}, {"valid_from": 7},
        {"guide": {"zh": "\x00", "en": ""}}, {"guide": {"zh": "\ud800", "en": ""}},
        {"rates": {"amounts": {"A": 1e999}}}, {"rates": {"by": ["degree"]}}, {"rates": {"by": 5}},
        {"schedule": {"joint": [["hr"]]}}, {"clauses": {"all": [{"fact": "degree", "op": "in", "value": [["phd"]]}]}},
        {"clauses": {"fact": "degree", "op": "==", "value": {"zh": "博士"}}},
        {"clauses": {"fact": "degree", "op": "==", "value": ["phd"]}},
    ],
)  # fmt: skip
def test_a_file_whose_parts_have_another_form_is_told_and_nothing_is_kept(stage: Stage, wrong: dict[str, Any]) -> None:
    file = json.dumps(json.loads(saved(stage)) | {"code": "P77"} | wrong).encode()
    with pytest.raises(Invalid):
        load_policy_file(stage.session, actor=editor(), now=stage.now, content=file, unit_id=HR, paying_unit_id=FINANCE)
    assert stage._read(lambda: stage.session.execute(select(Policy).where(Policy.code == "P77")).first()) is None


def test_rules_that_cannot_be_are_refused_whoever_wrote_the_file(stage: Stage) -> None:
    given = json.loads(saved(stage)) | {"code": "P77", "rates": {"by": "degree", "amounts": {"phd": "much"}}}
    file = json.dumps(given).encode()
    with pytest.raises(Invalid):
        load_policy_file(stage.session, actor=editor(), now=stage.now, content=file, unit_id=HR, paying_unit_id=FINANCE)
    assert stage._read(lambda: stage.session.execute(select(Policy).where(Policy.code == "P77")).first()) is None


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"rates": {"flat": "much"}}, {"amounts_wrong"}),
        ({"rates": {"flat": -5}}, {"amounts_wrong"}),
        ({"rates": {"flat": 10**16}}, {"amounts_wrong"}),
        ({"rates": {"by": "degree", "amounts": {"phd": -1}}}, {"amounts_wrong"}),
        ({"kind": "now_and_then"}, {"kind_wrong"}),
        ({"schedule": {"months": "twelve", "claim_months": -1}}, {"number_wrong"}),
        ({"schedule": {"tax": "none", "rhythm": "week", "clawback": "all"}}, {"word_wrong"}),
        ({"schedule": {"starts_with": "category"}}, {"word_wrong"}),
        ({"schedule": {"shares": [50, 30], "at_months": [0, 12]}}, {"shares_wrong"}),
        ({"schedule": {"shares": [100], "at_months": [0, 12]}}, {"shares_wrong"}),
        ({"schedule": {"shares": [50, 50], "at_months": [12, 0]}}, {"shares_wrong"}),
        ({"schedule": {"shares": [0.5, 99.5], "at_months": [0, 12]}}, {"shares_wrong"}),
        ({"schedule": {"shares": 100, "at_months": [0]}}, {"shares_wrong"}),
        ({"schedule": {"shares": [100], "at_months": True}}, {"shares_wrong"}),
        ({"schedule": {"tax": ["wages"]}}, {"word_wrong"}),
        ({"kind": "instalment", "schedule": {}}, {"schedule_wrong"}),
        ({"schedule": {"exclusions": [{"rule": "take_higher", "with": "LIVING"}]}}, {"exclusion_wrong"}),
        ({"schedule": {"mnths": 36}}, {"word_wrong"}),
        ({"rates": {"by": "shoe_size", "amounts": {"44": 500}}}, {"amounts_wrong"}),
        ({"rates": {"by": "degree", "amounts": {"genius": 500}}}, {"amounts_wrong"}),
        ({"clauses": {"all": [{"fact": "insured", "op": "is_true", "label": "参保"}]}}, {"clauses_wrong"}),
    ],
)
def test_amounts_and_schedules_that_nothing_could_be_paid_by_are_told_in_words(
    stage: Stage, wrong: dict[str, Any], codes: set[str]
) -> None:
    file = json.dumps(json.loads(saved(stage)) | {"code": "P77"} | wrong).encode()
    with pytest.raises(Invalid) as told:
        load_policy_file(stage.session, actor=editor(), now=stage.now, content=file, unit_id=HR, paying_unit_id=FINANCE)
    assert {reason.code for reason in told.value.reasons} == codes
    assert not any("invalid" in str(reason.text) or "PolicyKind" in str(reason.text) for reason in told.value.reasons)


CONDITION = {"fact": "insured", "op": "is_true"}


@pytest.mark.parametrize(
    ("wrong", "place", "english", "chinese"),
    [
        ({"group": None}, "group", "group says null; expected: a text.", "group 现为 null，应为：文字。"),
        ({"code": " "}, "code", 'code says " "; expected: a text that is not empty.', "应为：非空文字。"),
        ({"name": "P77"}, "name", 'name says "P77"; expected: Chinese and English', "应为：中英文"),
        ({"valid_from": "soon"}, "valid_from", "expected: a day such as 2026-01-31.", "应为：日期，如 2026-01-31。"),
        ({"valid_to": 7}, "valid_to", "valid_to says 7; expected: a day", "valid_to 现为 7，应为：日期"),
        ({"is_paid": "yes"}, "is_paid", "expected: true or false.", "应为：true 或 false。"),
        ({"limits": {"hr_review": "soon"}}, "limits.hr_review", "expected: a whole number.", "应为：整数。"),
        ({"limits": {"hr_review": 900}}, "limits.hr_review", "says 900: A limit is between", "现为 900："),
        ({"rates": {"amounts": {"phd": "3000"}}}, "rates.amounts.phd", 'says "3000"; expected', '现为 "3000"，应为'),
        ({"rates": {"amounts": [1]}}, "rates.amounts", "says [1]; expected: a group in { }.", "应为：{ } 组。"),
        ({"schedule": {"months": "x"}}, "schedule.months", 'schedule.months says "x": Write a', "请填写整数"),
        ({"schedule": {"joint": 5}}, "schedule.joint", "expected: a list of texts in [ ].", "应为：[ ] 中的一组文本。"),
        ({"schedule": {"exclusions": [5]}}, "schedule.exclusions.1", "says 5; expected: a group", "应为：{ } 组"),
        ({"schedule": {"exclusions": [{}]}}, "schedule.exclusions.1.rule", "missing; expected: one of", "缺失"),
        ({"schedule": {"end_when": []}}, "", "", ""),
        ({"schedule": {"end_when": 5}}, "schedule.end_when", "says 5; expected: a group", "应为：{ } 组"),
        ({"schedule": {"end_when": {"any": []}}}, "schedule.end_when.any", "a list of conditions", "[ ] 条件列表"),
        ({"materials": ["x"]}, "materials.1", 'materials.1 says "x"; expected: a group', "应为：{ } 组"),
        ({"materials": [{"code": "a", "severity": "major"}]}, "materials.1.name", "is missing; expected", "缺失"),
        ({"clauses": {"not": {"all": [CONDITION, 7]}}}, "clauses.not.all.2", "says 7; expected", "现为 7"),
        ({"clauses": {"fact": "insured", "op": ">"}}, "clauses.op", "expected: one of: ==, !=", "以下之一：==, !="),
        ({"clauses": {"fact": "x", "op": "=="}}, "clauses", "there is no fact called x", "没有名为 x 的事项"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_with_its_place_its_value_and_what_is_expected(
    stage: Stage, wrong: dict[str, Any], place: str, english: str, chinese: str
) -> None:
    file = json.dumps(json.loads(saved(stage)) | {"code": "P77"} | wrong).encode()
    given = {"content": file, "unit_id": HR, "paying_unit_id": FINANCE}
    if not place:
        assert load_policy_file(stage.session, actor=editor(), now=stage.now, **given)
        return
    with pytest.raises(Invalid) as told:
        load_policy_file(stage.session, actor=editor(), now=stage.now, **given)
    [reason] = told.value.reasons
    assert reason.field == place
    assert english in reason.text.in_language("en")
    assert chinese in reason.text.in_language("zh_CN")


@pytest.mark.parametrize(
    ("file", "english"),
    [
        (b'{"form": 1,,}', "This is no file of a policy: line 1, character 12 is no JSON."),
        (b"\xff", "characters or numbers that cannot be kept"),
        (b" " * 1_000_001, "larger than 1000000 bytes"),
        (b"5", "5 is no policy"),
        (b'{"form": "other"}', 'form says "other"; expected: the text "concierge-policy-1".'),
        (b"[]", "one is loaded at a time"),
    ],
)
def test_a_file_that_is_none_says_where_it_cannot_be_read(stage: Stage, file: bytes, english: str) -> None:
    given = {"content": file, "unit_id": HR, "paying_unit_id": FINANCE}
    with pytest.raises(Invalid) as told:
        load_policy_file(stage.session, actor=editor(), now=stage.now, **given)
    assert english in told.value.reasons[0].text.in_language("en")


def test_an_officer_saves_and_loads_a_policy_on_the_pages(house: House) -> None:
    officer, version = house.as_(Role.TALENT_OFFICE), version_of(house.stage, "P02").id
    file = officer.get(f"/office/policies/{public_id(version)}/file")
    assert (file.status_code, file.mimetype) == (200, "application/json")
    page, given = "/office/policies/new", {"file_unit": str(HR), "file_payer": str(FINANCE)}
    answer = officer.post(f"{page}/file", given | {"file": (BytesIO(file.data), "policy.json")}, page=page)
    assert answer.status_code == 302, check_page(answer)
    check_page(officer.get(answer.headers["Location"]))
    wrong = officer.post(f"{page}/file", given | {"file": (BytesIO(b"x"), "policy.json")}, page=page)
    assert (wrong.status_code, "这不是政策文件：第 1 行第 1 个字符不是 JSON。" in check_page(wrong)) == (422, True)
