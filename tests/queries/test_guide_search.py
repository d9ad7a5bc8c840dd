"""The guide is searched in Chinese, pinyin and English on both databases, and read as it stood on any day."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.guide import guide_list, guide_of
from concierge.queries.guide_search import published_versions, search_guide
from tests.cases import POLICY, POLICY_VERSION
from tests.queries.expert import TODAY, add, another_policy, session

__all__ = ["session"]

PAPERS = [{"code": "deed", "name": {"zh": "契税完税证明", "en": "Proof of deed tax"}, "severity": "major"}]


def test_the_guide_is_searched_in_both_languages_in_its_papers_and_by_sound(session: Session) -> None:
    another_policy(session)
    with transaction(session):
        named = {"name_zh": "购房补贴", "name_en": "Home Purchase Subsidy"}
        session.execute(update(Policy).where(Policy.id == POLICY).values(**named))
        told = {"guide_zh": "首套住房，可分五年发放。", "guide_en": "First home.", "materials": PAPERS}
        session.execute(update(PolicyVersion).where(PolicyVersion.id == POLICY_VERSION).values(**told))
    for wanted, where in (("购房", "in the title"), ("契税证明", "in the text"), ("goufang", "by its sound")):
        [hit] = search_guide(session, text=wanted, today=TODAY)
        assert (hit.line.id, hit.why.where.msgid) == (POLICY, where)
    [hit] = search_guide(session, text="first home", today=TODAY)
    assert hit.why.title == (("Home", True), (" Purchase Subsidy", False))
    with speaking("en"):
        [hit] = search_guide(session, text="gfbt", today=TODAY)
        assert hit.why.title == (("购房补贴", True),)
    assert search_guide(session, text="无此内容", today=TODAY) == ()
    assert search_guide(session, text=" \x00 ", today=TODAY) == ()


def test_the_guide_shows_the_version_that_held_on_the_day(session: Session) -> None:
    later = date(2026, 2, 1)
    with transaction(session):
        session.execute(
            update(PolicyVersion).where(PolicyVersion.id == POLICY_VERSION).values(valid_to=date(2026, 1, 31))
        )
    new = {"policy_id": POLICY, "version": 2, "state": "published", "valid_from": later, "kind": "one_off"}
    add(session, PolicyVersion, **new, clauses={}, rates={"flat": 100}, schedule={}, materials=[])
    draft = {"policy_id": POLICY, "version": 3, "state": "draft", "valid_from": TODAY, "kind": "one_off"}
    add(session, PolicyVersion, **draft, clauses={}, rates={}, schedule={}, materials=[])
    assert guide_of(session, policy_id=POLICY, today=date(2026, 1, 31)).version == 1
    assert guide_of(session, policy_id=POLICY, today=later).version == 2
    assert [line.id for line in guide_list(session, today=later)] == [POLICY]
    assert [(v.version, v.valid_to) for v in published_versions(session, POLICY)] == [(2, None), (1, date(2026, 1, 31))]
    assert guide_list(session, today=date(2025, 12, 31)) == []
    with pytest.raises(NotFound):
        guide_of(session, policy_id=POLICY, today=date(2025, 12, 31))
