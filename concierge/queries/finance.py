"""The pages of the finance office: what waits for whom, with the system's check and the figures of the selection.

At most a dozen statements a page, whatever the number of rows; figures are capped at 1,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.db import among, constant
from concierge.engine.actor import Actor
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.models.scope import visible_cases
from concierge.queries.payment_checks import BLOCKED, HINT, PASSED, joined, of_kind
from concierge.queries.payment_rows import PaymentRow, columns, make_rows, with_other_accounts
from concierge.queries.payment_states import before_the_batch, in_state
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role

PAGE = 25
CAP = 1000
FAR = date(9999, 12, 31)
LARGEST = 10**15
TABS = ("prepare", "review", "batching", "held", "done")
FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
_LINE = aliased(BudgetLine)
AMOUNTS = {"small": (0, 1_000_000), "middle": (1_000_000, 10_000_000), "large": (10_000_000, LARGEST)}
"""Bands of amounts in fen: below 10,000 yuan, below 100,000, from 100,000."""


@dataclass(frozen=True)
class PayFilter:
    """What a finance list shows; all of it is in the address."""

    tab: str = "review"
    text: str = ""
    line: int | None = None
    amount: str = ""
    check: str = ""
    after: tuple[date, int] | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], *, tab: str = "review") -> "PayFilter":
        """The filter an address asks for; unknown values are left out."""
        wanted = given.get("tab", "")
        return cls(
            tab=wanted if wanted in TABS else tab,
            text=" ".join(given.get("q", "").replace("\x00", "").split())[:60],
            line=_ident(given.get("line", "")),
            amount=given.get("amount", "") if given.get("amount", "") in AMOUNTS else "",
            check=given.get("check", "") if given.get("check", "") in (PASSED, HINT, BLOCKED) else "",
            after=_place(given.get("after", "")),
        )

    def params(self, **changes: Any) -> dict[str, str]:
        """The words of the address with some things changed; a change forgets the place in the list."""
        new = replace(self, **({"after": None} | changes))
        said = {
            "tab": new.tab,
            "q": new.text,
            "line": public_id(new.line) if new.line is not None else "",
            "amount": new.amount,
            "check": new.check,
            "after": f"{new.after[0].isoformat()}.{public_id(new.after[1])}" if new.after is not None else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether conditions beside the tab leave something out."""
        return bool(self.text or self.line or self.amount or self.check)


def _ident(given: str) -> int | None:
    try:
        return parse_id(given) if given else None
    except NotFound:
        return None


def _place(given: str) -> tuple[date, int] | None:
    day, _dot, ident = given.partition(".")
    try:
        return date.fromisoformat(day), parse_id(ident)
    except (ValueError, NotFound):
        return None


@dataclass(frozen=True)
class PayList:
    """One page of payments. `counts` has a figure for each tab, `checks` for each outcome of the check."""

    wanted: PayFilter
    rows: tuple[PaymentRow, ...]
    counts: dict[str, int]
    checks: dict[str, int]
    found: int
    next: tuple[date, int] | None


def tab_clause(tab: str, now: datetime) -> ColumnElement[bool]:
    """What a tab holds. A payment on a line of a past year goes back to the preparer."""
    year = local_date(now, SHANGHAI).year
    named = exists(_LINE.id).where(_LINE.id == PaymentItem.budget_line_id, _LINE.year == year)
    match tab:
        case "prepare":
            return before_the_batch("pending") & ~named
        case "review":
            return before_the_batch("pending") & named
        case "batching":
            return before_the_batch("approved")
        case "held":
            return before_the_batch("held")
        case _:
            return PaymentItem.state.in_(("success", "closed", "returned", "cancelled", "reissued"))


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """The payments of the units for which the actor works in finance; others see what they may see at all."""
    units = actor.units(*FINANCE)
    return among(PaymentItem.paying_unit_id, units) if units else visible_cases(actor)


def _matching(actor: Actor, wanted: PayFilter, now: datetime) -> list[ColumnElement[bool]]:
    clauses = [in_reach(actor), tab_clause(wanted.tab, now)]
    if wanted.text:
        pattern = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        upper = pattern.upper()
        clauses.append(
            or_(PaymentItem.payee_name.like(pattern, escape="\\"), PaymentItem.number.like(upper, escape="\\"))
        )
    if wanted.line is not None:
        clauses.append(PaymentItem.budget_line_id == wanted.line)
    if wanted.amount:
        low, high = AMOUNTS[wanted.amount]
        clauses += [PaymentItem.amount_fen >= low, PaymentItem.amount_fen < high]
    if wanted.check:
        clauses.append(of_kind(wanted.check, actor, now))
    return clauses


def payment_list(
    session: Session, actor: Actor, wanted: PayFilter, *, now: datetime, calendar: WorkingCalendar
) -> PayList:
    """One page of a tab. What a row shows is gathered for the rows of the page alone."""
    due = func.coalesce(PaymentItem.due_on, literal(FAR, PaymentItem.due_on.type))
    place = tuple_(due, PaymentItem.id)
    newest_first = wanted.tab == "done"
    here = joined(select(PaymentItem.id)).where(*_matching(actor, wanted, now)).limit(constant(PAGE + 1))
    if wanted.after is not None:
        after = tuple_(literal(wanted.after[0], PaymentItem.due_on.type), literal(wanted.after[1]))
        here = here.where(PaymentItem.id < wanted.after[1] if newest_first else place > after)
    order = [PaymentItem.id.desc()] if newest_first else [due, PaymentItem.id]
    ids = session.execute(here.order_by(*order)).scalars().all()
    found = list(session.execute(columns(actor, now).where(among(PaymentItem.id, ids)).order_by(*order)).all())
    rows = make_rows(session, found[:PAGE], actor, now=now, calendar=calendar)
    last = found[PAGE - 1] if len(found) > PAGE else None
    figures = _figures(session, actor, wanted, now)
    return PayList(
        wanted=wanted,
        rows=tuple(rows),
        counts={name: figures.get(f"tab:{name}", 0) for name in (*TABS, "bounced")},
        checks={name: figures.get(f"check:{name}", 0) for name in (PASSED, HINT, BLOCKED)},
        found=figures.get("found", 0),
        next=(last.due_on or FAR, last.id) if last is not None else None,
    )


def _figures(session: Session, actor: Actor, wanted: PayFilter, now: datetime) -> dict[str, int]:
    reach = in_reach(actor)
    parts = [
        _capped(f"tab:{tab}", select(PaymentItem.id).where(reach, tab_clause(tab, now)))
        for tab in TABS
        if tab != "done"
    ]
    parts.append(_capped("tab:bounced", select(PaymentItem.id).where(reach, in_state("bounced"))))
    parts.append(_capped("found", joined(select(PaymentItem.id)).where(*_matching(actor, wanted, now))))
    if wanted.tab == "review":
        all_of_it = _matching(actor, replace(wanted, check=""), now)
        for kind in (PASSED, HINT, BLOCKED):
            rows = joined(select(PaymentItem.id)).where(*all_of_it, of_kind(kind, actor, now))
            parts.append(_capped(f"check:{kind}", rows))
    return {row.name: row.n for row in session.execute(union_all(*parts))}


def _capped(name: str, rows: Any) -> Any:
    inner = rows.limit(constant(CAP)).subquery()
    return select(literal(name).label("name"), func.count().label("n")).select_from(inner)


def matching_ids(
    session: Session, actor: Actor, wanted: PayFilter, *, now: datetime, blocked_too: bool = False
) -> list[int]:
    """Every payment the filter leaves, on whatever page: for exports, and without the blocked ones for "select all"."""
    statement = joined(select(PaymentItem.id)).where(*_matching(actor, wanted, now))
    if wanted.tab == "review" and not blocked_too:
        statement = statement.where(~of_kind(BLOCKED, actor, now))
    return list(session.execute(statement.order_by(PaymentItem.id)).scalars())


def payment_rows(
    session: Session, actor: Actor, item_ids: Sequence[int], *, now: datetime, calendar: WorkingCalendar
) -> list[PaymentRow]:
    """Named payments in the order of their ids; those out of sight are left out."""
    statement = columns(actor, now).where(among(PaymentItem.id, item_ids), visible_cases(actor))
    found = session.execute(statement.order_by(PaymentItem.id)).all()
    return make_rows(session, found, actor, now=now, calendar=calendar)


def bounced_rows(
    session: Session, actor: Actor, *, now: datetime, calendar: WorkingCalendar, limit: int = 200
) -> list[PaymentRow]:
    """Bounced payments, the longest waiting first."""
    statement = columns(actor, now).where(in_state("bounced"), visible_cases(actor))
    found = session.execute(statement.order_by(PaymentItem.since, PaymentItem.id).limit(limit)).all()
    return with_other_accounts(session, make_rows(session, found, actor, now=now, calendar=calendar))
