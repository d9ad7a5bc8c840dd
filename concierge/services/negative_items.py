"""Keeping the negative list: one person of the talent office proposes a version of an item, another one confirms it."""

import re
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.audit import old_and_new, record
from concierge.engine.judge import SAME_PERSON
from concierge.models.district import District
from concierge.models.supervision import NegativeItem
from concierge.models.two_persons import CONFIRMED, PROPOSED, REFUSED
from concierge.queries.negative_items import items_in_force, said
from concierge.rules.assessment import STANDARD, Item
from concierge.rules.roles import Role
from concierge.services.people import only

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST_NAME, LONGEST_BASIS, MOST_POINTS, MOST_MONTHS = 60, 200, 100, 12


def begin_list(session: Session, *, district_id: int, now: datetime) -> None:
    """The standard list of a new district, each item in its version 1. Runs in the caller's transaction."""
    made: dict[str, Any] = {"kind": CONFIRMED, "version": 1, "confirmed_by": None, "proposal_id": None}
    founder = machine(district_id)
    made |= {"made_by": founder.account_id, "made_by_key": founder.person_key, "district_id": district_id, "at": now}
    session.execute(insert(NegativeItem), [vars(item) | made | {"id": new_id()} for item in STANDARD])


def propose_item(session: Session, *, actor: Actor, now: datetime, item: Item) -> int:
    """Propose what an item is to say, without a code a new one; nothing changes yet. English falls back on Chinese.

    Raises Invalid naming every field that is wrong.
    """
    only(actor, Role.TALENT_OFFICE)
    _check(item)
    with transaction(session):
        _one_at_a_time(session, actor)
        item = replace(item, code=item.code or _next_code(session), name_en=item.name_en.strip() or item.name_zh)
        made: dict[str, Any] = {"kind": PROPOSED, "version": None, "confirmed_by": None, "proposal_id": None}
        made |= {"made_by": actor.account_id, "made_by_key": actor.person_key}
        return _write(session, actor, now, item, made)


def _one_at_a_time(session: Session, actor: Actor) -> None:
    """The district is locked, so that two answers, or two new items, come one after the other."""
    session.execute(select(District.id).where(District.id == actor.district_id).with_for_update())


def _next_code(session: Session) -> str:
    """A code that nothing on the list has, nor anything proposed."""
    known = set(session.execute(select(NegativeItem.code).distinct()).scalars())
    return next(code for n in count(len(known) + 1) if (code := f"item_{n}") not in known)


def _check(item: Item) -> None:
    wrong = []
    if item.code and CODE.fullmatch(item.code) is None:
        text = _("2 to 40 small letters, digits and underscores, the first a letter.")
        wrong.append(Reason("code", text, "code"))
    for field, least, longest in (
        ("name_zh", 1, LONGEST_NAME),
        ("name_en", 0, LONGEST_NAME),
        ("basis", 1, LONGEST_BASIS),
    ):
        if not least <= len(getattr(item, field).strip()) <= longest:
            wrong.append(Reason("missing", _("1 to %(n)s characters.", n=longest), field))
    if not 1 <= item.points <= MOST_POINTS:
        wrong.append(Reason("points", _("From 1 to %(n)s points.", n=MOST_POINTS), "points"))
    if item.months is not None and not 1 <= item.months <= MOST_MONTHS:
        wrong.append(Reason("months", _("From 1 to %(n)s months, or nothing.", n=MOST_MONTHS), "months"))
    if wrong:
        raise Invalid(*wrong)


def answer_item(session: Session, *, actor: Actor, now: datetime, proposal_id: int, accept: bool) -> None:
    """The second person's answer; a confirmed version holds for deductions made from now on, and changes none before.

    Raises NotFound, and Refusal for the proposer himself and for an answered proposal.
    """
    only(actor, Role.TALENT_OFFICE)
    i = NegativeItem
    with transaction(session):
        _one_at_a_time(session, actor)
        wanted = select(i).where(i.id == proposal_id, i.kind == PROPOSED)
        proposal = session.execute(wanted).scalar_one_or_none()
        if proposal is None:
            raise NotFound()
        if proposal.made_by_key in actor.person_keys:
            raise Refusal(SAME_PERSON)
        if session.execute(select(i.id).where(i.proposal_id == proposal_id)).first() is not None:
            raise Refusal(Reason("already_answered", _("this proposal has been answered already")))
        last = session.execute(select(func.max(i.version)).where(i.code == proposal.code)).scalar_one() or 0
        made: dict[str, Any] = (
            {"kind": CONFIRMED, "version": last + 1} if accept else {"kind": REFUSED, "version": None}
        )
        made |= {"made_by": proposal.made_by, "made_by_key": proposal.made_by_key}
        made |= {"confirmed_by": actor.account_id, "proposal_id": proposal_id}
        _write(session, actor, now, said(proposal), made)


def _write(session: Session, actor: Actor, now: datetime, item: Item, made: dict[str, Any]) -> int:
    row: dict[str, Any] = {"id": new_id(), "district_id": actor.district_id, "at": now}
    words = {name: getattr(item, name).strip() for name in ("name_zh", "name_en", "basis")}
    held = items_in_force(session).get(item.code)
    session.execute(insert(NegativeItem), [row | vars(item) | words | made])
    figures = ("points", "is_veto", "months", "is_used")
    data = {"code": item.code} | old_and_new(
        {name: getattr(held.item, name) if held else None for name in figures},
        {name: getattr(item, name) for name in figures},
    )
    act, kind = f"{made['kind']}-negative-item", "negative_item"
    record(session, act=act, actor=actor, now=now, subject_kind=kind, subject_id=row["id"], data=data)
    return int(row["id"])
