"""Deliveries leave the house one after the other, each under a lease; whoever still holds it writes the outcome."""

import logging
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.config import Settings
from concierge.notifications import mail, webhook
from concierge.notifications.mail import Line, Server, line_to
from concierge.notifications.notices import Reader, notice_of, reader_of
from concierge.notifications.wording import Letter, letter
from concierge.queries.ratings import is_own_request
from concierge.rules.rating_links import rating_token
from concierge.services import deliveries
from concierge.services.deliveries import DARK_ENDS, MAIL, Claimed
from concierge.services.webhooks import end_gone_webhook
from concierge.workflows.topics import Topic

log = logging.getLogger(__name__)


@dataclass
class Sent:
    """What became of the deliveries of one round."""

    sent: int = 0
    dropped: int = 0
    later: int = 0
    failed: int = 0
    refused_late: int = 0
    stopped: bool = False
    errors: list[str] = field(default_factory=list)


class Post:
    """Sends what waits in one district, until nothing waits, the time is over, or a server is away."""

    def __init__(self, session: Session, settings: Settings, keys: KeyRing, now: datetime) -> None:
        self.session, self.settings, self.keys, self.now = session, settings, keys, now
        self.result = Sent()
        self._line: Line | None = None
        self._silent: set[int] = (
            set()
        )  # accounts whose system gave no answer; one try a round, or it holds all others up
        self._rest = ExitStack()

    def run(self, *, may_go_on: Callable[[], bool]) -> Sent:
        """Claim and send one after the other while `may_go_on()`; each is written down before the next is taken."""
        with self._rest:
            while may_go_on() and not self.result.stopped:
                claimed = deliveries.claim(self.session, now=self.now)
                if claimed is None:
                    break
                self._one(claimed)
        return self.result

    def _one(self, claimed: Claimed) -> None:
        if claimed.dark and claimed.attempts > DARK_ENDS:
            why = "workers ended over it again and again; nobody knows whether it left"
            ours = deliveries.give_up(self.session, claimed=claimed, now=self.now, error=why, state="unknown")
            self._note(ours, "failed")
        elif deliveries.was_read(self.session, claimed):
            self._note(deliveries.drop(self.session, claimed=claimed, why="read in the app"), "dropped")
        elif claimed.channel == MAIL:
            self._mail(claimed)
        else:
            self._webhook(claimed)

    def _note(self, ours: bool, outcome: str) -> None:
        if not ours:
            log.warning("a late word about a delivery was refused: another worker has it")
            outcome = "refused_late"
        setattr(self.result, outcome, getattr(self.result, outcome) + 1)

    def _mail(self, claimed: Claimed) -> None:
        reader = reader_of(self.session, claimed.account_id)
        if reader is None or not reader.email:
            self._note(deliveries.drop(self.session, claimed=claimed, why="the account has no address"), "dropped")
            return
        words = self._letter(claimed, reader)
        if words is None:
            self._note(deliveries.drop(self.session, claimed=claimed, why="nothing is pending any more"), "dropped")
            return
        number = mail.message_id(self.keys, claimed, self.settings.base_url)
        if not self.settings.smtp_url:
            kept = deliveries.keep_mail(
                self.session,
                claimed=claimed,
                now=self.now,
                message_id=number,
                recipient=reader.email,
                subject=words.subject,
                body=words.text,
                html=words.html,
            )
            self._note(kept, "sent")
            return
        self._smtp(claimed, reader, words, number)

    def _smtp(self, claimed: Claimed, reader: Reader, words: Letter, number: str) -> None:
        server = Server.from_url(self.settings.smtp_url, self.settings.base_url)
        if self._line is None:
            self._line = self._rest.enter_context(line_to(server))
        try:
            message = mail.compose(words, sender=server.sender, recipient=reader.email, number=number, at=self.now)
            self._line.send(message)
        except ValueError:
            self._failed(claimed, "the account's mail address is none", final=True)
        except mail.NotTaken as refused:
            self._failed(claimed, str(refused), final=refused.final)
            self.result.stopped = refused.gone
        else:
            done = deliveries.accepted(self.session, claimed=claimed, now=self.now, message_id=number)
            self._note(done, "sent")

    def _webhook(self, claimed: Claimed) -> None:
        address = webhook.address_of(self.session, self.keys, claimed.account_id)
        self.session.rollback()
        if address is None:
            self._note(deliveries.drop(self.session, claimed=claimed, why="the address was given up"), "dropped")
            return
        if claimed.account_id in self._silent:
            self._failed(claimed, "the other system gave no answer", final=False)
            return
        try:
            base, allowed = self.settings.base_url, self.settings.internal_hosts
            key = webhook.send(address, claimed, now=self.now, base_url=base, allowed=allowed)
        except webhook.NotTaken as refused:
            self._silent |= {claimed.account_id} if refused.silent else set()
            self._failed(claimed, str(refused), final=refused.final)
            if refused.gone:
                end_gone_webhook(self.session, now=self.now, account_id=claimed.account_id, sealed=address.sealed)
        else:
            self._note(deliveries.accepted(self.session, claimed=claimed, now=self.now, message_id=key), "sent")

    def _failed(self, claimed: Claimed, why: str, *, final: bool) -> None:
        self.result.errors.append(why)
        if final:
            self._note(deliveries.give_up(self.session, claimed=claimed, now=self.now, error=why), "failed")
            return
        jitter = random.random()  # noqa: S311  a waiting time, not a secret
        ours = deliveries.postpone(self.session, claimed=claimed, now=self.now, error=why, jitter=jitter)
        self._note(ours, "later")

    def _rating_url(self, claimed: Claimed) -> str:
        """The link is made here and kept nowhere: it stands in the expert's own mail alone."""
        if claimed.case_id is None or not is_own_request(self.session, claimed.account_id, claimed.case_id):
            return ""
        district_id = int(self.session.info["district"])
        token = rating_token(self.keys, district_id=district_id, case_id=claimed.case_id)
        return f"{self.settings.base_url}/r/{token}"

    def _letter(self, claimed: Claimed, reader: Reader) -> Letter | None:
        """The mail in words, made from the tables as they are now; None when there is nothing left to tell."""
        notice = notice_of(self.session, claimed, reader, now=self.now, base_url=self.settings.base_url)
        if notice is not None and claimed.topic == Topic.CARE_REPLIED:
            notice = replace(notice, rating_url=self._rating_url(claimed))
        self.session.rollback()  # nothing is held open while a server is spoken to
        return letter(notice, reader.language) if notice is not None else None
