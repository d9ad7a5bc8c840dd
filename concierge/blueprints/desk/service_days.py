"""Days of service of one expert: what each brought, and what is entered by hand because no order brings it."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import parse_date, parse_money
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.queries.entries import day_items_of, days_of_expert
from concierge.queries.experts import expert_named
from concierge.services.service_days import Day, record_days
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, as_choices
from concierge.web.permits import permit


class DayForm(Form):
    """What was given for a day, such as a night's lodging at cost."""

    item = SelectField(_("What it is for"), validate_choice=False)
    on = StringField(_("Day"), render_kw={"type": "date", "required": True})
    cost = StringField(
        _("What it cost (yuan)"),
        description=_("Where it is paid at cost: up to the ceiling of the policy."),
        render_kw={"inputmode": "decimal"},
    )


@bp.route("/experts/<ident:expert_id>/service-days", methods=["GET", "POST"])
@permit(*FILE_READERS)
def service_days(expert_id: int) -> Response:
    """What days of service brought an expert; the specialist enters what no order brings."""
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    items = day_items_of(door.session, actor=door.actor, today=local_date(door.now, SHANGHAI))
    form, status = DayForm(), 200
    form.item.choices = as_choices(items)
    if request.method == "POST":
        try:
            _enter(form, expert_id, {key for key, _label in items})
        except Refusal as refused:
            form.take_errors(refused)
            status = 422 if isinstance(refused, Invalid) else 409
        else:
            door.say(_("Written down; it is claimed like any benefit."))
            return redirect(url_for("desk.service_days", expert_id=expert_id))
    return door.render(
        "pages/desk/expert_service_days.html", status=status, card=card, form=form, may_enter=bool(items),
        days=days_of_expert(door.session, expert_id), has_errors=status != 200,
    )  # fmt: skip


def _enter(form: DayForm, expert_id: int, known: set[str]) -> None:
    if form.item.data not in known:
        raise Invalid.because("day_wrong", _("Please choose what it is for."), "item")
    policy, _colon, item = (form.item.data or "").partition(":")
    cost = parse_money(form.cost.data, "cost") if form.cost.data else None
    day = Day(parse_date(form.on.data or "", "on"), item, cost_fen=cost)
    record_days(
        door.session, actor=door.actor, now=door.now, person_id=expert_id, policy_id=parse_id(policy), days=(day,)
    )
