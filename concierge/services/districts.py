"""Districts come into being: the first row of a site, before there is anybody to act in it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.audit import record
from concierge.models.district import District
from concierge.services.negative_items import begin_list


def found_district(
    session: Session, *, now: datetime, code: str, name_zh: str, name_en: str, hotline: str = "", is_demo: bool = False
) -> int:
    """Found a district with the standard negative list; a fictional one is marked for good.

    Raises Refusal when its code is taken.
    """
    with transaction(session):
        if session.execute(select(District.id).where(District.code == code)).first():
            raise Refusal.because("district_exists", _("a district with this code exists already"))
        district_id = new_id()
        names = {"name_zh": name_zh, "name_en": name_en, "hotline": hotline}
        session.add(District(id=district_id, code=code, is_demo=is_demo, **names))
        session.flush()
        begin_list(session, district_id=district_id, now=now)
        founder = machine(district_id)
        record(session, act="found-district", actor=founder, now=now, subject_kind="district", subject_id=district_id)
    return district_id


def has_districts(session: Session) -> bool:
    """Whether the site serves any district yet."""
    return session.execute(select(District.id).limit(1)).first() is not None
