"""Recognition at the desk: the applications and certificates one may see, an application on behalf, its papers."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Text, _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS, fresh_key, the_desk
from concierge.queries.case_page import case_page
from concierge.queries.experts import ExpertFilter, expert_list, expert_named
from concierge.queries.recognitions import TABS, categories_in_force, criteria_in_force, recognitions
from concierge.rules.roles import Role
from concierge.rules.talent import KINDS
from concierge.services.documents import Upload
from concierge.services.recognitions import Application, hand_in_paper, start_recognition
from concierge.web.doors import door
from concierge.web.forms import FileField, Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

READERS = (*SPECIALISTS, Role.TALENT_OFFICE, Role.EMPLOYER)
AGENTS = (*SPECIALISTS, Role.EMPLOYER)
TITLES: dict[str, Text] = {
    "open": _("Under way"),
    "held": _("Certificates in force"),
    "ending": _("Ending within 60 days"),
    "over": _("Ended"),
}
ACCEPT = "image/jpeg,image/png,application/pdf,.jpg,.jpeg,.png,.pdf,.docx,.xlsx"


class ApplicationForm(Form):
    """An application, as somebody enters it for an expert."""

    category = SelectField(_("Category applied for"), validate_choice=False)
    recruitment = SelectField(
        _("Kind of recruitment"), choices=as_choices([(kind.code, kind.label) for kind in KINDS]), validate_choice=False
    )
    grounds = TextAreaField(
        _("Grounds of the application"),
        description=_("Degree, title, honour or post by which the category is met."),
        render_kw={"rows": 4, "maxlength": 2000, "required": True},
    )
    authorisation = StringField(
        _("Authorisation of the agent"),
        description=_("How the expert asked for it: paper shown, or call and date."),
        render_kw={"maxlength": 500, "required": True},
    )


class GivenForm(Form):
    """One paper: which, and the file."""

    code = SelectField(_("Paper"), validate_choice=False)
    file = FileField(_("Photo or file"), render_kw={"accept": ACCEPT, "required": True})


@bp.get("/recognitions", endpoint="recognitions")
@permit(*READERS)
def recognition_list() -> Response:
    """Applications and certificates, by where they stand."""
    tab = request.args.get("tab", "open")
    after = request.args.get("after")
    page = recognitions(
        door.session,
        the_desk(unit=True),
        tab if tab in TABS else "open",
        _today(),
        after=parse_id(after) if after else None,
    )
    return door.render("pages/desk/recognition_list.html", page=page, titles=TITLES, may_apply=door.actor.has(*AGENTS))


def _today() -> Any:
    return local_date(door.now, the_desk(unit=True).calendar.zone)


def _expert_id() -> int | None:
    try:
        return parse_id(request.values.get("expert", ""))
    except NotFound:
        return None


@bp.route("/recognitions/new", methods=["GET", "POST"])
@permit(*AGENTS)
def new_recognition() -> Response:
    """First the expert, then the application on his behalf."""
    expert_id = _expert_id()
    if expert_id is None:
        wanted = ExpertFilter.read(request.args)
        found = expert_list(door.session, actor=door.actor, now=door.now, wanted=wanted)
        return door.render("pages/desk/recognition_expert.html", found=found, wanted=wanted)
    form, status = ApplicationForm(), 200
    form.category.choices = as_choices([("", _("Please choose")), *categories_in_force(door.session, _today())])
    if request.method == "POST":
        try:
            made = start_recognition(
                door.session,
                actor=door.actor,
                now=door.now,
                application=Application(
                    person_id=expert_id, **{name: value or "" for name, value in form.given().items()}
                ),
                key=door.request_key(),
            )
        except Refusal as wrong:
            form.take_errors(wrong)
            status = 422 if isinstance(wrong, Invalid) else 409
        else:
            door.say(_("The application is prepared. Add what papers are missing, then hand it in."))
            return redirect(url_for("desk.recognition_papers", case_id=made))
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    return door.render(
        "pages/desk/recognition_new.html",
        status=status,
        form=form,
        criteria=criteria_in_force(door.session, _today()),
        card=card,
        expert=public_id(expert_id),
        key=fresh_key(),
        has_errors=status != 200,
    )


@bp.route("/cases/<ident:case_id>/recognition-papers", methods=["GET", "POST"])
@permit(*AGENTS)
def recognition_papers(case_id: int) -> Response:
    """The papers of an application: what is there, what is missing, and handing one in for the expert."""
    desk = the_desk(unit=True)
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=desk.calendar)
    if page.kind != "recognition":
        raise NotFound()
    form, status = GivenForm(), 200
    form.code.choices = as_choices([(paper.code, paper.name) for paper in page.papers])
    if request.method == "POST":
        try:
            hand_in_paper(
                door.session,
                actor=door.actor,
                now=door.now,
                storage=door.storage,
                recognition_id=case_id,
                code=form.code.data or "",
                upload=_upload(),
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The paper has been handed in."))
            return redirect(url_for("desk.recognition_papers", case_id=case_id))
    return door.render(
        "pages/desk/recognition_papers.html", status=status, page=page, form=form, has_errors=status != 200
    )


def _upload() -> Upload:
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid.because("required", _("Please take a photo or choose a file."), "file")
    return Upload(given.filename, given.read())
