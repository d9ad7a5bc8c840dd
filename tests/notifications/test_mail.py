"""Mail over a real connection: taken, refused for now, refused for good, or nobody there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, update

from concierge.models.account import Account
from concierge.models.notice import Delivery
from concierge.notifications import mail
from concierge.notifications.mail import Server
from concierge.rules.roles import Role
from concierge.services import deliveries
from concierge.services.leases import LEASE
from concierge.workflows import EntitlementFlow
from concierge.workflows.topics import Topic
from tests.cases import NOW, SPECIALIST_ACCOUNT, official, put_many
from tests.databases import NewDatabase
from tests.notifications.people import EXPERT_ACCOUNT, Office, peopled
from tests.sinks import Sink, mail_sink

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A mail server of this test."""
    with mail_sink() as made:
        yield made


@pytest.fixture
def posting(new_database: NewDatabase, tmp_path: Path, sink: Sink) -> Iterator[Office]:
    """A house that sends its mail to the sink."""
    made = Office(new_database("sqlite", "peopled", peopled), tmp_path / "data", CONCIERGE_SMTP_URL=sink.url)
    yield made
    made.close()


def tell(house: Office, count: int = 1) -> None:
    """Notices to the expert, each about another right."""
    rows = [{"title_zh": f"待遇{n}", "title_en": f"Benefit {n}"} for n in range(count)]
    ids = house.do(lambda session: put_many(session, EntitlementFlow, "notified", rows))
    house.told(*((Topic.ENTITLEMENT_FOUND.value, case_id, 1) for case_id in ids))
    house.relay()


def put_settings(house: Office, **given: str) -> None:
    house.place.settings = replace(house.place.settings, **given)


@contextmanager
def dripping(greeting: bytes = b"220 here\r\n", says: bytes = b"250-wait\r\n") -> Iterator[int]:
    """A server that greets, and then says to whatever it is told that more is to come, for ever."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with closing(door.accept()[0]) as peer, suppress(OSError):
                peer.sendall(greeting)
                while not over.wait(0.05):
                    peer.sendall(says)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        over.set()
        thread.join(10)


def state(house: Office) -> list[tuple[str, int]]:
    return [(mail.state, mail.attempts) for mail in house.notices(EXPERT_ACCOUNT, "mail")]


def test_a_mail_has_two_forms_and_two_languages(posting: Office, sink: Sink) -> None:
    tell(posting)
    assert posting.post().sent == 1
    [mail] = sink.mails
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == "您可能符合享受条件：待遇0"
    assert mail["From"] == "no-reply@rencai.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    for part in (plain, html):
        text = part.get_content()
        assert "无需填报" in text
        assert "Nothing has to be filled in" in text
    assert 'lang="zh-CN"' in html.get_content()
    [kept] = posting.notices(EXPERT_ACCOUNT, "mail")
    assert kept.message_id == mail["Message-ID"]


def test_many_mails_go_over_one_connection_each_once(posting: Office, sink: Sink) -> None:
    tell(posting, 30)
    assert posting.post().sent == 30
    assert posting.post().sent == 0
    assert len(set(sink.numbers)) == len(sink.numbers) == 30


def test_a_server_that_is_busy_is_met_again_later_with_growing_patience(posting: Office, sink: Sink) -> None:
    sink.answer = lambda _recipient: "451 try later"
    tell(posting)
    now, waits = NOW, []
    for _ in range(8):
        assert posting.post(now).later == 1
        [mail] = posting.notices(EXPERT_ACCOUNT, "mail")
        waits.append(mail.next_at - now)
        now = mail.next_at
    assert MINUTE <= waits[0] <= MINUTE * 1.25
    assert waits[1] >= 2 * MINUTE
    assert timedelta(hours=1) <= waits[-1] <= timedelta(hours=1.25)
    sink.answer = lambda _recipient: None
    assert posting.post(now).sent == 1
    assert len(sink.mails) == 1


def test_after_a_day_of_tries_a_person_is_told(posting: Office, sink: Sink) -> None:
    sink.answer = lambda _recipient: "421 not now"
    tell(posting)
    now = NOW
    while state(posting)[0][0] == "pending":
        posting.post(now)
        now += timedelta(hours=1, minutes=20)
        assert now < NOW + timedelta(days=3)
    assert state(posting)[0][0] == "failed"
    posting.relay(now)
    assert [notice.topic for notice in posting.notices(SPECIALIST_ACCOUNT)] == ["undelivered"]


def test_a_refusal_for_good_is_not_repeated_and_holds_nobody_up(posting: Office, sink: Sink) -> None:
    tell(posting, 3)
    dead = f"u{EXPERT_ACCOUNT}@x.test"
    sink.answer = lambda recipient: "550 no such user" if recipient == dead else None
    posting.do(
        lambda s: s.execute(
            update(Delivery)
            .where(Delivery.id == select(Delivery.id).where(Delivery.channel == "mail").limit(1).scalar_subquery())
            .values(account_id=SPECIALIST_ACCOUNT)
        )
    )
    result = posting.post()
    assert (result.failed, result.sent, result.later) == (2, 1, 0)
    assert posting.post(NOW + timedelta(hours=5)).failed == 0
    posting.relay()
    told = [notice.topic for notice in posting.notices(SPECIALIST_ACCOUNT)]
    assert told == ["undelivered", "undelivered"], "the specialist tells the expert by other means"


def test_with_nobody_there_one_mail_tries_and_the_others_wait(posting: Office, sink: Sink) -> None:
    tell(posting, 5)
    put_settings(posting, smtp_url="smtp://127.0.0.1:1")
    result = posting.post()
    assert (result.later, result.stopped) == (1, True)
    assert sorted(attempts for _state, attempts in state(posting)) == [0, 0, 0, 0, 1]


def test_a_server_that_thinks_about_a_mail_for_long_gets_it_once(
    posting: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    sink.thinks = 0.9
    tell(posting)
    assert posting.post().sent == 1
    assert len(sink.mails) == 1


@pytest.mark.parametrize("drips", [(b"220 here\r\n", b"250-wait\r\n"), (b"220-", b"."), (b"", b"220-wait\r\n")])
def test_a_server_that_never_comes_to_an_end_is_left_before_another_worker_takes_the_mail(
    posting: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch, drips: tuple[bytes, bytes]
) -> None:
    assert timedelta(seconds=mail.ALLOWED) < LEASE
    monkeypatch.setattr(mail, "ALLOWED", 0.5)
    with dripping(*drips) as port:
        put_settings(posting, smtp_url=f"smtp://127.0.0.1:{port}")
        tell(posting)
        result = posting.post()
    assert (result.later, result.stopped) == (1, True)


def test_a_server_that_does_not_take_the_site_s_own_name_refuses_no_mail_for_good(posting: Office, sink: Sink) -> None:
    sink.refused_sender = "553 sender not allowed"
    tell(posting, 3)
    result = posting.post()
    assert (result.later, result.failed, result.stopped) == (1, 0, True)
    sink.refused_sender = ""
    assert posting.post(NOW + timedelta(hours=1)).sent == 3


@pytest.mark.parametrize(
    "bad", ["a@x.test\r\nBcc: everybody@x.test", "@x.test", "a@", "a@x..y", "a@[1", "<a@x>", "用户@x.test"]
)
def test_an_address_that_is_none_never_reaches_the_server(posting: Office, sink: Sink, bad: str) -> None:
    posting.do(lambda s: s.execute(update(Account).where(Account.id == EXPERT_ACCOUNT).values(email=bad)))
    tell(posting)
    assert posting.post().failed == 1
    assert sink.mails == []


def test_a_person_may_send_a_failed_one_again(posting: Office, sink: Sink) -> None:
    sink.answer = lambda _recipient: "550 no such user"
    tell(posting)
    posting.post()
    sink.answer = lambda _recipient: None
    [failed] = posting.notices(EXPERT_ACCOUNT, "mail")
    operator = official(Role.SYSTEM_ADMIN)
    with posting.database.session() as session:
        deliveries.send_again(session, actor=operator, now=NOW, delivery_id=failed.id)
    assert posting.post().sent == 1


def test_a_mail_over_which_workers_died_again_and_again_ends_as_unknown(posting: Office, sink: Sink) -> None:
    tell(posting)
    for _ in range(deliveries.DARK_ENDS + 1):
        with posting.database.session() as session:
            deliveries.claim(session, now=NOW)
        posting.do(lambda s: s.execute(update(Delivery).values(leased_until=NOW - timedelta(days=400))))
    posting.post()
    [unknown] = posting.notices(EXPERT_ACCOUNT, "mail")
    assert (unknown.state, sink.mails) == ("unknown", [])


def test_a_mail_sent_again_after_its_worker_died_carries_the_same_number(posting: Office, sink: Sink) -> None:
    tell(posting)
    posting.post()
    posting.do(lambda s: s.execute(update(Delivery).where(Delivery.channel == "mail").values(state="pending")))
    posting.post()
    assert state(posting) == [("sent", 2)]
    assert len(sink.numbers) == 2
    assert len(set(sink.numbers)) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, False, False, "", "")),
        ("smtps://mail.example", ("mail.example", 465, True, False, "", "")),
        ("smtp://a%40b:p%2Fw@mail.example:587?starttls=1", ("mail.example", 587, False, True, "a@b", "p/w")),
    ],
)
def test_the_server_s_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    read = Server.from_url(url, "https://rencai.example")
    assert (read.host, read.port, read.tls, read.starttls, read.user, read.password) == expected
    assert read.sender == "no-reply@rencai.example"
    assert Server.from_url("smtp://x?from=office@b.example", "https://a").sender == "office@b.example"
