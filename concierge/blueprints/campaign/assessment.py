"""The annual assessment with every deduction and its appeal, and the negative list as two persons keep it."""

from collections.abc import Callable
from functools import partial

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import year_or
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    CONCERNED,
    WATCHERS,
    as_sent,
    chosen_id,
    done,
    today,
    whole_number,
    written,
)
from concierge.queries.assessments import assessments
from concierge.queries.negative_items import items_in_force, items_page
from concierge.rules.assessment import Item
from concierge.rules.roles import Role
from concierge.services.assessment_years import close_year
from concierge.services.findings import APPELLANTS, appeal, decide_appeal
from concierge.services.negative_items import answer_item, propose_item
from concierge.services.negative_list import NewDeduction, deduct
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

NUMBER = {"inputmode": "numeric"}


class DeductionForm(Form):
    """A deduction that people decide."""

    unit = SelectField(_("Unit"), validate_choice=False)
    item = SelectField(_("Item of the negative list"), validate_choice=False)
    number = StringField(
        _("Number of the matter"),
        description=_("The finding, complaint or other case in which it came out."),
        render_kw={"required": True},
    )
    evidence = TextAreaField(_("Evidence"), render_kw={"rows": 3, "required": True})


class ItemForm(Form):
    """What an item of the negative list is to say."""

    code = StringField(
        _("Code"),
        description=_("The code of an item on the list changes that item; left empty, a new item gets the next one."),
        render_kw={"autocapitalize": "none"},
    )
    name_zh = StringField(_("Chinese name"), render_kw={"required": True})
    name_en = StringField(_("English name"))
    points = StringField(_("Points deducted"), description=_("Whole points."), render_kw=NUMBER)
    months = StringField(_("Months it counts"), description=_("Left empty: to the end of the year."), render_kw=NUMBER)
    is_veto = BooleanField(_("Fails the year whatever the score"))
    is_used = BooleanField(_("On the list"))
    basis = TextAreaField(_("Basis"), description=_("Document number and date."), render_kw={"required": True})


@bp.route("/assessment", methods=["GET", "POST"])
@permit(*CONCERNED)
def assessment() -> Response:
    """Scores and grades of the year, with every deduction; the talent office enters one that people decide."""
    year = year_or(request.args.get("year", ""), today().year)
    rows, form = assessments(door.session, actor=door.actor, year=year, today=today()), DeductionForm()
    units = [(public_id(row.unit_id), row.unit) for row in rows]
    form.unit.choices = as_choices([("", _("Please choose")), *units])
    by_hand = [held for held in items_in_force(door.session).values() if held.is_by_hand]
    form.item.choices = as_choices([(held.item.code, held.name) for held in by_hand])
    if request.method == "POST" and written(form, partial(_deduction, form), _("Written down; the unit is told.")):
        return redirect(url_for("campaign.assessment"))
    return door.render(
        "pages/campaign/assessment_list.html",
        year=year,
        rows=rows,
        form=form,
        may_decide=door.actor.has(Role.TALENT_OFFICE),
        may_watch=door.actor.has(*WATCHERS),
        own=door.actor.units(),
        may_close=door.actor.has(Role.TALENT_OFFICE) and year < today().year,
        **as_sent(),
    )


def _deduction(form: DeductionForm) -> None:
    deduction = NewDeduction(
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        item=form.item.data or "",
        number=form.number.data or "",
        evidence=form.evidence.data or "",
    )
    deduct(door.session, actor=door.actor, now=door.now, deduction=deduction)


@bp.post("/assessment/closing")
@permit(Role.TALENT_OFFICE)
def close_assessment() -> Response:
    """Close a year that is over: what it told stays, later corrections stand beside it."""
    year = whole_number(request.form.get("year"))
    return _done(lambda: close_year(door.session, actor=door.actor, now=door.now, year=year), year)


@bp.post("/assessment/<ident:record_id>/appeal")
@permit(*APPELLANTS)
def appeal_record(record_id: int) -> Response:
    """Appeal against a deduction; it does not count until it is decided."""
    words = request.form.get("words", "")
    return _done(lambda: appeal(door.session, actor=door.actor, now=door.now, record_id=record_id, words=words))


@bp.post("/assessment/<ident:record_id>/decision")
@permit(Role.TALENT_OFFICE)
def decide_record(record_id: int) -> Response:
    """Uphold the deduction or lift it, with the reason."""
    upheld, words = request.form.get("answer") != "lift", request.form.get("decision", "")
    return _done(
        lambda: decide_appeal(
            door.session, actor=door.actor, now=door.now, record_id=record_id, upheld=upheld, decision=words
        )
    )


def _done(act: Callable[[], object], year: int | None = None) -> Response:
    done(act, _("Written down; the score follows."))
    return redirect(url_for("campaign.assessment", year=year))


@bp.get("/assessment/items")
@permit(*CONCERNED)
def negative_items() -> Response:
    """The items of the negative list, those proposed, and every version there was."""
    return _items(ItemForm())


def _items(form: ItemForm, status: int = 200) -> Response:
    page = items_page(door.session, door.actor)
    if status == 200:
        form.is_used.data, form.points.data = True, "1"
        asked = request.args.get("code", "")
        for held in (held for held in page.in_force if held.item.code == asked):
            form.process(obj=held.item)
            form.months.data = form.months.data or ""
    return door.render("pages/campaign/negative_items.html", status, page=page, form=form, has_errors=status != 200)


@bp.post("/assessment/items")
@permit(Role.TALENT_OFFICE)
def set_negative_item() -> Response:
    """Propose what an item is to say, or answer what a colleague proposed."""
    form = ItemForm()
    try:
        if "proposal" in request.form:
            accept, proposal = request.form.get("answer") == "confirm", parse_id(request.form["proposal"])
            answer_item(door.session, actor=door.actor, now=door.now, proposal_id=proposal, accept=accept)
            door.say(_("Answered; the list of today is shown above."))
        else:
            propose_item(door.session, actor=door.actor, now=door.now, item=_item(form))
            door.say(_("Proposed. It counts once a second person has confirmed it."))
    except Invalid as wrong:
        form.take_errors(wrong)
        return _items(form, 422)
    except Refusal as refused:
        door.say_why(refused, "warn")
    return redirect(url_for("campaign.negative_items"))


def _item(form: ItemForm) -> Item:
    months = (form.months.data or "").strip()
    return Item(
        code=(form.code.data or "").strip(),
        name_zh=form.name_zh.data or "",
        name_en=form.name_en.data or "",
        points=whole_number(form.points.data),
        basis=form.basis.data or "",
        is_veto=bool(form.is_veto.data),
        months=whole_number(months) if months else None,
        is_used=bool(form.is_used.data),
    )
