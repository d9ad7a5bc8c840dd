"""A person's deadlines for the calendar program of his choice, behind a secret link that he can end."""

from flask import make_response, url_for
from werkzeug.wrappers import Response

from concierge.basics.text import _
from concierge.blueprints.public import bp
from concierge.documents.icalendar import ICALENDAR
from concierge.documents.icalendar import calendar as written
from concierge.queries.calendar_feed import Entry, feed_of
from concierge.web.doors import door
from concierge.web.permits import open_to_all


@bp.get("/calendar/<token>")
@open_to_all
def calendar(token: str) -> Response:
    """Deadlines and due contacts: kind and number, no names, nothing of health."""
    feed = feed_of(door.session, token=token, now=door.now)
    pages = [(entry, _address(entry, is_expert=feed.is_expert)) for entry in feed.entries]
    name = _("Talent service: deadlines").in_language(feed.language)
    answer = make_response(written(pages, name=name, language=feed.language, now=door.now))
    answer.headers["Content-Type"] = ICALENDAR
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _address(entry: Entry, *, is_expert: bool) -> str:
    if entry.case_id is None:
        path = url_for("auth.account")
    else:
        path = f"/me/progress/{entry.case_id}" if is_expert else f"/cases/{entry.case_id}"
    return f"{door.settings.base_url}{path}"
