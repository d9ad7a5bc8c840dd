"""The experts who may be dispatched, and how often each was; the bureau of a field keeps its list."""

from functools import partial

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    BUREAUS,
    WATCHERS,
    as_sent,
    asked_id,
    chosen_id,
    done,
    here,
    today,
    written,
)
from concierge.queries.campaigns import FieldRow, home_choices, own_fields
from concierge.queries.service_experts import expert_rows
from concierge.services.service_experts import LONGEST, NewExpert, add_expert, end_expert
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, as_choices
from concierge.web.permits import permit


class ExpertForm(Form):
    """Somebody who may be dispatched."""

    full_name = StringField(_("Name"), render_kw={"required": True})
    home_unit = SelectField(_("Home unit"), validate_choice=False)
    specialty = StringField(_("Specialty"), render_kw={"maxlength": LONGEST})
    has_file = BooleanField(
        _("The district keeps his file"),
        description=_("Then he sees and answers what he is asked on his own pages, and his service is in his record."),
    )


def field_asked() -> tuple[list[tuple[str, Bilingual]], FieldRow | None, bool]:
    """The fields one works in, as choices; the one in the address or the first; and whether one keeps its lists."""
    known, chosen = own_fields(door.session, door.actor), asked_id("field")
    field = next((row for row in known if chosen is None or row.id == chosen), None)
    choices = [(public_id(row.id), row.name) for row in known]
    return choices, field, field is not None and door.actor.has(*BUREAUS)


def tabs(current: str, field: FieldRow | None) -> list[dict[str, object]]:
    """The pages of a field's people."""
    named = {
        "experts": _("Experts for dispatch"),
        "teams": _("Standing teams"),
        "mentees": _("Mentees"),
        "placements": _("Sent to learn"),
    }
    chosen = public_id(field.id) if field is not None else None
    return [{"text": text, "url": here(name, field=chosen), "current": name == current} for name, text in named.items()]


@bp.route("/experts", methods=["GET", "POST"])
@permit(*WATCHERS)
def experts() -> Response:
    """The list of a field, with this year's person-times of each; its bureau puts experts on it here."""
    form, (fields, field, may_write) = ExpertForm(), field_asked()
    if may_write:
        form.home_unit.choices = as_choices([("", _("Please choose")), *home_choices(door.session)])
    if form.is_submitted() and written(form, partial(_add, form, field), _("The expert is on the list.")):
        return _list_of(field.id if field is not None else None)
    year = today().year
    rows = expert_rows(door.session, field_id=field.id, year=year) if field is not None else []
    return door.render(
        "pages/campaign/expert_list.html",
        fields=fields,
        field=field,
        rows=rows,
        form=form,
        may_write=may_write,
        year=year,
        title=_("Experts for dispatch"),
        tabs=tabs("experts", field),
        **as_sent(),
    )


def _add(form: ExpertForm, field: FieldRow | None) -> None:
    if field is None:
        raise NotFound()
    expert = NewExpert(
        full_name=form.full_name.data or "",
        home_unit_id=chosen_id(form.home_unit.data, "home_unit", _("Please choose a unit of this district.")),
        specialty=form.specialty.data or "",
    )
    has_file = bool(form.has_file.data)
    add_expert(door.session, actor=door.actor, now=door.now, field_id=field.id, expert=expert, has_file=has_file)


@bp.post("/experts/<ident:listed_id>/end", endpoint="end_expert")
@permit(*BUREAUS)
def end_listed(listed_id: int) -> Response:
    """Take an expert off the list."""
    act = partial(end_expert, door.session, actor=door.actor, now=door.now, expert_id=listed_id)
    done(act, _("Off the list; where he went stays in the figures."))
    return _list_of(asked_id("field"))


def _list_of(field_id: int | None) -> Response:
    return redirect(url_for("campaign.experts", field=public_id(field_id) if field_id is not None else None))
