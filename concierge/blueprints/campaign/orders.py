"""Dispatch orders: the list, a new one in one screen, and the page of one order."""

from collections.abc import Callable
from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    BUREAUS,
    RAISERS,
    READERS,
    asked_id,
    chosen_id,
    done,
    fresh_key,
    none_yet,
    the_campaign,
    today,
    whole_number,
)
from concierge.queries.campaigns import expert_choices, fields, host_choices, own_fields
from concierge.queries.candidates import SHOWN, Candidate, candidates, offers_of
from concierge.queries.dispatch_orders import VIEWS, OrderFilter, OrderPage, order_list, order_page, view_counts
from concierge.rules.dispatch import ActivityKind, Done, OrderChannel
from concierge.rules.host_links import host_token
from concierge.rules.roles import Role
from concierge.services import field_service as service
from concierge.services.dispatch import LONGEST_NEED, Need, name_members, raise_order, remove_member
from concierge.services.later_members import confirm_members
from concierge.services.offers import OPEN_TO_OFFERS, answer_for_expert, offer_order
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

LONGEST_TITLE = 200
TABS = {
    "todo": _("For the bureau to do"),
    "out": _("With experts and hosts"),
    "over": _("Finished orders"),
    "all": _("All orders"),
}


class OrderForm(Form):
    """A need, as it is heard on the telephone: what, for whom, until when."""

    field = SelectField(_("Field"), validate_choice=False)
    host = SelectField(_("Host unit or village"), validate_choice=False)
    need = TextAreaField(
        _("What is needed"),
        description=_("In the words of the one who asks."),
        render_kw={"rows": 3, "maxlength": LONGEST_NEED, "required": True},
    )
    caller = StringField(_("Who asks"), description=_("A name to ask for; the village's own number is known."))
    place = StringField(_("Where"), description=_("The plot, the farm, the classroom."))
    starts_on = StringField(_("Needed from"), render_kw={"type": "date"})
    half_days = StringField(_("Length in half days"), render_kw={"inputmode": "numeric"})
    channel = RadioField(_("How did it come in?"), validate_choice=False)


def _month(text: str) -> str:
    try:
        return date.fromisoformat(f"{text}-01").isoformat()[:7]
    except ValueError:
        return ""


@bp.get("/orders")
@permit(*READERS)
def orders() -> Response:
    """The orders of one's bureau, host unit, or the whole district."""
    view = request.args.get("view", "todo")
    wanted = OrderFilter(
        view if view in VIEWS else "todo", asked_id("field"), _month(request.args.get("month", "")), asked_id("before")
    )
    counts, known = view_counts(door.session, door.actor), fields(door.session)
    tabs = [
        {"text": text, "url": url_for("campaign.orders", view=name), "current": name == wanted.view}
        | ({"count": counts[name]} if name in counts else {})
        for name, text in TABS.items()
    ]
    return door.render(
        "pages/campaign/order_list.html",
        page=order_list(door.session, actor=door.actor, wanted=wanted),
        wanted=wanted,
        tabs=tabs,
        fields=[(public_id(row.id), row.name) for row in known],
        may_raise=bool(known) and door.actor.has(*RAISERS),
        today=today(),
    )


@bp.route("/orders/new", methods=["GET", "POST"])
@permit(*RAISERS)
def new_order() -> Response:
    """Write down a need; the bureau of the field has it at once."""
    if (none := none_yet()) is not None:
        return none
    campaign, form, status = the_campaign(), OrderForm(), 200
    known = own_fields(door.session, door.actor) if door.actor.has(*BUREAUS) else fields(door.session)
    unsaid = [("", _("Please choose"))] if len(known) > 1 else []
    form.field.choices = as_choices([*unsaid, *((public_id(row.id), row.name) for row in known)])
    form.host.choices = as_choices([("", _("Please choose")), *host_choices(door.session, door.actor)])
    form.channel.choices = as_choices([(c.value, c.label) for c in _channels()])
    if request.method == "POST":
        try:
            need = _need(form, campaign.id)
            made = raise_order(door.session, actor=door.actor, now=door.now, need=need, key=door.request_key())
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The order is raised; the bureau of the field has it now."))
            return redirect(url_for("campaign.order", order_id=made))
    else:
        form.channel.data, form.half_days.data = _channels()[0].value, "1"
        form.starts_on.data = today().isoformat()
    return door.render(
        "pages/campaign/order_new.html",
        status=status,
        form=form,
        campaign=campaign,
        key=fresh_key(),
        has_errors=status != 200,
    )


def _channels() -> tuple[OrderChannel, ...]:
    if door.actor.has(*BUREAUS):
        return OrderChannel.PHONE, OrderChannel.PLAN, OrderChannel.PAGE
    return OrderChannel.REPORTER, OrderChannel.PAGE


def _need(form: OrderForm, campaign_id: int) -> Need:
    channel, length = form.channel.data or "", form.half_days.data or ""
    return Need(
        campaign_id=campaign_id,
        field_id=chosen_id(form.field.data, "field", _("Please choose a field of the campaign.")),
        host_unit_id=chosen_id(form.host.data, "host", _("Please choose a unit of this district.")),
        need=form.need.data or "",
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
        half_days=int(length) if length.isascii() and length.isdigit() and len(length) < 4 else 0,
        place=(form.place.data or "")[:200],
        caller=(form.caller.data or "")[:60],
        channel=OrderChannel(channel) if channel in [c.value for c in _channels()] else _channels()[0],
    )


@bp.get("/orders/<ident:order_id>")
@permit(*READERS)
def order(order_id: int) -> Response:
    """One order: the need, who goes, what was done, and the next step."""
    page = order_page(door.session, actor=door.actor, now=door.now, order_id=order_id)
    may_name = door.actor.has(Role.TALENT_OFFICE) or page.bureau_id in door.actor.units(Role.SECTOR)
    choices = expert_choices(door.session, page.field_id) if may_name and page.state_name != "cancelled" else []
    named = {public_id(member.expert_id) for member in page.members}
    return door.render(
        "pages/campaign/order_show.html",
        page=page,
        choices=[choice for choice in choices if choice[0] not in named],
        may_name=may_name,
        may_confirm=door.actor.has(*RAISERS) and any(member.is_unconfirmed for member in page.members),
        ranking=_ranking(page) if may_name and page.state_name in OPEN_TO_OFFERS else [],
        offers=offers_of(door.session, order_id),
        link=_host_link(page) if may_name and page.state_name == "served" else "",
        key=fresh_key(),
        here=url_for("campaign.order", order_id=order_id),
        may_note=may_name and page.state_name == "served",
        kinds=[("", _("Please choose")), *((each.value, each.label) for each in ActivityKind)],
    )


def _ranking(page: OrderPage) -> list[Candidate]:
    """The best candidates, for an order that nobody is named for."""
    return candidates(door.session, page)[:SHOWN] if not page.members else []


def _host_link(page: OrderPage) -> str:
    """The link by which the host answers without an account."""
    district = door.actor.district_id
    token = host_token(door.keys, district_id=district, order_id=page.id, serves=page.serves)
    return url_for("public.host", token=token, _external=True)


@bp.post("/orders/<ident:order_id>/members")
@permit(*BUREAUS)
def name_member(order_id: int) -> Response:
    """Name somebody who goes with the order."""
    expert = asked_id("expert")
    chosen = [expert] if expert is not None else []
    return _changed(
        order_id,
        lambda: name_members(door.session, actor=door.actor, now=door.now, order_id=order_id, expert_ids=chosen),
    )


@bp.post("/orders/<ident:order_id>/members/<ident:expert_id>/removal")
@permit(*BUREAUS)
def drop_member(order_id: int, expert_id: int) -> Response:
    """Take somebody off the order, with a reason."""
    reason = request.form.get("reason", "")[:500]
    return _changed(
        order_id,
        lambda: remove_member(
            door.session, actor=door.actor, now=door.now, order_id=order_id, expert_id=expert_id, reason=reason
        ),
    )


@bp.post("/orders/<ident:order_id>/members/confirmation", endpoint="confirm_members")
@permit(*RAISERS)
def confirm_later_members(order_id: int) -> Response:
    """Confirm for the host whoever was named after its confirmation."""
    return _changed(order_id, lambda: confirm_members(door.session, actor=door.actor, now=door.now, order_id=order_id))


@bp.post("/orders/<ident:order_id>/done", endpoint="note_done")
@permit(*BUREAUS)
def note_what_was_done(order_id: int) -> Response:
    """Write down how much was done, before the host confirms it."""

    def note() -> None:
        kind = {each.value: each for each in ActivityKind}.get(request.form.get("kind", ""))
        if kind is None:
            raise Invalid.because("kind", _("Please choose"), "kind")
        amount = whole_number(request.form.get("amount"))
        what = Done(kind, amount, request.form.get("title", "").strip()[:LONGEST_TITLE])
        service.note_done(
            door.session, actor=door.actor, now=door.now, order_id=order_id, done=what, key=door.request_key()
        )

    return _changed(order_id, note)


@bp.post("/orders/<ident:order_id>/done/<ident:activity_id>/removal")
@permit(*BUREAUS)
def strike_done(order_id: int, activity_id: int) -> Response:
    """Strike out what was written down wrongly."""
    return _changed(
        order_id,
        lambda: service.strike_done(
            door.session, actor=door.actor, now=door.now, order_id=order_id, activity_id=activity_id
        ),
    )


@bp.post("/orders/<ident:order_id>/offers")
@permit(*BUREAUS)
def offer(order_id: int) -> Response:
    """Ask the ticked candidates, or the best ones, and dispatch."""
    chosen = [parse_id(each) for each in request.form.getlist("expert")]
    return _changed(
        order_id,
        lambda: offer_order(
            door.session,
            actor=door.actor,
            now=door.now,
            order_id=order_id,
            version=door.version(),
            expert_ids=chosen,
        ),
    )


@bp.post("/orders/<ident:order_id>/offers/<ident:expert_id>")
@permit(*BUREAUS)
def answer_offer(order_id: int, expert_id: int) -> Response:
    """Write down what an expert answered on the telephone."""
    return _changed(
        order_id,
        lambda: answer_for_expert(
            door.session,
            actor=door.actor,
            now=door.now,
            order_id=order_id,
            expert_id=expert_id,
            accepts=request.form.get("answer") == "accept",
            cause=request.form.get("cause", "")[:500],
        ),
    )


def _changed(order_id: int, change: Callable[[], object]) -> Response:
    done(change, _("Written down; the figures follow."))
    return redirect(url_for("campaign.order", order_id=order_id))
