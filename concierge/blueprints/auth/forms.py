"""The forms of this room."""

from concierge.basics.text import _
from concierge.web.forms import Form, PasswordField, StringField


class LoginForm(Form):
    """Name and password."""

    login = StringField(_("Log-in name"), render_kw={"autocomplete": "username", "autofocus": True, "required": True})
    password = PasswordField(_("Password"), render_kw={"autocomplete": "current-password", "required": True})


class CodeForm(Form):
    """The one-time code of the second factor."""

    code = StringField(
        _("One-time code"),
        description=_("Six digits from your authenticator."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "required": True},
    )


class EnrolForm(CodeForm):
    """The first code of a new device; whoever had another one before shows that he still has it."""

    present = StringField(
        _("Code of the present device"),
        description=_("Your second factor is set up already; its own code lets another one take its place."),
        render_kw={"autocomplete": "off", "inputmode": "numeric", "required": True},
    )


class PasswordForm(Form):
    """Changing one's own password."""

    old_password = PasswordField(
        _("Present password"), render_kw={"autocomplete": "current-password", "required": True}
    )
    new_password = PasswordField(
        _("New password"),
        description=_("At least 8 characters, with three of: lower case, upper case, digits, signs."),
        render_kw={"autocomplete": "new-password", "required": True},
    )
