"""Cases as programs see them: where they stand, with whom, until when, and which steps are open to the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.engine.actor import Actor
from concierge.engine.clockwork import light_of
from concierge.engine.explain import Way, explain_many
from concierge.engine.tables import Case
from concierge.models.scope import visible_cases
from concierge.queries.holders import Names, holder_names
from concierge.queries.things.kinds import COMMON, CaseThing
from concierge.queries.things.shown import Asked, columns_of, told
from concierge.rules.calendar import WorkingCalendar

CAP = 1000


@dataclass(frozen=True)
class Reader:
    """Who reads, when, on which calendar."""

    actor: Actor
    now: datetime
    calendar: WorkingCalendar


def list_cases(session: Session, thing: CaseThing, reader: Reader, asked: Asked) -> dict[str, Any]:
    """One page of cases in the order of their opening; at most seven statements whatever their number."""
    base = [visible_cases(reader.actor), *asked.clauses]
    after = [] if asked.after is None else [Case.id > asked.after]
    rows = select(thing.model).where(*base, *after).order_by(Case.id).limit(asked.limit + 1)
    cases = list(session.execute(rows).scalars())
    page: dict[str, Any] = {"items": _told(session, thing, reader, cases[: asked.limit]), "next": None}
    if len(cases) > asked.limit:
        page["next"] = public_id(cases[asked.limit - 1].id)
    if asked.count:
        page["total"] = capped(session, select(thing.model.id).where(*base))
    return page


def one_case(session: Session, thing: CaseThing, reader: Reader, case_id: int) -> dict[str, Any]:
    """One case the reader may see. Raises NotFound for any other, as for none."""
    wanted = select(thing.model).where(Case.id == case_id, visible_cases(reader.actor))
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return _told(session, thing, reader, [found])[0]


def capped(session: Session, ids: Any, values: Mapping[str, Any] | None = None) -> int | str:
    """How many rows there are, up to 1,000."""
    found = session.execute(select(func.count()).select_from(ids.limit(CAP + 1).subquery()), values).scalar_one()
    return f"{CAP}+" if found > CAP else int(found)


def _told(session: Session, thing: CaseThing, reader: Reader, cases: Sequence[Any]) -> list[dict[str, Any]]:
    if not cases:
        return []
    names = holder_names(session, cases)
    ways = explain_many(session, cases, reader.actor, now=reader.now)
    return [_case(thing, case, reader, names, ways[case.id]) for case in cases]


def _case(thing: CaseThing, case: Any, reader: Reader, names: Names, ways: Sequence[Way]) -> dict[str, Any]:
    common = {shown.name: shown.read(case) for shown in columns_of(Case, COMMON)}
    steps = thing.steps
    return {
        "id": public_id(case.id),
        **common,
        "state_label": str(thing.flow.states[case.state].label),
        "light": light_of(case, now=reader.now, calendar=reader.calendar).value,
        "holder_name": str(names.who(case)),
        "title": {"zh": case.title_zh, "en": case.title_en},
        "steps": [_way(way) for way in ways if way.step.name in steps],
        **{shown.name: told(getattr(case, shown.name), shown.kind) for shown in thing.detail},
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "name": way.step.name,
        "label": str(way.step.label),
        "allowed": way.allowed,
        "reasons": [{"code": r.code, "text": str(r.text), "field": r.field} for r in way.reasons],
    }
