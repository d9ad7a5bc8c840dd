"""Monthly returns: the year's list, one return with its figures and three boxes, and the table for the month."""

from functools import partial
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.formats import month_name
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import WATCHERS, asked_id, done, none_yet, the_campaign, to_choose, today
from concierge.documents.monthly_papers import KINDS, monthly_paper
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.campaigns import campaign_named
from concierge.queries.dispatch_orders import orders_in_sight
from concierge.queries.monthly_figures import Month, month_before, month_of
from concierge.queries.monthly_reports import report_page, report_rows
from concierge.rules.dispatch import ActivityKind
from concierge.rules.roles import Role
from concierge.rules.summaries import MEASURES
from concierge.services.monthly_reports import LONGEST, SETTLERS, settle_item, write_return
from concierge.web.doors import door
from concierge.web.forms import Form, TextAreaField
from concierge.web.permits import permit

SHOWN = ("batches", "people", "lessons", "served", "trained", "remote", "materials", "press")
NAMES = {name: MEASURES[name].label for name in MEASURES} | {"solved": _("Problems solved")}


class WordsForm(Form):
    """What figures cannot say."""

    progress = TextAreaField(_("Progress made"), render_kw={"rows": 4, "maxlength": LONGEST, "required": True})
    problems = TextAreaField(
        _("Problems"),
        description=_("One to a line; each becomes something to do, with a date."),
        render_kw={"rows": 3, "maxlength": LONGEST},
    )
    plan = TextAreaField(_("Next plan"), render_kw={"rows": 3, "maxlength": LONGEST, "required": True})


@bp.get("/reports")
@permit(*WATCHERS)
def reports() -> Response:
    """The returns of a campaign's year; in January those of the year before, for December's is due."""
    if (none := none_yet()) is not None:
        return none
    campaign = the_campaign(month_of(*month_before(today()))[1])
    rows = report_rows(door.session, actor=door.actor, campaign_id=campaign.id, year=campaign.year)
    months = sorted({row.month for row in rows}, reverse=True)
    return door.render(
        "pages/campaign/report_list.html",
        campaign=campaign,
        rows=rows,
        months=months,
        month_name=month_name,
        today=today(),
        **to_choose(),
    )


@bp.get("/reports/<ident:report_id>")
@permit(*WATCHERS)
def report(report_id: int) -> Response:
    """One return: figures from records, words of the bureau, corrections of other months, things to do."""
    return _show(report_id, None)


def _show(report_id: int, form: WordsForm | None, status: int = 200) -> Response:
    page = report_page(door.session, actor=door.actor, now=door.now, report_id=report_id)
    may_write = page.may_write and page.unit_id in door.actor.units(Role.SECTOR)
    form = form or WordsForm(progress=page.progress, problems=page.problems, plan=page.plan)
    return door.render(
        "pages/campaign/report_show.html",
        status=status,
        page=page,
        form=form,
        may_write=may_write,
        measures=[MEASURES[name] for name in SHOWN if page.count(name) or page.so_far(name)],
        names=NAMES,
        forms_done=[ActivityKind(kind).label for kind in page.body["forms"]],
        here=url_for("campaign.report", report_id=report_id),
        has_errors=status != 200,
    )


@bp.get("/reports/<ident:report_id>/rows/<name>")
@permit(*WATCHERS)
def report_figure(report_id: int, name: str) -> Response:
    """The rows behind a figure of a return, as the records stand now: of its month, or of the year up to it."""
    page = report_page(door.session, actor=door.actor, now=door.now, report_id=report_id)
    if name not in SHOWN:
        raise NotFound()
    campaign = campaign_named(door.session, page.campaign_id)
    month = Month(campaign.id, campaign.ids, page.unit_id, page.year, page.month)
    is_year = "year" in request.args
    span = month.year_so_far if is_year else month.span
    found = rows_behind(door.session, span=span, group="", measure=name, after=asked_id("after") or 0)
    here: dict[str, Any] = {"report_id": report_id, "name": name} | ({"year": 1} if is_year else {})
    return door.render(
        "pages/campaign/rows_list.html",
        above=(page.number, url_for("campaign.report", report_id=report_id)),
        year=page.year,
        group=f"{page.unit} · {_('This year so far') if is_year else month_name(page.month)}",
        is_frozen=page.locked_at is not None,
        measure=MEASURES[name],
        found=found,
        opened=orders_in_sight(door.session, actor=door.actor, ids=[row.order_id for row in found.rows]),
        more_of=partial(url_for, "campaign.report_figure", **here),
    )


@bp.post("/reports/<ident:report_id>/words")
@permit(Role.SECTOR)
def write_report(report_id: int) -> Response:
    """Keep the bureau's words."""
    form = WordsForm()
    words = {name: (form[name].data or "") for name in ("progress", "problems", "plan")}
    try:
        write_return(door.session, actor=door.actor, now=door.now, report_id=report_id, **words)
    except Refusal as refused:
        form.take_errors(refused)
        return _show(report_id, form, 422)
    door.say(_("Your words are kept. Hand the return in when it is complete."))
    return redirect(url_for("campaign.report", report_id=report_id))


@bp.post("/items/<ident:item_id>/settled")
@permit(*SETTLERS)
def settle(item_id: int) -> Response:
    """A thing to do was done."""
    done(partial(settle_item, door.session, actor=door.actor, now=door.now, item_id=item_id), _("It is done."))
    return redirect(door.back(url_for("campaign.reports")))


@bp.get("/reports/table")
@permit(*WATCHERS)
def report_table() -> Response:
    """The table of one month as xlsx, or the reports that go with it as docx."""
    campaign = the_campaign()
    typed = request.args.get("month", "")
    month = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
    rows = report_rows(door.session, actor=door.actor, campaign_id=campaign.id, year=campaign.year)
    wanted = [row.id for row in rows if row.month == month]
    if not wanted:
        raise NotFound()
    pages = [report_page(door.session, actor=door.actor, now=door.now, report_id=each) for each in wanted]
    form = "docx" if request.args.get("form") == "docx" else "xlsx"
    name = f"{'report' if form == 'docx' else 'monthly'}-{campaign.year}-{month:02}.{form}"
    return _file(monthly_paper(pages, campaign, month, form, today()), KINDS[form], name)


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = FlaskResponse(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
