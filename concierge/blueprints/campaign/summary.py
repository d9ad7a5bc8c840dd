"""The campaign at a glance: its figures, the text that says them, the rows behind each, and copies frozen for good."""

from functools import partial

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import WATCHERS, asked_id, none_yet, the_campaign, today
from concierge.documents.summary import DOCX, PDF, frozen_paper
from concierge.queries.campaign_figures import Span
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.campaigns import campaigns
from concierge.queries.dispatch_orders import orders_in_sight
from concierge.queries.summaries import frozen_summaries, frozen_summary, summary_of
from concierge.rules.roles import Role
from concierge.rules.summaries import MEASURES
from concierge.services.summaries import freeze_summary, write_text
from concierge.web.doors import door
from concierge.web.forms import Form, TextAreaField
from concierge.web.permits import permit

SHOWN = [measure for measure in MEASURES.values() if measure.by_group]


class TextForm(Form):
    """The officers' own text; figures stand in braces."""

    text_zh = TextAreaField(_("Text in Chinese"), render_kw={"rows": 22})
    text_en = TextAreaField(_("Text in English"), render_kw={"rows": 14})


@bp.get("")
@permit(*WATCHERS)
def home() -> Response:
    """The figures of a campaign's year and its text. Every number opens its rows."""
    if (none := none_yet()) is not None:
        return none
    summary = summary_of(door.session, campaign_id=the_campaign().id)
    return door.render(
        "pages/campaign/summary_show.html",
        page=summary,
        measures=[m for m in SHOWN if any(summary.count(m.code, g.code) for g in summary.groups)],
        campaigns=[(public_id(row.id), f"{row.year} {row.name}") for row in campaigns(door.session)],
        frozen=frozen_summaries(door.session, summary.campaign.id),
        may_write=door.actor.has(Role.TALENT_OFFICE),
    )


@bp.get("/rows/<name>")
@permit(*WATCHERS)
def rows(name: str) -> Response:
    """The rows behind a figure, such as "health.remote"; of one field, if one is asked for."""
    campaign = the_campaign()
    group, _dot, measure = name.rpartition(".")
    year = Span.of_year(campaign.ids, campaign.year)
    span = Span(year.campaigns, year.first, year.last, field_id=asked_id("field"))
    found = rows_behind(door.session, span=span, group=group, measure=measure, after=asked_id("after") or 0)
    known = {each.code: each.name for each in summary_of(door.session, campaign_id=campaign.id).groups}
    return door.render(
        "pages/campaign/rows_list.html",
        above=(campaign.name, url_for("campaign.home", campaign=public_id(campaign.id))),
        year=campaign.year,
        group=known.get(group, ""),
        measure=MEASURES[measure],
        found=found,
        opened=orders_in_sight(door.session, actor=door.actor, ids=[row.order_id for row in found.rows]),
        more_of=partial(
            url_for, "campaign.rows", name=name, campaign=public_id(campaign.id), field=request.args.get("field")
        ),
    )


@bp.route("/summary/text", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def summary_text() -> Response:
    """The text of the summary, with the names of figures in braces."""
    campaign, form, status = the_campaign(), TextForm(), 200
    summary = summary_of(door.session, campaign_id=campaign.id)
    if request.method == "POST":
        try:
            write_text(
                door.session,
                actor=door.actor,
                now=door.now,
                campaign_id=campaign.id,
                text_zh=form.text_zh.data or "",
                text_en=form.text_en.data or "",
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The text is kept; its figures are counted whenever it is read."))
            return redirect(url_for("campaign.home", campaign=public_id(campaign.id)))
    else:
        form.text_zh.data, form.text_en.data = summary.source.zh, summary.source.en
    return door.render(
        "pages/campaign/summary_text.html",
        status=status,
        form=form,
        campaign=campaign,
        names=sorted({*summary.figures, *(m.code for m in MEASURES.values())}),
        has_errors=status != 200,
    )


@bp.post("/summary/frozen")
@permit(Role.TALENT_OFFICE)
def freeze() -> Response:
    """Freeze a copy: later corrections do not change it."""
    campaign = the_campaign()
    made = freeze_summary(door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, today=today())
    door.say(_("A copy is frozen. Later corrections do not change it."))
    return redirect(url_for("campaign.frozen", snapshot_id=made))


@bp.get("/summary/frozen/<ident:snapshot_id>")
@permit(*WATCHERS)
def frozen(snapshot_id: int) -> Response:
    """A frozen copy, to read and to print."""
    return door.render("print/summary.html", copy=frozen_summary(door.session, snapshot_id))


@bp.get("/summary/frozen/<ident:snapshot_id>/<any(docx,pdf):form>")
@permit(*WATCHERS)
def frozen_file(snapshot_id: int, form: str) -> Response:
    """A frozen copy as a Word or PDF file."""
    copy = frozen_summary(door.session, snapshot_id)
    answer = FlaskResponse(frozen_paper(copy, form), mimetype=PDF if form == "pdf" else DOCX)
    answer.headers["Content-Disposition"] = f'attachment; filename="summary-{copy.year}.{form}"'
    return answer
