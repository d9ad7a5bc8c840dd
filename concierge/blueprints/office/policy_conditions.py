"""One condition more, in the form of the fact that it asks for: of the right, or of what suspends or ends it."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.blueprints.office import bp, policy_forms
from concierge.blueprints.office.policy_forms import TREES, Typed, as_read
from concierge.blueprints.office.policy_writing import back, beside, revise_draft
from concierge.queries import policy_editing as editing
from concierge.queries.policies import version_page
from concierge.rules import clauses
from concierge.rules.facts import FACTS, OPERATIONS
from concierge.rules.roles import Role
from concierge.services.policies import VersionContent, content_of
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/office/policies/<ident:version_id>/condition")
@permit(Role.TALENT_OFFICE)
def new_condition(version_id: int) -> Response:
    """The form of a new condition about the chosen fact."""
    return _condition_page(version_id, request.args.to_dict(), {})


def _condition_page(version_id: int, typed: dict[str, str], wrong: dict[str, str]) -> Response:
    page, known, part = version_page(door.session, version_id), FACTS.get(typed.get("fact", "")), part_of(typed)
    if known is None or page.state != "draft":
        return back(version_id, part)
    chosen, status = request.form.getlist("value"), 422 if wrong else 200
    operations, content = list(OPERATIONS[known.type].items()), content_of(door.session, version_id)
    return door.render(
        "pages/office/policy_condition.html",
        status=status,
        page=page,
        part=part,
        mark=typed.get("mark") or content.mark,
        places=editing.places(policy_forms.tree_of(content, part)),
        known=known,
        operations=operations,
        typed=typed,
        chosen=chosen,
        wrong=wrong,
    )


@bp.post("/office/policies/<ident:version_id>/condition", endpoint="add_condition")
@permit(Role.TALENT_OFFICE)
def add_condition(version_id: int) -> Response:
    """Join a condition to the others."""
    typed, known = Typed(request.form), FACTS.get(request.form.get("fact", ""))
    if known is None:
        raise NotFound()
    part = part_of(request.form)
    try:
        condition = policy_forms.read_condition(typed, known, request.form.getlist("value"))
        revise_draft(
            version_id,
            lambda kept: _joined(as_read(kept, request.form, replaces=False), part, typed.text("place"), condition),
        )
    except Invalid as refused:
        given = request.form.to_dict()
        if any(reason.code == policy_forms.CHANGED for reason in refused.reasons):
            # Where it was to stand may be another condition by now: it is chosen again.
            given |= {"mark": "", "place": ""}
        return _condition_page(version_id, given, beside(refused))
    return back(version_id, part)


def part_of(given: Mapping[str, str]) -> str:
    """Which conditions are meant: those of the right, or those that suspend or end it."""
    return given["part"] if given.get("part") in TREES else "conditions"


def _joined(kept: VersionContent, part: str, place: str, condition: dict[str, Any]) -> VersionContent:
    word, _colon, path = place.partition(":")
    tree, word = policy_forms.tree_of(kept, part), word if word in clauses.JOINS else clauses.ALL
    try:
        made = clauses.joined(tree, editing.read(path), word, condition)
    except LookupError:
        raise NotFound() from None
    return policy_forms.with_tree(kept, part, made)
