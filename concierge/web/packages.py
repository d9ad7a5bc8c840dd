"""The one form of a package, as the expert and his specialist fill it in."""

from typing import Any

from flask import request

from concierge.basics.text import _
from concierge.queries.packages import offered
from concierge.queries.recognitions import categories_in_force
from concierge.rules.packages import NEW_ARRIVAL
from concierge.rules.talent import KINDS
from concierge.services.packages import PackageWish
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField, as_choices


class PackageForm(Form):
    """Everything that is asked for the whole package."""

    category = SelectField(
        _("Category applied for"),
        validate_choice=False,
        description=_("Left empty: the category that is held already."),
    )
    recruitment = SelectField(
        _("Kind of recruitment"), choices=as_choices([(kind.code, kind.label) for kind in KINDS]), validate_choice=False
    )
    grounds = TextAreaField(_("Grounds of the application"), render_kw={"rows": 3, "maxlength": 2000})
    authorisation = StringField(_("Authorisation shown by the expert"))


def package_form(today: Any) -> PackageForm:
    """The form with the categories in force."""
    form = PackageForm()
    form.category.choices = as_choices([("", _("None")), *categories_in_force(door.session, today)])
    return form


def policies_offered() -> list[tuple[str, Any]]:
    """What may be ticked."""
    return offered(door.session, NEW_ARRIVAL)


def wish_of(form: PackageForm, person_id: int) -> PackageWish:
    """What was typed and ticked."""
    given = {name: value or "" for name, value in form.given().items()}
    return PackageWish(person_id=person_id, policies=tuple(request.form.getlist("policies")), **given)
