"""The case page: every kind of case, every role of the district's staff."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Text, _, current_language
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import (
    FILE_READERS,
    LIST_OWNERS,
    SPECIALISTS,
    STAFF,
    SUPERVISING,
    fresh_key,
    is_unit_staff,
    list_endpoint,
    the_desk,
)
from concierge.engine.declare import FLOWS
from concierge.engine.draw import draw
from concierge.queries.case_page import CasePage, case_page
from concierge.queries.course import Stop
from concierge.queries.filters import WorkFilter
from concierge.queries.invoices import invoices_of
from concierge.queries.neighbours import Neighbours, neighbours
from concierge.rules.purposes import Purpose
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.documents import READERS as PAPER_READERS
from concierge.services.materials import LONGEST_NOTE
from concierge.services.supervision_sheets import KINDS as SUPERVISED_KINDS
from concierge.web.charts import Part, clock_bar
from concierge.web.doors import door
from concierge.web.forms import Form, StringField, TextAreaField
from concierge.web.invoices import InvoiceForm, take_invoice
from concierge.web.permits import permit
from concierge.web.shell import first_page

COLOURS = ("f1", "f2", "f3", "f4", "f5")
SOURCES = {
    "expert": _("handed in by the expert"),
    "specialist": _("handed in for the expert"),
    "shared": _("shared by a department"),
    "employer": _("from the employer"),
    "exempt": _("need not be handed in"),
    "given_before": _("given before, used again"),
}
SORTS = {"all": _("All"), "flow": _("Moves"), "talk": _("Talk"), "system": _("System")}


class NoteForm(Form):
    """Words on a case: a note for colleagues, or for the expert to read."""

    text = TextAreaField(_("Write a note"), id="composer-text")
    visibility = StringField(default="inner")


@dataclass(frozen=True)
class Line:
    """A stop of the step line in the form of the macro."""

    state: str
    text: Text
    line: str
    extra: str
    loop: str | bool


@bp.get("/cases/<ident:case_id>")
@permit(*STAFF)
def case(case_id: int) -> Response:
    """One case. Out of scope it does not exist."""
    return show_case(case_id)


@bp.post("/cases/<ident:case_id>/invoices")
@permit(Role.SPECIALIST, Role.SPECIALIST_LEAD)
def enter_case_invoice(case_id: int) -> Response:
    """Enter an invoice of an expert's claim for him, or take one out."""
    wrong = take_invoice(case_id)
    return show_case(case_id, invoice=wrong) if wrong is not None else redirect(url_for("desk.case", case_id=case_id))


def show_case(case_id: int, *, invoice: InvoiceForm | None = None, note: NoteForm | None = None) -> Response:
    """The page of a case; with a form that was refused it keeps what was typed."""
    calendar = calendar_of(door.session, door.actor.district_id)
    page = case_page(
        door.session,
        actor=door.actor,
        case_id=case_id,
        now=door.now,
        calendar=calendar,
        sort=request.args.get("tl", "all"),
    )
    came_from = request.args.get("from", "")
    is_wrong = invoice is not None or note is not None
    return door.render(
        "pages/desk/case_show.html",
        422 if is_wrong else 200,
        page=page,
        invoices=invoices_of(door.session, case_id) if page.kind == "claim" else None,
        invoice_form=invoice or InvoiceForm(formdata=None),
        may_enter=door.actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        note=note,
        has_errors=is_wrong,
        lines=[step_line(stop) for stop in page.stops],
        drawing=_drawing(page.kind, page.state, _known(page), current_language()),
        clock=_clock_bar(page),
        clock_rows=_clock_rows(page),
        sorts=_sorts(page, came_from),
        near=_near(page, came_from),
        came_from=came_from,
        way_back=way_back(came_from),
        has_list=door.actor.has(*LIST_OWNERS),
        here=door.back(url_for("desk.case", case_id=case_id)) if is_wrong else request.full_path.rstrip("?"),
        key=fresh_key(),
        purposes=[(p.value, p.label) for p in Purpose],
        sources=SOURCES,
        longest_note=LONGEST_NOTE,
        may_read_papers=door.actor.has(*PAPER_READERS),
        may_supervise=page.is_open and page.kind in SUPERVISED_KINDS and door.actor.has(*SUPERVISING),
        may_open_file=door.actor.has(*FILE_READERS),
        paper_url=_paper_url(page),
    )


def _paper_url(page: CasePage) -> str:
    """Where papers of an application for recognition are handed in, for those who do that while it may be done."""
    changes = page.kind == "recognition" and page.state in ("draft", "correction", "submitted")
    may = changes and door.actor.has(*SPECIALISTS, Role.EMPLOYER)
    return url_for("desk.recognition_papers", case_id=page.id) if may else ""


def way_back(came_from: str) -> tuple[Text, str]:
    """The list one came from, with its conditions; the first page of those who have no list here."""
    if not door.actor.has(*LIST_OWNERS):
        return _("First page"), first_page(door.actor.roles)
    label = _("Work of our unit") if is_unit_staff() else _("My desk")
    return label, url_for(list_endpoint(), **WorkFilter.read(dict(parse_qsl(came_from))).params())


def _known(page: CasePage) -> tuple[str, ...]:
    return tuple(name for name in page.passed if name in FLOWS[page.kind].states)


@lru_cache(maxsize=512)
def _drawing(kind: str, state: str, passed: tuple[str, ...], language: str) -> Markup:
    return Markup(draw(FLOWS[kind], current=state, passed=passed, language=language))  # noqa: S704  drawn by the engine from escaped labels


def step_line(stop: Stop) -> Line:
    """A stop in words: when and who, how long against the promise, ways aside."""
    day = _short(stop.day)
    extra: Text | str = ""
    if stop.loops and stop.aside is not None:
        extra = _("%(what)s: %(n)s", what=stop.aside, n=stop.loops)
    elif stop.state == "now":
        extra = _elapsed(stop)
    elif stop.used is not None:
        extra = _("same day") if stop.used == 0 else _("working days: %(n)s", n=stop.used)
    elif stop.promised:
        extra = _("limit: %(n)s", n=stop.promised)
    when = _("since %(day)s", day=day) if stop.state == "now" and day else day
    line = " · ".join(part for part in (str(when), str(stop.who)) if part)
    late = stop.state == "now" and stop.promised is not None and (stop.used or 0) > stop.promised
    return Line(stop.state, stop.text, line, str(extra), "back" if stop.loops else late)


def _short(on: date | None) -> str:
    """A date in short; with its year when that is another one."""
    if on is None:
        return ""
    return on.isoformat()[5:] if on.year == local_date(door.now, SHANGHAI).year else on.isoformat()


def _elapsed(stop: Stop) -> Text:
    if stop.promised is None:
        return _("so far: %(n)s", n=stop.used or 0)
    return _("so far: %(n)s, promised: %(most)s", n=stop.used or 0, most=stop.promised)


def _clock_bar(page: CasePage) -> Markup:
    parts = []
    for at, party in enumerate(page.parties):
        if party.days:
            parts.append(Part(party.days, COLOURS[at % len(COLOURS)], f"{party.who} {party.days}"))
        if party.paused:
            parts.append(Part(party.paused, "f6", f"{party.who} {party.paused}"))
    counted = sum(party.days for party in page.parties)
    promised = page.promised_days if page.promised_days is not None else max(counted, 1)
    return clock_bar(parts, promised=promised, title=str(_("Working days with each party")))


def _clock_rows(page: CasePage) -> list[tuple[str, Any, Any]]:
    """The clock in figures, all in working days."""
    rows: list[tuple[str, Any, Any]] = []
    for here in page.stops:
        if here.state == "now" and here.promised is not None:
            rows.append(("", _("Limit of this step"), here.promised))
            rows.append(("", _("Used in this step"), here.used))
    if page.promised_days is not None:
        rows.append(("", _("Promised limit"), page.promised_days))
        rows.append(("", _("Counted against the limit"), page.used_days))
    spent = sum(party.days for party in page.parties)
    if page.promised_days is None or spent != page.used_days:
        # After the answer the case's own clock rests, while the rating and the closing still take their days.
        rows.append(("", _("With the parties in all"), spent))
    for at, party in enumerate(page.parties):
        if party.days:
            rows.append((COLOURS[at % len(COLOURS)], party.who, party.days))
        if party.paused:
            rows.append(("f6", _("Paused, with %(who)s", who=party.who), _("%(n)s, not counted", n=party.paused)))
    return rows


def _sorts(page: CasePage, came_from: str) -> list[dict[str, Any]]:
    found = []
    for name, text in SORTS.items():
        said: dict[str, Any] = {"tl": name} if name != "all" else {}
        said |= {"from": came_from} if came_from else {}
        url = url_for("desk.case", case_id=page.id, _anchor="timeline", **said)
        words = f"{text} {page.timeline.counts[name]}"
        found.append({"text": words, "url": url, "current": page.timeline.sort == name})
    return found


def _near(page: CasePage, came_from: str) -> dict[str, Any]:
    """The addresses of the cases before and after, when one came from a list."""
    if "from" not in request.args or not door.actor.has(*LIST_OWNERS):
        return {}
    wanted = WorkFilter.read(dict(parse_qsl(came_from)))
    found: Neighbours = neighbours(door.session, the_desk(unit=is_unit_staff()), wanted, page.place)

    def url(case_id: int | None) -> str:
        return url_for("desk.case", case_id=case_id) + "?" + urlencode({"from": came_from}) if case_id else ""

    return {
        "prev_url": url(found.earlier),
        "next_url": url(found.later),
        "at": found.at or "",
        "total": found.total,
    }
