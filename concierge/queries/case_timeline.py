"""The timeline of a case: its history and what people wrote, newest first, in one list that can be filtered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.formats import long_day, money
from concierge.basics.ids import parse_id
from concierge.basics.text import Bilingual, Text, _
from concierge.db import fixed, read
from concierge.engine.actor import MACHINE_ACCOUNT, Actor
from concierge.engine.asks import Field, FieldKind
from concierge.engine.declare import FLOWS
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.comment import Comment
from concierge.queries.holders import Names
from concierge.rules.roles import Role

WITHOUT_STEP = {
    "undo": _("Taken back"),
    "hand_over": _("Handed over to a colleague"),
    "clock_resumed": _("The pause ended by itself"),
}
_AWAY = aliased(Account)
SORTS = ("all", "flow", "talk", "system")
OUTSIDE = frozenset({Role.EXPERT, Role.EMPLOYER})
"""Roles that are not of the district's offices: they do not read inner notes."""


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `sort` is flow, talk or system; `shared` words can be read by the expert."""

    sort: str
    who: Text | str
    role: Text | None
    what: Text | Bilingual | str
    to_state: Text | None
    at: datetime
    icon: str
    colour: str
    quote: tuple[tuple[Text | None, str], ...]
    shared: bool
    comment_id: int | None
    is_mine: bool


@dataclass(frozen=True)
class Timeline:
    """The entries of one sort, and how many there are of each."""

    sort: str
    entries: tuple[Entry, ...]
    counts: dict[str, int]


_h, _c = History, Comment
_LINES = fixed(
    select(_h.id, _h.version, _h.step, _h.from_state, _h.to_state, _h.at, _h.nth, _h.actor_id, _h.reason, _h.data)
    .add_columns(_h.holder, _h.holder_id, _h.assignee_id, _h.clock, _h.cause, _h.role, _h.for_id)
    .add_columns(Account.name.label("doer"), _AWAY.name.label("doer_for"))
    .outerjoin(Account, Account.id == _h.actor_id)
    .outerjoin(_AWAY, _AWAY.id == _h.for_id)
    .where(_h.case_id == bindparam("case"))
    .order_by(_h.version)
)
_WORDS = fixed(
    select(_c.id, _c.text, _c.audience, _c.at, _c.author_id, Account.name.label("author"))
    .outerjoin(Account, Account.id == _c.author_id)
    .where(_c.case_id == bindparam("case"))
    .order_by(_c.id)
)
_SHARED_WORDS = _WORDS.where(_c.audience != "internal")


def history_rows(session: Session, case_id: int) -> list[Any]:
    """The lines of a case's history, oldest first, each with its doer's name."""
    return list(read(session, _LINES, case=case_id))


def comment_rows(session: Session, case_id: int, actor: Actor) -> list[Any]:
    """What was written on a case and the actor may read, oldest first."""
    return list(read(session, _SHARED_WORDS if actor.roles <= OUTSIDE else _WORDS, case=case_id))


def timeline(
    kind: str, history: Sequence[Any], comments: Sequence[Any], names: Names, actor: Actor, sort: str
) -> Timeline:
    """Everything that happened, newest first."""
    made = [_step(kind, row, names) for row in history] + [_word(row, actor) for row in comments]
    made.sort(key=lambda entry: entry.at)  # stable: what happened at one instant stays in its order
    made.reverse()
    counts = {name: sum(1 for entry in made if name in ("all", entry.sort)) for name in SORTS}
    sort = sort if sort in SORTS else "all"
    return Timeline(sort, tuple(e for e in made if sort in ("all", e.sort)), counts)


def doer_of(row: Any) -> Text | str:
    """Who took a step; a stand-in is named with the person he stood in for."""
    name: str = row.doer or ""
    return _("%(name)s for %(away)s", name=name, away=row.doer_for) if row.for_id is not None else name


def _step(kind: str, row: Any, names: Names) -> Entry:
    flow = FLOWS[kind]
    step = flow.steps.get(row.step)
    to = flow.states.get(row.to_state)
    machine = row.actor_id == MACHINE_ACCOUNT
    label = step.label if step is not None else WITHOUT_STEP.get(row.step, _("Opened"))
    side = step is not None and step.side
    role = Role(row.role).label if row.role in list(Role) and not machine else None
    return Entry(
        sort="system" if machine else "flow",
        who=_("the system") if machine else doer_of(row),
        role=role,
        what=label,
        to_state=to.label if to is not None and row.to_state != row.from_state else None,
        at=row.at,
        icon="settings"
        if machine
        else ("arrow-back-up" if side else ("check" if to and to.final else "arrow-forward-up")),
        colour="amber" if side else ("green" if to is not None and to.final and not to.aside else "blue"),
        quote=_given(step, row, names),
        shared=False,
        comment_id=None,
        is_mine=False,
    )


def _given(step: Any, row: Any, names: Names) -> tuple[tuple[Text | None, str], ...]:
    """What was said with a step: the reason, and each value that was asked for, under its label."""
    said: list[tuple[Text | None, str]] = []
    fields = {field.name: field for field in step.ask.fields} if step is not None and step.ask is not None else {}
    for name, value in (row.data or {}).items():
        field = fields.get(name)
        if field is not None and value not in (None, "", False) and (words := _shown(field, value, names)):
            said.append((field.label, words))
    if row.reason:
        said.insert(0, (None, row.reason))
    return tuple(said)


def _shown(field: Field, value: Any, names: Names) -> str:
    if field.kind is FieldKind.MONEY:
        return money(int(value))
    if field.kind is FieldKind.DATE:
        return long_day(date.fromisoformat(str(value)))
    if field.kind is FieldKind.CHOICE:
        return str(dict(field.choices).get(str(value), value))
    if field.kind is FieldKind.YES:
        return "✓"
    if field.kind is FieldKind.RECORD:
        known = names.units.get(_number(str(value)))
        return str(known) if known is not None else ""
    return str(value)


def _number(value: str) -> int:
    try:
        return parse_id(value)
    except NotFound:
        return 0


def _word(row: Any, actor: Actor) -> Entry:
    shared, nudge = row.audience == "expert", row.audience == "nudge"
    what = _("sent a reminder") if nudge else (_("wrote to the expert") if shared else _("left an inner note"))
    return Entry(
        sort="talk",
        who=row.author or "",
        role=None,
        what=what,
        to_state=None,
        at=row.at,
        icon="bell-ringing" if nudge else ("message-2" if shared else "lock"),
        colour="amber" if nudge else ("blue" if shared else ""),
        quote=((None, row.text),) if row.text else (),
        shared=shared,
        comment_id=None if nudge else row.id,
        is_mine=row.author_id == actor.account_id,
    )
