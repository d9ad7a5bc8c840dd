"""Who is told what: people one by one, at once in the app, once for ever."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from concierge.basics.text import LANGUAGES, speaking
from concierge.db import DistrictSession
from concierge.engine.run import fire
from concierge.engine.tables import Case, Outbox
from concierge.models.account import Account
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.notifications.audience import AUDIENCE
from concierge.notifications.expand import expand
from concierge.notifications.notices import district_name, notice_with, reader_of
from concierge.notifications.wording import Letter, letter
from concierge.rules.roles import Role
from concierge.services import deliveries, leases, outbox
from concierge.services.comments import nudge
from concierge.workflows import CareRequestFlow, ClaimFlow, EntitlementFlow, PaymentItemFlow
from concierge.workflows.topics import Topic
from tests.cases import EXPERT, NOW, SPECIALIST_ACCOUNT, act, official, put
from tests.notifications.people import ADMIN, CHECKER, EXPERT_ACCOUNT, LEAD, MAKER, TALENT, TOWN, Office, accounts
from tests.servers import wait_for

pytestmark = pytest.mark.filterwarnings("error")


def test_a_step_is_told_to_the_expert_in_the_app_and_by_mail(house: Office) -> None:
    def accept(session) -> int:
        case_id = put(session, ClaimFlow, "submitted", title_zh="安家补贴", title_en="Settlement Allowance")
        fire(session, ClaimFlow.accept, case_id, 1, act(official(Role.SPECIALIST)))
        return case_id

    case_id = house.do(accept)
    house.relay()
    [notice] = house.notices(EXPERT_ACCOUNT)
    assert (notice.topic, notice.case_id, notice.state, notice.read_at) == ("claim-accepted", case_id, "sent", None)
    assert house.post().sent == 1
    [mail] = house.mails()
    assert mail.recipient == f"u{EXPERT_ACCOUNT}@x.test"
    assert mail.subject == "您的申领件已受理：安家补贴"
    assert "Settlement Allowance" in mail.body or "Your claim was accepted" in mail.body, "the other language follows"
    assert "https://rencai.example/inbox/" in mail.body
    assert mail.message_id.endswith("@rencai.example>")


def test_telling_the_same_again_changes_nothing(house: Office) -> None:
    case_id = house.do(lambda session: put(session, ClaimFlow, "paid"))
    for _ in range(3):
        house.told((Topic.CLAIM_APPROVED.value, case_id, 1)) if _ == 0 else None
        house.do(lambda session: session.execute(update(Outbox).values(state="pending")))
        house.relay()
        house.post()
    assert accounts(house.notices()) == [SPECIALIST_ACCOUNT, EXPERT_ACCOUNT]
    assert len(house.mails()) == 2


def test_a_specialist_is_not_told_of_his_own_act(small_house: Office) -> None:
    def submit(session) -> int:
        case_id = put(session, ClaimFlow, "draft")
        fire(session, ClaimFlow.submit, case_id, 1, act(official(Role.SPECIALIST)))
        return case_id

    small_house.do(submit)
    small_house.relay()
    assert small_house.notices() == []


def test_an_expert_without_an_account_is_told_by_the_specialist(small_house: Office) -> None:
    small_house.do(lambda s: s.execute(update(Account).where(Account.id == EXPERT_ACCOUNT).values(disabled_at=NOW)))
    case_id = small_house.do(lambda session: put(session, EntitlementFlow, "notified"))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    assert accounts(small_house.notices()) == [SPECIALIST_ACCOUNT]


def test_whoever_is_told_in_the_experts_place_is_asked_to_pass_it_on(small_house: Office) -> None:
    small_house.do(lambda s: s.execute(update(Account).where(Account.id == EXPERT_ACCOUNT).values(disabled_at=NOW)))
    case_id = small_house.do(lambda session: put(session, ClaimFlow, "rejected"))
    small_house.told((Topic.CLAIM_REJECTED.value, case_id, 1))  # told to both: one notice, to be passed on
    small_house.relay()
    [notice] = small_house.notices()
    assert (notice.account_id, notice.data["to"]) == (SPECIALIST_ACCOUNT, "relay")

    def written(session: Session) -> Letter:
        reader = reader_of(session, SPECIALIST_ACCOUNT)
        assert reader is not None
        return letter(notice_with(notice, reader, district_name(session), base_url=""), "zh_CN")

    mail = small_house.do(written)
    for part in (mail.text, mail.html):
        assert "请您代为转告" in part


def test_a_request_that_nobody_owns_is_told_to_the_lead(small_house: Office) -> None:
    case_id = small_house.do(lambda s: put(s, CareRequestFlow, "registered", specialist_id=None))
    small_house.told((Topic.CARE_REGISTERED.value, case_id, 1))
    small_house.relay()
    assert accounts(small_house.notices()) == [LEAD]


def test_a_payment_is_told_once_although_claim_and_item_both_move(small_house: Office) -> None:
    claim = small_house.do(lambda session: put(session, ClaimFlow, "paid"))
    item = small_house.do(lambda session: put(session, PaymentItemFlow, "success", claim_id=claim))
    small_house.told((Topic.PAYMENT_PAID.value, claim, 1), (Topic.PAYMENT_PAID.value, item, 1))
    small_house.relay()
    small_house.post()
    assert accounts(small_house.notices()) == [SPECIALIST_ACCOUNT, EXPERT_ACCOUNT]
    assert any("¥100.00" in mail.body for mail in small_house.mails())


def test_every_topic_has_an_audience_and_words_in_both_languages(small_house: Office) -> None:
    case_id = small_house.do(lambda session: put(session, PaymentItemFlow, "success", title_zh="补贴", title_en="Aid"))
    assert set(AUDIENCE) == set(Topic), "say in notifications/audience.py whom each topic tells"
    data = {
        "year": 2027,
        "until": "2027-02-01",
        "falls_on": "2027-02-01",
        "ends_on": "2027-02-01",
        "last_on": "2027-02-01",
        "why": "x",
        "question": "?",
        "count": 3,
    }
    data |= {"line_zh": "指标", "line_en": "Line", "policy_zh": "政策", "policy_en": "Policy", "days": 10}
    data |= {
        "left_fen": 1,
        "amount_fen": 100,
        "due_fen": 1,
        "total_fen": 300,
        "host": "a.example",
        "expert_id": EXPERT,
        "unit_id": 12,
    }
    data |= {
        "case_id": case_id,
        "account_id": LEAD,
        "name": "李",
        "from": "2027-01-01",
        "as_fallback": False,
        "question": "?",
    }
    gathering = (Topic.DIGEST, Topic.URGENT, Topic.ESCALATION, Topic.GATHERED)
    singles = [topic for topic in Topic if topic not in gathering]
    small_house.told(*((topic.value, case_id, 1) for topic in singles), data=data)
    done = small_house.relay()
    assert done.stumbled == 0
    small_house.do(lambda s: s.execute(update(Account).where(Account.id == EXPERT_ACCOUNT).values(language="en")))
    result = small_house.post()
    assert (result.failed, result.later) == (0, 0)
    assert result.sent == len(small_house.mails()) > 20
    for mail in small_house.mails():
        assert "%(" not in mail.subject + mail.body + mail.html
        assert mail.subject.strip()


def test_the_administrator_learns_that_a_calendar_is_missing(small_house: Office) -> None:
    small_house.told((Topic.TABLE_MISSING.value, 2027, 1), data={"year": 2027})
    small_house.relay()
    assert accounts(small_house.notices()) == [ADMIN, TALENT]


def test_a_deputy_and_the_lead_hear_of_long_lateness_once_a_day(small_house: Office) -> None:
    small_house.do(lambda s: s.execute(update(Person).where(Person.id == EXPERT).values(deputy_id=TOWN)))
    ids = small_house.do(
        lambda session: [put(session, ClaimFlow, "submitted", due_nth=1, due_on=NOW.date()) for _ in range(3)]
    )
    small_house.told(*((Topic.ESCALATION.value, case_id, 1) for case_id in ids))
    small_house.relay()
    small_house.post()
    assert accounts(small_house.notices()) == sorted([LEAD, TOWN])
    assert all(mail.body.count("个工作日") >= 3 for mail in small_house.mails())


def test_what_one_worker_has_in_hand_another_passes_by_and_has_when_he_fails(big_house: Office) -> None:
    case_id = big_house.do(lambda session: put(session, ClaimFlow, "paid"))
    big_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))

    def fail(session: DistrictSession) -> None:
        with outbox.taken(session, now=NOW, most=10) as told:
            assert expand(session, told=told, now=NOW) == 4
            assert big_house.relay().rows == 0
            raise ConnectionError

    with big_house.database.session() as session, pytest.raises(ConnectionError):
        fail(session)
    assert big_house.notices() == [], "nothing of the attempt is kept"
    assert big_house.relay().deliveries == 4


def test_a_worker_that_falls_silent_loses_its_rows_by_the_clock_of_the_database(big_house: Office) -> None:
    case_id = big_house.do(lambda session: put(session, ClaimFlow, "paid"))
    big_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))

    def fall_silent(session: DistrictSession) -> None:
        with outbox.taken(session, now=NOW, most=10) as told:
            leases.be_heard(session, silence=timedelta(milliseconds=1))
            wait_for(lambda: big_house.relay().rows == 1, "the rows to be free again")
            expand(session, told=told, now=NOW)

    with big_house.database.session() as session, pytest.raises(OperationalError):
        fall_silent(session)
    assert len(big_house.notices(EXPERT_ACCOUNT)) == 1


def test_a_row_that_cannot_be_expanded_is_parked_and_holds_nobody_up(house: Office) -> None:
    case_id = house.do(lambda session: put(session, ClaimFlow, "paid"))
    house.told(("no-such-topic", 5, 1), (Topic.CLAIM_APPROVED.value, case_id, 1))
    later = NOW
    for _ in range(6):
        house.relay(later)
        later += timedelta(hours=1)
    assert len(house.notices(EXPERT_ACCOUNT)) == 1
    with house.database.session() as session:
        row = session.execute(select(Outbox).where(Outbox.topic == "no-such-topic")).scalar_one()
        assert (row.state, row.attempts, row.error) == ("failed", 5, "ValueError")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_speaks_the_language_of_its_reader(small_house: Office, language: str) -> None:
    case_id = small_house.do(lambda session: put(session, EntitlementFlow, "notified", title_zh="甲", title_en="A"))
    small_house.do(lambda s: s.execute(update(Account).where(Account.id == EXPERT_ACCOUNT).values(language=language)))
    small_house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    small_house.relay()
    with speaking("en"):
        small_house.post()
    [mail] = small_house.mails()
    assert mail.subject == {"zh_CN": "您可能符合享受条件：甲", "en": "You appear to be entitled: A"}[language]


def test_read_in_the_app_the_mail_is_not_sent(house: Office) -> None:
    case_id = house.do(lambda session: put(session, EntitlementFlow, "notified"))
    house.told((Topic.ENTITLEMENT_FOUND.value, case_id, 1))
    house.relay()
    with house.database.session() as session:
        reader = official(Role.EXPERT, account=EXPERT_ACCOUNT)
        assert deliveries.mark_read(session, actor=reader, now=NOW, ids=None) == 1
    assert house.post().dropped == 1
    assert house.mails() == []
    with house.database.session() as session:
        states = {row.channel: row.state for row in session.execute(select(Delivery)).scalars()}
    assert states == {"inbox": "sent", "mail": "dropped"}
    assert Case is not None


def test_a_specialist_is_reminded_once_a_day_of_all_that_is_late_an_expert_of_each(small_house: Office) -> None:
    late = {"due_nth": 1, "due_on": NOW.date()}
    mine = small_house.do(lambda s: [put(s, ClaimFlow, "submitted", number=f"SL-{n}", **late) for n in range(3)])
    his = small_house.do(lambda s: [put(s, EntitlementFlow, "notified", **late) for _ in range(2)])
    small_house.told(*((Topic.OVERDUE.value, case_id, 1) for case_id in (*mine, *his)))
    small_house.relay()
    small_house.post()
    assert accounts(small_house.notices()) == [SPECIALIST_ACCOUNT, EXPERT_ACCOUNT, EXPERT_ACCOUNT]
    [reminder] = [mail for mail in small_house.mails() if mail.recipient == f"u{SPECIALIST_ACCOUNT}@x.test"]
    assert all(f"SL-{n}" in reminder.body for n in range(3))


def remind(house: Office, case_ids: list[int], at: datetime) -> None:
    """A colleague reminds of cases, as the pages do."""
    lead = official(Role.SPECIALIST_LEAD, account=LEAD)
    with house.database.session() as session:
        assert nudge(session, actor=lead, now=at, case_ids=case_ids).sent == sorted(case_ids)


def test_reminders_of_colleagues_are_gathered_for_a_person_and_for_a_unit(house: Office) -> None:
    mine = house.do(lambda s: [put(s, ClaimFlow, "submitted", number=f"SL-{n}") for n in range(20)])
    theirs = house.do(lambda s: [put(s, PaymentItemFlow, "pending", number=f"BF-{n}") for n in range(20)])
    remind(house, [*mine, *theirs], NOW)
    house.relay()
    house.post(NOW + timedelta(minutes=5))
    mails = {mail.recipient: mail.body for mail in house.mails()}
    assert sorted(mails) == sorted(f"u{n}@x.test" for n in (SPECIALIST_ACCOUNT, MAKER, CHECKER))
    assert all(f"SL-{n}\n" in mails[f"u{SPECIALIST_ACCOUNT}@x.test"] for n in range(20))
    assert "BF-7" in mails[f"u{MAKER}@x.test"]
    tomorrow = NOW + timedelta(days=1)
    remind(house, mine[:1], tomorrow)
    house.relay(tomorrow)
    house.post(tomorrow + timedelta(minutes=5))
    assert "SL-1" not in house.mails()[-1].body, "what was said yesterday is not said again"
    assert "SL-0" in house.mails()[-1].body
