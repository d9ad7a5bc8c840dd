"""One team, one mentee or one person sent to learn: who joins and leaves, what is over, what was written wrongly."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.formats import parse_date
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import BUREAUS, WATCHERS, as_sent, chosen_id, done, today, written
from concierge.blueprints.campaign.teams import (
    EXPERTS,
    PLEASE,
    UNIT,
    LearnerForm,
    MenteeForm,
    TeamForm,
    placement_of,
)
from concierge.queries.campaigns import FieldRow, expert_choices, home_choices, host_choices, own_fields
from concierge.queries.teams import TeamRow, mentee_named, placement_named, team_named
from concierge.services import mentorships, placements, team_members
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, as_choices
from concierge.web.permits import permit

DAY = {"type": "date"}


class JoinForm(Form):
    """Somebody joins a team."""

    expert = SelectField(_("Who joins"), validate_choice=False)
    joined_on = StringField(_("First day in the team"), render_kw=DAY)


class LeaveForm(Form):
    """Somebody leaves a team."""

    expert = SelectField(_("Who leaves"), validate_choice=False)
    left_on = StringField(_("Last day in the team"), render_kw=DAY)


class EndForm(Form):
    """A team is over."""

    ended_on = StringField(_("Last day of the team"), render_kw=DAY)


class FollowedForm(MenteeForm):
    """A mentee as he was written down, and his last day."""

    ended_on = StringField(
        _("Followed until"), render_kw=DAY, description=_("The last day; left empty while he is followed.")
    )


@bp.route("/experts/teams/<ident:team_id>", methods=["GET", "POST"])
@permit(*WATCHERS)
def team(team_id: int) -> Response:
    """Who is and was in a team, from when to when; its bureau changes that here."""
    row = team_named(door.session, team_id)
    field, may_write, here = _field(row.field_id), door.actor.has(*BUREAUS), url_for("campaign.team", team_id=team_id)
    correct, join, leave, end = (
        _team_form(row),
        JoinForm(prefix="join-"),
        LeaveForm(prefix="leave-"),
        EndForm(prefix="end-"),
    )
    acts: dict[str, tuple[Form, Callable[[], None]]] = {
        "correct": (correct, partial(_correct, correct, team_id)),
        "join": (join, partial(_join, join, team_id)),
        "leave": (leave, partial(_leave, leave, team_id)),
        "end": (end, partial(_end, end, team_id)),
    }
    if request.form.get("act") == "resume":
        given: dict[str, Any] = {"actor": door.actor, "now": door.now, "team_id": team_id}
        done(partial(team_members.resume_team, door.session, **given), _("The team goes on."))
        return redirect(here)
    form, act = acts.get(request.form.get("act", ""), acts["correct"])
    if request.method == "POST" and written(form, act, _("Written down.")):
        return redirect(here)
    inside = [(public_id(each.expert_id), each.name) for each in row.members if each.is_in]
    free = [pair for pair in expert_choices(door.session, field.id) if pair[0] not in dict(inside)] if may_write else []
    others = [pair for pair in inside if pair[0] != public_id(row.leader_id)]
    join.expert.choices, leave.expert.choices = as_choices([PLEASE, *free]), as_choices([PLEASE, *others])
    for day in (join.joined_on, leave.left_on, end.ended_on):
        day.data = day.data or today().isoformat()
    return door.render(
        "pages/campaign/team_show.html", row=row, field=field, form=correct, join_form=join, leave_form=leave,
        end_form=end, may_join=free, may_leave=others, may_write=may_write, **as_sent(),
    )  # fmt: skip


def _team_form(row: TeamRow) -> TeamForm:
    kept = {"name_zh": row.name.zh, "name_en": row.name.en, "formed_on": row.formed_on.isoformat()}
    form = TeamForm(data=kept | {"base_unit": public_id(row.base_id), "leader": public_id(row.leader_id)})
    form.base_unit.choices = as_choices(home_choices(door.session))
    form.leader.choices = as_choices([(public_id(each.expert_id), each.name) for each in row.members if each.is_in])
    return form


def _join(form: JoinForm, team_id: int) -> None:
    team_members.join_team(
        door.session, actor=door.actor, now=door.now, team_id=team_id,
        expert_id=chosen_id(form.expert.data, "expert", EXPERTS),
        joined_on=parse_date(form.joined_on.data or "", "joined_on"),
    )  # fmt: skip


def _leave(form: LeaveForm, team_id: int) -> None:
    team_members.leave_team(
        door.session, actor=door.actor, now=door.now, team_id=team_id,
        expert_id=chosen_id(form.expert.data, "expert", EXPERTS),
        left_on=parse_date(form.left_on.data or "", "left_on"),
    )  # fmt: skip


def _end(form: EndForm, team_id: int) -> None:
    team_members.end_team(
        door.session, actor=door.actor, now=door.now, team_id=team_id,
        ended_on=parse_date(form.ended_on.data or "", "ended_on"),
    )  # fmt: skip


def _correct(form: TeamForm, team_id: int) -> None:
    change = team_members.TeamChange(
        name_zh=form.name_zh.data or "", name_en=form.name_en.data or "",
        base_unit_id=chosen_id(form.base_unit.data, "base_unit", UNIT),
        leader_id=chosen_id(form.leader.data, "leader", EXPERTS),
        formed_on=parse_date(form.formed_on.data or "", "formed_on"),
    )  # fmt: skip
    team_members.correct_team(door.session, actor=door.actor, now=door.now, team_id=team_id, change=change)


@bp.route("/experts/mentees/<ident:mentorship_id>", methods=["GET", "POST"])
@permit(*BUREAUS)
def mentee(mentorship_id: int) -> Response:
    """Correct a mentee, write his last day down, or strike him out if he was entered by mistake."""
    row = mentee_named(door.session, mentorship_id)
    field, kept = _field(row.field_id), {"mentee_name": row.name, "unit": public_id(row.unit_id)}
    ended = row.ended_on.isoformat() if row.ended_on else ""
    form = FollowedForm(data=kept | {"starts_on": row.starts_on.isoformat(), "ended_on": ended})
    form.unit.choices = as_choices(_with(host_choices(door.session, door.actor), (public_id(row.unit_id), row.unit)))
    del form.expert
    given: dict[str, Any] = {"actor": door.actor, "now": door.now, "mentorship_id": mentorship_id}
    back = redirect(url_for("campaign.mentees", field=public_id(field.id)))
    if request.form.get("act") == "strike-out":
        done(partial(mentorships.strike_out_mentorship, door.session, **given), _("Struck out; no figure counts him."))
        return back

    def correct() -> None:
        followed = mentorships.Followed(
            mentee_name=form.mentee_name.data or "", unit_id=chosen_id(form.unit.data, "unit", UNIT),
            starts_on=parse_date(form.starts_on.data or "", "starts_on"),
            ended_on=parse_date(form.ended_on.data, "ended_on") if form.ended_on.data else None,
        )  # fmt: skip
        mentorships.correct_mentorship(door.session, **given, followed=followed)

    if request.method == "POST" and written(form, correct, _("Corrected.")):
        return back
    return door.render("pages/campaign/mentee_show.html", row=row, field=field, form=form, **as_sent())


@bp.route("/experts/placements/<ident:placement_id>", methods=["GET", "POST"])
@permit(*BUREAUS)
def placement(placement_id: int) -> Response:
    """Correct what was written down of somebody sent to learn; how far it is is recorded on the page of the case."""
    row = placement_named(door.session, placement_id)
    field = _field(row.field_id)
    kept = {"form": row.form.value, "person_name": row.name, "programme": row.programme, "host": row.host}
    kept |= {"unit": public_id(row.unit_id), "declared_on": row.declared_on.isoformat()}
    form = LearnerForm(data=kept)
    form.unit.choices = as_choices(_with(home_choices(door.session), (public_id(row.unit_id), row.unit)))

    def correct() -> None:
        placements.correct_placement(
            door.session, actor=door.actor, now=door.now, placement_id=placement_id, placement=placement_of(form)
        )

    if request.method == "POST" and written(form, correct, _("Corrected.")):
        return redirect(url_for("campaign.placements", field=public_id(field.id)))
    return door.render("pages/campaign/placement_show.html", row=row, field=field, form=form, **as_sent())


def _with(choices: Sequence[tuple[str, Any]], kept: tuple[str, Any]) -> Sequence[tuple[str, Any]]:
    """The choices with the one that is kept among them, also where the list is cut short."""
    return choices if any(key == kept[0] for key, _text in choices) else [kept, *choices]


def _field(field_id: int) -> FieldRow:
    """A field one works in. Raises NotFound."""
    found = next((row for row in own_fields(door.session, door.actor) if row.id == field_id), None)
    if found is None:
        raise NotFound()
    return found
