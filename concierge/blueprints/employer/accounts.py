"""Where units are paid: a unit or the talent office proposes an account, somebody else checks it.

The accounts of experts that wait for a check lie on the same page, for those who check them all.
"""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.employer import bp
from concierge.queries.unit_accounts import WHOLE, unit_accounts, units_to_propose_for
from concierge.queries.waiting_payees import waiting_payees
from concierge.rules.roles import Role
from concierge.services.registering_many import check_bank_accounts
from concierge.services.unit_payees import propose_unit_account
from concierge.web.doors import door
from concierge.web.forms import SelectField, StringField
from concierge.web.permits import permit
from concierge.web.uploads import WithProof, upload_in

NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class UnitAccountForm(WithProof):
    """A new account of a unit."""

    unit_id = SelectField(_("Unit"), coerce=str, validate_choice=False)
    holder_name = StringField(_("Account holder"), render_kw={"required": True})
    bank_name = StringField(_("Bank"), render_kw={"required": True})
    account = StringField(_("Bank account"), render_kw={"required": True, **NUMBER})
    branch_code = StringField(_("Bank branch code"), render_kw=NUMBER)


@bp.route("/unit-accounts", methods=["GET", "POST"])
@permit(Role.EMPLOYER, Role.TALENT_OFFICE, Role.SPECIALIST_LEAD, Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
def unit_account_list() -> Response:
    """The accounts of the units in sight, and a form for a new one."""
    form, status = UnitAccountForm(), 200
    form.unit_id.choices = units_to_propose_for(door.session, actor=door.actor)
    if request.method == "POST":
        typed = form.unit_id.data or ""
        try:
            propose_unit_account(
                door.session, actor=door.actor, now=door.now, keys=door.keys,
                unit_id=int(typed) if typed.isdecimal() and len(typed) < 20 else 0,
                holder_name=form.holder_name.data or "", bank_name=form.bank_name.data or "",
                branch_code=form.branch_code.data or "", number=form.account.data or "",
                storage=door.storage, proof=upload_in(),
            )  # fmt: skip
        except Refusal as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The account is kept; another person has to check it."))
            return redirect(url_for("employer.unit_account_list"))
    return door.render(
        "pages/employer/account_list.html",
        status=status,
        form=form,
        rows=unit_accounts(door.session, actor=door.actor),
        experts=waiting_payees(door.session, actor=door.actor) if door.actor.has(*WHOLE) else [],
        has_errors=status != 200,
    )


@bp.post("/unit-accounts/first")
@permit(*WHOLE)
def check_first_accounts() -> Response:
    """Settle the ticked first accounts of experts; one that takes another's place is checked by itself."""
    ids = [parse_id(each) for each in request.form.getlist("ids")]
    settled = check_bank_accounts(door.session, actor=door.actor, now=door.now, account_ids=ids)
    if settled:
        door.say(_("%(n)s accounts are settled.", n=len(settled)))
    else:
        door.say(_("Nothing was selected that you may check."), kind="error")
    return redirect(url_for("employer.unit_account_list"))
