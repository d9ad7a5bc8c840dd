"""Registering a care request: for whom, about what, how urgent."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS, fresh_key
from concierge.queries.experts import ExpertFilter, expert_list, expert_named
from concierge.rules.care import CATEGORIES, Channel, offered
from concierge.services.care import CareWish, register_care
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

CHANNELS = (Channel.PHONE, Channel.VISIT, Channel.ON_BEHALF)


class CareForm(Form):
    """What is asked, by whom, how soon."""

    category = SelectField(_("What is it about?"), validate_choice=False)
    text = TextAreaField(_("What is asked"), description=_("In the expert's own words. The expert can read it."))
    channel = RadioField(
        _("How did it come in?"), choices=as_choices([(c.value, c.label) for c in CHANNELS]), validate_choice=False
    )
    authorisation = StringField(
        _("Authorisation of the agent"),
        description=_("Only when somebody asks on behalf: name, paper shown, date."),
    )
    urgent = BooleanField(_("Urgent: to be answered today"))
    promised = SelectField(
        _("Promised limit"),
        choices=as_choices(
            [
                ("", _("By the rule of its kind")),
                ("0", _("Today")),
                ("1", _("Next working day")),
                ("2", _("In two working days")),
            ]
        ),
        validate_choice=False,
        description=_("Consultation and help: 3 working days at most; suggestions and complaints: 13."),
    )
    private_note = TextAreaField(
        _("Health or family note"),
        description=_("Sealed; only the assigned specialist can read it. Leave it empty if it is not needed."),
    )
    care_consent = BooleanField(
        _("The expert has agreed separately that this note is kept"),
        description=_("Needed once, before the first note."),
    )
    guardian_consent = BooleanField(
        _("The guardian has given separate consent"), description=_("Needed for requests about a child.")
    )


def _choices() -> list[tuple[str, Any]]:
    return [(c.code, _("%(group)s: %(kind)s", group=group, kind=c.label)) for group, kinds in offered() for c in kinds]


def _form() -> CareForm:
    form = CareForm()
    form.category.choices = as_choices([("", _("Please choose")), *_choices()])
    if request.method == "GET":
        form.channel.data = Channel.PHONE.value
    return form


def _expert_id() -> int | None:
    try:
        return parse_id(request.values.get("expert", ""))
    except NotFound:
        return None


@bp.route("/cases/new-care", methods=["GET", "POST"])
@permit(*SPECIALISTS)
def new_care() -> Response:
    """First the expert, then the request."""
    expert_id = _expert_id()
    if expert_id is None:
        wanted = ExpertFilter.read(request.args)
        found = expert_list(door.session, actor=door.actor, now=door.now, wanted=wanted.or_mine())
        heading = _("New care request")
        return door.render(
            "pages/desk/care_expert.html", found=found, wanted=wanted, heading=heading, way="desk.new_care"
        )
    form, status = _form(), 200
    if request.method == "POST":
        try:
            case_id = register_care(
                door.session,
                actor=door.actor,
                now=door.now,
                keys=door.keys,
                expert_id=expert_id,
                wish=_wish(form),
                key=door.request_key(),
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The request is registered. You own it until a unit has signed for it."))
            return redirect(url_for("desk.case", case_id=case_id))
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    return door.render(
        "pages/desk/care_new.html",
        status=status,
        form=form,
        card=card,
        expert=public_id(expert_id),
        key=fresh_key(),
        private=[c.code for c in CATEGORIES.values() if c.is_private],
        has_errors=status != 200,
    )


def _wish(form: CareForm) -> CareWish:
    channel, promised = form.channel.data or "", form.promised.data or ""
    return CareWish(
        category=form.category.data or "",
        text=form.text.data or "",
        channel=Channel(channel) if channel in [c.value for c in CHANNELS] else Channel.PHONE,
        urgent=bool(form.urgent.data),
        promised=int(promised) if promised in ("0", "1", "2") else None,
        private_note=form.private_note.data or "",
        authorisation=form.authorisation.data or "",
        guardian_consent=bool(form.guardian_consent.data),
        care_consent=bool(form.care_consent.data),
    )
