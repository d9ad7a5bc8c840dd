"""Knowledge cards: without particulars, released by a second person, found, rated, and marked when superseded."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import Outbox
from concierge.models.knowledge import CardVersion, KnowledgeCard
from concierge.models.person import SearchKey
from concierge.models.policy import PolicyVersion
from concierge.queries.knowledge import card_list, card_page, search_cards, start_from
from concierge.rules.roles import Role
from concierge.services.knowledge import CardText, mark_stale, rate_card, release_card, retire_card, write_card
from concierge.services.policies import publish_version
from tests.consulting import CLAUSE, DRAFT, TAKEN, VERSION, ask, furnish, reply, walk
from tests.databases import KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, NOW, actor

WRITER, LEAD, READER = actor(Role.SPECIALIST), actor(Role.SPECIALIST_LEAD), actor(Role.EXPERT)
TEXT = CardText("续签合同后能申请安家补贴吗？", "可以，合同期限合并计算，不少于六十个月。", [CLAUSE])


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, shared_database: NewDatabase) -> Database:
    return shared_database(request.param, "consultations", furnish)


@pytest.fixture
def session(shared: Database) -> Iterator[DistrictSession]:
    with shared.session() as session:
        yield session


def write(session: DistrictSession, text: CardText = TEXT, card_id: int | None = None) -> int:
    return write_card(session, actor=WRITER, now=NOW, text=text, card_id=card_id)


def released(session: DistrictSession, text: CardText = TEXT) -> int:
    card_id = write(session, text)
    release_card(session, actor=LEAD, now=NOW, card_id=card_id)
    return card_id


def found(session: DistrictSession, text: str) -> list[int]:
    return [hit.id for hit in search_cards(session, text=text)]


def test_a_card_is_seen_by_nobody_else_until_another_person_releases_it(session: DistrictSession) -> None:
    card_id = write(session)
    with pytest.raises(NotFound):
        card_page(session, actor=READER, card_id=card_id)
    assert card_id not in found(session, "续签合同")
    own = actor(Role.SPECIALIST_LEAD, key=WRITER.person_key)
    for nobody, why in ((own, "writer_may_not_release"), (actor(Role.SPECIALIST, key="x"), "not_your_role")):
        with pytest.raises(Refusal, match=why):
            release_card(session, actor=nobody, now=NOW, card_id=card_id)
        session.rollback()
    release_card(session, actor=LEAD, now=NOW, card_id=card_id)
    page = card_page(session, actor=READER, card_id=card_id)
    assert page.shown is not None
    assert (page.shown.version, [place.version_id for place in page.shown.cited]) == (1, [VERSION])
    with pytest.raises(Refusal, match="nothing_to_release"):
        release_card(session, actor=LEAD, now=NOW, card_id=card_id)


def test_a_released_card_is_found_by_characters_by_pinyin_and_by_initials_the_best_first(
    session: DistrictSession,
) -> None:
    best = released(session, CardText("租房补贴按季度发放吗？", "按季度发放。", [CLAUSE]))
    other = released(session, CardText("体检怎么预约？", "在医院预约，与租房无关。"))
    assert found(session, "租房补贴什么时候发")[0] == best
    assert found(session, "租房")[:2] == [best, other]
    for typed in ("zufangbutie", "zufang", "zfbt", "butie"):
        assert best in found(session, typed)
        assert other not in found(session, typed)
    [hit] = [hit for hit in search_cards(session, text="zfbt") if hit.id == best]
    assert (hit.why.title[0], hit.why.where.msgid) == (("租房补贴", True), "by its sound")


def test_versions_are_kept_and_the_released_one_stays_until_the_next_is(session: DistrictSession) -> None:
    card_id = released(session)
    again = CardText("续签合同后还能申请安家补贴吗？", "可以，自首次到岗起合并计算。", [CLAUSE])
    assert write(session, again, card_id) == card_id
    page = card_page(session, actor=LEAD, card_id=card_id)
    assert page.shown is not None
    assert page.draft is not None
    assert (page.shown.version, page.draft.version, page.may_release) == (1, 2, True)
    release_card(session, actor=LEAD, now=NOW, card_id=card_id)
    page = card_page(session, actor=LEAD, card_id=card_id)
    assert page.shown is not None
    assert (page.shown.version, [each.version for each in page.earlier]) == (2, [1])
    assert card_page(session, actor=READER, card_id=card_id).earlier == ()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("沈知远可以申请", "particulars"),
        ("区人民医院可以申请", "particulars"),
        ("请打 138 0013 8000", "particulars"),
        ("卡号9999990000000000014", "particulars"),
        ("证件 999901 19850314 021X", "particulars"),
        ("请打 138\u30000013\u30008000", "particulars"),
        ("  ", "required"),
    ],
)
def test_a_card_made_of_an_answer_tells_of_nobody(session: DistrictSession, answer: str, reason: str) -> None:
    case_id = ask(session)
    walk(session, case_id, TAKEN, reply())
    start = start_from(session, actor=WRITER, case_id=case_id, card_id=None)
    assert (start.answer, start.clauses) == ("可以。", (CLAUSE,))
    with pytest.raises(Invalid) as wrong:
        write_card(session, actor=WRITER, now=NOW, text=CardText(start.question, answer), case_id=case_id)
    assert (wrong.value.reasons[0].code, wrong.value.reasons[0].field) == (reason, "answer")
    session.rollback()
    kept = select(KnowledgeCard.id).where(KnowledgeCard.case_id == case_id)
    assert session.execute(kept).first() is None
    fine = CardText(start.question, "2026-01-01 起每月 3000 元", start.clauses)
    assert write_card(session, actor=WRITER, now=NOW, text=fine, case_id=case_id)


def test_a_question_without_an_answer_or_out_of_sight_becomes_no_card(session: DistrictSession) -> None:
    case_id = ask(session)
    for who in (WRITER, actor(Role.SPECIALIST, account_id=ACCOUNTS[Role.HR], key="other")):
        with pytest.raises(NotFound):
            start_from(session, actor=who, case_id=case_id, card_id=None)
        with pytest.raises(NotFound):
            write_card(session, actor=who, now=NOW, text=TEXT, case_id=case_id)
        session.rollback()


def test_each_reader_has_one_voice_and_may_change_it(session: DistrictSession) -> None:
    card_id = released(session)
    for who, is_useful in ((READER, True), (LEAD, True), (READER, False), (READER, False)):
        rate_card(session, actor=who, card_id=card_id, is_useful=is_useful)
    page = card_page(session, actor=READER, card_id=card_id)
    assert (page.useful, page.useless, page.my_vote) == (1, 1, False)
    with pytest.raises(NotFound):
        rate_card(session, actor=READER, card_id=write(session), is_useful=True)


def test_a_retired_card_is_found_no_more_and_stays_readable_for_its_keepers(session: DistrictSession) -> None:
    card_id = released(session)
    with pytest.raises(Invalid):
        retire_card(session, actor=WRITER, now=NOW, card_id=card_id, reason=" ")
    retire_card(session, actor=WRITER, now=NOW, card_id=card_id, reason="政策已废止")
    assert card_id not in found(session, "续签合同")
    assert session.execute(select(SearchKey.id).where(SearchKey.subject_id == card_id)).first() is None
    assert card_id in [row.id for row in card_list(session, view="retired")]
    assert card_page(session, actor=LEAD, card_id=card_id).retired_for == "政策已废止"
    with pytest.raises(NotFound):
        card_page(session, actor=READER, card_id=card_id)


def test_a_card_whose_policy_was_superseded_is_marked_once_and_its_keeper_is_told(session: DistrictSession) -> None:
    card_id = released(session)
    machine = actor(Role.SYSTEM_ADMIN)
    version = update(PolicyVersion).where(PolicyVersion.id == VERSION)
    with transaction(session):
        session.execute(version.values(valid_to=date(2026, 11, 23)))
    mark_stale(session, actor=machine, now=NOW)
    assert card_id not in [row.id for row in card_list(session, view="stale")], "it still holds on its last day"
    tomorrow = NOW + timedelta(days=1)
    assert mark_stale(session, actor=machine, now=tomorrow) > 0
    assert mark_stale(session, actor=machine, now=tomorrow) == 0
    told = select(Outbox.data).where(Outbox.topic == "card-stale", Outbox.subject_id == card_id)
    [data] = session.execute(told).scalars()
    assert data["account_id"] == ACCOUNTS[Role.SPECIALIST]
    assert card_id in [row.id for row in card_list(session, view="stale")]
    [hit] = [hit for hit in search_cards(session, text="续签合同") if hit.id == card_id]
    assert hit.is_stale
    with transaction(session):
        session.execute(version.values(valid_to=None))
        session.execute(update(CardVersion).values(stale_at=None))


def test_a_version_published_for_days_gone_by_marks_the_cards_of_the_one_before_at_once(
    new_database: NewDatabase,
) -> None:
    with new_database("sqlite", "consultations", furnish).session() as session:
        card_id = released(session)
        with transaction(session):
            begun = {"rates": {"flat": 100}, "valid_from": NOW.date()}
            session.execute(update(PolicyVersion).where(PolicyVersion.id == DRAFT).values(begun))
        publish_version(session, actor=actor(Role.TALENT_OFFICE), now=NOW, version_id=DRAFT)
        assert [row.id for row in card_list(session, view="stale")] == [card_id]
        told = select(Outbox.subject_id).where(Outbox.topic == "card-stale")
        assert list(session.execute(told).scalars()) == [card_id], "its keeper is told"
