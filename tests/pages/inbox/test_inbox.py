"""What I was told: unread first, marked by me alone, leading to what it is about."""

from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.engine.tables import Case
from concierge.jobs.places import Place
from concierge.jobs.relay import drain_outbox
from concierge.models.comment import Comment
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.comments import comment
from concierge.services.outbox import put_new
from concierge.services.steps import take_step
from concierge.workflows import CareRequestFlow
from concierge.workflows.topics import Topic
from tests.cases import put
from tests.databases import DISTRICT
from tests.office import (
    ACCOUNTS,
    EXPERT,
    HEALTH,
    NOW,
    OFFICE,
    OTHER_EXPERT,
    Office,
    actor,
    check_page,
    key_ring,
    settings_for,
)


@pytest.fixture
def told(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`told(topic, ...)`: something happened and was told."""

    def tell(*rows: tuple[str, int, int, dict[str, Any] | None]) -> None:
        with office.session() as session, transaction(session):
            put_new(session, rows, district_id=DISTRICT, now=NOW)
        place = Place(settings_for(office.database, tmp_path_factory.mktemp("data")))
        drain_outbox(place, NOW, lambda: True)
        place.engine.dispose()

    return tell


def notices(office: Office, role: Role) -> list[Delivery]:
    with office.session() as session:
        mine = select(Delivery).where(Delivery.account_id == ACCOUNTS[role], Delivery.channel == "inbox")
        return list(session.execute(mine.order_by(Delivery.id)).scalars())


def about_something(number: int) -> tuple[str, int, int, dict[str, Any]]:
    facts = {"specialist_id": ACCOUNTS[Role.SPECIALIST], "ends_on": "2026-12-31"}
    return (Topic.CATEGORY_EXPIRING.value, number, 1, facts)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.EXPERT, Role.SYSTEM_ADMIN, Role.FINANCE_CHECKER])
def test_everybody_has_an_inbox(office: Office, role: Role, language: str) -> None:
    visitor = office.as_(role, language)
    for path in ("/inbox", "/inbox?show=all"):
        check_page(visitor.get(path))


def test_the_bell_counts_what_is_unread_and_reading_empties_it(office: Office, told: Any) -> None:
    told(*(about_something(number) for number in range(1, 4)))
    visitor = office.as_(Role.SPECIALIST)
    page = check_page(visitor.get("/inbox"))
    assert page.count("人才类别将于") >= 3
    assert "3 条未读" in page or 'aria-hidden="true">3<' in page
    first, second, _third = notices(office, Role.SPECIALIST)
    visitor.post("/inbox/read", {"ids": [public_id(first.id), public_id(second.id)]}, page="/inbox")
    assert [row.read_at is not None for row in notices(office, Role.SPECIALIST)] == [True, True, False]
    visitor.post("/inbox/read", {"all": "1"}, page="/inbox")
    assert all(row.read_at is not None for row in notices(office, Role.SPECIALIST))
    assert "没有未读消息" in check_page(visitor.get("/inbox"))
    assert check_page(visitor.get("/inbox?show=all")).count("人才类别将于") >= 3


def test_looking_changes_nothing_opening_marks_and_leads_on(office: Office, told: Any) -> None:
    told(about_something(1))
    [notice] = notices(office, Role.SPECIALIST)
    visitor = office.as_(Role.SPECIALIST)
    check_page(visitor.get(f"/inbox/{public_id(notice.id)}"))
    assert notices(office, Role.SPECIALIST)[0].read_at is None
    answer = visitor.post(f"/inbox/{public_id(notice.id)}/open", page="/inbox")
    assert answer.status_code == 302
    assert notices(office, Role.SPECIALIST)[0].read_at is not None


def test_the_notice_of_another_does_not_exist(office: Office, told: Any) -> None:
    told(about_something(1))
    [notice] = notices(office, Role.SPECIALIST)
    visitor = office.as_(Role.SPECIALIST_LEAD)
    assert visitor.get(f"/inbox/{public_id(notice.id)}").status_code == 404
    assert visitor.post(f"/inbox/{public_id(notice.id)}/open", page="/inbox").status_code == 404
    visitor.post("/inbox/read", {"ids": [public_id(notice.id)]}, page="/inbox")
    assert notices(office, Role.SPECIALIST)[0].read_at is None
    assert visitor.get(f"/inbox/{public_id(new_id())}").status_code == 404


def test_a_notice_leads_the_expert_to_his_own_pages_and_staff_to_the_case(office: Office, told: Any) -> None:
    wish = CareWish("housing", "房子漏水", Channel.PORTAL)
    with office.session() as session:
        case_id = register_care(
            session, actor=actor(Role.EXPERT), now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish
        )
    told((Topic.CARE_REPLIED.value, case_id, 1, None))
    leads = {Role.SPECIALIST: f"/cases/{public_id(case_id)}", Role.EXPERT: f"/me/progress/{public_id(case_id)}"}
    for role, place in leads.items():
        [notice] = notices(office, role)
        visitor = office.as_(role)
        assert "房子漏水" not in check_page(visitor.get(f"/inbox/{public_id(notice.id)}")), (
            "what was asked stays inside"
        )
        answer = visitor.post(f"/inbox/{public_id(notice.id)}/open", page="/inbox")
        assert answer.headers["Location"] == place
        assert visitor.get(place).status_code == 200


def test_a_digest_opens_with_what_is_pending_now(office: Office, told: Any) -> None:
    with office.session() as session, transaction(session):
        parties = {"expert_id": EXPERT, "specialist_id": ACCOUNTS[Role.SPECIALIST], "office_id": OFFICE}
        parties |= {"employer_id": None, "handling_unit_id": HEALTH, "handler_id": None, "text": "?"}
        put(session, CareRequestFlow, "assigned", number="SQ-1", title_zh="住房", title_en="Housing", **parties)
    told((Topic.DIGEST.value, HEALTH, 20261123, {"unit_id": HEALTH}))
    [notice] = notices(office, Role.SECTOR)
    page = check_page(office.as_(Role.SECTOR).get(f"/inbox/{public_id(notice.id)}"))
    assert "区卫健委待办提醒：1 件" in page
    assert "SQ-1" in page
    with office.session() as session, transaction(session):
        session.execute(update(Case).values(is_open=False), execution_options={"synchronize_session": False})
    page = check_page(office.as_(Role.SECTOR, "en").get(f"/inbox/{public_id(notice.id)}"))
    assert "Nothing is pending any more." in page


def a_case(office: Office) -> int:
    with office.session() as session:
        own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT}
        return register_care(session, **own, wish=CareWish("housing", "请帮忙找房", Channel.PHONE))


def test_a_colleague_named_in_a_note_is_told_once_and_finds_it_under_mentions(office: Office, told: Any) -> None:
    case_id = a_case(office)
    place, writer = f"/cases/{public_id(case_id)}", office.as_(Role.SPECIALIST)
    note = {
        "text": "@specialist_lead 请看，@specialist_lead 急。@specialist 自己，邮箱 hr@example.cn",
        "visibility": "inner",
    }
    assert writer.post(f"{place}/comments", note, page=place).status_code == 302
    told()
    [notice] = [row for row in notices(office, Role.SPECIALIST_LEAD) if row.topic == "mention"]
    assert notice.case_id == case_id
    assert not [row for row in notices(office, Role.SPECIALIST) if row.topic == "mention"]
    lead = office.as_(Role.SPECIALIST_LEAD)
    assert "在批注中提到了您" in check_page(lead.get("/inbox?show=mentions"))
    assert "还没有人在批注中提到您" in check_page(writer.get("/inbox?show=mentions"))


@pytest.mark.parametrize("name", ["nobody", "hr", "expert"])  # no such name; may not see the case; not of the office
def test_whoever_cannot_see_the_case_cannot_be_named_on_it(office: Office, name: str) -> None:
    case_id = a_case(office)
    with office.session() as session, pytest.raises(Invalid) as refused:
        comment(session, actor=actor(Role.SPECIALIST), now=NOW, case_id=case_id, text=f"@{name} 请看")
    assert [reason.code for reason in refused.value.reasons] == ["nobody_named"]
    with office.session() as session:
        assert session.execute(select(Comment)).first() is None
        to_expert = {"actor": actor(Role.SPECIALIST), "now": NOW, "audience": "expert"}
        assert comment(session, **to_expert, case_id=case_id, text="请发到 housing@example.cn")


def test_what_one_follows_stands_in_the_inbox_with_its_last_event(office: Office) -> None:
    case_id = a_case(office)
    visitor, place = office.as_(Role.SPECIALIST), f"/cases/{public_id(case_id)}"
    assert "您还没有关注的事项" in check_page(visitor.get("/inbox?show=followed"))
    visitor.post(f"{place}/follow", page=place)
    with office.session() as session:
        step, given = CareRequestFlow.assign, {"unit": public_id(HEALTH)}
        take_step(session, actor=actor(Role.SPECIALIST), now=NOW, step=step, case_id=case_id, version=1, given=given)
    page = check_page(visitor.get("/inbox?show=followed"))
    assert place in page
    assert "交办" in page
    assert place not in check_page(office.as_(Role.SPECIALIST_LEAD).get("/inbox?show=followed"))


def test_what_needs_me_stands_in_the_inbox_until_it_is_somebody_elses(office: Office) -> None:
    case_id = a_case(office)
    place, needs = f"/cases/{public_id(case_id)}", "/inbox?show=needs"
    with office.session() as session, transaction(session):
        session.execute(update(Case).where(Case.id == case_id).values(due_on=NOW.date()))
    assert place in check_page(office.as_(Role.SPECIALIST).get(needs))
    assert place not in check_page(office.as_(Role.SECTOR).get(needs))
    with office.session() as session:
        step, given = CareRequestFlow.assign, {"unit": public_id(HEALTH)}
        take_step(session, actor=actor(Role.SPECIALIST), now=NOW, step=step, case_id=case_id, version=1, given=given)
    assert "目前没有需要您办理的事项" in check_page(office.as_(Role.SPECIALIST).get(needs))
    assert place in check_page(office.as_(Role.SECTOR).get(needs))
    assert place not in check_page(office.as_(Role.EXPERT).get(needs)), "an expert finds this on his first page"


def test_a_notice_says_whose_case_it_is_to_staff_and_not_to_the_expert(office: Office, told: Any) -> None:
    case_id = a_case(office)
    ends = {"expert_id": OTHER_EXPERT, "specialist_id": ACCOUNTS[Role.SPECIALIST], "ends_on": "2026-12-31"}
    told((Topic.CARE_REOPENED.value, case_id, 2, None), (Topic.CARE_REPLIED.value, case_id, 1, None))
    told((Topic.CATEGORY_EXPIRING.value, 9, 1, ends))
    with office.session() as session:
        number = session.get_one(Case, case_id).number
        other = session.get_one(Person, OTHER_EXPERT).full_name
    page = check_page(office.as_(Role.SPECIALIST).get("/inbox"))
    assert (f"沈知远 · {number}" in page, f">{other}<" in page, page.count("请转告")) == (True, True, 1)
    assert f"沈知远 · {number}" not in check_page(office.as_(Role.EXPERT).get("/inbox"))
