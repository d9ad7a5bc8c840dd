"""The host's page behind its one-time link: what was done, and two buttons. No account, no log-in."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.public import bp
from concierge.queries.field_service import host_page
from concierge.services.field_service import HostAnswer, answer_for_host
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, StringField, TextAreaField, as_choices
from concierge.web.permits import open_to_all

LEVELS = (
    ("5", _("Very satisfied")),
    ("4", _("Satisfied")),
    ("3", _("Fair")),
    ("2", _("Dissatisfied")),
    ("1", _("Very dissatisfied")),
)


class HostForm(Form):
    """What the host says."""

    name = StringField(_("Your name"), render_kw={"required": True, "maxlength": 40, "autocomplete": "name"})
    level = RadioField(_("How was it?"), validate_choice=False)
    words = TextAreaField(_("Anything to add?"), render_kw={"rows": 3, "maxlength": 1000})


@bp.route("/s/<token>", methods=["GET", "POST"])
@open_to_all
def host(token: str) -> Response:
    """Confirm and rate a service, or say that it did not take place; once."""
    page, form, status = host_page(door.session, keys=door.keys, token=token), HostForm(), 200
    form.level.choices = as_choices(LEVELS)
    if request.method == "POST" and page.state_name == "served":
        level = form.level.data or ""
        answer = HostAnswer(
            took_place=request.form.get("answer") != "no",
            name=(form.name.data or "")[:40],
            level=int(level) if level in dict(LEVELS) else None,
            words=(form.words.data or "")[:1000],
        )
        try:
            answer_for_host(door.session, keys=door.keys, token=token, now=door.now, answer=answer)
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            return door.render("pages/public/host_thanks.html", page=page, took_place=answer.took_place)
    return door.render(
        "pages/public/host_show.html", status=status, page=page, form=form, token=token, has_errors=status != 200
    )
