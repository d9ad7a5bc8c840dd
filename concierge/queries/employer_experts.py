"""An employer's own experts: their posts, and what was last certified of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.person import Employment, Person, TalentStatus
from concierge.queries.worklist_figures import Count
from concierge.queries.worklist_scope import is_found
from concierge.rules.policy import add_months
from concierge.rules.roles import Role
from concierge.rules.searching import search_form

PAGE = 50
CAP = 1000


@dataclass(frozen=True)
class OwnExpert:
    """One expert in a post of the unit. `certified_at` is when the employer last certified the post.

    `ends_on` is the last day, where the end is known already.
    """

    post_id: int
    name: str
    category: str
    post: Bilingual
    starts_on: date
    ends_on: date | None
    contract_until: date | None
    certified_at: datetime | None
    is_due: bool
    claims_open: int


@dataclass(frozen=True)
class OwnExperts:
    """A page of them; `due` counts those not certified since the first of the month."""

    rows: tuple[OwnExpert, ...]
    found: Count
    due: Count
    later: int | None
    text: str
    only_due: bool


def own_experts(
    session: Session,
    *,
    actor: Actor,
    today: date,
    since: datetime,
    text: str = "",
    only_due: bool = False,
    after: int | None = None,
) -> OwnExperts:
    """The experts now in a post of the actor's units; certificates older than `since` are due again."""
    e, here = Employment, _here(actor, today)
    overdue = e.certified_at.is_(None) | (e.certified_at < since)
    narrowed = [*here, *([overdue] if only_due else []), *_named(text)]
    rows = session.execute(
        _columns(today, overdue)
        .where(*narrowed, *([e.id > after] if after is not None else []))
        .order_by(e.id)
        .limit(PAGE + 1)
    ).all()
    shown = rows[:PAGE]
    return OwnExperts(
        rows=tuple(_row(row) for row in shown),
        found=_count(session, narrowed),
        due=_count(session, [*here, overdue]),
        later=shown[-1].id if len(rows) > PAGE else None,
        text=text,
        only_due=only_due,
    )


def own_expert(session: Session, *, actor: Actor, today: date, post_id: int) -> OwnExpert:
    """One of them by the post. Raises NotFound, also for a post that is over."""
    here = _columns(today, literal(False)).where(*_here(actor, today), Employment.id == post_id)
    row = session.execute(here).first()
    if row is None:
        raise NotFound()
    return _row(row)


def _here(actor: Actor, today: date) -> list[Any]:
    """Experts in a post of the actor's units today."""
    e = Employment
    return [
        among(e.employer_id, actor.units(Role.EMPLOYER)),
        e.starts_on <= today,
        e.ends_on.is_(None) | (e.ends_on >= today),
        exists().where(TalentStatus.person_id == e.person_id, TalentStatus.district_id == e.district_id),
    ]


def _named(text: str) -> list[Any]:
    key = search_form(text)
    if not key:
        return []
    return [is_found("person", key, Employment.person_id, Employment.district_id)]


def _columns(today: date, overdue: Any) -> Select[Any]:
    e, t = Employment, TalentStatus
    category = (
        select(t.category)
        .where(t.person_id == e.person_id, t.valid_from <= today, t.valid_to.is_(None) | (t.valid_to >= today))
        .order_by(t.valid_from.desc())
        .limit(1)
        .correlate(e)
        .scalar_subquery()
    )
    claims = (
        select(func.count())
        .select_from(Case)
        .where(Case.expert_id == e.person_id, Case.kind == "claim", Case.is_open, Case.employer_id == e.employer_id)
        .correlate(e)
        .scalar_subquery()
    )
    return (
        select(e.id, Person.full_name, e.post_zh, e.post_en, e.starts_on, e.ends_on, e.contract_months, e.certified_at)
        .add_columns(category.label("category"), claims.label("claims"), overdue.label("overdue"))
        .join(Person, and_(Person.id == e.person_id, Person.district_id == e.district_id))
    )


def _row(row: Any) -> OwnExpert:
    return OwnExpert(
        post_id=row.id,
        name=row.full_name,
        category=row.category or "",
        post=Bilingual(row.post_zh, row.post_en),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        contract_until=add_months(row.starts_on, row.contract_months) if row.contract_months else None,
        certified_at=row.certified_at,
        is_due=bool(row.overdue),
        claims_open=row.claims,
    )


def _count(session: Session, where: list[Any]) -> Count:
    inner = select(Employment.id).where(*where).limit(CAP + 1).subquery()
    return Count(session.execute(select(func.count()).select_from(inner)).scalar_one())
