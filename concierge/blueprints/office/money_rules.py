"""The money rules: tiers of amounts and the hold of a changed payee, proposed and confirmed by two persons."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import parse_money, plain_money
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.office import bp
from concierge.queries.money_rules import rules_page
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules, Tier
from concierge.services.money_rules import answer_rules, propose_rules
from concierge.web.doors import door
from concierge.web.forms import Form, StringField, TextAreaField
from concierge.web.permits import permit

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
DECIMAL = {"inputmode": "decimal", "required": True}


class RulesForm(Form):
    """Other rules, with their basis."""

    director = StringField(_("The director decides up to (yuan)"), render_kw=DECIMAL)
    meeting = StringField(
        _("The meeting decides up to (yuan)"),
        description=_("Above it the leading group decides."),
        render_kw=DECIMAL,
    )
    hold_days = StringField(
        _("Hold of a changed payee (working days)"), render_kw={"inputmode": "numeric", "required": True}
    )
    basis = TextAreaField(_("Basis"), description=_("Document number and date."), render_kw={"required": True})


@bp.get("/money-rules")
@permit(Role.TALENT_OFFICE, *FINANCE)
def money_rules() -> Response:
    """What holds, and what is proposed."""
    return _page(RulesForm())


def _page(form: RulesForm, status: int = 200) -> Response:
    page = rules_page(door.session, door.actor)
    if status == 200:
        form.director.data = plain_money(page.in_force.director_fen)
        form.meeting.data = plain_money(page.in_force.meeting_fen)
        form.hold_days.data = str(page.in_force.hold_days)
    return door.render(
        "pages/office/money_rules.html", status, page=page, form=form, tiers=list(Tier), has_errors=status != 200
    )


@bp.post("/money-rules")
@permit(Role.TALENT_OFFICE)
def set_money_rules() -> Response:
    """Propose other rules, or answer what a colleague proposed."""
    try:
        if "proposal" in request.form:
            accept = request.form.get("answer") == "confirm"
            proposal = parse_id(request.form["proposal"])
            answer_rules(door.session, actor=door.actor, now=door.now, proposal_id=proposal, accept=accept)
            door.say(_("Answered; the rules of today are shown above."))
            return redirect(url_for("office.money_rules"))
        form = RulesForm()
        propose_rules(door.session, actor=door.actor, now=door.now, rules=_typed(form))
    except Invalid as wrong:
        form.take_errors(wrong)
        return _page(form, 422)
    except Refusal as refused:
        door.say_why(refused, "warn")
        return redirect(url_for("office.money_rules"))
    door.say(_("Proposed. It counts once a second person has confirmed it."))
    return redirect(url_for("office.money_rules"))


def _typed(form: RulesForm) -> MoneyRules:
    days = (form.hold_days.data or "").strip()
    return MoneyRules(
        parse_money(form.director.data or "", "director"),
        parse_money(form.meeting.data or "", "meeting"),
        int(days) if days.isascii() and days.isdigit() and len(days) < 4 else -1,
        form.basis.data or "",
    )
