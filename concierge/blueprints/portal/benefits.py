"""What I may enjoy: the statement, one benefit with its reasons, and the answer to it."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import fresh_key, my_id, today
from concierge.engine.declare import Step
from concierge.queries.halts import halt_of
from concierge.queries.statement import Benefit, benefit_of, by_standing, statement
from concierge.rules.roles import Role
from concierge.services.claims import start_claim
from concierge.services.steps import step_named, take_step
from concierge.web.doors import door
from concierge.web.forms import Form, form_for
from concierge.web.permits import permit
from concierge.web.reasons import keep_what_is_shown, known


@bp.get("/benefits")
@permit(Role.EXPERT)
def benefits() -> Response:
    """How I stand to every policy."""
    keep_what_is_shown(my_id())
    page = statement(door.session, person_id=my_id(), today=today())
    return door.render("pages/portal/benefit_list.html", groups=by_standing(page))


@bp.get("/benefits/<ident:policy_id>")
@permit(Role.EXPERT)
def benefit(policy_id: int) -> Response:
    """One benefit with every condition, as it was decided."""
    keep_what_is_shown(my_id())
    return _show(_mine(policy_id), form_for(_step("waive"))())


@bp.post("/benefits/<ident:policy_id>/confirm")
@permit(Role.EXPERT)
def confirm_benefit(policy_id: int) -> Response:
    """Yes, I want it."""
    _answer(_mine(policy_id), "confirm", {})
    door.say(_("Thank you. We prepare everything and will tell you what is next."))
    return redirect(url_for("portal.benefit", policy_id=policy_id))


@bp.post("/benefits/<ident:policy_id>/waive")
@permit(Role.EXPERT)
def waive_benefit(policy_id: int) -> Response:
    """No, I do not want it; a reason is asked."""
    mine, form = _mine(policy_id), form_for(_step("waive"))()
    try:
        _answer(mine, "waive", form.given())
    except Refusal as wrong:
        form.take_errors(wrong)
        return _show(mine, form, status=422 if isinstance(wrong, Invalid) else 409)
    door.say(_("Your answer has been kept. You may ask your specialist if you change your mind."))
    return redirect(url_for("portal.benefit", policy_id=policy_id))


@bp.post("/benefits/<ident:policy_id>/claim")
@permit(Role.EXPERT)
def claim_benefit(policy_id: int) -> Response:
    """Claim what has fallen due: a draft with everything we know already filled in."""
    mine = _mine(policy_id)
    if mine.entitlement_id is None:
        raise NotFound()
    claim_id = start_claim(
        door.session,
        actor=door.actor,
        now=door.now,
        entitlement_id=mine.entitlement_id,
        key=door.request_key(),
    )
    return redirect(url_for("portal.matter", case_id=claim_id))


def _mine(policy_id: int) -> Benefit:
    found = benefit_of(door.session, person_id=my_id(), policy_id=policy_id, today=today())
    if found is None:
        raise NotFound()
    return found


def _step(name: str) -> Step:
    return step_named("entitlement", name)


def _answer(mine: Benefit, name: str, given: dict[str, object]) -> None:
    if mine.entitlement_id is None:
        raise NotFound()
    take_step(
        door.session,
        actor=door.actor,
        now=door.now,
        step=_step(name),
        case_id=mine.entitlement_id,
        version=door.version(),
        given=given,
        key=door.request_key(),
    )


def _show(mine: Benefit, form: Form, status: int = 200) -> Response:
    halt = halt_of(door.session, mine.entitlement_id, mine.state) if mine.entitlement_id is not None else None
    return door.render(
        "pages/portal/benefit_show.html",
        status=status,
        page=mine,
        halt=halt,
        conditions=[known(condition) for condition in mine.conditions],
        form=form,
        key=fresh_key(),
        has_errors=status != 200,
    )
