"""Handing in a paper of a claim or a recognition: a photo or a file, one at a time."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar
from concierge.queries.portal_case import CasePage, PaperLine, case_page
from concierge.rules.attachments import MOST_BYTES
from concierge.rules.roles import Role
from concierge.services import recognitions
from concierge.services.documents import Upload
from concierge.services.materials import attach_material
from concierge.web.doors import door
from concierge.web.forms import FileField, Form
from concierge.web.permits import permit

ACCEPT = "image/jpeg,image/png,application/pdf,.jpg,.jpeg,.png,.pdf,.docx,.xlsx"


class PaperForm(Form):
    """One file."""

    file = FileField(
        _("Photo or file"),
        description=_(
            "Take a photo or choose a file: JPG, PNG, PDF, Word or Excel, at most %(mb)s MB.",
            mb=MOST_BYTES // 1024 // 1024,
        ),
        render_kw={"accept": ACCEPT, "required": True},
    )


@bp.get("/progress/<ident:case_id>/papers/<code>")
@permit(Role.EXPERT)
def paper(case_id: int, code: str) -> Response:
    """The page on which one paper is handed in."""
    page, wanted = _mine(case_id, code)
    return door.render("pages/portal/paper_hand_in.html", page=page, paper=wanted, form=PaperForm())


@bp.post("/progress/<ident:case_id>/papers/<code>")
@permit(Role.EXPERT)
def hand_in_paper(case_id: int, code: str) -> Response:
    """Keep the paper; what is wrong with the file is said beside the field."""
    page, wanted = _mine(case_id, code)
    form = PaperForm()
    try:
        _keep(page, code)
    except Invalid as wrong:
        form.take_errors(wrong)
        return door.render(
            "pages/portal/paper_hand_in.html", status=422, page=page, paper=wanted, form=form, has_errors=True
        )
    door.say(_("%(paper)s has been handed in.", paper=wanted.name))
    return redirect(url_for("portal.matter", case_id=case_id, _anchor="papers"))


def _keep(page: CasePage, code: str) -> None:
    given: dict[str, Any] = {"actor": door.actor, "now": door.now, "storage": door.storage}
    given |= {"code": code, "upload": _upload()}
    if page.kind == "recognition":
        recognitions.hand_in_paper(door.session, recognition_id=page.matter.id, **given)
    else:
        attach_material(door.session, claim_id=page.matter.id, **given)


def _upload() -> Upload:
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid.because("required", _("Please take a photo or choose a file."), "file")
    return Upload(given.filename, given.read())


def _mine(case_id: int, code: str) -> tuple[CasePage, PaperLine]:
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar())
    wanted = next((line for line in page.papers if line.code == code), None)
    if wanted is None:
        raise NotFound()
    return page, wanted
