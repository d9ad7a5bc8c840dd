"""Budget lines: the year at a glance, one line with every movement and posting, and two persons for each change."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.formats import parse_money, year_or
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.card import card_view, line_bar
from concierge.blueprints.finance.past import Asked, asked_day
from concierge.blueprints.finance.staff import (
    BUDGET_READERS,
    FINANCE,
    calendar,
    confirms,
    fresh_key,
    sheet,
    wants_sheet,
)
from concierge.documents.finance_lists import budget_xlsx
from concierge.queries.budget_ledger import line_page
from concierge.queries.budgets import (
    budget_lines,
    lines_with_proposals,
    passed_of,
    policy_groups,
    unit_of,
    units_prepared_for,
    years,
)
from concierge.queries.money_at import Then, then
from concierge.queries.year_closing import closed_lines, year_end
from concierge.rules.purses import movement_named
from concierge.rules.roles import Role
from concierge.services import budgets
from concierge.services.year_closing import TAKEN_BACK
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, StringField, TextAreaField
from concierge.web.permits import permit

KINDS = {
    budgets.APPROPRIATION: _("Appropriation"),
    budgets.ADJUSTMENT: _("Adjustment"),
    budgets.CARRY_OVER: _("Carried over from a closed year"),
    TAKEN_BACK: _("Taken back at the closing of the year"),
    budgets.REFUSED: _("Refused"),
}


class LineForm(Form):
    """A new budget line; its money comes by a movement that a second person confirms."""

    year = StringField(_("Year"), render_kw={"inputmode": "numeric", "maxlength": "4"})
    number = StringField(_("Number of the indicator"))
    name_zh = StringField(_("Name in Chinese"))
    name_en = StringField(_("Name in English"))
    document = StringField(_("Document"), description=_("Document number of the appropriation."))
    function_class = StringField(_("Function class"), description=_("For example 2080116."))
    economic_class = StringField(_("Economic class"), description=_("For example 30305."))
    unit = SelectField(_("Paying unit"), validate_choice=False)
    groups = SelectMultipleField(
        _("For the policies"),
        description=_("None ticked: for any policy this unit pays."),
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class MovementForm(Form):
    """Money for a line."""

    kind = RadioField(_("Kind"), validate_choice=False)
    amount = StringField(
        _("Amount (yuan)"),
        description=_("An adjustment may take away: write a minus before the amount."),
        render_kw={"inputmode": "decimal"},
    )
    from_line = SelectField(
        _("From the closed line"),
        description=_("Only for money carried over from a closed year."),
        validate_choice=False,
    )
    basis = TextAreaField(_("Basis"), description=_("Document number and date."))


@bp.get("/budget.xlsx")
@bp.get("/budget")
@permit(*BUDGET_READERS)
def budget() -> Response:
    """The lines of a year, and on a past day also what was on its way then."""
    known, asked = years(door.session, door.actor) or [local_date(door.now, SHANGHAI).year], asked_day()
    year = year_or(request.args.get("year", ""), asked.day.year if asked.day else known[0])
    lines = budget_lines(door.session, door.actor, year, until=asked.until)
    if wants_sheet():
        return sheet(budget_xlsx(lines), f"budget-{year}")
    today = asked.day or local_date(door.now, SHANGHAI)
    return door.render(
        "pages/finance/budget_list.html",
        status=422 if asked.error else 200,
        asked=asked,
        then=_then(asked),
        lines=[(line, line_bar(line)) for line in lines],
        proposed=lines_with_proposals(door.session, [line.id for line in lines]),
        card=card_view(),
        years=known,
        year=year,
        may_open=door.actor.has(Role.FINANCE_MAKER),
        pace=passed_of(year, today),
        year_end=year_end(door.session, door.actor, today=today, calendar=calendar()),
        may_look_at_closing=door.actor.has(*FINANCE),
    )


def _then(asked: Asked) -> Then | None:
    if asked.until is None:
        return None
    return then(door.session, door.actor, asked.until, state=request.args.get("state", ""))


@bp.route("/budget/new", methods=["GET", "POST"])
@permit(Role.FINANCE_MAKER)
def new_line() -> Response:
    """Open a budget line."""
    form = LineForm()
    units = units_prepared_for(door.session, door.actor)
    form.unit.choices = [SelectChoice(public_id(unit), str(name)) for unit, name in units]
    form.groups.choices = [SelectChoice(group, str(names)) for group, names in policy_groups(door.session).items()]
    if request.method == "POST":
        try:
            line_id = budgets.add_line(
                door.session,
                actor=door.actor,
                now=door.now,
                year=_year(form.year.data or ""),
                number=form.number.data or "",
                name_zh=form.name_zh.data or "",
                name_en=form.name_en.data or "",
                document=form.document.data or "",
                function_class=form.function_class.data or "",
                economic_class=form.economic_class.data or "",
                unit_id=_unit(form.unit.data or ""),
                policy_groups=form.groups.data or [],
            )
            return redirect(url_for("finance.budget_line", line_id=line_id))
        except Refusal as wrong:
            form.take_errors(wrong)
            return door.render("pages/finance/budget_new.html", status=422, form=form, has_errors=True)
    form.year.data = str(local_date(door.now, SHANGHAI).year)
    return door.render("pages/finance/budget_new.html", form=form)


def _year(text: str) -> int:
    year = year_or(text, 0)
    if not year:
        raise Invalid.because("year", _("Write the year with four digits."), "year")
    return year


def _unit(text: str) -> int:
    try:
        return parse_id(text)
    except NotFound:
        raise Invalid.because("unit", _("Choose the paying unit."), "unit") from None


@bp.get("/budget/<ident:line_id>")
@permit(*BUDGET_READERS)
def budget_line(line_id: int) -> Response:
    """A line with its movements and postings."""
    return _line(line_id, _movement_form(line_id))


def _movement_form(line_id: int) -> MovementForm:
    form = MovementForm()
    form.kind.choices = [SelectChoice(kind, str(KINDS[kind])) for kind in budgets.KINDS]
    closed = closed_lines(door.session, door.actor, unit_of(door.session, line_id))
    form.from_line.choices = [SelectChoice("", "—"), *(SelectChoice(public_id(i), words) for i, words in closed)]
    if not form.kind.data:
        form.kind.data = budgets.APPROPRIATION
    return form


def _line(line_id: int, form: MovementForm, status: int = 200) -> Response:
    before, asked = request.args.get("before", ""), asked_day()
    page = line_page(door.session, door.actor, line_id, before=parse_id(before) if before else None, until=asked.until)
    return door.render(
        "pages/finance/budget_show.html",
        status=422 if asked.error else status,
        asked=asked,
        page=page,
        form=form,
        bar=line_bar(page.line),
        groups=policy_groups(door.session),
        kinds=KINDS,
        key=fresh_key(),
        movement_named=movement_named,
        has_errors=status != 200,
    )


@bp.post("/budget/<ident:line_id>/movements")
@permit(Role.FINANCE_MAKER)
def propose(line_id: int) -> Response:
    """Propose an appropriation or adjustment."""
    form = _movement_form(line_id)
    try:
        typed = (form.amount.data or "").strip().replace("−", "-")
        fen = parse_money(typed.removeprefix("-"), "amount") * (-1 if typed.startswith("-") else 1)
        budgets.propose_movement(
            door.session,
            actor=door.actor,
            now=door.now,
            line_id=line_id,
            kind=form.kind.data or "",
            amount_fen=fen,
            basis=form.basis.data or "",
            from_line_id=_closed_line(form.from_line.data or ""),
            key=request.form.get("key") or None,
        )
    except Refusal as wrong:
        form.take_errors(wrong)
        return _line(line_id, form, 422)
    door.say(_("Proposed. It counts once a second person has confirmed it."))
    return redirect(url_for("finance.budget_line", line_id=line_id))


def _closed_line(text: str) -> int | None:
    try:
        return parse_id(text) if text else None
    except NotFound:
        return None


@bp.post("/budget/<ident:line_id>/movements/<ident:proposal_id>")
@permit(Role.FINANCE_CHECKER)
def answer(line_id: int, proposal_id: int) -> Response:
    """The second person's answer to a proposal."""
    try:
        act = budgets.confirm_movement if confirms() else budgets.refuse_movement
        act(door.session, actor=door.actor, now=door.now, proposal_id=proposal_id)
        door.say(_("Answered; the line shows it."))
    except Refusal as refused:
        door.say_why(refused, "warn")
    return redirect(url_for("finance.budget_line", line_id=line_id))
