"""The set-up of a campaign by the talent office: the campaign, its groups and fields, and the part of each unit."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Bilingual, _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import as_sent, chosen_id, done, none_yet, the_campaign, today, written
from concierge.queries.campaign_setup import (
    field_named,
    field_rows,
    group_named,
    groups,
    last_with_units,
    part_rows,
)
from concierge.queries.campaigns import CampaignRow, campaigns, office_choices
from concierge.rules.dispatch import CampaignPart
from concierge.rules.roles import Role
from concierge.services import campaign_setup as services
from concierge.services import campaign_units as units
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, as_choices
from concierge.web.permits import permit

NEEDED, WORD = {"required": True}, re.compile("[a-z0-9]+")
PART = "part_"
"""With the unit's id after it, the name under which a page sends the part of a unit."""
PARTS = [(part.value, part.label) for part in CampaignPart]
CODE_HINT = _("Small letters and digits; left empty, it is made from the English name. It stays as it is.")


class CampaignForm(Form):
    """A campaign of one year."""

    name_zh = StringField(_("Chinese name"), render_kw=NEEDED)
    name_en = StringField(_("English name"), render_kw=NEEDED)
    code = StringField(_("Code"), description=CODE_HINT)
    year = StringField(_("Year"), render_kw={"inputmode": "numeric"})
    starts_on = StringField(_("Begins on"), render_kw={"type": "date"})
    ends_on = StringField(_("Ends on"), render_kw={"type": "date"})
    parent = SelectField(_("Programme above it"), validate_choice=False)
    basis = StringField(_("Basis"), description=_("The document it rests on, with its number."))
    same_units = BooleanField(_("The same units with the same parts"))


class GroupForm(Form):
    """A reporting group."""

    name_zh = StringField(_("Chinese name"), render_kw=NEEDED)
    name_en = StringField(_("English name"), render_kw=NEEDED)
    code = StringField(_("Code"), description=CODE_HINT)
    position = StringField(_("Place in the order"), render_kw={"inputmode": "numeric"})


class FieldForm(Form):
    """A field of the campaign."""

    name_zh = StringField(_("Chinese name"), render_kw=NEEDED)
    name_en = StringField(_("English name"), render_kw=NEEDED)
    code = StringField(_("Code"), description=CODE_HINT)
    group = SelectField(_("Reporting group"), validate_choice=False)
    unit = SelectField(_("Bureau that leads it"), validate_choice=False)


@bp.route("/setup/new", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def new_campaign() -> Response:
    """Begin a campaign; the units of the one before may take the same parts in it."""
    form, like = CampaignForm(), last_with_units(door.session)
    form.parent.choices = _above()
    if request.method == "GET":
        year = today().year
        form.year.data, form.starts_on.data, form.ends_on.data = str(year), f"{year}-01-01", f"{year}-12-31"
    else:
        try:
            made = services.add_campaign(
                door.session, actor=door.actor, now=door.now, campaign=_campaign(form),
                units_of=like if form.same_units.data else None,
            )  # fmt: skip
        except Invalid as wrong:
            form.take_errors(wrong)
        else:
            door.say(_("The campaign is begun. What it still needs stands below."))
            return redirect(url_for("campaign.setup", campaign=public_id(made)))
    before = next((row for row in campaigns(door.session) if row.id == like), None)
    return door.render("pages/campaign/campaign_new.html", form=form, before=before, **as_sent())


def _campaign(form: CampaignForm) -> services.NewCampaign:
    starts_on = parse_date(form.starts_on.data or "", "starts_on")
    return services.NewCampaign(
        code=_code(form), year=_number(form.year.data) if form.year.data else starts_on.year,
        name_zh=form.name_zh.data or "", name_en=form.name_en.data or "", starts_on=starts_on,
        ends_on=parse_date(form.ends_on.data or "", "ends_on"),
        parent_id=chosen_id(form.parent.data, "parent", _("Please choose a campaign.")) if form.parent.data else None,
        basis=form.basis.data or "",
    )  # fmt: skip


def _code(form: CampaignForm | GroupForm | FieldForm) -> str:
    """The code typed, or one made from the English name."""
    return form.code.data or "-".join(WORD.findall((form.name_en.data or "").lower()))[: services.LONGEST_CODE].strip(
        "-"
    )


def _number(text: str | None) -> int:
    """The whole number typed; -1 for what is none, which no service takes."""
    typed = text or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1


@bp.route("/setup", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def setup() -> Response:
    """What a campaign is made of, what it still needs, and adding to it at any time."""
    if (none := none_yet()) is not None:
        return none
    campaign, known = the_campaign(), groups(door.session)
    group, field, parts = GroupForm(prefix="group-"), _field_form(prefix="field-"), Form()
    acts = {"group": (group, _add_group), "field": (field, _add_field), "units": (parts, _name_units)}
    sent = request.form.get("act", "units")
    if request.method == "POST" and sent in acts:
        form, act = acts[sent]
        if written(form, partial(act, form, campaign), _("Added to the set-up.")):
            return redirect(url_for("campaign.setup", campaign=public_id(campaign.id)))
    if sent != "group":
        group.position.data = str(len(known) + 1)
    return door.render(
        "pages/campaign/setup_show.html", campaign=campaign, group_form=group, field_form=field, part_form=parts,
        groups=known, fields=field_rows(door.session), units=part_rows(door.session, campaign.id),
        parts=PARTS, typed=request.form, campaigns=campaigns(door.session), **as_sent(),
    )  # fmt: skip


def _field_form(**given: Any) -> FieldForm:
    form = FieldForm(**given)
    known = [(public_id(row.id), row.name) for row in groups(door.session)]
    form.group.choices = as_choices([("", _("Please choose")), *known])
    form.unit.choices = as_choices([("", _("Please choose")), *office_choices(door.session)])
    return form


def _name(form: CampaignForm | GroupForm | FieldForm) -> Bilingual:
    return Bilingual(form.name_zh.data or "", form.name_en.data or "")


def _place(form: FieldForm) -> dict[str, Any]:
    return {
        "group_id": chosen_id(form.group.data, "group", _("Please choose a reporting group.")),
        "unit_id": chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
    }


def _add_group(form: GroupForm, _campaign: CampaignRow) -> None:
    services.add_group(
        door.session, actor=door.actor, now=door.now, code=_code(form), name=_name(form),
        position=_number(form.position.data),
    )  # fmt: skip


def _add_field(form: FieldForm, _campaign: CampaignRow) -> None:
    services.add_field(door.session, actor=door.actor, now=door.now, code=_code(form), name=_name(form), **_place(form))


def _name_units(_form: Form, campaign: CampaignRow) -> None:
    typed = {name.removeprefix(PART): part for name, part in request.form.items() if name.startswith(PART)}
    chosen = [(parse_id(unit), CampaignPart(part)) for unit, part in typed.items() if part in list(CampaignPart)]
    units.name_units(door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, parts=chosen)


@bp.route("/setup/groups/<ident:group_id>", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def group(group_id: int) -> Response:
    """Correct the names of a reporting group, or its place in the order."""
    known = group_named(door.session, group_id)
    form = GroupForm(data={"name_zh": known.name.zh, "name_en": known.name.en, "position": str(known.position)})
    del form.code

    def keep() -> None:
        services.edit_group(
            door.session, actor=door.actor, now=door.now, group_id=group_id, name=_name(form),
            position=_number(form.position.data),
        )  # fmt: skip

    return _corrected(form, keep, known.name, known.code)


@bp.route("/setup/fields/<ident:field_id>", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def field(field_id: int) -> Response:
    """Correct the names of a field, its group, or the bureau that leads it."""
    known = field_named(door.session, field_id)
    place = {"group": public_id(known.group_id), "unit": public_id(known.unit_id)}
    form = _field_form(data={"name_zh": known.name.zh, "name_en": known.name.en, **place})
    del form.code

    def keep() -> None:
        services.edit_field(
            door.session, actor=door.actor, now=door.now, field_id=field_id, name=_name(form), **_place(form)
        )

    return _corrected(form, keep, known.name, known.code)


def _corrected(form: Form, keep: Callable[[], None], name: Bilingual, code: str) -> Response:
    if request.method == "POST" and written(form, keep, _("Corrected.")):
        return redirect(url_for("campaign.setup", campaign=request.args.get("campaign")))
    return door.render("pages/campaign/setup_edit.html", form=form, name=name, code=code, **as_sent())


@bp.route("/setup/campaign", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def correct_campaign() -> Response:
    """Correct a campaign; its code, year and the programme above it as long as nothing of it is recorded."""
    if (none := none_yet()) is not None:
        return none
    known = the_campaign()
    parent = public_id(known.parent_id) if known.parent_id is not None else ""
    kept = {"name_zh": known.name.zh, "name_en": known.name.en, "basis": known.basis, "parent": parent}
    kept |= {"code": known.code, "year": str(known.year)}
    form = CampaignForm(data=kept | {name: getattr(known, name).isoformat() for name in ("starts_on", "ends_on")})
    form.parent.choices = _above(besides=known.id)
    del form.same_units
    if services.hangs_on(door.session, known.id):
        for name in services.FIXED.values():
            form[name].data = kept[name]
            form[name].render_kw = {"disabled": True}
        form.code.description = _("Something of it is recorded already: code, year and programme above stay.")

    def keep() -> None:
        services.edit_campaign(
            door.session, actor=door.actor, now=door.now, campaign_id=known.id, campaign=_campaign(form)
        )  # fmt: skip

    return _corrected(form, keep, known.name, str(known.year))


def _above(besides: int | None = None) -> list[SelectChoice]:
    """The programmes under which a campaign may stand."""
    rows = [row for row in campaigns(door.session) if row.parent_id is None and row.id != besides]
    return as_choices([("", _("None")), *((public_id(row.id), f"{row.year} {row.name}") for row in rows)])


@bp.post("/setup/units/<ident:unit_id>")
@permit(Role.TALENT_OFFICE)
def change_part(unit_id: int) -> Response:
    """Give a unit another part, or take it out of the campaign."""
    campaign, chosen = the_campaign(), request.form.get("part")

    def change() -> None:
        if chosen not in ("", *CampaignPart):
            raise Invalid.because("part", _("Please choose"), "part")
        units.change_part(
            door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, unit_id=unit_id,
            part=CampaignPart(chosen) if chosen else None,
        )  # fmt: skip

    done(change, _("Corrected."))
    return redirect(url_for("campaign.setup", campaign=public_id(campaign.id)))
