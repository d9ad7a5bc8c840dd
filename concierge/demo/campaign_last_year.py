"""The campaign of the year before, entered from the bureaus' lists, so that each figure has one to stand beside."""

from datetime import date
from random import Random

from concierge.demo.campaign_setup import Year
from concierge.demo.campaign_words import FIELDS, FieldYear
from concierge.engine.run import Wanted
from concierge.rules.dispatch import OrderChannel
from concierge.services import campaign_setup, missions
from concierge.services.campaign_setup import NewCampaign
from concierge.services.dispatch import Need
from concierge.services.missions import Mission
from concierge.services.steps import take_steps
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

ORDERS = {"education": (16, 4), "health": (6, 38), "science": (20, 2), "agriculture": (150, 4)}
"""Orders of each field, and how many went with one; fewer and larger ones than in the year that is told."""


def enter_last_year(year: Year) -> None:
    """Its campaign and its orders: hosts have confirmed them, and nothing of them is open."""
    scene, before = year.scene, year.first.year - 1
    own = NewCampaign(
        code="three-services", name_zh="“三服务一促进”专项行动", name_en="Three Services, One Promotion",
        basis=f"望党办发〔{before}〕6号", year=before, starts_on=date(before, 1, 1), ends_on=date(before, 12, 31),
    )  # fmt: skip
    office = scene.cast["talent_office"]
    campaign_id = campaign_setup.add_campaign(scene.db, actor=office, now=scene.moment, campaign=own)
    past = Year(scene, date(before, 1, 6), date(before, 12, 29), Random(17), campaign_id, year.fields, year.experts)
    for each in FIELDS:
        entered = _orders(past, each)
        bureau = past.actor(each.code)
        ids = missions.record_missions(scene.db, actor=bureau, now=scene.moment, missions=entered)
        for actor, step, given in (
            (office, Flow.confirm, {"confirmed_by": "受援单位负责人"}),
            (bureau, Flow.close, {}),
        ):
            take_steps(scene.db, actor=actor, now=scene.moment, step=step, wanted=map(Wanted, ids), given=given)


def _orders(past: Year, each: FieldYear) -> list[Mission]:
    """Orders of colleagues whose files the district does not keep, so that no days of that year fall due."""
    orders, many = ORDERS[each.code]
    colleagues = past.experts[each.code][each.experts // 3 :]
    hosts = past.villages
    return [
        Mission(
            Need(
                campaign_id=past.campaign_id, field_id=past.fields[each.code], channel=OrderChannel.PLAN,
                host_unit_id=past.random.choice(hosts), need=past.random.choice(each.needs), starts_on=day,
                mode=each.mode, half_days=1, members=tuple(past.random.sample(colleagues, many)),
            ),
            (),
        )
        for day in past.days(orders)
    ]  # fmt: skip
