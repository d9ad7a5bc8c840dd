"""Two officers write one draft: what the second one does from an old page is refused and told, never done blindly."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.blueprints.office.policy_forms import CHANGED, as_read
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.policies import (
    PolicyHead,
    VersionContent,
    change_head,
    content_of,
    head_of,
    next_draft,
    revise,
)
from tests.benefits import House, editor
from tests.office import check_page
from tests.pages.office.test_policy_writing import HEAD, MARK, Writing

pytestmark = pytest.mark.unmatched

TOLD = "本草稿已被修改"


class Draft:
    """The next draft of a policy, an officer's page of it, and a colleague who changes it meanwhile."""

    def __init__(self, house: House, code: str) -> None:
        self.stage, self.officer = house.stage, house.as_(Role.TALENT_OFFICE)
        first = select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == code)
        before = self.stage._read(lambda: self.stage.session.execute(first).scalars().one())
        self.id = next_draft(self.stage.session, actor=editor(), now=self.stage.now, version_id=before)
        self.path = f"/office/policies/{public_id(self.id)}"

    def kept(self) -> VersionContent:
        return self.stage._read(lambda: content_of(self.stage.session, self.id))

    def colleague(self, **changes: object) -> VersionContent:
        """What a colleague makes of it while the officer's page is open."""
        given = {"actor": editor(), "now": self.stage.now, "version_id": self.id}
        revise(self.stage.session, **given, change=lambda kept: replace(kept, **changes))
        return self.kept()

    def press(self, part: str, opened: str, typed: dict[str, object]) -> str:
        """What the officer is told who presses a button of a page opened before; the draft stays the colleague's."""
        mark, page = MARK.findall(opened)[0], f"{self.path}/{part}"
        theirs = self.colleague(guide=Bilingual("同事写的指南", ""))
        answer = self.officer.post(page, {"mark": mark} | typed, page=f"{self.path}/write/conditions")
        assert (answer.status_code, self.kept()) == (422, theirs)
        return check_page(answer)


ACTS = {
    "conditions": {"take_out": "1"},
    "suspension": {"take_out": "0"},
    "ending": {"who_ends": "night"},
    "papers": {"name_zh": "乘车记录", "name_en": "Record of rides", "severity": "minor"},
    "exclusions": {"take_out": "0"},
}


@pytest.mark.parametrize("part", ACTS)
def test_what_is_pressed_on_an_old_page_of_a_draft_is_refused_and_the_draft_shown_as_it_is(house: House, part: str):
    draft = Draft(house, "P02")
    kept = draft.kept()
    draft.colleague(schedule={**kept.schedule, "suspend_when": {"all": list(kept.clauses["all"])}})
    opened = check_page(draft.officer.get(f"{draft.path}/write/{part}"))
    told = draft.press(f"write/{part}", opened, ACTS[part])
    assert TOLD in told
    again = draft.officer.post(
        f"{draft.path}/write/{part}", {"mark": MARK.findall(told)[0]} | ACTS[part], page=f"{draft.path}/write/{part}"
    )
    assert again.status_code == 302, "whoever has looked again may go on"


def test_a_condition_is_not_joined_to_another_one_that_took_its_place_meanwhile(house: House):
    draft = Draft(house, "P02")
    opened = check_page(draft.officer.get(f"{draft.path}/write/conditions"))
    query = f"fact=in_township&place=any:1&mark={MARK.findall(opened)[0]}"
    draft.colleague(clauses={"all": list(reversed(draft.kept().clauses["all"]))})
    form = check_page(draft.officer.get(f"{draft.path}/condition?{query}"))
    typed = {"fact": "in_township", "place": "any:1", "op": "==", "value": "yes", "label_zh": "在乡镇"}
    told = draft.press("condition", form, typed)
    assert (TOLD in told, "在乡镇" in told) == (True, True), "what was typed is kept"
    assert 'value="any:1" selected' not in told, "where it stands is chosen again"


def test_a_head_is_put_right_only_from_the_one_that_was_read(house: House):
    writing, stage = Writing(house.as_(Role.TALENT_OFFICE)), house.stage
    page = writing.path("write/head")
    mark = MARK.findall(check_page(writing.officer.get(page)))[0]
    [policy, draft] = stage._read(
        lambda: stage.session.execute(
            select(Policy.id, PolicyVersion.id)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(Policy.code == "P21")
        ).one()
    )
    theirs = {"change": lambda kept: replace(kept, group="WAYS", icon="bus")}
    change_head(stage.session, actor=editor(), now=stage.now, version_id=draft, **theirs)
    answer = writing.officer.post(page, HEAD | {"mark": mark}, page=page)
    assert (answer.status_code, "其他人修改了本草稿" in check_page(answer)) == (422, True)
    assert stage._read(lambda: head_of(stage.session, policy)).group == "WAYS"
    assert writing.send("write/head", page, HEAD).status_code == 302
    kept = stage._read(lambda: head_of(stage.session, policy))
    assert (kept.group, kept.icon) == ("COMMUTING", "bus"), "a sign that the page does not show stays"


@pytest.mark.parametrize("given", [{}, {"mark": ""}, {"mark": "0" * 64}], ids=["none", "empty", "of another text"])
@pytest.mark.parametrize("replaces", [True, False])
def test_without_the_mark_of_what_was_read_nothing_of_a_draft_is_changed(given: dict[str, str], replaces: bool):
    rules = VersionContent("望人社发〔2026〕3号", "monthly", date(2026, 2, 2), {"all": []}, {"flat": 0}, {})
    head = PolicyHead("P21", Bilingual("通勤补贴", "Commuting"), "P21", 1, 2)
    for kept in (rules, head):
        with pytest.raises(Invalid) as refused:
            as_read(kept, given, replaces=replaces)
        assert [reason.code for reason in refused.value.reasons] == [CHANGED] == ["changed_meanwhile"]
        assert as_read(kept, {"mark": kept.mark}, replaces=replaces) is kept
