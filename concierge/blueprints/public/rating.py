"""The page behind a rating link: five levels, what it is about, a few words. No account, no log-in, once."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.blueprints.public import bp
from concierge.queries.ratings import link_page
from concierge.services.ratings import rate_by_link
from concierge.services.steps import step_named
from concierge.web.doors import door
from concierge.web.forms import form_for
from concierge.web.permits import open_to_all


@bp.route("/r/<token>", methods=["GET", "POST"])
@open_to_all
def rate(token: str) -> Response:
    """Rate the answer to a request, once."""
    page, form, status = (
        link_page(door.session, keys=door.keys, token=token),
        form_for(step_named("care_request", "rate"))(),
        200,
    )
    if request.method == "POST" and page.may_rate:
        try:
            rate_by_link(door.session, keys=door.keys, token=token, now=door.now, given=form.given())
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            page = link_page(door.session, keys=door.keys, token=token)
    return door.render(
        "pages/public/rating_show.html", status=status, page=page, form=form, token=token, has_errors=status != 200
    )
