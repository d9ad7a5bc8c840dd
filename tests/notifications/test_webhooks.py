"""Another system is told with ids only, signed, and with the same key until it has taken it."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import new_id, public_id
from concierge.engine.tables import AuditEntry
from concierge.models.notice import Webhook
from concierge.notifications import webhook
from concierge.services.leases import LEASE
from concierge.services.webhooks import end_gone_webhook
from concierge.workflows import ClaimFlow, PaymentItemFlow
from concierge.workflows.topics import Topic
from tests.cases import NOW, put
from tests.databases import DISTRICT
from tests.notifications.people import ADMIN, REVIEWER, TALENT, Office

SECRET = "a secret of both sides"


class Receiver:
    """The other system: keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer = 200, b""
        self.drips, self.dripped, self.over = False, 0, threading.Event()
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.drips:
                    return self._drip()
                receiver.got.append((dict(self.headers) | {"path": self.path}, body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def _drip(self) -> None:
                receiver.dripped += 1
                with suppress(OSError):
                    while not receiver.over.wait(0.05):
                        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A system that listens."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def hook(house: Office, url: str, account: int, topics: list[str], kind: str = "system") -> None:
    """Register an address."""
    number, keys = new_id(), house.place.keys
    wrapped = keys.new_data_key()
    sealed = keys.seal(wrapped, SECRET, f"webhooks:secret_sealed:{number}")
    address = keys.seal(wrapped, url, f"webhooks:address_sealed:{number}")
    row = {"id": number, "district_id": DISTRICT, "account_id": account, "host": "127.0.0.1", "topics": topics}
    row |= {"address_sealed": address, "format": kind, "secret_sealed": sealed, "secret_key": bytes(wrapped)}
    row |= {"ended_at": None}
    house.do(lambda session: session.execute(insert(Webhook), [row]))


def test_what_is_sent_is_signed_and_holds_ids_only(house: Office, receiver: Receiver) -> None:
    hook(house, receiver.url, TALENT, [])
    case_id = house.do(lambda s: put(s, ClaimFlow, "approved", number="SL-1", title_zh="张伟的安家补贴"))
    house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    house.relay()
    house.post()
    [(headers, body)] = receiver.got
    told = json.loads(body)
    assert told["topic"] == "claim-approved"
    assert told["case"] == {
        "id": public_id(case_id),
        "kind": "claim",
        "number": "SL-1",
        "state": "approved",
        "version": 1,
    }
    assert "张伟" not in body.decode()
    stamp, mark = (part.partition("=")[2] for part in headers["X-Concierge-Signature"].split(","))
    assert mark == hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Idempotency-Key"] == told["id"]


def test_only_what_the_account_may_see_and_asked_for_is_told(small_house: Office, receiver: Receiver) -> None:
    hook(small_house, receiver.url, REVIEWER, [Topic.PAYMENT_PAID.value, Topic.CLAIM_IN_REVIEW.value])
    seen = small_house.do(lambda s: put(s, ClaimFlow, "hr_review"))
    hidden = small_house.do(lambda s: put(s, PaymentItemFlow, "success"))
    small_house.told(
        (Topic.CLAIM_IN_REVIEW.value, seen, 1),
        (Topic.PAYMENT_PAID.value, hidden, 1),
        (Topic.CLAIM_RETURNED.value, seen, 1),
    )
    small_house.relay()
    small_house.post()
    assert [json.loads(body)["case"]["id"] for _headers, body in receiver.got] == [public_id(seen)]


def test_a_system_that_stumbles_is_told_again_with_the_same_key(small_house: Office, receiver: Receiver) -> None:
    hook(small_house, receiver.url, TALENT, [])
    case_id = small_house.do(lambda s: put(s, ClaimFlow, "approved"))
    small_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    small_house.relay()
    for status in (500, 429, 204):
        receiver.status = status
        small_house.post(NOW + timedelta(hours=len(receiver.got)))
    keys = {headers["Idempotency-Key"] for headers, _body in receiver.got}
    assert (len(receiver.got), len(keys)) == (3, 1)


def test_a_system_that_never_ends_its_answer_is_left_before_another_worker_tells_it(
    small_house: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=webhook.ALLOWED) < LEASE
    monkeypatch.setattr(webhook, "ALLOWED", 0.5)
    receiver.drips = True
    hook(small_house, receiver.url, TALENT, [])
    case_id = small_house.do(lambda s: put(s, ClaimFlow, "approved"))
    small_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    small_house.relay()
    assert small_house.post().later == 1
    receiver.over.set()
    receiver.drips = False
    assert small_house.post(NOW + timedelta(minutes=5)).sent == 1


def test_a_system_that_gives_no_answer_is_tried_once_a_round_and_holds_nobody_up(
    small_house: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "ALLOWED", 0.5)
    receiver.drips = True
    hook(small_house, receiver.url, TALENT, [])
    cases = [small_house.do(lambda s: put(s, ClaimFlow, "approved")) for _each in range(3)]
    small_house.told(*((Topic.CLAIM_APPROVED.value, case_id, 1) for case_id in cases))
    small_house.relay()
    assert (small_house.post().later, receiver.dripped) == (3, 1)
    receiver.over.set()
    receiver.drips = False
    assert small_house.post(NOW + timedelta(minutes=5)).sent == 3


@pytest.mark.parametrize("status", [302, 410])
def test_nothing_is_followed_elsewhere_and_a_refusal_for_good_is_one(
    small_house: Office, receiver: Receiver, status: int
) -> None:
    hook(small_house, receiver.url, TALENT, [])
    receiver.status = status
    case_id = small_house.do(lambda s: put(s, ClaimFlow, "approved"))
    small_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    small_house.relay()
    result = small_house.post()
    assert len(receiver.got) == 1
    assert (result.failed, result.later) == ((1, 0) if status == 410 else (0, 1))


def test_a_system_that_refuses_everything_is_not_told_so_again_and_again(
    small_house: Office, receiver: Receiver
) -> None:
    hook(small_house, receiver.url, TALENT, [])
    receiver.status = 403
    case_id = small_house.do(lambda s: put(s, ClaimFlow, "approved"))
    small_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    for _round in range(5):
        small_house.relay()
        small_house.post()
    topics = [json.loads(body)["topic"] for _headers, body in receiver.got]
    assert topics == ["claim-approved", "undelivered"]


def test_an_address_that_is_gone_for_good_is_told_nothing_more_and_the_administrators_learn_it_once(
    small_house: Office, receiver: Receiver
) -> None:
    hook(small_house, receiver.url, TALENT, [])
    receiver.status = 410
    cases = [small_house.do(lambda s: put(s, ClaimFlow, "approved")) for _each in range(3)]
    small_house.told(*((Topic.CLAIM_APPROVED.value, case_id, 1) for case_id in cases))
    small_house.relay()
    result = small_house.post()
    assert (len(receiver.got), result.failed, result.dropped) == (1, 1, 2)
    small_house.relay()
    assert [each.data["host"] for each in small_house.notices(ADMIN) if each.topic == "webhook-ended"] == ["127.0.0.1"]
    ended = select(AuditEntry.subject_id).where(AuditEntry.act == "end-webhook")
    assert small_house.do(lambda s: s.scalars(ended).all()) == [TALENT]


def test_an_address_set_anew_while_the_old_one_answered_that_it_is_gone_stays(small_house: Office) -> None:
    hook(small_house, "https://new.example/hook", TALENT, [])
    with small_house.database.session() as session:
        end_gone_webhook(session, now=NOW, account_id=TALENT, sealed=b"the one before")
        assert session.scalar(select(Webhook.ended_at)) is None


def test_a_host_inside_the_network_is_told_nothing_unless_the_operator_named_it(
    small_house: Office, receiver: Receiver
) -> None:
    place = small_house.place
    known, place.settings = place.settings, replace(place.settings, internal_hosts=frozenset({"10.0.0.0/8"}))
    hook(small_house, receiver.url.replace("127.0.0.1", "localhost"), TALENT, [])
    case_id = small_house.do(lambda s: put(s, ClaimFlow, "approved"))
    small_house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    small_house.relay()
    result = small_house.post()
    place.settings = known
    assert (receiver.got, result.failed) == ([], 1)
    assert "CONCIERGE_INTERNAL_HOSTS" in result.errors[0]


def told_by_robot(house: Office, receiver: Receiver, kind: str, answer: bytes = b'{"errcode":0,"errmsg":"ok"}') -> Any:
    """One approved claim told to a group; what came of it."""
    receiver.answer = answer
    hook(house, receiver.url, TALENT, [], kind)
    case_id = house.do(lambda s: put(s, ClaimFlow, "approved", number="SL-9", title_zh="张伟的安家补贴"))
    house.told((Topic.CLAIM_APPROVED.value, case_id, 1))
    house.relay()
    return case_id, house.post()


def mark(key: str, said: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def test_a_wecom_group_is_told_one_line_without_names_or_amounts(small_house: Office, receiver: Receiver) -> None:
    case_id, result = told_by_robot(small_house, receiver, "wecom")
    [(headers, body)] = receiver.got
    said = json.loads(body)
    assert (said["msgtype"], set(said)) == ("text", {"msgtype", "text"})
    first, link = said["text"]["content"].splitlines()
    assert first == "申领件 SL-9：已核定"
    assert link.endswith(f"/cases/{public_id(case_id)}")
    assert "X-Concierge-Signature" not in headers
    assert (result.failed, result.later) == (0, 0)


def test_a_dingtalk_robot_finds_its_signature_in_the_address(small_house: Office, receiver: Receiver) -> None:
    told_by_robot(small_house, receiver, "dingtalk")
    [(headers, body)] = receiver.got
    asked = parse_qs(urlsplit(headers["path"]).query)
    [stamp] = asked["timestamp"]
    assert (asked["x"], len(stamp)) == (["1"], 13)  # milliseconds
    assert asked["sign"] == [mark(SECRET, f"{stamp}\n{SECRET}")]
    assert json.loads(body)["msgtype"] == "text"


def test_a_feishu_robot_finds_its_signature_in_the_body(small_house: Office, receiver: Receiver) -> None:
    _case, result = told_by_robot(small_house, receiver, "feishu", b'{"code":0,"msg":"success","data":{}}')
    [(_headers, body)] = receiver.got
    said = json.loads(body)
    assert said["msg_type"] == "text"
    assert said["content"]["text"].startswith("申领件 SL-9")
    assert said["sign"] == mark(f"{said['timestamp']}\n{SECRET}", "")
    assert (result.failed, result.later) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b'{"errcode":310000,"errmsg":"sign not match"}', (1, 0)),
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', (0, 1)),
        (b"<html>", (0, 1)),
    ],
)
def test_a_robot_says_in_its_answer_whether_it_took_the_message(
    small_house: Office, receiver: Receiver, answer: bytes, outcome: tuple[int, int]
) -> None:
    _case, result = told_by_robot(small_house, receiver, "dingtalk", answer)
    assert (result.failed, result.later) == outcome
    assert SECRET not in " ".join(result.errors)
