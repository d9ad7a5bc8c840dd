"""A specialist's whole work as a list that can be signed, the hand-overs, and how the work is spread."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.handover import Handover
from concierge.models.knowledge import CardVersion, KnowledgeCard
from concierge.models.person import Person
from concierge.queries.worklist_figures import CAP, Count
from concierge.rules.roles import Role

LEAST, MOST = 15, 25
"""How many experts one specialist looks after (domain §4.1, an assumption that a district may question)."""
SHOWN = 50
_GIVER, _TAKER, _SIGNER = aliased(Account), aliased(Account), aliased(Account)


@dataclass(frozen=True)
class WorkCase:
    """An open case of the list."""

    id: int
    number: str
    title: Bilingual
    due_on: date | None


@dataclass(frozen=True)
class Work:
    """Everything that lies with one specialist now: experts by id and name, open cases, knowledge cards by id and
    question. `seal` is its hash."""

    experts: tuple[tuple[int, str], ...]
    deputy_of: tuple[tuple[int, str], ...]
    cases: tuple[WorkCase, ...]
    cards: tuple[tuple[int, str], ...] = ()

    @property
    def lines(self) -> dict[str, Any]:
        """The list as it is kept: identities and numbers, no names."""
        return {
            "experts": [number for number, _name in self.experts],
            "deputy_of": [number for number, _name in self.deputy_of],
            "cases": [[case.id, case.number] for case in self.cases],
            "cards": [number for number, _question in self.cards],
        }

    @property
    def seal(self) -> str:
        """The hash of the list: two lists with the same hash name the same work."""
        return hashlib.sha256(json.dumps(self.lines, separators=(",", ":")).encode()).hexdigest()


def work_of(session: Session, account_id: int, *, leaving: bool) -> Work:
    """The list of an account's work. Where he is only deputy counts when he leaves for good."""
    person = select(Person.id, Person.full_name).order_by(Person.id)
    experts = session.execute(person.where(Person.specialist_id == account_id))
    seconds = session.execute(person.where(Person.deputy_id == account_id)).all() if leaving else []
    his = or_(Case.specialist_id == account_id, Case.assignee_id == account_id)
    columns = (Case.id, Case.number, Case.title_zh, Case.title_en, Case.due_on)
    cases = session.execute(select(*columns).where(Case.is_open, his).order_by(Case.id))
    return Work(
        tuple((row.id, row.full_name) for row in experts),
        tuple((row.id, row.full_name) for row in seconds),
        tuple(WorkCase(row.id, row.number, Bilingual(row.title_zh, row.title_en), row.due_on) for row in cases),
        tuple(session.execute(_cards_of(account_id)).tuples()),
    )


def _cards_of(account_id: int) -> Any:
    """The knowledge cards that an account keeps, with the question of their newest version; retired ones are left."""
    c, v = KnowledgeCard, CardVersion
    newest = select(func.max(v.version)).where(v.card_id == c.id).correlate(c).scalar_subquery()
    asked = select(v.question).where(v.card_id == c.id, v.version == newest).correlate(c).scalar_subquery()
    return select(c.id, asked).where(c.keeper_id == account_id, c.retired_at.is_(None)).order_by(c.id)


@dataclass(frozen=True)
class HandoverRow:
    """A hand-over as lists show it; the counts are those of the signed list."""

    id: int
    giver: str
    taker: str
    is_leaving: bool
    state: str
    made_at: datetime
    signed_at: datetime | None
    signer: str
    experts: int
    cases: int
    is_mine_to_sign: bool


@dataclass(frozen=True)
class Load:
    """How much lies with one specialist; `is_gone`: he is none any more, and somebody has to take it over."""

    account_id: int
    name: str
    is_gone: bool
    experts: Count
    deputy_of: Count
    open_cases: Count
    late: Count

    @property
    def balance(self) -> str:
        """high, low or even, by the number of experts."""
        return "high" if self.experts.n > MOST else ("low" if self.experts.n < LEAST else "even")


def handover_rows(session: Session, actor: Actor) -> tuple[HandoverRow, ...]:
    """The newest hand-overs the actor may see: a lead all, a specialist his own."""
    return tuple(_row(found, actor) for found in session.execute(_visible(actor).limit(SHOWN)))


def handover_row(session: Session, actor: Actor, handover_id: int) -> tuple[HandoverRow, Handover]:
    """One hand-over with its kept row. Raises NotFound."""
    found = session.execute(_visible(actor).where(Handover.id == handover_id)).first()
    if found is None:
        raise NotFound()
    return _row(found, actor), found.Handover


def _visible(actor: Actor) -> Any:
    rows = (
        select(Handover, _GIVER.name.label("giver"), _TAKER.name.label("taker"), _SIGNER.name.label("signer"))
        .join(_GIVER, _GIVER.id == Handover.giver_id)
        .join(_TAKER, _TAKER.id == Handover.taker_id)
        .outerjoin(_SIGNER, _SIGNER.id == Handover.signed_by)
        .order_by(Handover.id.desc())
    )
    if actor.has(Role.SPECIALIST_LEAD):
        return rows
    return rows.where(or_(Handover.giver_id == actor.account_id, Handover.taker_id == actor.account_id))


def _row(found: Any, actor: Actor) -> HandoverRow:
    row: Handover = found.Handover
    lines: Mapping[str, Any] = row.lines or {}
    return HandoverRow(
        id=row.id,
        giver=found.giver,
        taker=found.taker,
        is_leaving=row.is_leaving,
        state=row.state,
        made_at=row.made_at,
        signed_at=row.signed_at,
        signer=found.signer or "",
        experts=len(lines.get("experts", ())),
        cases=len(lines.get("cases", ())),
        is_mine_to_sign=row.state == "open" and row.taker_id == actor.account_id and actor.for_account is None,
    )


def caseload(session: Session, today: date) -> tuple[Load, ...]:
    """The specialists of the district with what lies with each, the most loaded first.

    Whoever looks after experts although he is no specialist any more is one of them until his work is handed over.
    """
    a, c, p = Account, Case, Person
    late = (c.is_open, c.clock != "paused", c.due_on < today)
    counts = (
        _capped(p.id, p.specialist_id).label("experts"),
        _capped(p.id, p.deputy_id).label("deputy_of"),
        _capped(c.id, c.specialist_id, c.is_open).label("open_cases"),
        _capped(c.id, c.specialist_id, *late).label("late"),
    )
    ever = select(AccountGrant.account_id).where(AccountGrant.role == Role.SPECIALIST.value)
    serves = and_(a.id.in_(ever.where(in_force(today))), a.disabled_at.is_(None)).label("serves")
    found = session.execute(select(a.id, a.name, serves, *counts).where(a.id.in_(ever)))
    loads = [
        Load(row.id, row.name, not row.serves, *(Count(n) for n in row[3:]))
        for row in found
        if row.serves or row.experts or row.deputy_of or row.open_cases
    ]
    return tuple(sorted(loads, key=lambda load: (-load.experts.n, -load.open_cases.n, load.account_id)))


def _capped(row: Any, column: Any, *where: Any) -> Any:
    """How many rows name an account, up to one more than are shown: the same cost on any amount of rows."""
    inner = select(row).where(column == Account.id, *where).correlate(Account).limit(CAP + 1).subquery()
    return select(func.count()).select_from(inner).correlate(Account).scalar_subquery()
