"""The list of experts: found by name, pinyin, initials, employer; whose, which category, how much is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.person import OF_A_UNIT, Employment, Person, TalentStatus
from concierge.models.scope import served_by, visible_persons
from concierge.queries.expert_card import ExpertCard, expert_card, kind_label, mask_last4
from concierge.queries.worklist_scope import person_is_found
from concierge.rules.roles import Role
from concierge.rules.searching import search_form
from concierge.rules.talent import CATEGORIES

PAGE = 30


@dataclass(frozen=True)
class ExpertFilter:
    """What the list of experts shows; all of it is in the address. `whose` is empty or "mine"."""

    text: str = ""
    category: str = ""
    employer: int | None = None
    whose: str = ""
    after: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "ExpertFilter":
        """The filter an address asks for; unknown values are left out."""
        category = given.get("category", "")
        return cls(
            text=" ".join(given.get("q", "").replace("\x00", "").split())[:60],
            category=category if category in [word.code for word in CATEGORIES] else "",
            employer=_ident(given.get("employer", "")),
            whose="mine" if given.get("whose") == "mine" else "",
            after=_ident(given.get("after", "")),
        )

    def or_mine(self) -> "ExpertFilter":
        """The same; as long as nothing is typed, one's own experts."""
        return self if self.text else replace(self, whose="mine")

    def params(self, **changes: Any) -> dict[str, Any]:
        """The words of the address with some things changed; a change forgets the place."""
        new = replace(self, **({"after": None} | changes))
        said = {
            "q": new.text,
            "category": new.category,
            "employer": public_id(new.employer) if new.employer is not None else "",
            "whose": new.whose,
            "after": public_id(new.after) if new.after is not None else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.category or self.employer or self.whose)


def _ident(given: str) -> int | None:
    try:
        return parse_id(given)
    except NotFound:
        return None


@dataclass(frozen=True)
class ExpertRow:
    """One expert on the list; the phone is masked."""

    id: int
    name: str
    category: str
    kind: Text | None
    valid_to: date | None
    employer: Bilingual
    post: Bilingual
    phone: str
    specialist: str
    is_mine: bool
    open_cases: int


@dataclass(frozen=True)
class ExpertList:
    """A page of experts; `later` leads to the next one."""

    wanted: ExpertFilter
    rows: tuple[ExpertRow, ...]
    later: int | None
    employers: tuple[tuple[int, Bilingual], ...]
    sees_all: bool


def expert_list(session: Session, *, actor: Actor, now: datetime, wanted: ExpertFilter) -> ExpertList:
    """The experts the actor may see, newest first. Particulars are gathered for those on the page alone."""
    today = local_date(now, SHANGHAI)
    newest = select(Person.id).where(*_matching(actor, wanted, today)).order_by(Person.id.desc())
    on_page = newest.limit(PAGE + 1).subquery()
    rows = session.execute(_rows(today).where(Person.id.in_(select(on_page.c.id)))).all()
    shown = rows[:PAGE]
    return ExpertList(
        wanted=wanted,
        rows=tuple(_row(row, actor) for row in shown),
        later=shown[-1].id if len(rows) > PAGE else None,
        employers=_employers(session),
        sees_all=actor.has(Role.SPECIALIST_LEAD, Role.TALENT_OFFICE),
    )


def experts_named(session: Session, *, actor: Actor, now: datetime, ids: Sequence[int]) -> tuple[ExpertRow, ...]:
    """Those of some experts whom the actor may see, in the order given."""
    named = and_(among(Person.id, ids), *_matching(actor, ExpertFilter(), local_date(now, SHANGHAI)))
    rows = session.execute(_rows(local_date(now, SHANGHAI)).where(named))
    return tuple(sorted((_row(row, actor) for row in rows), key=lambda row: ids.index(row.id)))


def _rows(today: date) -> Select[Any]:
    p, s, e, u = Person, TalentStatus, Employment, Unit
    status = select(func.max(s.id)).where(s.person_id == p.id, _holds(s.valid_from, s.valid_to, today)).correlate(p)
    post = select(func.max(e.id)).where(e.person_id == p.id, _holds(e.starts_on, e.ends_on, today)).correlate(p)
    waiting = select(func.count()).where(
        Case.expert_id == p.id,
        Case.is_open,
        Case.kind.in_(("claim", "care_request", "consultation")),
        Case.clock != "stopped",
    )
    return (
        select(p.id, p.full_name, p.phone_last4, p.specialist_id, p.deputy_id, s.category, s.kind, s.valid_to)
        .add_columns(e.post_zh, e.post_en, u.name_zh, u.name_en, Account.name.label("specialist"))
        .add_columns(waiting.correlate(p).scalar_subquery().label("waiting"))
        .outerjoin(s, s.id == status.scalar_subquery())
        .outerjoin(e, e.id == post.scalar_subquery())
        .outerjoin(u, u.id == e.employer_id)
        .outerjoin(Account, Account.id == p.specialist_id)
        .order_by(p.id.desc())
    )


def _holds(start: Any, end: Any, today: date) -> ColumnElement[bool]:
    return and_(start <= today, or_(end.is_(None), end >= today))


def _matching(actor: Actor, wanted: ExpertFilter, today: date) -> list[ColumnElement[bool]]:
    clauses = [visible_persons(actor), Person.id_kind != OF_A_UNIT, Person.erased_at.is_(None)]
    if wanted.whose == "mine":
        clauses.append(Person.id.in_(served_by(actor)))
    if wanted.category:
        of = select(TalentStatus.person_id).where(
            TalentStatus.category == wanted.category, _holds(TalentStatus.valid_from, TalentStatus.valid_to, today)
        )
        clauses.append(Person.id.in_(of))
    if wanted.employer is not None:
        at = select(Employment.person_id).where(
            Employment.employer_id == wanted.employer, _holds(Employment.starts_on, Employment.ends_on, today)
        )
        clauses.append(Person.id.in_(at))
    if wanted.text:
        key = search_form(wanted.text) or "\U0010ffff"
        clauses.append(person_is_found(actor, key, Person.id, Person.district_id))
    if wanted.after is not None:
        clauses.append(Person.id < wanted.after)
    return clauses


def _row(row: Any, actor: Actor) -> ExpertRow:
    return ExpertRow(
        id=row.id,
        name=row.full_name,
        category=row.category or "",
        kind=kind_label(row.kind),
        valid_to=row.valid_to,
        employer=Bilingual(row.name_zh or "", row.name_en or ""),
        post=Bilingual(row.post_zh or "", row.post_en or ""),
        phone=mask_last4(row.phone_last4),
        specialist=row.specialist or "",
        is_mine=actor.duty in (row.specialist_id, row.deputy_id),
        open_cases=row.waiting,
    )


def _employers(session: Session) -> tuple[tuple[int, Bilingual], ...]:
    kinds = ("employer", "hospital", "school")
    units = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_(kinds)).order_by(Unit.name_zh).limit(300)
    return tuple((row.id, Bilingual(row.name_zh, row.name_en)) for row in session.execute(units))


def expert_named(session: Session, *, actor: Actor, now: datetime, person_id: int) -> ExpertCard:
    """The card of an expert the actor may see. Raises NotFound."""
    seen = session.execute(select(Person.id).where(Person.id == person_id, visible_persons(actor))).first()
    card = expert_card(session, person_id, now) if seen is not None else None
    if card is None:
        raise NotFound()
    return card
