"""Marks on cases: whom they interest (follow), and the words an office sorts them by (tags)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import Case
from concierge.models.comment import CaseTag, Follow
from concierge.models.scope import visible_cases

LONGEST_WORD = 20


def follow(session: Session, *, actor: Actor, now: datetime, case_id: int) -> None:
    """Follow a case the actor may see; following it again changes nothing. Raises NotFound."""
    with transaction(session):
        _visible(session, actor, [case_id], demand=True)
        there = select(Follow.id).where(Follow.account_id == actor.account_id, Follow.case_id == case_id)
        if session.execute(there).first() is None:
            session.add(
                Follow(id=new_id(), district_id=actor.district_id, account_id=actor.account_id, case_id=case_id, at=now)
            )


def unfollow(session: Session, *, actor: Actor, now: datetime, case_id: int) -> None:
    """Follow a case no longer."""
    with transaction(session):
        session.execute(delete(Follow).where(Follow.account_id == actor.account_id, Follow.case_id == case_id))


def tag(session: Session, *, actor: Actor, now: datetime, case_ids: Iterable[int], word: str) -> int:
    """Put a word on cases the actor may see; returns on how many it is new. Raises Invalid."""
    clean = " ".join(word.split())
    if not clean:
        raise Invalid.because("word_missing", _("Please write the tag."), "word")
    if len(clean) > LONGEST_WORD:
        raise Invalid.because("word_long", _("A tag has at most %(n)s characters.", n=LONGEST_WORD), "word")
    with transaction(session):
        ids = _visible(session, actor, case_ids)
        have = session.execute(
            select(CaseTag.case_id).where(among(CaseTag.case_id, ids), CaseTag.word == clean)
        ).scalars()
        fresh = sorted(set(ids) - set(have))
        if fresh:
            common = {"district_id": actor.district_id, "word": clean, "by_id": actor.account_id, "at": now}
            session.execute(insert(CaseTag), [{"id": new_id(), "case_id": case_id} | common for case_id in fresh])
            record(
                session,
                act="tag",
                actor=actor,
                now=now,
                subject_kind="case",
                subject_id=fresh[0],
                data={"cases": len(fresh)},
            )
    return len(fresh)


def untag(session: Session, *, actor: Actor, now: datetime, case_ids: Iterable[int], word: str) -> None:
    """Take a word off cases."""
    with transaction(session):
        ids = _visible(session, actor, case_ids)
        session.execute(delete(CaseTag).where(among(CaseTag.case_id, ids), CaseTag.word == word))
        record(session, act="untag", actor=actor, now=now, subject_kind="case", subject_id=ids[0] if ids else None)


def _visible(session: Session, actor: Actor, case_ids: Iterable[int], *, demand: bool = False) -> list[int]:
    wanted = sorted(set(case_ids))
    found = list(session.execute(select(Case.id).where(among(Case.id, wanted), visible_cases(actor))).scalars())
    if demand and len(found) < len(wanted):
        raise NotFound()
    return found
