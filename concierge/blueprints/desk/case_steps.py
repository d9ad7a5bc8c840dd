"""Taking a step with one case: at once where nothing is asked, through a form otherwise; and taking it back."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import STAFF, fresh_key
from concierge.engine.declare import Step
from concierge.queries.answering import answering
from concierge.queries.case_changes import Changes, changes_since
from concierge.queries.case_step import CaseStep, case_step
from concierge.queries.choices import choices_for
from concierge.rules.consultation import CLAUSES
from concierge.services.steps import step_named, take_step
from concierge.services.taking_back import take_back
from concierge.web.doors import door
from concierge.web.forms import Form, form_for
from concierge.web.permits import permit

TOO_LATE = frozenset({"stale", "wrong_state", "in_another_hand"})


def _here(case_id: int) -> str:
    return door.back(url_for("desk.case", case_id=case_id))


def _version() -> int | None:
    typed = request.values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@bp.get("/cases/<ident:case_id>/steps/<name>")
@permit(*STAFF)
def step_form(case_id: int, name: str) -> Response:
    """The page that asks what a step needs, or asks once more before one that cannot be undone."""
    seen = case_step(door.session, actor=door.actor, now=door.now, case_id=case_id, name=name)
    step = step_named(seen.kind, name)
    form = form_for(step, choices_for(door.session, step, door.now, case_id))()
    return _form_page(seen, step, form, 200, seen.version)


@bp.post("/cases/<ident:case_id>/steps/<name>")
@permit(*STAFF)
def take(case_id: int, name: str) -> Response:
    """Take the step. Wrong input comes back with the form, a case that moved meanwhile with what happened."""
    seen = case_step(door.session, actor=door.actor, now=door.now, case_id=case_id, name=name)
    step, version = step_named(seen.kind, name), _version()
    form = form_for(step, choices_for(door.session, step, door.now, case_id))()
    try:
        take_step(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            case_id=case_id,
            version=version,
            given=form.given(),
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _form_page(seen, step, form, 422, version)
    except Refusal as refused:
        return _refused(case_id, step, form, version, refused)
    undo = url_for("desk.undo", case_id=case_id, next=_here(case_id)) if step.undoable else None
    door.say(_("%(number)s: %(step)s, done.", number=seen.number, step=step.label), undo_url=undo)
    return redirect(_here(case_id))


def _form_page(seen: CaseStep, step: Step, form: Form, status: int, version: int | None) -> Response:
    beside = None
    if seen.kind == "consultation" and "answer" in form:
        beside = answering(door.session, case_id=seen.id, today=local_date(door.now, SHANGHAI))
        for name in CLAUSES:
            if name in form:
                form[name].choices = beside.clauses
    return door.render(
        "pages/desk/case_step.html",
        status=status,
        beside=beside,
        seen=seen,
        step=step,
        form=form,
        version=version if version is not None else seen.version,
        key=fresh_key(),
        back_url=_here(seen.id),
        has_errors=status != 200,
    )


def _refused(case_id: int, step: Step, form: Form, version: int | None, refused: Refusal) -> Response:
    """Say who changed what meanwhile, and keep what was typed."""
    late = any(reason.code in TOO_LATE for reason in refused.reasons)
    changes: Changes = changes_since(door.session, actor=door.actor, case_id=case_id, version=version if late else None)
    seen: CaseStep | None
    try:
        seen = case_step(door.session, actor=door.actor, now=door.now, case_id=case_id, name=step.name)
    except NotFound:
        seen = None
    context: dict[str, Any] = {"seen": seen, "step": step, "form": form, "changes": changes, "late": late}
    return door.render(
        "pages/desk/case_conflict.html",
        status=409,
        reasons=[reason.text for reason in refused.reasons],
        key=fresh_key(),
        back_url=_here(case_id),
        typed=_typed(form),
        **context,
    )


def _typed(form: Form) -> list[tuple[Any, Any]]:
    """What was typed, in words, for a form that cannot be sent any more."""
    found = []
    for field in form:
        if field.name == "csrf_token" or not field.data:
            continue
        options = field.iter_choices() if hasattr(field, "iter_choices") else ()
        chosen = next((option[1] for option in options if option[2]), field.data)
        found.append((field.label.text, chosen))
    return found


@bp.post("/cases/<ident:case_id>/undo")
@permit(*STAFF)
def undo(case_id: int) -> Response:
    """Take one's own last step back, while nobody has been told of it."""
    take_back(door.session, actor=door.actor, now=door.now, case_id=case_id)
    door.say(_("The step was taken back."))
    return redirect(_here(case_id))
