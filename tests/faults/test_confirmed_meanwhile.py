"""A host confirms an order while its bureau changes it: what was confirmed stays as the host read it."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.run import Act, Wanted
from concierge.models.dispatch import Activity
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.field_service import note_done
from concierge.services.steps import take
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import Orders, bureau, fill
from tests.databases import NewDatabase
from tests.locks import waits
from tests.office import NOW, actor
from tests.servers import wait_for


def test_nothing_is_written_down_on_an_order_that_is_being_confirmed(new_database: NewDatabase) -> None:
    database = new_database("postgresql", "campaign", fill)
    with database.session() as session:
        order_id = Orders(session).served()

    def note() -> str:
        with database.session() as session:
            try:
                done = Done(ActivityKind.CLINIC, 30)
                note_done(session, actor=bureau(), now=NOW, order_id=order_id, done=done)
            except Refusal as refused:
                return refused.reasons[0].code
        return ""

    with database.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            act = Act(actor(Role.TALENT_OFFICE), NOW, calendar_of(session, 1), data={"confirmed_by": "村主任"})
            assert take(session, Flow.confirm, [Wanted(order_id)], act).moved
            later = pool.submit(note)
            wait_for(lambda: later.done() or waits(session), "the bureau that waits for the host", 20)
        assert later.result(20) == "not_to_be_confirmed"
    with database.session() as session:
        assert session.execute(select(Activity.id).where(Activity.order_id == order_id)).all() == []
