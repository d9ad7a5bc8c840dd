"""Members who were named after the host had confirmed: the host confirms them too before their days are due."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import OWN_CASE, SAME_PERSON
from concierge.engine.run import Act
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember
from concierge.models.person import Person
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.confirmed_days import grant_for_orders
from concierge.services.dispatch import order_in_sight
from concierge.services.people import only

FOR_THE_HOST = (Role.UNIT_LIAISON, Role.SECTOR, Role.TALENT_OFFICE)


def confirm_members(session: Session, *, actor: Actor, now: datetime, order_id: int) -> None:
    """Confirm for the host whoever was named later; his days are due from now on.

    Raises NotFound, Refusal when nobody waits, and for whoever named one of them or is one himself.
    """
    only(actor, *FOR_THE_HOST)
    with transaction(session):
        order_in_sight(session, actor, order_id)
        m, e, p = DispatchMember, ServiceExpert, Person
        rows = session.execute(
            select(m.id, m.expert_id, m.added_by_key, p.id_index)
            .join(e, e.id == m.expert_id)
            .outerjoin(p, p.id == e.person_id)
            .where(m.order_id == order_id, m.added_by_key.is_not(None))
            .with_for_update(of=m)
        ).all()
        if not rows:
            raise Refusal.because("nobody_to_confirm", _("nobody was named since the host confirmed"))
        wrong = []
        if any(row.added_by_key in actor.person_keys for row in rows):
            wrong.append(SAME_PERSON)
        if any(row.id_index in actor.person_keys for row in rows):
            wrong.append(OWN_CASE)
        if wrong:
            raise Refusal(*wrong)
        session.execute(update(m).where(among(m.id, [row.id for row in rows])).values(added_by_key=None))
        grant_for_orders(session, Act(actor, now, calendar_of(session, actor.district_id)), [order_id])
        record(
            session, act="confirm-members", actor=actor, now=now, subject_kind="dispatch_order", subject_id=order_id,
            data={"experts": [row.expert_id for row in rows]},
        )  # fmt: skip
