"""My recognition: the certificate I hold, an application under way, applying for a category, and the talent code."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import fresh_key, my_id, today
from concierge.documents.codes import code_svg
from concierge.queries.certificates import own_recognitions, standing_of
from concierge.queries.recognitions import categories_in_force, criteria_in_force
from concierge.rules.roles import Role
from concierge.rules.talent import KINDS
from concierge.rules.talent_codes import LIFE, make_code
from concierge.services.recognitions import Application, start_recognition
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, TextAreaField, as_choices
from concierge.web.permits import permit


class MyApplicationForm(Form):
    """What I apply for, and why."""

    category = SelectField(_("Category applied for"), validate_choice=False)
    recruitment = SelectField(
        _("Kind of recruitment"), choices=as_choices([(kind.code, kind.label) for kind in KINDS]), validate_choice=False
    )
    grounds = TextAreaField(
        _("Grounds of the application"),
        description=_("Degree, title, honour or post by which you meet the category."),
        render_kw={"rows": 4, "maxlength": 2000, "required": True},
    )


@bp.route("/recognition", methods=["GET", "POST"])
@permit(Role.EXPERT)
def recognition() -> Response:
    """What I hold and what is under way; applying opens a draft to which papers are added."""
    form, status = MyApplicationForm(), 200
    form.category.choices = as_choices([("", _("Please choose")), *categories_in_force(door.session, today())])
    if request.method == "POST":
        given = {name: value or "" for name, value in form.given().items()}
        try:
            made = start_recognition(
                door.session,
                actor=door.actor,
                now=door.now,
                application=Application(person_id=my_id(), **given),
                key=door.request_key(),
            )
        except Refusal as wrong:
            form.take_errors(wrong)
            status = 422 if isinstance(wrong, Invalid) else 409
        else:
            door.say(_("The application is prepared. Add what papers are missing, then hand it in."))
            return redirect(url_for("portal.matter", case_id=made))
    return door.render(
        "pages/portal/recognition_show.html",
        status=status,
        mine=own_recognitions(door.session, person_id=my_id(), today=today()),
        form=form,
        criteria=criteria_in_force(door.session, today()),
        key=fresh_key(),
        has_errors=status != 200,
    )


@bp.get("/talent-code")
@permit(Role.EXPERT)
def talent_code() -> Response:
    """A fresh code to show; it is computed, so that looking at this page keeps nothing."""
    standing = standing_of(door.session, person_id=my_id(), today=today())
    token = make_code(door.keys, district_id=door.actor.district_id, person_id=my_id(), now=door.now)
    answer = door.render(
        "pages/portal/talent_code.html",
        standing=standing,
        code=code_svg(url_for("public.talent_code", token=token, _external=True)) if standing is not None else "",
        seconds=int(LIFE.total_seconds()),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
