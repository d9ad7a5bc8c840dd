"""Policies: the list, one version, its draft, what it would change, and its publication by a second person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.text import Bilingual, Text, _
from concierge.blueprints.office import bp
from concierge.blueprints.office.policy_forms import as_read
from concierge.queries.guide import guide_of_version
from concierge.queries.match_runs import match_progress
from concierge.queries.policies import FLAGS, VersionPage, policy_list, version_page
from concierge.queries.policy_editing import joint_choices
from concierge.queries.stages import stages_of
from concierge.rules.roles import Role
from concierge.services.impact import Change, impact_of
from concierge.services.policies import (
    LIMIT_NAMES,
    VersionContent,
    content_of,
    next_draft,
    publish_version,
    revise,
)
from concierge.services.policy_costs import YearCost, costs_of
from concierge.web import charts
from concierge.web.doors import door
from concierge.web.permits import permit

READERS = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
LIMITS: dict[str, Text] = {
    "claim": _("From acceptance to determination"),
    "correction": _("Correction by the applicant"),
    "employer_review": _("Employer review"),
    "sector_review": _("Sector review"),
    "joint_review": _("Joint review"),
    "hr_review": _("HR review"),
    "determination": _("Determination"),
    "publicity": _("Publicity posting"),
    "special_procedure": _("Longest pause for a special procedure"),
    "finance_check": _("Finance check"),
    "delivery": _("Delivery after approval, also against a voucher"),
}
SIGNS: dict[str, Text] = {
    "is_interim": _("For trial (试行); writers are told 60 days before its last day"),
    "needs_employer": _("The employer reviews"),
    "needs_sector": _("The sector bureau reviews"),
    "needs_joint": _("Joint review by several units"),
    "needs_hr": _("The HR bureau reviews"),
    "needs_publicity": _("The result is posted for publicity"),
    "is_paid": _("Paid in money"),
    "restarts_clock": _("A correction starts the clock afresh (otherwise it pauses)"),
}
SHOWN_PERSONS = 100
FEN_OF_WAN = 1_000_000


@bp.get("/office/policies", endpoint="policies")
@permit(*READERS)
def list_policies() -> Response:
    """Every policy with the version in force and what waits to be published."""
    return door.render(
        "pages/office/policy_list.html",
        rows=policy_list(door.session),
        run=match_progress(door.session),
        may_edit=door.actor.has(Role.TALENT_OFFICE),
    )


@bp.get("/office/policies/<ident:version_id>")
@permit(*READERS)
def policy(version_id: int) -> Response:
    """One version: conditions, amounts, periods, papers, limits, guide; a draft with what it would change."""
    page = version_page(door.session, version_id)
    draft = page.state == "draft"
    impact = impact_of(door.session, version_id=version_id) if draft else None
    costs = costs_of(door.session, version_id=version_id) if draft else ()
    return door.render(
        "pages/office/policy_show.html",
        page=page,
        impact=impact,
        costs=costs,
        chart=_cost_chart(costs),
        shown=impact.changed[:SHOWN_PERSONS] if impact is not None else (),
        changes=[change for change in Change if change is not Change.UNCHANGED],
        limits=LIMITS,
        signs=SIGNS,
        key=uuid4().hex,
        may_edit=door.actor.has(Role.TALENT_OFFICE),
        is_editor=not page.editor_keys.isdisjoint(door.actor.person_keys),
    )


def _cost_chart(costs: Sequence[YearCost]) -> str:
    """What it would cost over five years, in ten thousand yuan."""
    courses = [
        charts.Course(str(_("As it is now")), "l3", [cost.now_fen // FEN_OF_WAN for cost in costs]),
        charts.Course(str(_("Under the draft")), "l1", [cost.then_fen // FEN_OF_WAN for cost in costs]),
    ]
    title = str(_("What falls due, in 10,000 yuan"))
    return charts.lines([str(cost.year) for cost in costs], courses, title=title) if costs else ""


@bp.get("/office/policies/<ident:version_id>/preview")
@permit(*READERS)
def preview_policy(version_id: int) -> Response:
    """The guide as everybody will read it once the version is published."""
    page = guide_of_version(door.session, version_id=version_id)
    stages = stages_of("claim", page.stages)
    return door.render("pages/office/policy_preview.html", page=page, stages=stages, version_id=version_id)


@bp.post("/office/policies/<ident:version_id>/drafts")
@permit(Role.TALENT_OFFICE)
def draft_policy(version_id: int) -> Response:
    """Begin the next version from this one."""
    made = next_draft(door.session, actor=door.actor, now=door.now, version_id=version_id)
    return redirect(url_for("office.edit_policy", version_id=made))


@bp.get("/office/policies/<ident:version_id>/edit")
@permit(Role.TALENT_OFFICE)
def edit_policy(version_id: int) -> Response:
    """The form of a draft."""
    return _edit_page(version_id, version_page(door.session, version_id), {}, {})


def _edit_page(version_id: int, page: VersionPage, typed: Mapping[str, str], wrong: dict[str, str]) -> Response:
    if page.state != "draft":
        return redirect(url_for("office.policy", version_id=version_id))
    return door.render(
        "pages/office/policy_edit.html",
        status=422 if wrong else 200,
        page=page,
        mark=content_of(door.session, version_id).mark,
        typed=typed,
        wrong=wrong,
        limits=LIMITS,
        signs=SIGNS,
        joint=request.form.getlist("joint") if wrong else page.schedule.get("joint", ()),
        joint_units=joint_choices(door.session),
        has_errors=bool(wrong),
    )


@bp.post("/office/policies/<ident:version_id>/edit", endpoint="save_policy")
@permit(Role.TALENT_OFFICE)
def save_draft(version_id: int) -> Response:
    """Keep the draft. Wrong input comes back with the form, values kept."""
    page, given = version_page(door.session, version_id), request.form

    def change(kept: VersionContent) -> VersionContent:
        return _with_joint(_typed(as_read(kept, given, replaces=True), page, given), given.getlist("joint"))

    try:
        revise(door.session, actor=door.actor, now=door.now, version_id=version_id, change=change)
    except Invalid as refused:
        wrong = {reason.field or "": str(reason.text) for reason in refused.reasons}
        return _edit_page(version_id, page, dict(request.form.items()), wrong)
    door.say(_("The draft is kept. Another person publishes it."))
    return redirect(url_for("office.policy", version_id=version_id))


@bp.post("/office/policies/<ident:version_id>/publish")
@permit(Role.TALENT_OFFICE)
def publish_policy(version_id: int) -> Response:
    """Publish the draft after reading the list of affected persons."""
    seal = request.form.get("seal", "")
    try:
        publish_version(door.session, actor=door.actor, now=door.now, version_id=version_id, seal=seal)
    except Refusal as refused:
        door.say_why(refused)
    else:
        door.say(_("The version is published. The next match finds who is entitled under it."))
    return redirect(url_for("office.policy", version_id=version_id))


def _typed(content: VersionContent, page: VersionPage, given: Mapping[str, str]) -> VersionContent:
    """The draft with what was typed: dates, values of conditions, limits, way and texts."""
    wrong: list[Reason] = []
    clauses = _with_values(content.clauses, page, given, wrong)
    limits = {name: _read(_days, given, f"limit_{name}", wrong) for name in LIMIT_NAMES if given.get(f"limit_{name}")}
    begins = _read(parse_date, given, "valid_from", wrong)
    ends = _read(parse_date, given, "valid_to", wrong) if given.get("valid_to", "").strip() else None
    if wrong:
        raise Invalid(*wrong)
    signs: dict[str, Any] = {name: given.get(name) == "1" for name in FLAGS}
    return replace(
        content,
        number=given.get("number", ""),
        valid_from=begins,
        valid_to=ends,
        clauses=clauses,
        limits=limits,
        basis=Bilingual(given.get("basis_zh", "").strip(), given.get("basis_en", "").strip()),
        article=Bilingual(given.get("article_zh", "").strip(), given.get("article_en", "").strip()),
        guide=Bilingual(given.get("guide_zh", "").strip(), given.get("guide_en", "").strip()),
        **signs,
    )


def _with_joint(content: VersionContent, chosen: Sequence[str]) -> VersionContent:
    """The draft with the units that were chosen for the joint review."""
    known = [code for code, _name in joint_choices(door.session) if code in chosen]
    schedule = {name: value for name, value in content.schedule.items() if name != "joint"}
    return replace(content, schedule=schedule | ({"joint": known} if known else {}))


def _read(parse: Any, given: Mapping[str, str], name: str, wrong: list[Reason]) -> Any:
    try:
        return parse(given.get(name, "").strip())
    except Invalid as error:
        wrong += [Reason(reason.code, reason.text, name) for reason in error.reasons]
        return None


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid.because("number", _("Write a whole number of working days."))
    return int(text)


def _with_values(
    clauses: Mapping[str, Any], page: VersionPage, given: Mapping[str, str], wrong: list[Reason]
) -> dict[str, Any]:
    """The conditions with the values typed beside them; a path such as "all.2.any.0" finds each."""
    made: dict[str, Any] = _copied(clauses)
    for row in page.conditions:
        if not row.is_editable:
            continue
        name = f"cond-{row.path}"
        spot: Any = made
        for word in row.path.split(".") if row.path else ():
            spot = spot[int(word)] if isinstance(spot, list) else spot[word]
        is_day = isinstance(spot["value"], dict)
        value = _read(parse_date if is_day else _days, given, name, wrong)
        if value is not None:
            spot["value"] = {"date": value.isoformat()} if is_day else value
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(part) for name, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value
