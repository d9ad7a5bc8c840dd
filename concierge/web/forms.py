"""Forms: a WTForm made from what a step asks; CSRF always on; errors come back from the one place that checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field as FormField

from concierge.basics.errors import Refusal
from concierge.basics.text import Text
from concierge.engine.asks import Field, FieldKind
from concierge.engine.declare import Step

Choices = Sequence[tuple[str, Any]]


class Form(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A form of ours. `given()` is what was typed; `take_errors()` puts what a service refused beside its fields."""

    general_errors: list[Text]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.general_errors = []

    def given(self) -> dict[str, Any]:
        """What was typed, by field."""
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "version")}

    def take_errors(self, wrong: Refusal) -> None:
        """Show refused input: each reason beside its field, the rest above the form."""
        for reason in wrong.reasons:
            field = self._fields.get(reason.field or "")
            if field is None:
                self.general_errors.append(reason.text)
            else:
                field.errors = [*field.errors, reason.text]


def as_choices(pairs: Choices) -> list[SelectChoice]:
    """(value, label) pairs as WTForms wants them."""
    return [SelectChoice(value, label) for value, label in pairs]


def form_for(step: Step, choices: Mapping[str, Choices] | None = None) -> type[Form]:
    """The form of a step's `ask`; `choices` give the (value, label) pairs of fields that name other records."""
    fields = step.ask.fields if step.ask is not None else ()
    made = {field.name: _form_field(field, (choices or {}).get(field.name, ())) for field in fields}
    return type(f"{step.name.title()}Form", (Form,), made)


def _form_field(field: Field, choices: Choices) -> FormField:
    common: dict[str, Any] = {"label": field.label, "description": field.hint or ""}
    if field.required:
        common["render_kw"] = {"required": True}
    match field.kind:
        case FieldKind.LONG_TEXT:
            return TextAreaField(**common)
        case FieldKind.CHOICE:
            return RadioField(**common, choices=as_choices(field.choices), validate_choice=False)
        case FieldKind.RECORD:
            return SelectField(**common, choices=as_choices([("", ""), *choices]), validate_choice=False)
        case FieldKind.YES:
            return BooleanField(**common)
        case FieldKind.DATE:
            common["render_kw"] = {**common.get("render_kw", {}), "type": "date"}
        case FieldKind.MONEY:
            common["render_kw"] = {**common.get("render_kw", {}), "inputmode": "decimal"}
        case FieldKind.NUMBER:
            common["render_kw"] = {**common.get("render_kw", {}), "inputmode": "numeric"}
    return StringField(**common)


__all__ = [
    "BooleanField",
    "FileField",
    "Form",
    "HiddenField",
    "PasswordField",
    "RadioField",
    "SelectField",
    "StringField",
    "TextAreaField",
    "as_choices",
    "form_for",
]
