"""My data: what I agree to, purpose by purpose, what I ask about it, and a copy of everything."""

import base64
import io
from typing import Any

from flask import redirect, request, send_file, url_for
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from concierge.basics.errors import Invalid
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar, my_id, today
from concierge.queries.consents import consents_of
from concierge.queries.data_requests import RequestRow, own_copy, own_requests
from concierge.rules.data_requests import ERASURES, WRITTEN, Wish
from concierge.rules.roles import Role
from concierge.services.consents import answer, answer_as_guardian
from concierge.services.data_requests import LONGEST, TABLE, ask
from concierge.services.privacy import unseal
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, TextAreaField, as_choices
from concierge.web.permits import permit

ASKABLE = (*WRITTEN, *ERASURES)


class AskForm(Form):
    """What I ask about my data."""

    wish = SelectField(
        _("Asked for"), choices=as_choices([(wish.value, wish.label) for wish in ASKABLE]), validate_choice=False
    )
    words = TextAreaField(
        _("What is asked"),
        validators=[Optional()],
        description=_("Not needed for a deletion."),
        render_kw={"rows": 3, "maxlength": LONGEST},
    )


@bp.get("/my-data")
@permit(Role.EXPERT)
def my_data() -> Response:
    """What I agree to and what stops when I take it back; what I asked, and what was answered."""
    return _show(AskForm())


@bp.post("/my-data/requests")
@permit(Role.EXPERT)
def ask_about_data() -> Response:
    """Ask for a copy of everything, for a correction, or for an explanation."""
    form = AskForm()
    wish, words = form.wish.data or "", form.words.data or ""
    try:
        ask(door.session, actor=door.actor, now=door.now, keys=door.keys, wish=wish, words=words)
    except Invalid as wrong:
        form.take_errors(wrong)
        return _show(form, status=422)
    is_copy = wish == Wish.COPY.value
    door.say(_("The copy is being made; it is ready in a minute.") if is_copy else _("Your request is written down."))
    return redirect(url_for("portal.my_data"))


@bp.get("/my-data/copies/<ident:request_id>")
@permit(Role.EXPERT)
def data_copy(request_id: int) -> Response:
    """My finished copy, opened with my own key."""
    key, data_key = own_copy(door.session, person_id=my_id(), request_id=request_id)
    package = base64.b64decode(unseal(door.keys, data_key, TABLE, "copy", request_id, door.storage.get(key)))
    answer = send_file(
        io.BytesIO(package), mimetype="application/zip", as_attachment=True, download_name="my-data.zip", etag=False
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _show(form: AskForm, status: int = 200) -> Response:
    own: dict[str, Any] = {"person_id": my_id(), "now": door.now, "calendar": calendar()}
    asked = [(row, _read(row)) for row in own_requests(door.session, **own)]
    waits = any(row.wish is Wish.COPY and row.state == "open" for row, _answer in asked)
    consents = consents_of(door.session, person_id=my_id(), today=today())
    page = {"consents": consents, "asked": asked, "waits": waits, "form": form, "has_errors": status == 422}
    return door.render("pages/portal/my_data.html", status=status, **page)


def _read(row: RequestRow) -> str:
    """The answer in plain words, which only its owner reads here."""
    if row.answer_sealed is None or row.data_key is None:
        return ""
    return unseal(door.keys, row.data_key, TABLE, "answer", row.id, row.answer_sealed)


@bp.post("/my-data/consents")
@permit(Role.EXPERT)
def answer_consent() -> Response:
    """Give or withdraw one consent; with `child`, as the guardian of that child."""
    given, child = request.form.get("answer") == "yes", request.form.get("child", "")
    own: dict[str, Any] = {"actor": door.actor, "now": door.now, "person_id": my_id(), "given": given}
    if child:
        answer_as_guardian(door.session, **own, relative_id=parse_id(child))
    else:
        answer(door.session, **own, purpose=request.form.get("purpose", ""))
    done = _("Your consent is written down.") if given else _("Your consent is withdrawn; everything else goes on.")
    door.say(done)
    return redirect(url_for("portal.my_data"))
