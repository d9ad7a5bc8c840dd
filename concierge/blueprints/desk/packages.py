"""A package asked for by the specialist, with the expert's authorisation."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS, fresh_key
from concierge.queries.experts import expert_named
from concierge.queries.packages import newest_package
from concierge.services.packages import open_package
from concierge.web.doors import door
from concierge.web.packages import package_form, policies_offered, wish_of
from concierge.web.permits import permit


@bp.route("/experts/<ident:expert_id>/package", methods=["GET", "POST"])
@permit(*SPECIALISTS)
def new_package(expert_id: int) -> Response:
    """The newest package of an expert in scope, and the form for another one."""
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    form, status = package_form(local_date(door.now, SHANGHAI)), 200
    if request.method == "POST":
        wish, key = wish_of(form, expert_id), door.request_key()
        try:
            made = open_package(door.session, actor=door.actor, now=door.now, wish=wish, key=key)
        except Refusal as refused:
            form.take_errors(refused)
            status = 422 if isinstance(refused, Invalid) else 409
        else:
            door.say(_("The package is opened; its parts stand beside it."))
            return redirect(url_for("desk.case", case_id=made))
    return door.render(
        "pages/desk/package_new.html",
        status=status,
        card=card,
        form=form,
        policies=policies_offered(),
        package=newest_package(door.session, person_id=expert_id),
        key=fresh_key(),
        has_errors=status != 200,
    )
