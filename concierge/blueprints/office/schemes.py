"""Schemes of recognition: what each version asks for, the draft of the next, and its publication by another person."""

from datetime import date
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.office import bp
from concierge.queries.schemes import SchemePage, reviewing_bureaus, scheme_page, scheme_rows
from concierge.rules.roles import Role
from concierge.rules.talent import CATEGORIES
from concierge.services.calendars import calendar_of
from concierge.services.schemes import NewCategory, SchemeContent, add_scheme, publish_scheme, save_draft
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, as_choices
from concierge.web.permits import permit

OFFICE = Role.TALENT_OFFICE
RANKS, PAPERS = 8, 6
GRADES = as_choices([("", "—"), *((word.code, word.code) for word in CATEGORIES)])
SEVERITIES = as_choices([("major", _("Required")), ("minor", _("If there is one"))])
DAYS = ("valid_months", "review_days", "determination_days", "publicity_days")


def _number(label: Any) -> StringField:
    return StringField(label, render_kw={"inputmode": "numeric", "maxlength": 3})


class SchemeForm(Form):
    """A version: its document, who reviews, within which days, for how long a certificate holds."""

    number = StringField(_("Document number"), render_kw={"maxlength": 60})
    valid_from = StringField(_("Holds since"), render_kw={"type": "date", "required": True})
    bureau = SelectField(_("Reviewing bureau"), validate_choice=False)
    valid_months = _number(_("A certificate holds (months)"))
    review_days = _number(_("Each review (working days)"))
    determination_days = _number(_("Determination (working days)"))
    publicity_days = _number(_("Publicity (working days, at least 5)"))
    needs_employer = BooleanField(_("The employer reviews first"))
    needs_publicity = BooleanField(_("The result is posted before it is certified"))
    full_names = BooleanField(_("Names are posted in full"))


class NewSchemeForm(Form):
    """A further scheme."""

    code = StringField(_("Code"), description=_("A short word in Latin letters."), render_kw={"maxlength": 60})
    name_zh = StringField(_("Name in Chinese"), render_kw={"maxlength": 60, "required": True})
    name_en = StringField(_("Name in English"), render_kw={"maxlength": 60, "required": True})


@bp.route("/office/schemes", methods=["GET", "POST"])
@permit(OFFICE)
def schemes() -> Response:
    """The schemes side by side, and adding one."""
    form, status = NewSchemeForm(), 200
    if request.method == "POST":
        given = {name: value or "" for name, value in form.given().items()}
        try:
            made = add_scheme(door.session, actor=door.actor, now=door.now, **given)
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("Added. Now write what its first version says."))
            return redirect(url_for("office.scheme", scheme_id=made))
    today = local_date(door.now, calendar_of(door.session, door.actor.district_id).zone)
    rows = scheme_rows(door.session, today)
    return door.render("pages/office/scheme_list.html", status=status, rows=rows, form=form, has_errors=status != 200)


@bp.route("/office/schemes/<ident:scheme_id>", methods=["GET", "POST"])
@permit(OFFICE)
def scheme(scheme_id: int) -> Response:
    """One version of a scheme; the newest can be written on as the draft of the next."""
    page = scheme_page(door.session, scheme_id, _whole(request.args.get("version")) or None)
    form, lines, status = SchemeForm(), _lines(page), 200
    form.bureau.choices = as_choices([(public_id(i), name) for i, name in reviewing_bureaus(door.session)])
    if request.method == "POST":
        lines = {name: value.strip()[:500] for name, value in request.form.items()}
        try:
            save_draft(door.session, actor=door.actor, now=door.now, scheme_id=scheme_id, content=_content(form, lines))
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The draft is kept. Another person publishes it."))
            return redirect(url_for("office.scheme", scheme_id=scheme_id))
    else:
        _fill(form, page)
    return door.render(
        "pages/office/scheme_show.html",
        status=status,
        page=page,
        form=form,
        lines=lines,
        ranks=range(1, RANKS + 1),
        papers=range(1, PAPERS + 1),
        grades=GRADES,
        severities=SEVERITIES,
        own_keys=door.actor.person_keys,
        has_errors=status != 200,
    )


@bp.post("/office/schemes/<ident:scheme_id>/publication")
@permit(OFFICE)
def publish_version(scheme_id: int) -> Response:
    """Publish the draft; applications under way keep the version they began under."""
    publish_scheme(door.session, actor=door.actor, now=door.now, scheme_id=scheme_id)
    door.say(_("Published. New applications follow it from its day on."))
    return redirect(url_for("office.scheme", scheme_id=scheme_id))


def _fill(form: SchemeForm, page: SchemePage) -> None:
    version = page.version
    if version is None:
        form.needs_employer.data = form.needs_publicity.data = form.full_names.data = True
        form.valid_months.data, form.review_days.data = "36", "3"
        form.determination_days.data = form.publicity_days.data = "5"
        return
    for name in ("number", "needs_employer", "needs_publicity", "full_names"):
        form[name].data = getattr(version, name)
    for name in DAYS:
        form[name].data = str(getattr(version, name))
    form.valid_from.data, form.bureau.data = version.valid_from.isoformat(), public_id(version.bureau_id)


def _lines(page: SchemePage) -> dict[str, str]:
    """The rows of categories and papers, as the boxes of the form are named."""
    found: dict[str, str] = {}
    for row in page.categories:
        found |= {f"grade_{row.rank}": row.grade, f"zh_{row.rank}": row.name_zh, f"en_{row.rank}": row.name_en}
        found |= {f"czh_{row.rank}": row.criteria_zh, f"cen_{row.rank}": row.criteria_en}
    for n, paper in enumerate(page.version.materials if page.version is not None else (), 1):
        found |= {f"code_{n}": paper["code"], f"pzh_{n}": paper["name"]["zh"], f"pen_{n}": paper["name"]["en"]}
        found |= {f"severity_{n}": paper["severity"]}
    return found


def _content(form: SchemeForm, lines: dict[str, str]) -> SchemeContent:
    given = [{name: lines.get(f"{name}_{n}", "") for name in ("grade", "zh", "en", "czh", "cen")} for n in _to(RANKS)]
    categories = [
        NewCategory(
            grade=row["grade"], name_zh=row["zh"], name_en=row["en"], criteria_zh=row["czh"], criteria_en=row["cen"]
        )
        for row in given
        if row["zh"] or row["en"]
    ]
    return SchemeContent(
        number=(form.number.data or "").strip()[:60],
        valid_from=_day(form.valid_from.data),
        bureau_id=_bureau(form.bureau.data),
        categories=categories,
        materials=[paper for n in _to(PAPERS) if (paper := _paper(lines, n)) is not None],
        valid_months=_whole(form.valid_months.data),
        review_days=_whole(form.review_days.data),
        determination_days=_whole(form.determination_days.data),
        publicity_days=_whole(form.publicity_days.data),
        needs_employer=bool(form.needs_employer.data),
        needs_publicity=bool(form.needs_publicity.data),
        full_names=bool(form.full_names.data),
    )


def _to(last: int) -> range:
    return range(1, last + 1)


def _paper(lines: dict[str, str], n: int) -> dict[str, Any] | None:
    zh, en = lines.get(f"pzh_{n}", ""), lines.get(f"pen_{n}", "")
    if not (zh or en):
        return None
    severity = "minor" if lines.get(f"severity_{n}") == "minor" else "major"
    return {"code": lines.get(f"code_{n}") or f"paper_{n}", "name": {"zh": zh, "en": en or zh}, "severity": severity}


def _day(typed: str | None) -> date | None:
    try:
        return parse_date(typed or "")
    except Invalid:
        return None


def _bureau(typed: str | None) -> int:
    try:
        return parse_id(typed or "")
    except NotFound:
        return 0


def _whole(typed: str | None) -> int:
    text = (typed or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
