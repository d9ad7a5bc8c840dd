"""What is known of a person beyond his name: talent status, posts, facts, household. Every change counts a revision."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.person import Employment, Person, PersonFact, TalentStatus
from concierge.queries.recognitions import held_by
from concierge.rules.roles import Role
from concierge.rules.talent import CATEGORIES, KINDS, code_of
from concierge.services.people import REGISTRARS, changed, editable, only, renew_search_keys
from concierge.services.person_rows import NewFact, NewPost, NewStatus


def set_status(session: Session, *, actor: Actor, now: datetime, person_id: int, status: NewStatus) -> int:
    """A new talent status, carried over from elsewhere; an earlier open one ends the day before.

    Raises Invalid, NotFound, and Refusal where a certificate of ours holds: only a recognition changes that.
    """
    only(actor, *REGISTRARS)
    code_of(CATEGORIES, status.category, field="category")
    code_of(KINDS, status.kind, field="kind")
    with transaction(session):
        editable(session, actor, person_id, None)
        if held_by(session, person_id, status.valid_from) is not None:
            raise Refusal.because("certified", _("a certificate is in force; a new recognition changes the category"))
        earlier = TalentStatus.person_id == person_id, TalentStatus.valid_from < status.valid_from
        still = or_(TalentStatus.valid_to.is_(None), TalentStatus.valid_to >= status.valid_from)
        before = date.fromordinal(status.valid_from.toordinal() - 1)
        session.execute(update(TalentStatus).where(*earlier, still).values(valid_to=before))
        status_id = new_id()
        row = {"id": status_id, "district_id": actor.district_id, "person_id": person_id, **vars(status)}
        session.execute(insert(TalentStatus), [row])
        changed(session, actor, now, person_id, "set-status", fields=["category"])
        renew_search_keys(session, actor, person_id)
    return status_id


def add_post(session: Session, *, actor: Actor, now: datetime, person_id: int, post: NewPost) -> int:
    """A new post with an employer. Raises NotFound."""
    only(actor, *REGISTRARS)
    with transaction(session):
        editable(session, actor, person_id, None)
        post_id = new_id()
        row = {"id": post_id, "district_id": actor.district_id, "person_id": person_id, **vars(post)}
        session.execute(insert(Employment), [row])
        changed(session, actor, now, person_id, "add-post", fields=["employer"])
        renew_search_keys(session, actor, person_id)
    return post_id


def end_post(session: Session, *, actor: Actor, now: datetime, post_id: int, ends_on: date) -> None:
    """A post ends: by the staff, or by its employer. Raises NotFound, Invalid for a day before its beginning."""
    only(actor, *REGISTRARS, Role.EMPLOYER)
    with transaction(session):
        write_end(session, actor, now, _post(session, actor, post_id), ends_on)


def write_end(session: Session, actor: Actor, now: datetime, post: Employment, ends_on: date, reason: str = "") -> None:
    """The last day of a post and why it ends, in the caller's transaction. Raises Invalid."""
    if ends_on < post.starts_on:
        raise Invalid.because("dates_crossed", _("The end lies before the beginning"), "ends_on")
    ended = update(Employment).where(Employment.id == post.id).values(ends_on=ends_on, end_reason=reason)
    session.execute(ended)
    changed(session, actor, now, post.person_id, "end-post", fields=["employer"])
    renew_search_keys(session, actor, post.person_id)


def certify_posts(session: Session, *, actor: Actor, now: datetime, post_ids: Iterable[int]) -> int:
    """The employer certifies that these people hold their posts. Returns how many; others' posts raise NotFound."""
    only(actor, Role.EMPLOYER)
    wanted = sorted(set(post_ids))
    with transaction(session):
        own = among(Employment.employer_id, actor.units(Role.EMPLOYER))
        found = session.execute(
            update(Employment)
            .where(among(Employment.id, wanted), own)
            .values(certified_at=now)
            .returning(Employment.person_id)
        ).scalars()
        people = list(found)
        if len(people) != len(wanted):
            raise NotFound()
        counted = {"facts_revision": Person.facts_revision + 1}
        session.execute(update(Person).where(among(Person.id, people)).values(**counted))
        data = {"posts": len(wanted)}
        units = actor.units(Role.EMPLOYER)
        record(session, act="certify-posts", actor=actor, now=now, subject_kind="unit", subject_id=units[0], data=data)
    return len(wanted)


def _post(session: Session, actor: Actor, post_id: int) -> Employment:
    """A post the actor may change: of his own unit, or of a person he may edit. Raises NotFound."""
    post = session.get(Employment, post_id)
    if post is None:
        raise NotFound()
    if post.employer_id not in actor.units(Role.EMPLOYER):
        only(actor, *REGISTRARS)
        editable(session, actor, post.person_id, None)
    return post


def set_facts(session: Session, *, actor: Actor, now: datetime, person_id: int, facts: Iterable[NewFact]) -> None:
    """Write facts of one person; the same name and as-of date is corrected, others are added. Raises NotFound."""
    only(actor, *REGISTRARS, Role.HR)
    given = list(facts)
    with transaction(session):
        editable(session, actor, person_id, None)
        write_facts(session, actor, [(person_id, fact) for fact in given])
        changed(session, actor, now, person_id, "set-facts", fields=sorted({fact.name for fact in given}))


def write_facts(session: Session, actor: Actor, facts: Iterable[tuple[int, NewFact]]) -> None:
    """Upsert facts of people inside the running transaction: one statement. The caller counts the revision."""
    own = {"district_id": actor.district_id}
    rows = [
        own | {"id": new_id(), "person_id": person_id} | vars(replace(fact, value={"value": fact.value}))
        for person_id, fact in facts
    ]
    if not rows:
        return
    make = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    upsert = make(PersonFact)
    fresh = {name: upsert.excluded[name] for name in ("value", "source", "proof")}
    unique = ["district_id", "person_id", "name", "as_of"]
    session.execute(upsert.on_conflict_do_update(index_elements=unique, set_=fresh), rows)
