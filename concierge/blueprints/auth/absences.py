"""Being away and standing in: one's absences, and acting for somebody who is away."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.formats import parse_date, parse_money
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.auth import bp
from concierge.queries.absences import absence_page, who_may_be_away, who_may_stand_in
from concierge.rules.roles import Role
from concierge.rules.standing_in import Cover
from concierge.services import absences, standing_in
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, as_choices
from concierge.web.permits import permit

STAFF = tuple(role for role in Role if role not in (Role.EXPERT, Role.SYSTEM))


class AbsenceForm(Form):
    """Who is away, from when to when, who stands in."""

    account_id = SelectField(_("Who is away"), validate_choice=False)
    starts_on = StringField(_("From"), render_kw={"type": "date", "required": True})
    ends_on = StringField(_("Until"), render_kw={"type": "date", "required": True})
    deputy_id = SelectField(_("Deputy"), validate_choice=False, render_kw={"required": True})
    covers = SelectField(_("What the deputy takes over"), choices=as_choices([(c.value, c.label) for c in Cover]))
    cap = StringField(
        _("Up to which amount (yuan)"),
        description=_("Empty: any amount. What is above it is decided by the fallback."),
        render_kw={"inputmode": "decimal"},
    )
    fallback_id = SelectField(
        _("Fallback"),
        validate_choice=False,
        description=_("Does what the deputy does not cover or may not decide, and everything while he is away too."),
        render_kw={"required": True},
    )
    reason = StringField(_("Reason"), description=_("Only you and whoever keeps absences can read it."))


@bp.get("/absences", endpoint="absences")
@permit(*STAFF)
def list_() -> Response:
    """My absences, for whom I may act today, and those I keep for others."""
    page = absence_page(door.session, door.actor, local_date(door.now, SHANGHAI))
    return door.render("pages/auth/absence_list.html", page=page)


@bp.route("/absences/new", methods=["GET", "POST"])
@permit(*STAFF)
def new_absence() -> Response:
    """Register an absence with deputy and fallback."""
    today = local_date(door.now, SHANGHAI)
    form = AbsenceForm()
    form.account_id.choices = as_choices(who_may_be_away(door.session, door.actor, today))
    others = [("", _("Please choose")), *who_may_stand_in(door.session, door.actor, today)]
    form.deputy_id.choices = form.fallback_id.choices = as_choices(others)
    if request.method == "POST":
        try:
            absences.save_absence(door.session, actor=door.actor, now=door.now, wish=_wish(form))
            door.say(_("The absence is registered. Deputy and fallback have been told."))
            return redirect(url_for("auth.absences"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/auth/absence_new.html", status=status, form=form)


def _wish(form: AbsenceForm) -> absences.AbsenceWish:
    wrong: list[Reason] = []
    cap = None
    try:
        cap = parse_money(form.cap.data, "cap") if form.cap.data else None
    except Invalid as error:
        wrong += error.reasons
    days = []
    for field in ("starts_on", "ends_on"):
        try:
            days.append(parse_date(form[field].data or "", field))
        except Invalid as error:
            wrong += error.reasons
    text = _("Please choose somebody with a duty in this district.")
    wrong += [
        Reason("nobody", text, field) for field in ("deputy_id", "fallback_id") if _ident(form[field].data) is None
    ]
    if wrong:
        raise Invalid(*wrong)
    return absences.AbsenceWish(
        account_id=_ident(form.account_id.data) or door.actor.account_id,
        deputy_id=_ident(form.deputy_id.data),
        fallback_id=_ident(form.fallback_id.data),
        starts_on=days[0],
        ends_on=days[1],
        covers=_cover(form.covers.data),
        cap_fen=cap,
        reason=form.reason.data or "",
    )


def _cover(typed: str | None) -> Cover:
    try:
        return Cover(typed or "")
    except ValueError:
        raise Invalid(Reason("covers", _("Please choose what the deputy takes over."), "covers")) from None


def _ident(typed: str | None) -> int | None:
    try:
        return parse_id(typed or "")
    except NotFound:
        return None


@bp.post("/absences/<ident:absence_id>/end")
@permit(*STAFF)
def end_absence(absence_id: int) -> Response:
    """Back again: the absence ends at once."""
    absences.end_absence(door.session, actor=door.actor, now=door.now, absence_id=absence_id)
    door.say(_("The absence has ended. What is undecided is with its owner again."))
    return redirect(url_for("auth.absences"))


@bp.post("/absences/act-for")
@permit(*STAFF)
def act_for() -> Response:
    """Work for somebody who is away, until I say otherwise or the absence ends."""
    wanted = _ident(request.form.get("account"))
    if wanted is None:
        raise NotFound()
    standing_in.act_for(door.session, actor=door.actor, now=door.now, token=door.token, for_account=wanted)
    return redirect("/")


@bp.post("/absences/act-for-myself")
@permit(*STAFF)
def act_for_myself() -> Response:
    """Work for myself again."""
    standing_in.act_for(door.session, actor=door.actor, now=door.now, token=door.token, for_account=None)
    return redirect("/")
