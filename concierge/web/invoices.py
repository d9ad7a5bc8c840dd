"""The form of an invoice, alike on the expert's page and on the specialist's."""

from flask import request

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import parse_date, parse_money
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.services.invoices import enter_invoice, remove_invoice
from concierge.web.doors import door
from concierge.web.forms import Form, StringField

DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class InvoiceForm(Form):
    """One invoice as it is printed."""

    number = StringField(_("Number of the invoice"), render_kw={"required": True, **DIGITS})
    code = StringField(_("Code of the invoice"), description=_("Only older invoices have one."), render_kw=DIGITS)
    issued_on = StringField(_("Issued on"), render_kw={"type": "date", "required": True})
    seller = StringField(_("Seller"), render_kw={"required": True, "maxlength": 100})
    amount = StringField(_("Amount with tax (yuan)"), render_kw={"inputmode": "decimal", "required": True})


def take_invoice(claim_id: int) -> InvoiceForm | None:
    """Enter the invoice that was typed, or take one out; the form with what is wrong, or None when it is done."""
    form = InvoiceForm()
    try:
        if "remove" in request.form:
            gone = parse_id(request.form["remove"])
            remove_invoice(door.session, actor=door.actor, now=door.now, claim_id=claim_id, invoice_id=gone)
            door.say(_("The invoice was taken out."))
        else:
            _enter(form, claim_id)
            door.say(_("The invoice is kept."))
    except Invalid as wrong:
        form.take_errors(wrong)
        return form
    except Refusal as refused:
        for reason in refused.reasons:
            door.say(reason.text, kind="warn")
    return None


def _enter(form: InvoiceForm, claim_id: int) -> None:
    enter_invoice(
        door.session,
        actor=door.actor,
        now=door.now,
        claim_id=claim_id,
        code=form.code.data or "",
        number=form.number.data or "",
        issued_on=parse_date(form.issued_on.data or "", "issued_on"),
        seller=(form.seller.data or "")[:100],
        amount_fen=parse_money(form.amount.data or "", "amount"),
    )
