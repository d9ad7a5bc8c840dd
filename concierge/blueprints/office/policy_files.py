"""A policy as a file: taken home, and loaded as a draft that goes on to be written, or is discarded."""

from flask import Response as FileResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.office import bp
from concierge.blueprints.office.policy_forms import Typed
from concierge.blueprints.office.policy_writing import beside, new_policy_page
from concierge.queries import policy_editing as editing
from concierge.rules.roles import Role
from concierge.services.policy_discarding import discard_draft
from concierge.services.policy_files import load_policy_file, policy_file
from concierge.web.doors import door
from concierge.web.permits import permit

MOST_TOLD = 20
"""Mistakes of a file that are told at once on the page."""


@bp.get("/office/policies/<ident:version_id>/file", endpoint="policy_file")
@permit(Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
def save_policy_file(version_id: int) -> FileResponse:
    """One version as a file that another district can load."""
    answer = FileResponse(policy_file(door.session, version_id=version_id), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="policy.json"'
    return answer


@bp.post("/office/policies/new/file")
@permit(Role.TALENT_OFFICE)
def load_policy() -> Response:
    """A draft from a file; the units stand for those that the district does not know."""
    typed, units = Typed(request.form), {key for key, _name in editing.unit_choices(door.session)}
    given = request.files.get("file")
    for name in ("file_unit", "file_payer"):
        if typed.text(name) not in units:
            typed.refuse("missing", _("Please choose."), name)
    if given is None or not given.filename:
        typed.refuse("missing", _("Please choose a file."), "file")
    try:
        typed.check()
        made = load_policy_file(
            door.session,
            actor=door.actor,
            now=door.now,
            content=given.read() if given is not None else b"",
            unit_id=int(typed.text("file_unit")),
            paying_unit_id=int(typed.text("file_payer")),
        )
    except Invalid as refused:
        return new_policy_page(dict(request.form.items()), _beside_the_file(refused))
    door.say(_("The file is loaded as a draft; nothing of it is in force."))
    return redirect(url_for("office.policy", version_id=made))


def _beside_the_file(refused: Invalid) -> dict[str, str]:
    """The form's own fields keep their reasons; all that is wrong within the file stands beside it."""
    own = {name: text for name, text in beside(refused).items() if name in ("file_unit", "file_payer")}
    within = [str(reason.text) for reason in refused.reasons if reason.field not in own]
    return own | ({"file": " ".join(within[:MOST_TOLD])} if within else {})


@bp.post("/office/policies/<ident:version_id>/discard")
@permit(Role.TALENT_OFFICE)
def discard_policy(version_id: int) -> Response:
    """Discard a draft that nobody published."""
    try:
        discard_draft(door.session, actor=door.actor, now=door.now, version_id=version_id)
    except Refusal as refused:
        door.say_why(refused)
        return redirect(url_for("office.policy", version_id=version_id))
    door.say(_("The draft is discarded. What it said stays in the audit trail; its number may be used again."))
    return redirect(url_for("office.policies"))
