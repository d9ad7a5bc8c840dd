"""Publicity: items with consent, a second check and their numbers; honours, which go into the experts' files."""

from functools import partial

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.formats import month_name, parse_date
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import WATCHERS, as_sent, chosen_id, lamps_of, none_yet, the_campaign, written
from concierge.queries.campaigns import CampaignRow
from concierge.queries.findings import inspected_units
from concierge.queries.press import honour_rows, item_rows, press_numbers, subjects
from concierge.rules.press import HonourLevel, PressChannel
from concierge.rules.roles import Role
from concierge.services.press import NewHonour, NewItem, record_honour, write_item
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit
from concierge.workflows.press_item import WRITERS

READERS = (*WATCHERS, Role.PRESS)
COLOURS = {"written": "amber", "returned": "red", "checked": "blue", "published": "green", "withdrawn": ""}


class ItemForm(Form):
    """An item of publicity."""

    unit = SelectField(_("Unit"), validate_choice=False)
    channel = SelectField(
        _("Where it is published"), choices=as_choices([(each.value, each.label) for each in PressChannel]),
        validate_choice=False,
    )  # fmt: skip
    title = StringField(_("Headline"), render_kw={"required": True})
    words = TextAreaField(_("What it tells"), render_kw={"rows": 4, "required": True})
    of = SelectField(_("Expert or team it tells of"), validate_choice=False)
    consent = StringField(
        _("How those agreed who have no file here"), description=_("The day and form of their written consent.")
    )


class HonourForm(Form):
    """An honour."""

    full_name = StringField(_("Name of the expert"), render_kw={"required": True})
    id_last4 = StringField(_("Last four characters of the ID number"), description=_("Where several share a name."))
    name = StringField(_("Honour"), render_kw={"required": True})
    level = SelectField(
        _("Level"), choices=as_choices([(each.value, each.label) for each in HonourLevel]), validate_choice=False
    )
    basis = StringField(_("Document of the honour"), render_kw={"required": True})
    awarded_on = StringField(_("Awarded on"), render_kw={"type": "date", "required": True})


def tabs(current: str) -> list[dict[str, object]]:
    """The two pages of publicity."""
    named = {"press": _("Publicity"), "honours": _("Honours")}
    return [
        {"text": text, "url": url_for(f"campaign.{name}"), "current": name == current} for name, text in named.items()
    ]


@bp.route("/press", methods=["GET", "POST"])
@permit(*READERS)
def press() -> Response:
    """The items with their states and numbers; bureaus and the publicity officer write new ones."""
    if (none := none_yet()) is not None:
        return none
    campaign, form = the_campaign(), ItemForm()
    may_write = door.actor.has(*WRITERS)
    if may_write:
        units = inspected_units(door.session, campaign.id)
        form.unit.choices = as_choices([("", _("Please choose")), *units])
        form.of.choices = as_choices([("", _("Nobody by name")), *subjects(door.session, campaign)])
    said = _("Written down; a second person checks it before it is published.")
    if request.method == "POST" and written(form, partial(_write, form, campaign), said):
        return redirect(url_for("campaign.press"))
    rows = item_rows(door.session, actor=door.actor, campaign=campaign)
    return door.render(
        "pages/campaign/press_list.html", campaign=campaign, form=form, colours=COLOURS, rows=rows,
        lamps=lamps_of(rows), may_write=may_write, numbers=press_numbers(door.session, campaign=campaign),
        months=[month_name(n) for n in range(1, 13)], tabs=tabs("press"), **as_sent(),
    )  # fmt: skip


def _write(form: ItemForm, campaign: CampaignRow) -> None:
    of = form.of.data or ""
    item = NewItem(
        campaign_id=campaign.id, channel=form.channel.data or "", title=form.title.data or "",
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        words=form.words.data or "", consent=form.consent.data or "",
        expert_id=parse_id(of[1:]) if of.startswith("e") else None,
        team_id=parse_id(of[1:]) if of.startswith("t") else None,
    )  # fmt: skip
    write_item(door.session, actor=door.actor, now=door.now, item=item)


@bp.route("/press/honours", methods=["GET", "POST"])
@permit(*READERS)
def honours() -> Response:
    """The honours of experts; the talent office writes them down."""
    form, said = HonourForm(), _("The honour is in the expert's file; policies and recognition see it.")
    if request.method == "POST" and written(form, partial(_honour, form), said):
        return redirect(url_for("campaign.honours"))
    return door.render(
        "pages/campaign/honour_list.html", form=form, rows=honour_rows(door.session),
        may_write=door.actor.has(Role.TALENT_OFFICE), tabs=tabs("honours"), **as_sent(),
    )  # fmt: skip


def _honour(form: HonourForm) -> None:
    honour = NewHonour(
        full_name=form.full_name.data or "", id_last4=form.id_last4.data or "", name=form.name.data or "",
        level=form.level.data or "", basis=form.basis.data or "",
        awarded_on=parse_date(form.awarded_on.data or "", "awarded_on"),
    )  # fmt: skip
    record_honour(door.session, actor=door.actor, now=door.now, honour=honour)
