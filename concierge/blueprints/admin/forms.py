"""The forms of this room."""

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from concierge.basics.text import Text, _
from concierge.rules.robots import HookFormat
from concierge.rules.roles import ADMIN_ROLES, BUSINESS_ROLES, DELEGABLE, UnitKind
from concierge.services.webhooks import ABOUT
from concierge.web.forms import BooleanField, Form, PasswordField, SelectField, StringField, TextAreaField, as_choices

OFFERED = [("", _("Please choose")), *((r.value, r.label) for r in sorted(ADMIN_ROLES | BUSINESS_ROLES))]
"""No role stands there by itself: the first of the list is an administrator's."""
DATE = {"type": "date"}


class AccountForm(Form):
    """A new account."""

    login = StringField(_("Log-in name"), render_kw={"required": True, "autocomplete": "off"})
    name = StringField(_("Name"), render_kw={"required": True})
    id_number = StringField(
        _("ID number"),
        description=_("Only a keyed fingerprint is kept: duties are separated by person."),
        render_kw={"required": True, "autocomplete": "off"},
    )
    email = StringField(_("E-mail"), render_kw={"type": "email"})
    password = PasswordField(
        _("First password"),
        description=_("It must be changed at the first log-in."),
        render_kw={"required": True, "autocomplete": "new-password"},
    )


class GrantForm(Form):
    """A role in a unit, from a day to a day."""

    login = StringField(_("Log-in name"), render_kw={"required": True})
    role = SelectField(_("Role"), choices=as_choices(OFFERED), validate_choice=False, render_kw={"required": True})
    unit = SelectField(_("Unit"), choices=[], validate_choice=False)
    starts_on = StringField(_("From"), render_kw={**DATE, "required": True})
    ends_on = StringField(_("Until"), render_kw=DATE)
    delegates = SelectMultipleField(
        _("May grant in the unit"),
        description=_("Only for an administrator of a unit: the roles that he may grant there, never to himself."),
        choices=as_choices([(r.value, r.label) for r in DELEGABLE]),
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class DutyForm(Form):
    """A role in the own unit, from a day to a day."""

    duty = SelectField(_("Role"), validate_choice=False)
    starts_on = StringField(_("From"), render_kw=DATE)
    ends_on = StringField(_("Until"), render_kw=DATE)


class ColleagueForm(AccountForm, DutyForm):
    """An account for somebody of the own unit, with its first role."""


CLASSES: dict[str, Text] = {
    "0": _("None"),
    **{str(n): _("Remoteness class %(n)s", n=str(n)) for n in (1, 2, 3)},
}


class DistrictForm(Form):
    """How the district calls itself and is reached."""

    name_zh = StringField(_("Chinese name"), render_kw={"required": True})
    name_en = StringField(_("English name"), render_kw={"required": True})
    address_zh = StringField(_("Address in Chinese"))
    address_en = StringField(_("Address in English"))
    hotline = StringField(_("Hotline"), render_kw={"inputmode": "tel"})


class UnitForm(Form):
    """A unit."""

    code = StringField(_("Code"), render_kw={"required": True})
    kind = SelectField(_("Kind"), choices=as_choices([(k.value, k.label) for k in UnitKind]), validate_choice=False)
    name_zh = StringField(_("Chinese name"), render_kw={"required": True})
    name_en = StringField(_("English name"), render_kw={"required": True})
    phone = StringField(_("Telephone"))
    parent = SelectField(_("Belongs to"), choices=[], validate_choice=False)
    is_township = BooleanField(_("A township unit"))
    remoteness = SelectField(_("Remoteness"), choices=as_choices(list(CLASSES.items())), validate_choice=False)


class WebhookForm(Form):
    """An address outside."""

    login = StringField(
        _("Log-in name"),
        description=_("The address is told of cases that this account may see."),
        render_kw={"required": True, "autocomplete": "off"},
    )
    format = SelectField(
        _("What stands there"), choices=as_choices([(k.value, k.label) for k in HookFormat]), validate_choice=False
    )
    address = StringField(_("Address"), render_kw={"required": True, "autocomplete": "off"})
    secret = PasswordField(
        _("Secret"),
        description=_("What both sides sign with. A WeCom robot has none."),
        render_kw={"autocomplete": "new-password"},
    )
    about = SelectField(
        _("It is told about"), choices=as_choices([(k, each[0]) for k, each in ABOUT.items()]), validate_choice=False
    )


class TableForm(Form):
    """A year's working-day table."""

    year = StringField(_("Year"), render_kw={"inputmode": "numeric", "required": True})
    notice = StringField(
        _("Notice"), description=_("Number or name of the notice that fixes the days."), render_kw={"required": True}
    )
    rest = TextAreaField(
        _("Rest days"), description=_("Dates like 2027-01-01, one a line. Weekends need not be listed.")
    )
    makeup = TextAreaField(_("Make-up working days"), description=_("Saturdays and Sundays that are worked."))


class HoursForm(Form):
    """Working hours."""

    opens = StringField(_("Opens"), render_kw={"type": "time"})
    closes = StringField(_("Closes"), render_kw={"type": "time"})
