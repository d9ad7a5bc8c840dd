"""How a chat group is told: the message and the signature that WeCom, DingTalk and Feishu group robots document.

Each wants a JSON body of its own, DingTalk its signature in the address, Feishu in the body; WeCom knows the group by
the key in the address alone. All answer 200, and say in the body whether they took it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from concierge.basics.text import Text, _


class HookFormat(StrEnum):
    """What stands at an address outside: a system of one's own, or the robot of a chat group."""

    SYSTEM = "system"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"

    @property
    def label(self) -> Text:
        """The name for people."""
        return _LABELS[self]


_LABELS = {
    HookFormat.SYSTEM: _("Another system (signed, ids only)"),
    HookFormat.WECOM: _("WeCom group robot"),
    HookFormat.DINGTALK: _("DingTalk group robot"),
    HookFormat.FEISHU: _("Feishu group robot"),
}
BUSY = frozenset({-1, 45009, 45033, 130101, 410100, 9499, 11232})
"""Codes by which a robot says "too much at once" or "not now": the message is sent again later."""


@dataclass(frozen=True)
class Message:
    """A request to a robot: what is added to the query of its address, and the body."""

    query: str
    body: bytes


def message(kind: HookFormat, words: str, secret: str, at: datetime) -> Message:
    """The request that tells a group these words; signed where the robot has a secret."""
    query, more = "", {}
    if kind is HookFormat.DINGTALK and secret:
        stamp = str(int(at.timestamp() * 1000))
        query = urlencode({"timestamp": stamp, "sign": _mark(secret, f"{stamp}\n{secret}")})
    elif kind is HookFormat.FEISHU and secret:
        stamp = str(int(at.timestamp()))
        more = {"timestamp": stamp, "sign": _mark(f"{stamp}\n{secret}", "")}
    told: Mapping[str, Any] = {"msgtype": "text", "text": {"content": words}}
    if kind is HookFormat.FEISHU:
        told = {"msg_type": "text", "content": {"text": words}, **more}
    return Message(query, json.dumps(told, ensure_ascii=False, sort_keys=True).encode())


def _mark(key: str, said: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def refused(answer: bytes) -> int | None:
    """The code by which a robot says that it did not take the message; None when it did."""
    try:
        said = json.loads(answer)
        code = said.get("errcode", said.get("code", said.get("StatusCode")))
    except (ValueError, AttributeError):
        return -1
    return None if code == 0 else (code if isinstance(code, int) else -1)
