"""Mail: composed once for each delivery, sent over SMTP with one Message-ID for every repetition of it."""

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from concierge.basics.crypto import KeyRing
from concierge.notifications.patience import cut_off
from concierge.notifications.wording import Letter
from concierge.services.deliveries import Claimed

TIMEOUT = 10.0  # seconds for the connection and the greeting
ALLOWED = 45.0  # seconds for one mail altogether, well below its lease: else another worker would send it too
PURPOSE = "message-id"


class NotTaken(Exception):
    """The server did not take the mail. `final`: it refused this very mail for good (5xx); else later is worth a try.

    `gone`: the connection cannot be used any more, for whatever mail.
    """

    def __init__(self, why: str, *, final: bool = False, gone: bool = False) -> None:
        super().__init__(why)
        self.final, self.gone = final, gone


@dataclass(frozen=True)
class Server:
    """A mail server, from its address: smtp[s]://user:password@host:port?starttls=1&from=office@example."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str
    sender: str

    @classmethod
    def from_url(cls, url: str, base_url: str) -> "Server":
        """Read the address; the sender is no-reply at the site's own host when none is named."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        tls = parts.scheme == "smtps"
        sender = asked.get("from", [f"no-reply@{host_of(base_url)}"])[0]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        starttls = asked.get("starttls", ["0"])[0] == "1"
        return cls(
            parts.hostname or "localhost", parts.port or (465 if tls else 25), tls, starttls, user, password, sender
        )


def host_of(base_url: str) -> str:
    """The host in the site's own address."""
    return urlsplit(base_url).hostname or "localhost"


def message_id(keys: KeyRing, claimed: Claimed, base_url: str) -> str:
    """The Message-ID of a delivery: the same for every attempt, and nobody else can make it."""
    key = f"{claimed.account_id}|{claimed.obligation}|{claimed.version}|{claimed.channel}"
    return f"<{keys.sign(key.encode(), PURPOSE)[:40]}@{host_of(base_url)}>"


def compose(letter: Letter, *, sender: str, recipient: str, number: str, at: datetime) -> EmailMessage:
    """The whole message: plain text and HTML beside each other. ValueError for an address that is none."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = _address(sender)
    message["To"] = _address(recipient)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = number
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _address(typed: str) -> Address:
    if any(char in typed for char in "\r\n") or typed.count("@") != 1:
        raise ValueError("not a mail address")
    try:
        return Address(addr_spec=typed)
    except (MessageError, LookupError, AttributeError) as stumbled:  # the parser's own, over what is no address
        raise ValueError("not a mail address") from stumbled


class _Patient(smtplib.SMTP):
    """A connection that waits for the server's greeting, too, no longer than to a moment of `time.monotonic()`."""

    def __init__(self, end: float, *given: Any, **named: Any) -> None:
        self.end = end
        super().__init__(*given, **named)

    def connect(self, host: str = "", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """Connect and hear the greeting."""
        with cut_off(self, self.end):
            return super().connect(host, port, source_address)


class _PatientTls(_Patient, smtplib.SMTP_SSL):
    """The same over TLS from the first byte on."""


class Line:
    """A connection to the server, opened with the first mail and used for the following ones."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._open: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over; returns when the server has taken it. Raises NotTaken.

        A server may think long about a mail (it looks through what it takes), but altogether no longer than ALLOWED.
        """
        end = time.monotonic() + ALLOWED
        try:
            connection = self._open or self._connect(end)
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise NotTaken(_said("the mail server cannot be reached", error), gone=True) from error
        try:
            with cut_off(connection, end):
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            self._reset()
            code = max((answer[0] for answer in refused.recipients.values()), default=550)
            raise NotTaken(f"the mail server refused the recipient ({code})", final=code >= 500) from refused
        except smtplib.SMTPSenderRefused as refused:  # whatever the mail: the site's own name or password is wrong
            self.hang_up()
            raise NotTaken(f"the mail server refused the sender ({refused.smtp_code})", gone=True) from refused
        except smtplib.SMTPDataError as refused:
            self._reset()
            final = refused.smtp_code >= 500
            raise NotTaken(f"the mail server refused the mail ({refused.smtp_code})", final=final) from refused
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise NotTaken(_said("the connection to the mail server broke", error), gone=True) from error

    def _connect(self, end: float) -> smtplib.SMTP:
        server = self.server
        if server.tls:
            trusted = ssl.create_default_context()
            made: smtplib.SMTP = _PatientTls(end, server.host, server.port, timeout=TIMEOUT, context=trusted)
        else:
            made = _Patient(end, server.host, server.port, timeout=TIMEOUT)
        self._open = made
        assert made.sock is not None, "it was opened just now"
        made.sock.settimeout(ALLOWED)
        with cut_off(made, end):
            if server.starttls:
                made.starttls(context=ssl.create_default_context())
            if server.user:
                made.login(server.user, server.password)
        return made

    def _reset(self) -> None:
        """Make the connection ready for the next mail, or give it up."""
        try:
            if self._open is not None:
                self._open.rset()
        except (OSError, smtplib.SMTPException):
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection; nothing is lost by it."""
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()


@contextmanager
def line_to(server: Server) -> Iterator[Line]:
    """A line for the time of the block."""
    line = Line(server)
    try:
        yield line
    finally:
        line.hang_up()


def _said(what: str, error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{what} ({code or type(error).__name__})"
