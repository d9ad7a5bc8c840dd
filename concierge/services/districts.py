"""Districts: the first row of a site, before there is anybody to act in it; and how they call themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.audit import old_and_new, record
from concierge.models.district import District
from concierge.rules.roles import Role
from concierge.services.negative_items import begin_list
from concierge.services.people import only

LONGEST_NAME, LONGEST_ADDRESS = 60, 120
NUMBER = re.compile(r"[0-9+][0-9 \-]{2,28}[0-9]")


def found_district(
    session: Session, *, now: datetime, code: str, name_zh: str, name_en: str, is_demo: bool = False, **known: str
) -> int:
    """Found a district with the standard negative list; a fictional one is marked for good.

    `known` may hold its hotline and its addresses. Raises Refusal when its code is taken.
    """
    with transaction(session):
        names = {"name_zh": name_zh, "name_en": name_en, **known}
        return add_district(session, now=now, code=code, is_demo=is_demo, names=names)


def add_district(session: Session, *, now: datetime, code: str, is_demo: bool, names: Mapping[str, str]) -> int:
    """Add a district with the standard negative list inside the running transaction.

    Raises Refusal when its code is taken.
    """
    if session.execute(select(District.id).where(District.code == code)).first():
        raise Refusal.because("district_exists", _("a district with this code exists already"))
    district_id = new_id()
    session.add(District(id=district_id, code=code, is_demo=is_demo, **names))
    session.flush()
    begin_list(session, district_id=district_id, now=now)
    founder = machine(district_id)
    record(session, act="found-district", actor=founder, now=now, subject_kind="district", subject_id=district_id)
    return district_id


@dataclass(frozen=True, kw_only=True)
class DistrictNames:
    """How a district calls itself, where it stands and under which number it is reached; addresses may be empty."""

    name_zh: str
    name_en: str
    address_zh: str = ""
    address_en: str = ""
    hotline: str = ""


def rename_district(session: Session, *, actor: Actor, now: datetime, names: DistrictNames) -> None:
    """Change names, address and hotline; headers, guide, letters and mails say them from now on.

    The old words stay in the history of settings. Raises Invalid naming each field.
    """
    only(actor, Role.SYSTEM_ADMIN)
    given = clean_names(names)
    with transaction(session):
        district = session.get_one(District, actor.district_id)
        data = old_and_new({name: getattr(district, name) for name in given}, given)
        for name, value in given.items():
            setattr(district, name, value)
        about: dict[str, Any] = {"subject_kind": "district", "subject_id": actor.district_id}
        record(session, act="rename-district", actor=actor, now=now, data=data, **about)


def clean_names(names: DistrictNames) -> dict[str, str]:
    """The names without needless blanks. Raises Invalid naming each field that is missing, too long or no number."""
    given = {name: " ".join(value.split()) for name, value in vars(names).items()}
    if wrong := _wrong(given):
        raise Invalid(*wrong)
    return given


def _wrong(given: dict[str, str]) -> list[Reason]:
    wrong = []
    for name, value in given.items():
        longest = LONGEST_ADDRESS if name.startswith("address") else LONGEST_NAME
        if not value and name.startswith("name"):
            wrong.append(Reason("missing", _("This is needed"), name))
        elif len(value) > longest:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=longest), name))
    if given["hotline"] and not NUMBER.fullmatch(given["hotline"]):
        wrong.append(Reason("number", _("A telephone number, please: digits, blanks and hyphens."), "hotline"))
    return wrong


def has_districts(session: Session) -> bool:
    """Whether the site serves any district yet."""
    return session.execute(select(District.id).limit(1)).first() is not None
