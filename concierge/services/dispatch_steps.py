"""What the steps of a dispatch order do beside moving it: how it is answered, when it was served, how it is rated."""

from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among
from concierge.models.care import Rating
from concierge.models.dispatch import Activity, DispatchOrder, Prescription
from concierge.services.campaign_years import count_orders_in_their_year
from concierge.services.steps import Taking, after, before
from concierge.workflows.dispatch import DispatchOrderFlow as Flow


def _write(taking: Taking, ids: list[int], **values: Any) -> None:
    taking.session.execute(
        update(DispatchOrder).where(among(DispatchOrder.id, ids)).values(**values),
        execution_options={"synchronize_session": False},
    )


@before(Flow.triage)
def keep_the_mode(taking: Taking, ids: list[int]) -> None:
    """How the need will be answered."""
    if mode := taking.data.get("mode"):
        _write(taking, ids, mode=mode)


@before(Flow.serve)
def keep_the_service(taking: Taking, ids: list[int]) -> None:
    """From its day on the order counts. Raises Invalid for a day to come."""
    today = local_date(taking.act.now, taking.act.calendar.zone)
    given = _day_gone_by(taking, today)
    planned = select(DispatchOrder.id).where(among(DispatchOrder.id, ids), DispatchOrder.starts_on > today).limit(1)
    if given is None and taking.session.execute(planned).first():
        raise Invalid.because("day_missing", _("The planned day is still to come; give the day."), "served_on")
    values: dict[str, Any] = {
        name: taking.data[name] for name in ("half_days", "words", "solved") if taking.data.get(name)
    }
    values["served_on"] = given if given is not None else DispatchOrder.starts_on
    _write(taking, ids, serves=DispatchOrder.serves + 1, **values)
    count_orders_in_their_year(taking.session, ids)


def _day_gone_by(taking: Taking, today: date) -> date | None:
    given = taking.data.get("served_on")
    if given is None:
        return None
    if (day := date.fromisoformat(given)) > today:
        raise Invalid.because("too_early", _("It cannot be recorded before it has happened."), "served_on")
    return day


@before(Flow.revise)
def correct_the_service(taking: Taking, ids: list[int]) -> None:
    """What was recorded is put right before the host answers; the link it was given for the old words is no good any
    more. Raises Invalid for a day to come."""
    values: dict[str, Any] = {"serves": DispatchOrder.serves + 1}
    if length := taking.data.get("half_days"):
        values["half_days"] = length
    if day := _day_gone_by(taking, local_date(taking.act.now, taking.act.calendar.zone)):
        values["served_on"] = day
        done = update(Activity).where(among(Activity.order_id, ids)).values(happened_on=day)
        taking.session.execute(done, execution_options={"synchronize_session": False})
    _write(taking, ids, **values)
    count_orders_in_their_year(taking.session, ids)


@before(Flow.contest)
def forget_the_service(taking: Taking, ids: list[int]) -> None:
    """A service that the host does not know of does not count, nor does what was said to be done on it."""
    for made in (Activity, Prescription):
        taking.session.execute(
            delete(made).where(among(made.order_id, ids)), execution_options={"synchronize_session": False}
        )
    _write(taking, ids, served_on=None)


@before(Flow.take_back)
def forget_the_entry(taking: Taking, ids: list[int]) -> None:
    """An order taken back with the list it came from counts no more, and the list may be imported anew."""
    forget_the_service(taking, ids)
    _write(taking, ids, reference=None)


@after(Flow.rate)
def keep_the_rating(taking: Taking, ids: list[int]) -> None:
    """One rating for each order, never edited."""
    rows = taking.session.execute(
        select(DispatchOrder.id, DispatchOrder.host_unit_id).where(among(DispatchOrder.id, ids))
    ).all()
    rating = {"level": int(taking.data["level"]), "words": taking.data.get("words") or "", "at": taking.act.now}
    made = [
        {"id": new_id(), "district_id": taking.act.actor.district_id, "case_id": row.id, "specialist_id": None}
        | {"unit_id": row.host_unit_id}
        | rating
        for row in rows
    ]
    taking.session.execute(insert(Rating), made)
    _write(taking, ids, is_rated=True)
