"""The campaign of the fictional district is set up: fields, experts, teams, meetings, people sent away to learn."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import TypedDict

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo import campaign_words as words
from concierge.demo.campaign_words import FIELDS, FieldYear
from concierge.demo.places import villages
from concierge.demo.scene import Scene, Story
from concierge.demo.words import Words
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.report import ActionItem
from concierge.rules.dispatch import CampaignPart, MeetingKind, PlacementForm
from concierge.services import campaign_setup, campaign_units, campaigns
from concierge.services.campaign_setup import NewCampaign
from concierge.services.campaigns import Asked
from concierge.services.monthly_reports import settle_item
from concierge.services.placements import NewPlacement, declare_placements
from concierge.services.service_experts import NewExpert, list_experts
from concierge.services.steps import take_steps
from concierge.services.teams import NewTeam, form_team
from concierge.workflows.placement import PlacementFlow

LOGINS = {"education": "sector_education", "health": "sector", "science": "sector_science"}
TO_ANSWER = timedelta(days=25)
"""How long a unit has for what a meeting asked."""
EMPLOYS = {"education": "education", "health": "health", "science": "industry", "agriculture": "agriculture"}


@dataclass
class Year:
    """What the months draw from: the campaign, its days, its fields and experts, and what is still to be told."""

    scene: Scene
    first: date
    last: date
    random: Random = field(default_factory=lambda: Random(11))
    campaign_id: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    experts: dict[str, list[int]] = field(default_factory=dict)
    open_orders: list[int] = field(default_factory=list)

    @property
    def villages(self) -> list[int]:
        """Every village."""
        return [self.scene.units[place.code] for place in villages()]

    def actor(self, code: str) -> Actor:
        """The officer of the bureau that leads a field."""
        return self.scene.cast[LOGINS.get(code, "sector_agriculture")]

    def days(self, many: int) -> list[date]:
        """So many working days over the whole year, in order."""
        span = (self.last - self.first).days
        drawn = [self.first + timedelta(days=self.random.randint(0, span)) for _n in range(many)]
        calendar = self.scene.calendar
        return sorted(day if calendar.is_working(day) else self._before(day) for day in drawn)

    def _before(self, day: date) -> date:
        while day > self.first and not self.scene.calendar.is_working(day):
            day -= timedelta(days=1)
        return day


class Given(TypedDict):
    """Who sets the campaign up, and when."""

    actor: Actor
    now: datetime


def set_up(year: Year) -> None:
    """The campaign and its parent, its units, fields, experts, teams, meetings, and those sent away to learn."""
    scene, given = year.scene, Given(actor=year.scene.cast["talent_office"], now=year.scene.moment)
    first, last = date(year.first.year, 1, 1), date(year.first.year, 12, 31)
    above = NewCampaign(
        code="experts-to-the-grass-roots", name_zh="“万名专家人才服务基层”活动",
        name_en="Ten thousand experts serve the grass roots", year=year.first.year, starts_on=first, ends_on=last,
    )  # fmt: skip
    parent = campaign_setup.add_campaign(scene.db, campaign=above, **given)
    own = NewCampaign(
        code="three-services", name_zh="“三服务一促进”专项行动", name_en="Three Services, One Promotion",
        parent_id=parent, basis=f"望党办发〔{year.first.year}〕8号", year=year.first.year, starts_on=first,
        ends_on=last,
    )  # fmt: skip
    year.campaign_id = campaign_setup.add_campaign(scene.db, campaign=own, **given)
    parts = [(scene.units[code], CampaignPart(part)) for code, part in words.PARTS]
    campaign_units.name_units(scene.db, campaign_id=year.campaign_id, parts=parts, **given)
    groups = {
        code: campaign_setup.add_group(scene.db, code=code, name=name, position=at, **given)
        for at, (code, name) in enumerate(words.GROUPS)
    }
    names = Words(Random(12))
    for each in FIELDS:
        year.fields[each.code] = campaign_setup.add_field(
            scene.db, code=each.code, name=each.name, group_id=groups[each.group], unit_id=scene.units[each.bureau],
            **given,
        )  # fmt: skip
        year.experts[each.code] = _list_experts(year, each, names)
    _form_teams(year)
    _hold_meetings(year)
    _send_to_learn(year)


def _list_experts(year: Year, each: FieldYear, names: Words) -> list[int]:
    """The experts of a field: those whose files the district keeps first, then colleagues of theirs."""
    scene = year.scene
    filed = [
        NewExpert(
            full_name=expert.person.full_name, person_id=person_id,
            home_unit_id=scene.units[expert.place.code], specialty=each.specialties[n % len(each.specialties)],
        )
        for n, (person_id, expert) in enumerate(scene.experts)
        if expert.place.field == EMPLOYS[each.code]
    ][: each.experts // 3]  # fmt: skip
    others = [
        NewExpert(
            full_name=names.name(is_male=n % 2 == 0), home_unit_id=scene.units[each.homes[n % len(each.homes)]],
            specialty=each.specialties[n % len(each.specialties)],
        )
        for n in range(each.experts - len(filed))
    ]  # fmt: skip
    return list_experts(
        scene.db, actor=year.actor(each.code), now=scene.moment, field_id=year.fields[each.code],
        experts=[*filed, *others],
    )  # fmt: skip


def _form_teams(year: Year) -> None:
    for at, (code, name, base) in enumerate(words.TEAMS):
        team = NewTeam(
            campaign_id=year.campaign_id, field_id=year.fields[code], name_zh=name.zh, name_en=name.en,
            base_unit_id=year.scene.units[base], members=year.experts[code][at * 9 : at * 9 + 9],
            formed_on=year.first,
        )  # fmt: skip
        form_team(year.scene.db, actor=year.actor(code), now=year.scene.moment, team=team)


def _hold_meetings(year: Year) -> None:
    """The meetings of the whole year go on the agenda, each on its day."""
    span = (year.last - year.first).days
    for at in range(len(words.MEETINGS)):
        day = year.first + timedelta(days=span * at // len(words.MEETINGS))
        year.scene.begin(year.scene.on(day, 15), _meeting(year, at, day))


def _meeting(year: Year, at: int, day: date) -> Story:
    """A meeting, and what it asked, which is done three weeks later, or late."""
    scene, (kind, title, minutes) = year.scene, words.MEETINGS[at]
    asked = [
        Asked(unit_id=scene.units[unit], words=text, owner=owner, due_on=day + TO_ANSWER)
        for unit, text, owner in [words.ASKED[each] for each in words.ASKED if each == at]
    ]
    meeting = campaigns.hold_meeting(
        scene.db, actor=scene.cast["talent_office"], now=scene.moment, campaign_id=year.campaign_id,
        kind=MeetingKind(kind), held_on=day, title=title, minutes=minutes, attendees=words.ATTENDEES, asked=asked,
    )  # fmt: skip
    if asked and at != max(words.ASKED):  # what the last one asked is still to be done
        yield scene.moment + (timedelta(days=40) if at == min(words.ASKED) else timedelta(days=21))
        with transaction(scene.db):
            item = scene.db.execute(select(ActionItem.id).where(ActionItem.meeting_id == meeting)).scalar_one()
        settle_item(scene.db, actor=scene.cast["talent_office"], now=scene.moment, item_id=item)


def _send_to_learn(year: Year) -> None:
    schools = [year.scene.units[f"{town}-school"] for town in ("qingshan", "yunling", "donggou", "wulanmutu")]
    names = Words(Random(13))
    visits = [
        NewPlacement(
            form=PlacementForm.VISIT, programme="国培计划校长研修", host="北京师范大学",
            person_name=names.name(is_male=n % 2 == 0), unit_id=schools[n % 4], declared_on=year.first,
        )
        for n in range(words.PRINCIPALS)
    ]  # fmt: skip
    posts = [
        NewPlacement(
            form=PlacementForm.SHADOWING, programme="教育系统专业技术人员进京跟岗培训", host="协作区中小学",
            person_name=names.name(is_male=n % 2 == 1), unit_id=schools[n % 4], declared_on=year.first,
        )
        for n in range(words.SHADOWING + 1)
    ]  # fmt: skip
    actor, scene = year.actor("education"), year.scene
    ids = declare_placements(
        scene.db, actor=actor, now=scene.moment, campaign_id=year.campaign_id, field_id=year.fields["education"],
        placements=[*visits, *posts],
    )  # fmt: skip
    for step, moved in (
        (PlacementFlow.approve, ids[:25]),
        (PlacementFlow.begin, ids[:12]),
        (PlacementFlow.complete, ids[:3]),
        (PlacementFlow.end, ids[-1:]),
    ):
        given = {"reason": "本人因工作调整放弃"} if step is PlacementFlow.end else {}
        take_steps(scene.db, actor=actor, now=scene.moment, step=step, wanted=map(Wanted, moved), given=given)
