"""Asking for help: a request to my specialist, in my own words."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar, fresh_key, my_id, today
from concierge.queries.portal_cases import open_matters
from concierge.queries.portal_home import about_me
from concierge.rules.care import CATEGORIES, Channel, offered
from concierge.rules.roles import Role
from concierge.services.care import LONGEST_TEXT, CareWish, register_care
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, TextAreaField
from concierge.web.permits import permit


class HelpForm(Form):
    """What one needs."""

    category = SelectField(_("What is it about?"), choices=[], validate_choice=False)
    text = TextAreaField(
        _("What do you need?"),
        description=_("One or two sentences are enough; your specialist will call you if something is unclear."),
        render_kw={"rows": 4, "maxlength": LONGEST_TEXT, "required": True},
    )
    private = TextAreaField(
        _("Health or family details"),
        description=_("Sealed: only your own specialist can read this, and every reading is written down for you."),
        validators=[Optional()],
        render_kw={"rows": 2, "maxlength": LONGEST_TEXT},
    )
    urgent = BooleanField(_("It is urgent, I need an answer today"))
    guardian_consent = BooleanField(
        _("It is about my child, and I agree as guardian that these details are used for it")
    )
    care_consent = BooleanField(_("I agree that my specialist keeps these health and family details, sealed"))

    def offer(self) -> None:
        """Fill the list of subjects, group by group."""
        self.category.choices = {
            str(group): [(category.code, str(category.label)) for category in categories]
            for group, categories in offered()
        }


@bp.get("/help")
@permit(Role.EXPERT)
def help() -> Response:
    """My specialist, my open requests, and the form for a new one."""
    asked = request.args.get("about", "")
    return _show(HelpForm(category=asked if asked in CATEGORIES else None))


@bp.post("/help")
@permit(Role.EXPERT)
def ask_for_help() -> Response:
    """Register the request; the specialist is told at once."""
    form = HelpForm()
    wish = CareWish(
        category=form.category.data or "",
        text=form.text.data or "",
        channel=Channel.PORTAL,
        urgent=bool(form.urgent.data),
        private_note=form.private.data or "",
        guardian_consent=bool(form.guardian_consent.data),
        care_consent=bool(form.care_consent.data),
    )
    try:
        case_id = register_care(
            door.session,
            actor=door.actor,
            now=door.now,
            keys=door.keys,
            expert_id=my_id(),
            wish=wish,
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _show(form, status=422)
    door.say(_("Your request has been registered and your specialist has been told."))
    return redirect(url_for("portal.matter", case_id=case_id))


def _show(form: HelpForm, status: int = 200) -> Response:
    form.offer()
    matters = open_matters(door.session, person_id=my_id(), now=door.now, calendar=calendar(), kinds=("care_request",))
    return door.render(
        "pages/portal/help_ask.html",
        status=status,
        me=about_me(door.session, my_id(), today()),
        matters=matters,
        form=form,
        key=fresh_key(),
        has_errors=status == 422,
    )
