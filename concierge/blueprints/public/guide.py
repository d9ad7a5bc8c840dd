"""The policy guide and the publicity postings, readable and printable by everybody."""

from datetime import date
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.formats import parse_date
from concierge.blueprints.public import bp
from concierge.queries import guide as guides
from concierge.queries.guide_search import LONGEST, published_versions, search_guide
from concierge.queries.stages import stages_of
from concierge.web.doors import door
from concierge.web.permits import open_to_all

KEPT = 300  # seconds in which a copy of a guide page may be shown again


def _place() -> guides.Place:
    """The district read about: the one named, one's own, or the only one."""
    own = door.account.district_id if door.visitor is not None else None
    return guides.enter(door.session, code=request.args.get("district"), own=own)


def _day() -> tuple[date, date]:
    """The day whose rules are read, and today. Raises Invalid for what is no date."""
    today = local_date(door.now, SHANGHAI)
    typed = request.args.get("on", "").strip()
    return (parse_date(typed, "on") if typed else today), today


@bp.get("/public/guide")
@open_to_all
def guide() -> Response:
    """Every policy in force on a day, or those that fit what was typed."""
    place, (day, today) = _place(), _day()
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST]
    return _shown(
        "pages/public/guide_list.html",
        place=place,
        places=guides.places(door.session),
        lines=() if text else guides.guide_list(door.session, today=day),
        hits=search_guide(door.session, text=text, today=day),
        text=text,
        day=day,
        today=today,
    )


@bp.get("/public/guide/<ident:policy_id>")
@open_to_all
def policy(policy_id: int) -> Response:
    """One policy as it holds on a day: who, how much, which papers, through whose hands, within which limits."""
    place, (day, today) = _place(), _day()
    page = guides.guide_of(door.session, policy_id=policy_id, today=day)
    return _shown(
        "pages/public/guide_show.html",
        place=place,
        page=page,
        stages=stages_of("claim", page.stages),
        versions=published_versions(door.session, policy_id),
        day=day,
        today=today,
    )


def _shown(template: str, **values: Any) -> Response:
    """A page with nothing personal in it: for visitors a copy may be kept for a while, in each language."""
    is_kept = door.visitor is None
    answer = door.render(template, is_kept=is_kept, **values)
    if is_kept:
        answer.cache_control.public, answer.cache_control.max_age = True, KEPT
        answer.add_etag()
        answer.make_conditional(request)
    return answer


@bp.get("/public/postings")
@open_to_all
def postings() -> Response:
    """The publicity postings that run today."""
    place = _place()
    today = local_date(door.now, SHANGHAI)
    lines = guides.postings(door.session, today=today)
    return door.render("pages/public/posting_list.html", place=place, lines=lines, today=today)
