"""My money: what arrived and what is on its way, whether it has arrived, and where it is paid."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.formats import parse_money, plain_money, year_or
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import before, calendar, fresh_key, my_id, today
from concierge.queries import portal_money
from concierge.queries.clawbacks import own_clawbacks
from concierge.queries.portal_home import about_me
from concierge.queries.year_statement import year_statement as statement_of
from concierge.rules.roles import Role
from concierge.services.bank_accounts import propose_bank_account
from concierge.services.receipts import confirm_receipt
from concierge.web.doors import door
from concierge.web.forms import Form, StringField
from concierge.web.permits import permit
from concierge.web.uploads import WithProof, upload_in


class ReceiptForm(Form):
    """What really arrived."""

    amount = StringField(
        _("Amount that arrived (yuan)"),
        description=_("If nothing arrived, write 0."),
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


class AccountForm(WithProof):
    """Where one wants to be paid."""

    holder_name = StringField(_("Name of the account holder"), render_kw={"autocomplete": "name", "required": True})
    bank_name = StringField(
        _("Bank and branch"), description=_("As printed in your bank book."), render_kw={"required": True}
    )
    account = StringField(
        _("Card or account number"),
        description=_("The account must be in your own name."),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "required": True},
    )
    branch_code = StringField(
        _("Bank branch code (12 digits)"),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


@bp.get("/payments")
@permit(Role.EXPERT)
def payments() -> Response:
    """My payments, newest first, and what comes next."""
    page = portal_money.payments(door.session, person_id=my_id(), today=today(), before=before())
    owed = own_clawbacks(door.session, my_id(), now=door.now, calendar=calendar())
    return door.render("pages/portal/payment_list.html", page=page, repayments=owed)


@bp.get("/payments/year")
@permit(Role.EXPERT)
def year_statement() -> Response:
    """What I received in a year, gross, withheld and net, to print."""
    this = today().year
    year = year_or(request.args.get("year", ""), this)
    page = statement_of(door.session, person_id=my_id(), year=year)
    years = [this, this - 1, this - 2]
    return door.render("print/year_statement.html", page=page, years=years)


@bp.get("/payments/<ident:item_id>/receipt")
@permit(Role.EXPERT)
def receipt(item_id: int) -> Response:
    """Has the money arrived?"""
    payment = _mine(item_id)
    form = ReceiptForm(amount=plain_money(payment.amount_fen))
    return door.render("pages/portal/receipt_confirm.html", payment=payment, form=form)


@bp.post("/payments/<ident:item_id>/receipt")
@permit(Role.EXPERT)
def answer_receipt(item_id: int) -> Response:
    """Keep what the expert says has arrived."""
    payment, form = _mine(item_id), ReceiptForm()
    try:
        fen = parse_money(form.amount.data or "", "amount")
        agrees = confirm_receipt(door.session, actor=door.actor, now=door.now, item_id=item_id, amount_fen=fen)
    except Invalid as wrong:
        form.take_errors(wrong)
        return door.render("pages/portal/receipt_confirm.html", status=422, payment=payment, form=form, has_errors=True)
    if agrees:
        door.say(_("Thank you for telling us."))
    else:
        door.say(_("Thank you. The difference is being looked into, and you will hear from us."), "warn")
    return redirect(url_for("portal.payments"))


@bp.get("/bank-account")
@permit(Role.EXPERT)
def bank_account() -> Response:
    """Where I am paid, and a form for another account."""
    me = about_me(door.session, my_id(), today())
    return _show_account(AccountForm(holder_name=me.name if me is not None else ""))


@bp.post("/bank-account")
@permit(Role.EXPERT)
def propose_account() -> Response:
    """Propose an account; somebody else checks it before anything is paid to it."""
    form = AccountForm()
    try:
        propose_bank_account(
            door.session,
            actor=door.actor,
            now=door.now,
            keys=door.keys,
            person_id=my_id(),
            holder_name=form.holder_name.data or "",
            bank_name=form.bank_name.data or "",
            branch_code=form.branch_code.data or "",
            number=form.account.data or "",
            storage=door.storage,
            proof=upload_in(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _show_account(form, status=422)
    door.say(_("The account has been handed in. It is checked by another person before anything is paid to it."))
    return redirect(url_for("portal.bank_account"))


def _show_account(form: Form, status: int = 200) -> Response:
    settled, proposed = portal_money.accounts(door.session, my_id())
    return door.render(
        "pages/portal/account_propose.html",
        status=status,
        settled=settled,
        proposed=proposed,
        form=form,
        key=fresh_key(),
        has_errors=status == 422,
    )


def _mine(item_id: int) -> portal_money.Payment:
    found = portal_money.payment_of(door.session, my_id(), item_id)
    if found is None:
        raise NotFound()
    return found
