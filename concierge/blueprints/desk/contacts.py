"""The care calendar of a specialist, the contacts of one expert, and the record of one visit."""

import io
from calendar import Calendar
from collections.abc import Container
from datetime import date

from flask import redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS, SPECIALISTS, fresh_key
from concierge.documents.letters import letter_docx, letter_pdf, letter_words
from concierge.queries.contacts import DueRow, contacts_of, month_of, record_of
from concierge.queries.entries import occasions_of
from concierge.queries.experts import expert_named
from concierge.rules.attachments import MEDIA_TYPES
from concierge.rules.cadence import Contact, Occasion
from concierge.services.archives import template_for
from concierge.services.contacts import Touch, record_contact
from concierge.services.occasions import record_event
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

FILES = {"pdf": "PDF", "docx": "Word"}
OF_A_PERIOD = (Occasion.MONTHLY, Occasion.QUARTERLY)


class ContactForm(Form):
    """A contact, and what an occasion brings under a policy by event, as the care fund."""

    way = RadioField(
        _("How you were in touch"),
        choices=as_choices([(way.value, way.label) for way in Contact]),
        validate_choice=False,
    )
    on = StringField(_("Day"), render_kw={"type": "date"})
    words = TextAreaField(
        _("What was talked about"),
        render_kw={"rows": 3},
        description=_("No health or family details: those belong into a care request, sealed for the specialist."),
    )
    wish = StringField(_("What was asked for"))
    occasion = SelectField(_("Occasion that brings something"), validate_choice=False)


@bp.get("/contacts")
@permit(*SPECIALISTS)
def contacts() -> Response:
    """What is due with one's own experts in a month; nothing here is counted against anybody."""
    today = local_date(door.now, SHANGHAI)
    first = _month(request.args.get("month", ""), today)
    rows = month_of(door.session, actor=door.actor, first=first)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    dated = [row for row in rows if row.due.occasion not in OF_A_PERIOD]
    on_days = {day: [row for row in dated if row.due.day == day] for week in weeks for day in week}
    return door.render(
        "pages/desk/contact_list.html",
        first=first,
        weeks=weeks,
        on_days=on_days,
        periods=[(occasion, *_progress(rows, occasion)) for occasion in OF_A_PERIOD],
        waiting=[row for row in rows if not row.due.is_done],
        before=_shift(first, -1),
        after=_shift(first, 1),
        today=today,
        key=fresh_key(),
    )


def _month(typed: str, today: date) -> date:
    try:
        return parse_date(f"{typed}-01", "month") if typed else today.replace(day=1)
    except Invalid:
        return today.replace(day=1)


def _shift(first: date, months: int) -> str:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"


def _progress(rows: list[DueRow], occasion: Occasion) -> tuple[int, int]:
    """How many of a period's contacts were made, of how many."""
    mine = [row.due.is_done for row in rows if row.due.occasion is occasion]
    return sum(mine), len(mine)


@bp.route("/experts/<ident:expert_id>/contacts", methods=["GET", "POST"])
@permit(*FILE_READERS)
def expert_contacts(expert_id: int) -> Response:
    """The contacts with one expert; the specialist writes a new one down, with a tap or with words."""
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    today = local_date(door.now, SHANGHAI)
    occasions = occasions_of(door.session, actor=door.actor, today=today)
    form, status = ContactForm(), 200
    form.occasion.choices = as_choices([("", _("None")), *occasions])
    if request.method == "POST":
        try:
            _write(form, expert_id, today, {key for key, _label in occasions})
        except Refusal as refused:
            form.take_errors(refused)
            status = 422 if isinstance(refused, Invalid) else 409
        else:
            door.say(_("Written down. Thank you."))
            return redirect(door.back(url_for("desk.expert_contacts", expert_id=expert_id)))
    else:
        form.way.data, form.on.data = Contact.CALL.value, today.isoformat()
    rows = contacts_of(door.session, actor=door.actor, person_id=expert_id)
    may_write = door.actor.has(*SPECIALISTS)
    return door.render(
        "pages/desk/expert_contacts.html", status=status, card=card, rows=rows, form=form, may_write=may_write,
        has_occasions=bool(occasions), key=fresh_key(), has_errors=status != 200,
    )  # fmt: skip


def _write(form: ContactForm, expert_id: int, today: date, known: Container[str]) -> None:
    """The occasion first: where its policy refuses, nothing is written down."""
    on = parse_date(form.on.data, "on") if form.on.data else today
    if form.occasion.data in known and form.occasion.data:
        policy, _colon, event = form.occasion.data.partition(":")
        record_event(
            door.session, actor=door.actor, now=door.now, person_id=expert_id, policy_id=parse_id(policy),
            event=event, happened_on=on, key=door.request_key(),
        )  # fmt: skip
    touch = Touch(
        person_id=expert_id, way=form.way.data or "", on=on, words=form.words.data or "", wish=form.wish.data or ""
    )
    record_contact(door.session, actor=door.actor, now=door.now, touch=touch, key=door.request_key())


@bp.get("/contacts/<ident:contact_id>")
@permit(*FILE_READERS)
def contact(contact_id: int) -> Response:
    """The record of one contact, to print or as a file."""
    found = record_of(door.session, actor=door.actor, contact_id=contact_id)
    form = request.args.get("as", "")
    if form in ("pdf", "docx"):
        template = template_for(door.session, storage=door.storage, kind=found.kind)
        data = letter_pdf(found) if form == "pdf" else letter_docx(found, template)
        name = f"{found.file_name}.{form}"
        return send_file(
            io.BytesIO(data), mimetype=MEDIA_TYPES[form], as_attachment=True, download_name=name, etag=False
        )
    back, words, by = url_for("desk.contacts"), letter_words(found), door.account.name
    files = [(name, f"{request.path}?as={ending}") for ending, name in FILES.items()]
    return door.render("print/letter.html", letter=found, words=words, back=back, files=files, printed_by=by)
