"""Remarks, reminders, follows, tags and the selection of a list, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.engine.tables import Case, Outbox
from concierge.models.comment import CaseTag, Comment, Follow
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import comments, marks, selection
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EXPERT, HEALTH, NOW, actor, fill, key_ring

SPECIALIST, LEAD, EXPERT_ACTOR = actor(Role.SPECIALIST), actor(Role.SPECIALIST_LEAD), actor(Role.EXPERT)
SOMEBODY_ELSE = actor(Role.HR)


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def care(rows: Database, *, assigned: bool = False) -> int:
    wish = CareWish("medical", "请帮忙联系专家号", Channel.PHONE)
    with rows.session() as session:
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)
        if assigned:
            step, given = step_named("care_request", "assign"), {"unit": public_id(HEALTH)}
            take_step(session, actor=SPECIALIST, now=NOW, step=step, case_id=case_id, version=1, given=given)
    return case_id


def test_a_remark_is_for_colleagues_unless_it_is_addressed_to_the_expert(rows: Database) -> None:
    case_id = care(rows)
    with rows.session() as session:
        comments.comment(session, actor=SPECIALIST, now=NOW, case_id=case_id, text="已电话联系")
        comments.comment(session, actor=SPECIALIST, now=NOW, case_id=case_id, text="周三答复您", audience="expert")
        comments.comment(session, actor=EXPERT_ACTOR, now=NOW, case_id=case_id, text="谢谢", audience="internal")
        kept = session.execute(select(Comment.text, Comment.audience).order_by(Comment.id)).all()
    assert [tuple(row) for row in kept] == [("已电话联系", "internal"), ("周三答复您", "expert"), ("谢谢", "expert")]


@pytest.mark.parametrize(("text", "audience"), [("", "internal"), ("x" * 2001, "internal"), ("x", "everybody")])
def test_an_unusable_remark_is_refused(rows: Database, text: str, audience: str) -> None:
    case_id = care(rows)
    with rows.session() as session, pytest.raises(Invalid):
        comments.comment(session, actor=SPECIALIST, now=NOW, case_id=case_id, text=text, audience=audience)


def test_nobody_writes_on_a_case_he_may_not_see(rows: Database) -> None:
    case_id = care(rows)
    with rows.session() as session, pytest.raises(NotFound):
        comments.comment(session, actor=SOMEBODY_ELSE, now=NOW, case_id=case_id, text="你好")


def test_a_remark_can_be_taken_back_for_ten_minutes_by_its_author(rows: Database) -> None:
    case_id = care(rows)
    with rows.session() as session:
        mine = comments.comment(session, actor=SPECIALIST, now=NOW, case_id=case_id, text="写错了")
        with pytest.raises(NotFound):
            comments.take_back_comment(session, actor=LEAD, now=NOW, comment_id=mine)
        with pytest.raises(Refusal):
            comments.take_back_comment(session, actor=SPECIALIST, now=NOW + timedelta(minutes=11), comment_id=mine)
        comments.take_back_comment(session, actor=SPECIALIST, now=NOW + timedelta(minutes=9), comment_id=mine)
        assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_a_reminder_goes_out_once_a_day_and_never_to_oneself(rows: Database) -> None:
    with_unit, with_me = care(rows, assigned=True), care(rows)
    with rows.session() as session:
        first = comments.nudge(session, actor=SPECIALIST, now=NOW, case_ids=[with_unit, with_me, 1])
        again = comments.nudge(session, actor=LEAD, now=NOW + timedelta(hours=1), case_ids=[with_unit])
        later = comments.nudge(session, actor=SPECIALIST, now=NOW + timedelta(days=1), case_ids=[with_unit])
        sent = select(Outbox.subject_version).where(Outbox.topic == "nudge").order_by(Outbox.subject_version)
        assert list(session.scalars(sent)) == [1, 2]
    assert (first.sent, first.held[with_me].code) == ([with_unit], "in_own_hands")
    assert again.held[with_unit].code == "nudged_today"
    assert later.sent == [with_unit]


def test_an_expert_reminds_after_the_promise_has_lapsed_or_once_a_week(rows: Database) -> None:
    case_id = care(rows, assigned=True)
    with rows.session() as session:
        early = comments.nudge(session, actor=EXPERT_ACTOR, now=NOW, case_ids=[case_id])
        lapsed = comments.nudge(session, actor=EXPERT_ACTOR, now=NOW + timedelta(days=4), case_ids=[case_id])
    assert early.held[case_id].code == "nudged_lately"
    assert lapsed.sent == [case_id]


def test_the_same_reminder_sent_twice_goes_out_once(rows: Database) -> None:
    case_id = care(rows, assigned=True)
    with rows.session() as session:
        first = comments.nudge(session, actor=SPECIALIST, now=NOW, case_ids=[case_id], key="k")
        assert comments.nudge(session, actor=SPECIALIST, now=NOW, case_ids=[case_id], key="k").sent == first.sent
        assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_following_and_tagging_twice_is_once(rows: Database) -> None:
    case_id = care(rows)
    with rows.session() as session:
        for _ in range(2):
            marks.follow(session, actor=SPECIALIST, now=NOW, case_id=case_id)
        assert marks.tag(session, actor=SPECIALIST, now=NOW, case_ids=[case_id], word=" 海归  子女 ") == 1
        assert marks.tag(session, actor=LEAD, now=NOW, case_ids=[case_id], word="海归 子女") == 0
        assert session.scalar(select(CaseTag.word)) == "海归 子女"
        assert session.scalar(select(func.count()).select_from(Follow)) == 1
        marks.unfollow(session, actor=SPECIALIST, now=NOW, case_id=case_id)
        marks.untag(session, actor=SPECIALIST, now=NOW, case_ids=[case_id], word="海归 子女")
        assert session.scalar(select(func.count()).select_from(CaseTag)) == 0
        with pytest.raises(NotFound):
            marks.follow(session, actor=SOMEBODY_ELSE, now=NOW, case_id=case_id)


def test_a_selection_lives_across_pages_and_takes_in_only_what_may_be_seen(rows: Database) -> None:
    a, b, c = (care(rows) for _ in range(3))
    with rows.session() as session:
        selection.tick(session, actor=SPECIALIST, list_name="desk", shown=[a, b], ticked=[a, b])
        selection.tick(session, actor=SPECIALIST, list_name="desk", shown=[c], ticked=[c])
        selection.tick(session, actor=SPECIALIST, list_name="desk", shown=[a, b], ticked=[b])
        assert set(selection.selected(session, actor=SPECIALIST, list_name="desk")) == {b, c}
        selection.tick(session, actor=SOMEBODY_ELSE, list_name="desk", shown=[a], ticked=[a])
        assert selection.selected(session, actor=SOMEBODY_ELSE, list_name="desk") == []
        assert selection.tick_all(session, actor=SPECIALIST, list_name="desk", rows=select(Case.id)) == 3
        selection.clear(session, actor=SPECIALIST, list_name="desk")
        assert selection.selected(session, actor=SPECIALIST, list_name="desk") == []
