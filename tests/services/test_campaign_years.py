"""What is dated in another year than its campaign's counts in the campaign that ran then, and is never lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound
from concierge.db import DistrictSession
from concierge.models.press import PressItem
from concierge.queries.campaign_figures import Span, count_all
from concierge.rules.dispatch import ActivityKind, Done, MeetingKind
from concierge.rules.roles import Role
from concierge.services.campaign_setup import NewCampaign, add_campaign, edit_campaign
from concierge.services.campaigns import hold_meeting
from concierge.services.field_service import record_service
from concierge.services.press import NewItem, write_item
from concierge.services.steps import take_step
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from concierge.workflows.press_item import PressItemFlow
from tests.campaigns import CAMPAIGN, Orders, bureau, fill
from tests.databases import KINDS, NewDatabase
from tests.office import HEALTH, NOW, actor

JANUARY: datetime = NOW + timedelta(days=45)
OFFICE: dict[str, Any] = {"actor": actor(Role.TALENT_OFFICE), "now": NOW}
NEXT = NewCampaign(
    code="next", year=2027, name_zh="三服务一促进", name_en="Three services", starts_on=date(2027, 1, 1),
    ends_on=date(2027, 12, 31),
)  # fmt: skip


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def served_in_january(session: DistrictSession, day: str = "2027-01-05") -> int:
    """An order of December's that was served after the new year, with something done on it."""
    order_id = Orders(session).accepted()
    record_service(
        session, actor=bureau(), now=JANUARY, order_id=order_id, version=None, given={"served_on": day},
        done=[Done(ActivityKind.CLINIC, 30)],
    )  # fmt: skip
    return order_id


def told(session: DistrictSession, campaign_id: int, year: int) -> tuple[int, int, int]:
    """Batches, person-times and people served of a campaign's year."""
    figures = count_all(session, Span.of_year((campaign_id,), year))
    return figures.get("batches", 0), figures.get("people", 0), figures.get("served", 0)


def test_an_order_of_december_served_in_january_counts_in_the_new_year(session: DistrictSession) -> None:
    new = add_campaign(session, **OFFICE, campaign=NEXT)
    order_id = served_in_january(session)
    assert (told(session, CAMPAIGN, 2026), told(session, new, 2027)) == ((0, 0, 0), (1, 1, 30))
    given = {"served_on": "2026-12-30"}
    Orders(session, JANUARY).take(order_id, Flow.revise, **given)
    assert (told(session, CAMPAIGN, 2026), told(session, new, 2027)) == ((1, 1, 30), (0, 0, 0))


def test_of_several_campaigns_of_a_year_the_one_of_the_same_code_counts_it(session: DistrictSession) -> None:
    other = add_campaign(session, **OFFICE, campaign=NEXT)
    same = add_campaign(session, **OFFICE, campaign=replace(NEXT, code="own"))
    order_id = served_in_january(session)
    assert (told(session, other, 2027), told(session, same, 2027)) == ((0, 0, 0), (1, 1, 30))
    beside = replace(NEXT, code="a", year=2026, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    add_campaign(session, **OFFICE, campaign=beside)
    Orders(session, JANUARY).take(order_id, Flow.revise, served_on="2026-12-30")
    assert told(session, CAMPAIGN, 2026) == (1, 1, 30)


def test_what_was_served_before_the_years_campaign_was_begun_is_gathered_when_it_is(session: DistrictSession) -> None:
    served_in_january(session)
    later = replace(NEXT, starts_on=date(2027, 1, 10))
    new = add_campaign(session, **OFFICE, campaign=later)
    assert told(session, new, 2027) == (0, 0, 0), "it did not run on that day"
    edit_campaign(session, **OFFICE, campaign_id=new, campaign=NEXT)
    assert (told(session, CAMPAIGN, 2026), told(session, new, 2027)) == ((0, 0, 0), (1, 1, 30))


def test_what_is_dated_in_the_year_stays_also_before_the_first_day_of_its_campaign(session: DistrictSession) -> None:
    own = replace(NEXT, code="own", year=2026, starts_on=date(2026, 11, 10), ends_on=date(2026, 12, 31))
    edit_campaign(session, **OFFICE, campaign_id=CAMPAIGN, campaign=replace(own, parent_id=302))
    add_campaign(session, **OFFICE, campaign=NEXT)
    served_in_january(session, "2026-11-02")
    assert told(session, CAMPAIGN, 2026) == (1, 1, 30)


def test_an_item_passed_in_december_and_published_in_january_counts_in_the_new_year(session: DistrictSession) -> None:
    new = add_campaign(session, **OFFICE, campaign=NEXT)
    item = NewItem(
        campaign_id=CAMPAIGN, unit_id=HEALTH, channel="new_media", title="下乡义诊", words="义诊走进前进村。"
    )
    made = write_item(session, actor=bureau(), now=NOW, item=item)
    press = actor(Role.PRESS, key="press")
    for step, when in ((PressItemFlow.clear, NOW), (PressItemFlow.publish, JANUARY)):
        given = {"link": "https://example.gov.example/1"} if step is PressItemFlow.publish else {}
        take_step(session, actor=press, now=when, step=step, case_id=made, version=None, given=given)
    assert session.execute(select(PressItem.campaign_id).where(PressItem.id == made)).scalar_one() == new


def test_a_meeting_is_of_the_year_of_its_campaign(session: DistrictSession) -> None:
    new = add_campaign(session, **OFFICE, campaign=NEXT)
    meeting: dict[str, Any] = {"kind": MeetingKind.PROGRESS, "held_on": date(2026, 11, 20), "title": "推进会"}
    with pytest.raises(Invalid, match="other_year"):
        hold_meeting(session, **OFFICE, campaign_id=new, **meeting)
    with pytest.raises(NotFound):
        hold_meeting(session, **OFFICE, campaign_id=7, **meeting)
    hold_meeting(session, **OFFICE, campaign_id=CAMPAIGN, **meeting)
    assert count_all(session, Span.of_year((CAMPAIGN,), 2026))["meetings"] == 1
