"""A mail server that remembers: every mail it took, in the order it took them; it may be told to refuse."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller

Answer = str | None


@dataclass
class Sink:
    """The mails that arrived. `answer(recipient)` may give another reply than "250 taken".

    `refused_sender` is what every sender is told, `thinks` for how many seconds it looks through a mail it takes.
    """

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[str], Answer] = lambda _recipient: None
    refused_sender: str = ""
    thinks: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Its address for CONCIERGE_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def numbers(self) -> list[str]:
        """The Message-ID of every mail, repetitions included."""
        with self.lock:
            return [str(mail["Message-ID"]) for mail in self.mails]

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take or refuse a sender."""
        if self.refused_sender:
            return self.refused_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take or refuse a recipient."""
        refused = self.answer(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a mail."""
        mail = cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default))
        with self.lock:
            self.mails.append(mail)
        await asyncio.sleep(self.thinks)
        return "250 taken"


@contextmanager
def mail_sink() -> Iterator[Sink]:
    """A mail server for the time of the block, on a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    sink = Sink(port)
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
