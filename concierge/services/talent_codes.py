"""The reading of a talent code (人才码): once, within its time, by anybody; and the line its owner reads of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.ids import new_id
from concierge.basics.text import Bilingual
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.models.district import District
from concierge.models.person import Person
from concierge.models.recognition import CodeScan
from concierge.queries.certificates import Standing, standing_of
from concierge.rules.identifiers import mask_name
from concierge.rules.talent_codes import fingerprint, read_code

SCANNED = "scan-talent-code"


@dataclass(frozen=True)
class Shown:
    """What whoever scans a code learns, and nothing else."""

    district: Bilingual
    name: str
    category: Bilingual
    grade: str
    valid_to: date | None


def scan_code(session: Session, *, keys: KeyRing, token: str, now: datetime) -> Shown | None:
    """Read a code, once; None for one that is forged, over, read before, or of somebody without a category.

    The session serves the code's district from now on. The reading is kept for the code's owner, without the code.
    """
    code = read_code(keys, token, now=now)
    if code is None:
        return None
    session.info["district"] = code.district_id
    try:
        with transaction(session):
            today = local_date(now, SHANGHAI)
            person = session.execute(select(Person.full_name).where(Person.id == code.person_id)).scalar_one_or_none()
            standing = standing_of(session, person_id=code.person_id, today=today)
            if person is None or standing is None:
                return None
            kept = {"id": new_id(), "district_id": code.district_id, "person_id": code.person_id, "at": now}
            session.execute(insert(CodeScan), [kept | {"fingerprint": fingerprint(keys, token)}])
            record(
                session, act=SCANNED, actor=None, now=now, subject_kind="person", subject_id=code.person_id,
                person_id=code.person_id,
            )  # fmt: skip
            return _shown(session, code.district_id, person, standing)
    except IntegrityError:  # read before
        return None


def _shown(session: Session, district_id: int, full_name: str, standing: Standing) -> Shown:
    district = session.execute(select(District.name_zh, District.name_en).where(District.id == district_id)).one()
    name = mask_name(full_name)
    return Shown(Bilingual(*district), name, standing.category, standing.grade, standing.valid_to)
