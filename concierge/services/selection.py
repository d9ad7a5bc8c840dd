"""Rows ticked on a list, kept on the server across pages; blocked and unseen rows never enter."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, delete, insert, select
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.comment import Selection
from concierge.models.scope import visible_cases

MOST = 1000


def tick(session: Session, *, actor: Actor, list_name: str, shown: Iterable[int], ticked: Iterable[int]) -> None:
    """Keep what a page of the list says: of the rows `shown` the `ticked` ones are selected, the others are not."""
    on = set(ticked)
    off = sorted(set(shown) - on)
    with transaction(session):
        if off:
            _drop(session, actor, list_name, off)
        _add(session, actor, list_name, select(Case.id).where(among(Case.id, sorted(on))))


def tick_all(session: Session, *, actor: Actor, list_name: str, rows: Select[tuple[int]]) -> int:
    """Select all rows of a list (at most 1,000), whatever page they are on; returns how many are selected now."""
    with transaction(session):
        return _add(session, actor, list_name, rows.limit(MOST))


def clear(session: Session, *, actor: Actor, list_name: str) -> None:
    """Select nothing."""
    with transaction(session):
        session.execute(delete(Selection).where(*_mine(actor, list_name)))


def selected(session: Session, *, actor: Actor, list_name: str) -> list[int]:
    """The selected cases that the actor may still see."""
    rows = select(Selection.case_id).join(Case, Case.id == Selection.case_id)
    return list(session.execute(rows.where(*_mine(actor, list_name), visible_cases(actor)).limit(MOST)).scalars())


def _mine(actor: Actor, list_name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Selection.account_id == actor.account_id, Selection.list_name == list_name


def _drop(session: Session, actor: Actor, list_name: str, ids: list[int]) -> None:
    session.execute(delete(Selection).where(*_mine(actor, list_name), among(Selection.case_id, ids)))


def _add(session: Session, actor: Actor, list_name: str, rows: Select[tuple[int]]) -> int:
    have = set(session.execute(select(Selection.case_id).where(*_mine(actor, list_name))).scalars())
    wanted = list(session.execute(rows.where(visible_cases(actor))).scalars())
    fresh = [case_id for case_id in wanted if case_id not in have][: MOST - len(have)]
    if fresh:
        common = {"district_id": actor.district_id, "account_id": actor.account_id, "list_name": list_name}
        session.execute(insert(Selection), [{"id": new_id(), "case_id": case_id} | common for case_id in fresh])
    return len(have) + len(fresh)
