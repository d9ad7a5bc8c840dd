"""Writing a policy: a new one, its conditions, amounts, periods, papers and exclusions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.blueprints.office import bp, policy_forms
from concierge.blueprints.office.policy_forms import Typed, as_read
from concierge.queries import policy_editing as editing
from concierge.queries.policies import VersionPage, rate_rows, version_page
from concierge.rules import clauses
from concierge.rules.policy import PolicyKind
from concierge.rules.roles import Role
from concierge.services.policies import (
    PolicyHead,
    VersionContent,
    change_head,
    content_of,
    head_of,
    revise,
    start_policy,
)
from concierge.web.doors import door
from concierge.web.permits import permit

ICON = "gift"
PART = "<any(head,conditions,suspension,ending,amounts,periods,papers,exclusions):part>"


@bp.get("/office/policies/new")
@permit(Role.TALENT_OFFICE)
def new_policy() -> Response:
    """The form of a new policy."""
    return new_policy_page({}, {})


def new_policy_page(typed: dict[str, str], wrong: dict[str, str]) -> Response:
    """The page on which a policy begins: written anew, or from a file."""
    kinds = [(kind.value, kind.label) for kind in PolicyKind]
    units = editing.unit_choices(door.session)
    status = 422 if wrong else 200
    return door.render(
        "pages/office/policy_new.html", status=status, typed=typed, wrong=wrong, kinds=kinds, units=units
    )


@bp.post("/office/policies/new", endpoint="add_policy")
@permit(Role.TALENT_OFFICE)
def add_policy() -> Response:
    """Enter a policy with its first draft, which goes on to be written."""
    typed, units = Typed(request.form), {key for key, _name in editing.unit_choices(door.session)}
    if typed.text("kind") not in set(PolicyKind):
        typed.refuse("missing", _("Please choose."), "kind")
    try:
        head = policy_forms.read_head(typed, units, ICON)
        begins = local_date(door.now, SHANGHAI) + timedelta(days=1)
        kind = PolicyKind(typed.text("kind"))
        made = start_policy(
            door.session,
            actor=door.actor,
            now=door.now,
            head=head,
            number=typed.text("number"),
            kind=kind,
            valid_from=begins,
        )
    except Invalid as refused:
        return new_policy_page(dict(request.form.items()), beside(refused))
    return redirect(url_for("office.write_policy", version_id=made, part="conditions"))


def beside(refused: Invalid) -> dict[str, str]:
    """Each reason beside its field."""
    return {reason.field or "": str(reason.text) for reason in refused.reasons}


@bp.get(f"/office/policies/<ident:version_id>/write/{PART}")
@permit(Role.TALENT_OFFICE)
def write_policy(version_id: int, part: str) -> Response:
    """One part of a draft with what may be done to it."""
    return _part_page(version_id, part, {}, {})


def _part_page(version_id: int, part: str, typed: dict[str, str], wrong: dict[str, str]) -> Response:
    page = version_page(door.session, version_id)
    if page.state != "draft":
        return redirect(url_for("office.policy", version_id=version_id))
    content = content_of(door.session, version_id)
    given = {"page": page, "part": part, "mark": content.mark, "typed": typed, "wrong": wrong}
    status = 422 if wrong else 200
    return door.render(f"pages/office/policy_{part}.html", status=status, **given | _SHOWN[part](content, page))


def _head(_content: VersionContent, page: VersionPage) -> dict[str, Any]:
    known, mark = editing.head_fields(door.session, page.policy_id), head_of(door.session, page.policy_id).mark
    return {"known": known, "units": editing.unit_choices(door.session), "mark": mark}


def _conditions(content: VersionContent, _page: VersionPage) -> dict[str, Any]:
    return _tree(content.clauses)


def _suspension(content: VersionContent, _page: VersionPage) -> dict[str, Any]:
    return _tree(policy_forms.tree_of(content, "suspension"))


def _ending(content: VersionContent, _page: VersionPage) -> dict[str, Any]:
    at_once = bool(content.schedule.get(policy_forms.AT_ONCE))
    return _tree(policy_forms.tree_of(content, "ending")) | {"at_once": at_once}


def _tree(written: Mapping[str, Any]) -> dict[str, Any]:
    return {"root": editing.tree(written), "facts": editing.fact_choices(), "places": editing.places(written)}


def _amounts(content: VersionContent, _page: VersionPage) -> dict[str, Any]:
    rates = content.rates
    by = editing.EVERYBODY if "flat" in rates else str(rates.get("by", ""))
    rows = {row.key: row for row in rate_rows(rates)}
    keys = policy_forms.keys_of(by) or list(rows)
    empty = (
        rows if "flat" in rates else {row.key: row for row in rate_rows({**rates, "amounts": dict.fromkeys(keys, 0)})}
    )
    shown = [(empty.get(key, rows.get(key)), rows.get(key)) for key in keys]
    at_cost = set(rates.get("at_cost") or ())
    tables = editing.table_choices()
    return {"by": by, "rows": shown, "at_cost": at_cost, "tables": tables, "is_free": by in editing.FREE_KEYS}


def _periods(content: VersionContent, page: VersionPage) -> dict[str, Any]:
    choices = {
        "subject": (_("It is given to"), list(policy_forms.SUBJECTS.items())),
        "starts_with": (_("The right begins on"), editing.day_choices()),
        "rhythm": (_("It falls due"), list(policy_forms.RHYTHMS.items())),
        "clawback": (_("Who leaves before the service term"), list(policy_forms.CLAWBACKS.items())),
        "tax": (_("Tax"), list(policy_forms.TAXES.items())),
        "posting_name": (_("Names in the publicity posting"), list(policy_forms.NAMES.items())),
    }
    fields = {"numbers": policy_forms.NUMBERS, "switches": policy_forms.SWITCHES, "days": policy_forms.DAYS_OF_YEAR}
    items = [(row.key, row.label) for row in page.rates] if page.kind is PolicyKind.PER_DAY else []
    orders = {"items": items, "classes": editing.CLASSES} if items else None
    return {"schedule": content.schedule, "choices": choices, "orders": orders} | fields


def _papers(content: VersionContent, _page: VersionPage) -> dict[str, Any]:
    taken = {paper["code"] for paper in content.materials}
    known = [(code, paper["name"]) for code, paper in editing.known_papers(door.session).items() if code not in taken]
    return {"known": known}


def _exclusions(content: VersionContent, page: VersionPage) -> dict[str, Any]:
    return {
        "rows": editing.exclusion_rows(door.session, content.schedule, page.code),
        "rules": editing.exclusion_choices(),
        "policies": editing.policy_choices(door.session),
    }


_SHOWN: dict[str, Callable[[VersionContent, VersionPage], dict[str, Any]]] = {
    "head": _head,
    "conditions": _conditions,
    "suspension": _suspension,
    "ending": _ending,
    "amounts": _amounts,
    "periods": _periods,
    "papers": _papers,
    "exclusions": _exclusions,
}


def revise_draft(version_id: int, change: Callable[[VersionContent], VersionContent]) -> None:
    """Change a draft on behalf of whoever sits at the page. Raises what the service raises."""
    revise(door.session, actor=door.actor, now=door.now, version_id=version_id, change=change)


def back(version_id: int, part: str) -> Response:
    """On to the page of one part."""
    return redirect(url_for("office.write_policy", version_id=version_id, part=part))


@bp.post(f"/office/policies/<ident:version_id>/write/{PART}", endpoint="change_policy")
@permit(Role.TALENT_OFFICE)
def change_policy(version_id: int, part: str) -> Response:
    """Change one part: keep what was typed, add a row, or take one out."""
    typed = Typed(request.form)
    try:
        if part == "head":
            _change_head(version_id, typed)
        else:
            revise_draft(version_id, lambda kept: _CHANGES[part](_as_read(kept, part), typed))
    except Invalid as refused:
        return _part_page(version_id, part, dict(request.form.items()), beside(refused))
    except Refusal as refused:
        door.say_why(refused)
        return back(version_id, part)
    door.say(_("Kept in the draft."))
    return back(version_id, part)


def _change_head(version_id: int, typed: Typed) -> None:
    units = {key for key, _name in editing.unit_choices(door.session)}
    head = policy_forms.read_head(typed, units, ICON)

    def change(kept: PolicyHead) -> PolicyHead:
        return replace(head, icon=as_read(kept, request.form, replaces=True).icon)

    change_head(door.session, actor=door.actor, now=door.now, version_id=version_id, change=change)


def _as_read(kept: VersionContent, part: str) -> VersionContent:
    return as_read(kept, request.form, replaces=part in ("amounts", "periods"))


def _change_suspension(kept: VersionContent, typed: Typed) -> VersionContent:
    return policy_forms.with_tree(kept, "suspension", _taken_out(kept, "suspension", typed))


def _change_ending(kept: VersionContent, typed: Typed) -> VersionContent:
    if typed.text("who_ends"):
        return policy_forms.ended_at_once(kept, typed.text("who_ends") == "night")
    return policy_forms.with_tree(kept, "ending", _taken_out(kept, "ending", typed))


def _taken_out(kept: VersionContent, part: str, typed: Typed) -> dict[str, Any]:
    try:
        return clauses.without(policy_forms.tree_of(kept, part), editing.read(typed.text("take_out")))
    except LookupError:
        raise NotFound() from None


def _change_conditions(kept: VersionContent, typed: Typed) -> VersionContent:
    left = _taken_out(kept, "conditions", typed)
    if left == {clauses.ALL: []}:
        typed.refuse("last_condition", _("A policy has at least one condition."), "")
        typed.check()
    return policy_forms.with_tree(kept, "conditions", left)


def _change_amounts(kept: VersionContent, typed: Typed) -> VersionContent:
    by = typed.text("by")
    if by:
        if by not in {key for key, _name in editing.table_choices()}:
            raise NotFound()
        return replace(kept, rates=policy_forms.new_table(by))
    return replace(kept, rates=policy_forms.read_rates(typed, kept.rates))


def _change_periods(kept: VersionContent, typed: Typed) -> VersionContent:
    days = {key for key, _name in editing.day_choices()}
    if typed.text("starts_with") not in days or typed.text("rhythm") not in policy_forms.RHYTHMS:
        raise NotFound()
    known = {"", *(kept.rates.get("amounts") or {})}
    if typed.text("subject") not in policy_forms.SUBJECTS or not known >= {
        typed.text(f"order-{key}") for key in editing.CLASSES
    }:
        raise NotFound()
    return replace(kept, schedule=policy_forms.read_schedule(typed, kept.schedule))


def _change_papers(kept: VersionContent, typed: Typed) -> VersionContent:
    if typed.text("take_out"):
        left = [paper for paper in kept.materials if paper["code"] != typed.text("take_out")]
        return replace(kept, materials=left)
    paper = policy_forms.read_paper(typed, editing.known_papers(door.session))
    return replace(kept, materials=[*kept.materials, paper])


def _change_exclusions(kept: VersionContent, typed: Typed) -> VersionContent:
    rows = list(kept.schedule.get("exclusions") or ())
    if typed.text("take_out"):
        rows = [row for place, row in enumerate(rows) if str(place) != typed.text("take_out")]
    else:
        known = {key for key, _name in editing.policy_choices(door.session)}
        names = [name for name in request.form.getlist("with") if name in known]
        rows.append(policy_forms.read_exclusion(typed, names))
    return replace(kept, schedule={**kept.schedule, "exclusions": rows})


_CHANGES: dict[str, Callable[[VersionContent, Typed], VersionContent]] = {
    "conditions": _change_conditions,
    "suspension": _change_suspension,
    "ending": _change_ending,
    "amounts": _change_amounts,
    "periods": _change_periods,
    "papers": _change_papers,
    "exclusions": _change_exclusions,
}
