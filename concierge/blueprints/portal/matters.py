"""My matters: the list of what is under way, one of them in full, words to the specialist, a reminder."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import before, calendar, fresh_key, my_id
from concierge.queries.claimed_days import claimed_days
from concierge.queries.invoices import invoices_of
from concierge.queries.portal_case import case_page
from concierge.queries.portal_cases import open_matters, past_matters
from concierge.rules.roles import Role
from concierge.services import comments
from concierge.web.doors import door
from concierge.web.forms import Form, TextAreaField
from concierge.web.invoices import InvoiceForm, take_invoice
from concierge.web.permits import permit


class WordsForm(Form):
    """Something to say about a matter."""

    text = TextAreaField(
        _("Your words to those who handle it"), render_kw={"rows": 3, "maxlength": comments.LONGEST, "required": True}
    )


@bp.get("/progress")
@permit(Role.EXPERT)
def progress() -> Response:
    """What is under way, and what is done."""
    mine, counted, start = my_id(), calendar(), before()
    under_way = open_matters(door.session, person_id=mine, now=door.now, calendar=counted) if start is None else []
    done = past_matters(door.session, person_id=mine, now=door.now, calendar=counted, before=start)
    return door.render("pages/portal/matter_list.html", under_way=under_way, done=done, is_first=start is None)


@bp.get("/progress/<ident:case_id>")
@permit(Role.EXPERT)
def matter(case_id: int) -> Response:
    """One matter: who has it, its steps, its papers, what was said."""
    return show_matter(case_id, WordsForm())


@bp.post("/progress/<ident:case_id>/words")
@permit(Role.EXPERT)
def say_on_matter(case_id: int) -> Response:
    """Say something about a matter; those who handle it read it."""
    form = WordsForm()
    try:
        comments.comment(
            door.session,
            actor=door.actor,
            now=door.now,
            case_id=_own(case_id),
            text=form.text.data or "",
            audience=comments.FOR_EXPERT,
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return show_matter(case_id, form, status=422)
    door.say(_("Your words have been sent."))
    return redirect(url_for("portal.matter", case_id=case_id, _anchor="talk"))


@bp.post("/progress/<ident:case_id>/nudge")
@permit(Role.EXPERT)
def nudge_matter(case_id: int) -> Response:
    """Remind whoever has it: once the promise has lapsed, or once a week."""
    report = comments.nudge(
        door.session, actor=door.actor, now=door.now, case_ids=[_own(case_id)], key=door.request_key()
    )
    for reason in report.held.values():
        raise Refusal(reason)
    if not report.sent:
        raise NotFound()
    door.say(_("A reminder has been sent to whoever has it now."))
    return redirect(url_for("portal.matter", case_id=case_id))


def _own(case_id: int) -> int:
    """The case's id when it is the expert's own. Raises NotFound: staff who are experts too act here for themselves."""
    case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar())
    return case_id


@bp.post("/progress/<ident:case_id>/invoices")
@permit(Role.EXPERT)
def enter_own_invoice(case_id: int) -> Response:
    """Enter an invoice of my claim, or take one out."""
    wrong = take_invoice(_own(case_id))
    if wrong is not None:
        return show_matter(case_id, WordsForm(), 422, wrong)
    return redirect(url_for("portal.matter", case_id=case_id, _anchor="invoices"))


def show_matter(case_id: int, form: Form, status: int = 200, invoice: InvoiceForm | None = None) -> Response:
    """The page of one matter, with the form for words."""
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar())
    return door.render(
        "pages/portal/matter_show.html",
        status=status,
        page=page,
        form=form,
        days=claimed_days(door.session, case_id) if page.kind == "claim" else (),
        invoices=invoices_of(door.session, case_id) if page.kind == "claim" else None,
        invoice_form=invoice or InvoiceForm(formdata=None),
        key=fresh_key(),
        has_errors=status == 422,
        here=request.path,
    )
