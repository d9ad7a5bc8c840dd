"""Requests about one's own data: what waits for an answer, and the answer."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.queries.data_requests import RequestRow, one_request, requests_to_answer
from concierge.services.calendars import calendar_of
from concierge.services.data_requests import ERASERS, LONGEST, TABLE, decide, erase
from concierge.services.privacy import unseal
from concierge.web.doors import door
from concierge.web.forms import Form, StringField, TextAreaField
from concierge.web.permits import permit


class AnswerForm(Form):
    """What the person is answered."""

    answer = TextAreaField(
        _("Answer"),
        description=_("What was done, or why it is refused. The person reads this."),
        render_kw={"rows": 5, "maxlength": LONGEST, "required": True},
    )
    basis = StringField(_("Legal basis of a refusal"), description=_("Document number and article."))


@bp.get("/data-requests")
@permit(*FILE_READERS)
def data_requests() -> Response:
    """What waits for an answer, the nearest limit first."""
    calendar = calendar_of(door.session, door.actor.district_id)
    rows = requests_to_answer(door.session, actor=door.actor, now=door.now, calendar=calendar)
    return door.render("pages/desk/data_request_list.html", rows=rows)


@bp.route("/data-requests/<ident:request_id>", methods=["GET", "POST"])
@permit(*FILE_READERS)
def data_request(request_id: int) -> Response:
    """One request; answered or refused here."""
    calendar = calendar_of(door.session, door.actor.district_id)
    row = one_request(door.session, actor=door.actor, now=door.now, calendar=calendar, request_id=request_id)
    form, status = AnswerForm(), 200
    if request.method == "POST":
        try:
            _decide(row, form, granted=request.form.get("decision") == "done")
        except Invalid as refused:
            form.take_errors(refused)
            status = 422
        else:
            door.say(_("The person can read the answer now."))
            return redirect(url_for("desk.data_requests"))
    may_erase = door.actor.has(*ERASERS)
    page = {
        "row": row,
        "may_erase": may_erase,
        "words": _open(row, "words"),
        "answer": _open(row, "answer"),
        "has_errors": status != 200,
    }
    return door.render("pages/desk/data_request_show.html", status=status, form=form, **page)


def _decide(row: RequestRow, form: AnswerForm, *, granted: bool) -> None:
    own: dict[str, Any] = {"actor": door.actor, "now": door.now, "keys": door.keys, "request_id": row.id}
    if granted and row.is_erasure:
        erase(door.session, **own, storage=door.storage)
    else:
        answer, basis = form.answer.data or "", form.basis.data or ""
        decide(door.session, **own, granted=granted, answer=answer, basis=basis)


def _open(row: RequestRow, part: str) -> str:
    sealed = row.words_sealed if part == "words" else row.answer_sealed
    if sealed is None or row.data_key is None:
        return ""
    return unseal(door.keys, row.data_key, TABLE, part, row.id, sealed)
