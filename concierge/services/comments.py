"""What people write on a case beside its steps: remarks for colleagues, words for the expert, reminders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.opening import put
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.comment import Comment
from concierge.models.scope import visible_cases
from concierge.queries.hands import in_hands
from concierge.rules.nudges import why_not_nudge
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.mentions import mentioned, tell_mentioned
from concierge.services.repeats import recall, remember
from concierge.workflows.holders import nobody
from concierge.workflows.topics import Topic

INTERNAL, FOR_EXPERT, NUDGE = "internal", "expert", "nudge"
LONGEST = 2000
MAY_TAKE_BACK = timedelta(minutes=10)
NUDGES_AT_ONCE = 1000


@dataclass
class Nudged:
    """What became of a set of reminders: those sent, and why the others were not."""

    sent: list[int] = field(default_factory=list)
    held: dict[int, Reason] = field(default_factory=dict)


def comment(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    case_id: int,
    text: str,
    audience: str = INTERNAL,
    key: str | None = None,
) -> int:
    """Write on a case the actor may see; `audience` is internal (staff alone) or expert. Returns the remark's id.

    An expert writes for the expert's own page only. Colleagues named in an inner note are told (mentions.py). Raises
    Invalid, NotFound.
    """
    if actor.roles == {Role.EXPERT}:
        audience = FOR_EXPERT
    words = _words(text, audience)
    body = {"case": case_id, "text": words, "audience": audience}
    with transaction(session):
        known = recall(session, actor, "comment", key, body)
        if known is not None:
            return int(known["id"])
        _seen(session, actor, case_id)
        named = mentioned(session, now=now, case_id=case_id, text=words) if audience == INTERNAL else []
        made = Comment(
            id=new_id(),
            district_id=actor.district_id,
            case_id=case_id,
            author_id=actor.account_id,
            audience=audience,
            text=words,
            at=now,
        )
        session.add(made)
        session.flush()
        tell_mentioned(session, actor=actor, now=now, case_id=case_id, comment_id=made.id, accounts=named)
        remember(session, actor, "comment", key, body, {"id": made.id}, now)
        return made.id


def _words(text: str, audience: str) -> str:
    words = text.strip()
    if audience not in (INTERNAL, FOR_EXPERT):
        raise Invalid.because("audience", _("Please choose who can read it."), "visibility")
    if not words:
        raise Invalid.because("text_missing", _("Please write something."), "text")
    if len(words) > LONGEST:
        raise Invalid.because("text_long", _("At most %(n)s characters, please.", n=LONGEST), "text")
    return words


def _seen(session: Session, actor: Actor, case_id: int) -> None:
    if session.execute(select(Case.id).where(Case.id == case_id, visible_cases(actor))).first() is None:
        raise NotFound()


def take_back_comment(session: Session, *, actor: Actor, now: datetime, comment_id: int) -> int:
    """Take back one's own remark within ten minutes; returns its case. Raises Refusal, NotFound."""
    with transaction(session):
        found = session.execute(select(Comment).where(Comment.id == comment_id)).scalar_one_or_none()
        if found is None or found.author_id != actor.account_id or found.audience == NUDGE:
            raise NotFound()
        if now - found.at > MAY_TAKE_BACK:
            raise Refusal.because("too_late", _("A remark can be taken back for ten minutes only."))
        session.execute(delete(Comment).where(Comment.id == comment_id))
        record(session, act="take-back-comment", actor=actor, now=now, subject_kind="case", subject_id=found.case_id)
        return found.case_id


def nudge(
    session: Session, *, actor: Actor, now: datetime, case_ids: Iterable[int], text: str = "", key: str | None = None
) -> Nudged:
    """Remind whoever has these cases now (催办); one transaction, a constant number of statements.

    Cases that may not be nudged are held with the reason; unseen ones are left out. Raises Invalid beyond 1,000 cases.
    """
    ids = sorted(set(case_ids))
    if len(ids) > NUDGES_AT_ONCE:
        raise Invalid.because("too_many", _("At most %(n)s at once, please.", n=NUDGES_AT_ONCE))
    body = {"cases": ids, "text": text}
    with transaction(session):
        known = recall(session, actor, "nudge", key, body)
        if known is not None:
            return Nudged(sent=known["sent"])
        report, versions = _judge(session, actor, now, ids)
        _send(session, actor, now, report.sent, versions, text.strip())
        remember(session, actor, "nudge", key, body, {"sent": report.sent}, now)
    return report


def _judge(session: Session, actor: Actor, now: datetime, ids: list[int]) -> tuple[Nudged, dict[int, int]]:
    last = (
        select(Comment.case_id, func.max(Comment.at).label("at"), func.count().label("n"))
        .where(among(Comment.case_id, ids), Comment.audience == NUDGE)
        .group_by(Comment.case_id)
        .subquery()
    )
    c = Case
    rows = session.execute(
        select(c.id, c.is_open, c.holder, c.assignee_id, c.holder_id, c.due_on, c.since, last.c.at, last.c.n)
        .outerjoin(last, last.c.case_id == c.id)
        .where(among(c.id, ids), visible_cases(actor))
        .order_by(c.id)
    ).all()
    report, versions = Nudged(), {}
    by_expert = actor.roles == {Role.EXPERT}
    today = local_date(now, SHANGHAI)
    for row in rows:
        since = row.at if row.at is not None else (row.since if by_expert else None)
        reason = why_not_nudge(
            is_open=row.is_open and row.holder != nobody.name,
            is_waiting=not in_hands(row, actor),
            due_on=row.due_on,
            last_on=local_date(since, SHANGHAI) if since is not None else None,
            today=today,
            by_expert=by_expert,
        )
        if reason is None:
            report.sent.append(row.id)
            versions[row.id] = (row.n or 0) + 1
        else:
            report.held[row.id] = reason
    return report, versions


def _send(session: Session, actor: Actor, now: datetime, sent: list[int], versions: dict[int, int], text: str) -> None:
    if not sent:
        return
    common = {
        "district_id": actor.district_id,
        "author_id": actor.account_id,
        "audience": NUDGE,
        "text": text[:LONGEST],
        "at": now,
    }
    session.execute(insert(Comment), [{"id": new_id(), "case_id": case_id} | common for case_id in sent])
    act = Act(actor, now, calendar_of(session, actor.district_id))
    put(session, [(Topic.NUDGE, case_id, versions[case_id]) for case_id in sent], act, data={"by": actor.account_id})
