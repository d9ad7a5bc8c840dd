"""What the dashboard's charts count beside cases: steps of a unit, experts in post, payments, budget lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.formats import money
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.budget import BudgetLine
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import Person, TalentStatus
from concierge.queries.dashboard import Period, month_begins
from concierge.queries.dashboard_charts import BEFORE, LATE, paid_in, steps_of_units
from concierge.queries.dashboard_places import in_post

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One thing that a chart counts: what it is, a word beside it, its day, and what it says there."""

    id: int
    main: Bilingual | str
    note: Bilingual | Text | str
    day: date | None
    value: Text | str
    case_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which lines: of a unit, only late ones, up to a month of the year, from the one after `after`."""

    unit_id: int | None = None
    late: bool = False
    month: int = 12
    after: int = 0


def lines_behind(session: Session, name: str, period: Period, asked: Asked) -> tuple[list[Line], int | None]:
    """A page of lines in the order of recording, and the place of the following page."""
    found = _TELLERS[name](session, period, asked)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def _page(session: Session, statement: Select[Any], key: Any, after: int) -> Sequence[Any]:
    return session.execute(statement.where(key > after).order_by(key).limit(PAGE + 1)).all()


def _steps(session: Session, period: Period, asked: Asked) -> list[Line]:
    h, c = History, Case
    wanted = steps_of_units(period, h.id, h.case_id, c.title_zh, c.title_en, c.number, c.kind, h.step, h.at)
    wanted = wanted.add_columns(LATE.label("late")).join(c, c.id == h.case_id)
    wanted = wanted.where(BEFORE.holder_id == asked.unit_id, LATE if asked.late else true())
    return [
        Line(
            row.id, Bilingual(row.title_zh, row.title_en), f"{row.number} · {_label(row.kind, row.step)}",
            local_date(row.at, SHANGHAI), _("late") if row.late else _("on time"), row.case_id,
        )
        for row in _page(session, wanted, h.id, asked.after)
    ]  # fmt: skip


def _label(kind: str, step: str) -> Text | str:
    known = FLOWS[kind].steps.get(step)
    return known.label if known is not None else step


def _experts(session: Session, period: Period, asked: Asked) -> list[Line]:
    today = local_date(period.now, SHANGHAI)
    known = (Person.id, Person.full_name, Unit.name_zh, Unit.name_en)
    wanted = in_post(today, *known, func.min(TalentStatus.category).label("category"))
    wanted = wanted.join(Person, Person.id == TalentStatus.person_id).where(Unit.id == asked.unit_id).group_by(*known)
    return [
        Line(row.id, row.full_name, Bilingual(row.name_zh, row.name_en), None, row.category)
        for row in _page(session, wanted, Person.id, asked.after)
    ]


def _payments(session: Session, period: Period, asked: Asked) -> list[Line]:
    i, end = PaymentItem, local_date(month_begins(period.year, asked.month + 1), SHANGHAI)
    wanted = select(i.id, i.title_zh, i.title_en, i.number, i.paid_on, i.amount_fen).where(paid_in(period))
    return [
        Line(row.id, Bilingual(row.title_zh, row.title_en), row.number, row.paid_on, money(row.amount_fen), row.id)
        for row in _page(session, wanted.where(i.paid_on < end), i.id, asked.after)
    ]


def _budget(session: Session, period: Period, asked: Asked) -> list[Line]:
    line = BudgetLine
    wanted = select(line.id, line.name_zh, line.name_en, line.number, line.amount_fen).where(line.year == period.year)
    return [
        Line(row.id, Bilingual(row.name_zh, row.name_en), row.number, None, money(row.amount_fen))
        for row in _page(session, wanted, line.id, asked.after)
    ]


_TELLERS: dict[str, Callable[[Session, Period, Asked], list[Line]]] = {
    "steps": _steps,
    "experts": _experts,
    "payments": _payments,
    "budget": _budget,
}
