"""Files that come with a form: the proof of a changed bank account."""

from flask import request

from concierge.basics.text import _
from concierge.services.documents import Upload
from concierge.web.forms import FileField, Form

ACCEPT = "image/jpeg,image/png,application/pdf,.jpg,.jpeg,.png,.pdf"


class WithProof(Form):
    """A form that asks for a proof."""

    file = FileField(
        _("Proof of the account"),
        description=_("Needed for a change: a photo of the card, of the bank book, or a letter of the bank."),
        render_kw={"accept": ACCEPT},
    )


def upload_in(name: str = "file") -> Upload | None:
    """The file in the request's form, or None where there is none."""
    given = request.files.get(name)
    if given is None or not given.filename:
        return None
    return Upload(given.filename, given.read())
