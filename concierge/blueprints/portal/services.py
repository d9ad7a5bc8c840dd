"""Field service on the phone: what I am asked to take, what I go on, and the record of it, entered once."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import fresh_key, my_id, today
from concierge.documents.codes import code_svg
from concierge.queries.field_service import Service, service_of, services_of
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.host_links import host_token
from concierge.rules.roles import Role
from concierge.services.field_service import Advice, record_service
from concierge.services.offers import LONGEST_CAUSE, decline_offer
from concierge.services.steps import step_named, take_step
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

LINES = 3
KINDS = as_choices([("", _("Nothing to count")), *((kind.value, kind.label) for kind in ActivityKind)])


def _kind() -> SelectField:
    return SelectField(_("What"), choices=KINDS, validate_choice=False)


def _amount() -> StringField:
    return StringField(_("Amount counted"), render_kw={"inputmode": "numeric", "maxlength": 8})


class ServiceForm(Form):
    """The record of a service: only the day is needed, everything else may be left empty."""

    served_on = StringField(_("Day of the service"), render_kw={"type": "date"})
    half_days = StringField(_("Length in half days"), render_kw={"inputmode": "numeric"})
    words = TextAreaField(_("What was done"), render_kw={"rows": 3, "maxlength": 2000})
    kind_1, kind_2, kind_3 = _kind(), _kind(), _kind()
    amount_1, amount_2, amount_3 = _amount(), _amount(), _amount()
    problem = StringField(_("Problem"), description=_("Only for written advice that the host keeps."))
    advice = TextAreaField(_("Advice"), render_kw={"rows": 3})
    inputs = StringField(_("Inputs and doses"))


class DeclineForm(Form):
    """Why one cannot go."""

    reason = StringField(_("Why not"), render_kw={"maxlength": LONGEST_CAUSE, "required": True})


@bp.get("/services")
@permit(Role.EXPERT)
def services() -> Response:
    """What I am asked, what I go on, what I have served."""
    return door.render(
        "pages/portal/service_list.html", page=services_of(door.session, person_id=my_id(), today=today())
    )


@bp.get("/services/<ident:order_id>")
@permit(Role.EXPERT)
def service(order_id: int) -> Response:
    """One order: where, for whom, and what is to be done with it."""
    return _show(service_of(door.session, person_id=my_id(), order_id=order_id))


def _show(
    order: Service, form: ServiceForm | None = None, status: int = 200, decline: DeclineForm | None = None
) -> Response:
    if form is None:
        form = ServiceForm(served_on=min(order.starts_on, today()).isoformat(), half_days=str(order.half_days))
    link = ""
    if order.state_name == "served" and order.is_lead:
        district = door.actor.district_id
        token = host_token(door.keys, district_id=district, order_id=order.id, serves=order.serves)
        link = url_for("public.host", token=token, _external=True)
    return door.render(
        "pages/portal/service_show.html",
        status=status,
        order=order,
        form=form,
        decline=decline or DeclineForm(formdata=None),
        lines=[(form[f"kind_{n}"], form[f"amount_{n}"]) for n in range(1, LINES + 1)],
        link=link,
        code=code_svg(link) if link else "",
        key=fresh_key(),
        has_errors=status != 200,
    )


@bp.post("/services/<ident:order_id>/acceptance")
@permit(Role.EXPERT)
def accept_service(order_id: int) -> Response:
    """Take the order; whoever comes first has it."""
    service_of(door.session, person_id=my_id(), order_id=order_id)
    take_step(
        door.session,
        actor=door.actor,
        now=door.now,
        step=step_named("dispatch_order", "accept"),
        case_id=order_id,
        version=door.version(),
        given={},
        key=door.request_key(),
    )
    door.say(_("Accepted. The host's number stands on this page."))
    return redirect(url_for("portal.service", order_id=order_id))


@bp.post("/services/<ident:order_id>/refusal")
@permit(Role.EXPERT)
def decline_service(order_id: int) -> Response:
    """Say why one cannot go; somebody else is asked."""
    order, form = service_of(door.session, person_id=my_id(), order_id=order_id), DeclineForm()
    try:
        decline_offer(door.session, actor=door.actor, now=door.now, order_id=order_id, cause=form.reason.data or "")
    except Refusal as wrong:
        form.take_errors(wrong)
        return _show(order, status=422 if isinstance(wrong, Invalid) else 409, decline=form)
    door.say(_("The bureau will ask somebody else."))
    return redirect(url_for("portal.services"))


@bp.post("/services/<ident:order_id>/record")
@permit(Role.EXPERT)
def record(order_id: int) -> Response:
    """Write the service down: the day, what was done and how much of it, advice if there was any."""
    order, form = service_of(door.session, person_id=my_id(), order_id=order_id), ServiceForm()
    try:
        record_service(
            door.session,
            actor=door.actor,
            now=door.now,
            order_id=order_id,
            version=door.version(),
            given=form.given(),
            done=_done(form),
            advice=_advice(form),
            key=door.request_key(),
        )
    except Refusal as wrong:
        form.take_errors(wrong)
        return _show(order, form, 422 if isinstance(wrong, Invalid) else 409)
    door.say(_("Written down. Show the host the code, or send the link: it confirms without an account."))
    return redirect(url_for("portal.service", order_id=order_id))


def _done(form: ServiceForm) -> list[Done]:
    known = {kind.value: kind for kind in ActivityKind}
    found = []
    for number in range(1, LINES + 1):
        kind, typed = known.get(form[f"kind_{number}"].data or ""), (form[f"amount_{number}"].data or "").strip()
        if kind is not None:
            found.append(Done(kind, int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0))
    return found


def _advice(form: ServiceForm) -> Advice | None:
    problem, advice, inputs = form.problem.data or "", form.advice.data or "", form.inputs.data or ""
    return Advice(problem, advice, inputs) if (problem + advice + inputs).strip() else None
