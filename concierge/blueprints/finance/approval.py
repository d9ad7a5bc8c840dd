"""The lists of the finance office: to prepare, to approve, to batch, held, done; with the budget above them."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.card import CardView, card_view
from concierge.blueprints.finance.staff import FINANCE, calendar, chosen, chosen_ids, fresh_key
from concierge.queries.batches import running_batch
from concierge.queries.budgets import Line
from concierge.queries.finance import PayFilter, PayList, matching_ids, payment_list
from concierge.queries.payment_rows import PaymentRow
from concierge.queries.proposals import proposed_lines
from concierge.rules.money import in_words
from concierge.rules.roles import Role
from concierge.services.budgets import prepare_proposed
from concierge.services.steps import Wanted, step_named, take_steps
from concierge.web.doors import door
from concierge.web.permits import permit

TITLES = {
    "prepare": _("To prepare"),
    "review": _("To approve"),
    "batching": _("To batch"),
    "held": _("Held"),
    "done": _("Done"),
}


@dataclass(frozen=True)
class Shown:
    """A finance list with its addresses and what is ticked."""

    page: PayList
    ticked: frozenset[int]
    everything: bool
    card: CardView
    proposed: dict[int, Line]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The year's budget lines, as the card above has them."""
        return self.card.card.lines

    def url(self, **changes: Any) -> str:
        """The address of this list with some things changed."""
        words: dict[str, Any] = self.page.wanted.params(**changes)
        return url_for("finance.approval", **words)

    @property
    def ticks(self) -> bool:
        """Whether the person may tick rows of this tab."""
        role = {"prepare": Role.FINANCE_MAKER, "batching": Role.FINANCE_MAKER, "review": Role.FINANCE_CHECKER}
        wanted = role.get(self.page.wanted.tab)
        return wanted is not None and door.actor.has(wanted)

    def blocked(self, row: PaymentRow) -> bool:
        """Whether a row cannot be ticked."""
        return self.page.wanted.tab == "review" and bool(row.verdict.reasons)

    @property
    def sum_fen(self) -> int:
        """The sum of the ticked rows on this page."""
        return sum(row.amount_fen for row in self.page.rows if row.id in self.ticked)

    @property
    def words(self) -> str:
        """The same in words."""
        return in_words(self.sum_fen)


def first_tab() -> str:
    """Where the person begins: preparers with what has no line, payers with what is approved."""
    if door.actor.has(Role.FINANCE_CHECKER):
        return "review"
    return "prepare" if door.actor.has(Role.FINANCE_MAKER) else "batching"


@bp.get("")
@permit(*FINANCE)
def approval() -> Response:
    """A tab of the finance office."""
    wanted = PayFilter.read(request.args, tab=first_tab())
    shown = _shown(wanted)
    running = running_batch(door.session, door.actor, now=door.now, calendar=calendar())
    return door.render(
        "pages/finance/approval_list.html",
        shown=shown,
        card=shown.card,
        running=running,
        titles=TITLES,
        key=fresh_key(),
    )


def _shown(wanted: PayFilter) -> Shown:
    session, actor = door.session, door.actor
    page = payment_list(session, actor, wanted, now=door.now, calendar=calendar())
    everything = bool(request.args.get("all"))
    passing = frozenset(row.id for row in page.rows if not row.verdict.reasons)
    ticked = passing if wanted.tab == "review" and actor.has(Role.FINANCE_CHECKER) else frozenset[int]()
    if everything:
        ticked = frozenset(row.id for row in page.rows if wanted.tab != "review" or row.id in passing)
    card = card_view(ticked if wanted.tab == "review" else ())
    proposed: dict[int, Line] = {}
    if wanted.tab == "prepare":
        by_id = {line.id: line for line in card.card.lines}
        found = proposed_lines(session, [row.id for row in page.rows], door.now)
        proposed = {item: by_id[line] for item, line in found.items() if line in by_id}
    return Shown(page, ticked, everything, card, proposed)


@bp.get("/selection")
@permit(*FINANCE)
def selection() -> Response:
    """The budget card and the sum in words for the ticked rows, counted by the server."""
    ids = chosen_ids()
    card = card_view(ids)
    return door.render("bits/finance/budget_card.html", card=card, words=in_words(card.card.total("selected")))


def everything_asked() -> bool:
    """Whether the whole list is meant, on whatever page its rows are."""
    return bool(request.form.get("everything"))


def asked_ids() -> list[int]:
    """The ticked rows, or every row of the filter."""
    if not everything_asked():
        return chosen_ids()
    return matching_ids(door.session, door.actor, PayFilter.read(request.form), now=door.now)


@bp.post("/prepare")
@permit(Role.FINANCE_MAKER)
def prepare() -> Response:
    """Name the budget line of the ticked payments: the proposed one for each, or one for all."""
    wanted = [Wanted(i) for i in asked_ids()] if everything_asked() else chosen()
    line = request.form.get("budget_line", "")
    if line:
        step = step_named("payment_item", "prepare")
        report = take_steps(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            wanted=wanted,
            given={"budget_line": _known_line(line)},
            key=door.request_key(),
        )
    else:
        report = prepare_proposed(door.session, actor=door.actor, now=door.now, wanted=wanted, key=door.request_key())
    if report.moved:
        door.say(_("%(n)s payments have a budget line and wait for approval.", n=len(report.moved)))
    for reasons in {tuple(reasons) for reasons in report.held.values()}:
        held = sum(tuple(each) == reasons for each in report.held.values())
        words = "; ".join(str(reason.text) for reason in reasons)
        door.say(_("%(n)s payments were left as they are: %(why)s", n=held, why=words), kind="warn")
    return redirect(url_for("finance.approval", tab="prepare"))


def _known_line(text: str) -> str:
    try:
        return public_id(parse_id(text))
    except NotFound:
        return ""
