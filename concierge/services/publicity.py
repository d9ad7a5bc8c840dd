"""Publicity postings (公示, domain §3.1, §5): checked by a second person, objections heard."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import BIG, UTCDateTime, among, fixed, transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.run import Act, Report, Wanted
from concierge.models.claim import Claim, Objection
from concierge.models.policy import PolicyLimit
from concierge.queries.postings import posted_lines
from concierge.services.calendars import calendar_of
from concierge.services.claim_steps import write
from concierge.services.steps import Taking, before, take, take_steps
from concierge.workflows.claim import ClaimFlow as Flow

POSTING_DAYS = 5
CHUNK = 500
_QUIET = {"synchronize_session": False}
_OVER = fixed(
    select(Claim.id)
    .where(Claim.state == Flow.publicity.name, Claim.id > bindparam("last", type_=BIG))
    .where(Claim.posting_ends_at < bindparam("now", type_=UTCDateTime()))
    .where(Claim.objections_open == 0, Claim.is_suspended.is_(False))
    .order_by(Claim.id)
    .limit(CHUNK)
)


@before(Flow.check_mask)
def read_every_row(taking: Taking, ids: list[int]) -> None:
    """A row that shows a number long enough to be a person's own stops the check."""
    if any(line.leaks for line in posted_lines(taking.session, ids).values()):
        text = _("A row would show a personal number or address in public; have its words corrected first.")
        raise Refusal.because("posting_leaks", text)
    write(taking, ids, mask_checked=True)


@before(
    Flow.repost,
    Flow.uphold_objection,
    Flow.finance_return,
    *(step for name, step in Flow.steps.items() if name.startswith("office_returns_to_")),
)
def take_down(taking: Taking, ids: list[int]) -> None:
    """What goes back is taken down; the next posting is checked anew and lasts the full period."""
    down: dict[str, Any] = {"posted_on": None, "posting_ends_on": None, "posting_ends_at": None}
    write(taking, ids, mask_checked=False, **down)


@before(Flow.determine)
def check_again_what_is_determined_again(taking: Taking, ids: list[int]) -> None:
    """A new amount is a new content."""
    write(taking, ids, mask_checked=False)


@before(Flow.post)
def set_the_period(taking: Taking, ids: list[int]) -> None:
    """Posted today, for as many working days as the policy says, counted from the day after (domain §5)."""
    by_days: dict[int, list[int]] = {}
    for claim_id, days in _days(taking.session, ids).items():
        by_days.setdefault(days, []).append(claim_id)
    calendar = taking.act.calendar
    posted_on = calendar.received(taking.act.now)
    for days, same in by_days.items():
        ends_on = calendar.due(posted_on, days)
        ends_at = calendar.closing(ends_on)
        write(taking, same, posted_on=posted_on, posting_ends_on=ends_on, posting_ends_at=ends_at)


def _days(session: Session, ids: list[int]) -> dict[int, int]:
    rows = session.execute(
        select(Claim.id, PolicyLimit.days)
        .join(PolicyLimit, PolicyLimit.policy_version_id == Claim.policy_version_id)
        .where(among(Claim.id, ids), PolicyLimit.name == "publicity")
    )
    return dict.fromkeys(ids, POSTING_DAYS) | dict(rows.tuples().all())


@before(Flow.object_)
def write_the_objection_down(taking: Taking, ids: list[int]) -> None:
    """While an objection is open nothing is approved."""
    act = taking.act
    rows = [
        {
            "id": new_id(),
            "district_id": act.actor.district_id,
            "claim_id": claim_id,
            "text": act.reason or "",
            "raised_by": str(taking.data.get("raised_by") or ""),
            "state": "open",
            "finding": "",
            "at": act.now,
        }
        for claim_id in ids
    ]
    taking.session.execute(insert(Objection), rows)
    one_more = update(Claim).where(among(Claim.id, ids)).values(objections_open=Claim.objections_open + 1)
    taking.session.execute(one_more, execution_options=_QUIET)


@before(Flow.dismiss_objection)
def dismiss(taking: Taking, ids: list[int]) -> None:
    """The finding stands beside the objection; the posting runs on."""
    _settle(taking, ids, "dismissed")


@before(Flow.uphold_objection)
def uphold(taking: Taking, ids: list[int]) -> None:
    """The objection was right: the amount is determined anew."""
    _settle(taking, ids, "upheld")


def _settle(taking: Taking, ids: list[int], outcome: str) -> None:
    statement = update(Objection).where(among(Objection.claim_id, ids), Objection.state == "open")
    values = {"state": outcome, "finding": taking.act.reason or "", "settled_at": taking.act.now}
    taking.session.execute(statement.values(values), execution_options=_QUIET)
    write(taking, ids, objections_open=0)


def move_postings(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    step: str,
    cases: Iterable[tuple[int, int | None]],
    key: str | None = None,
) -> Report:
    """Check (`check_mask`) or post (`post`) several claims at once, each with the version that was seen.

    What is held is told with all its reasons. Raises Refusal when a row would show a personal number.
    """
    wanted = [Wanted(case_id, version) for case_id, version in cases]
    taken = Flow.check_mask if step == Flow.check_mask.name else Flow.post
    return take_steps(session, actor=actor, now=now, step=taken, wanted=wanted, given={}, key=key)


def end_postings(session: Session, *, actor: Actor, now: datetime) -> int:
    """Approve the claims whose posting has ended without an open objection; how many. For the clock, every few minutes.

    Each 500 in a transaction of their own, by the system itself.
    """
    approved, last = 0, 0
    while True:
        with transaction(session):
            act = Act(machine(actor.district_id), now, calendar_of(session, actor.district_id))
            ids = _over(session, now, last)
            if not ids:
                return approved
            approved += len(take(session, Flow.approve, [Wanted(i) for i in ids], act).moved)
        last = ids[-1]


def _over(session: Session, now: datetime, last: int) -> list[int]:
    return list(session.execute(_OVER, {"last": last, "now": now}).scalars())
