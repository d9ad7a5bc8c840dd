"""Certificates of recognition: what an expert holds and has under way, and the certificate as it is printed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.person import Person, TalentStatus
from concierge.models.recognition import Recognition, SchemeVersion, TalentCategory, TalentScheme
from concierge.models.scope import visible_cases
from concierge.workflows.recognition import RecognitionFlow as Flow

_ASKED, _GRANTED = aliased(TalentCategory), aliased(TalentCategory)


@dataclass(frozen=True)
class OwnRecognition:
    """One of the expert's own recognitions. `is_in_force`: its certificate holds today."""

    id: int
    number: str
    category: Bilingual
    grade: str
    state_label: Text
    is_open: bool
    certificate: str
    valid_from: date | None
    valid_to: date | None
    is_in_force: bool


def own_recognitions(session: Session, *, person_id: int, today: date) -> list[OwnRecognition]:
    """What the expert holds, has under way and had before, newest first (at most 20)."""
    rows = session.execute(
        select(Recognition, _ASKED, _GRANTED)
        .join(_ASKED, _ASKED.id == Recognition.category_id)
        .outerjoin(_GRANTED, _GRANTED.id == Recognition.granted_id)
        .where(Recognition.expert_id == person_id)
        .order_by(Recognition.id.desc())
        .limit(20)
    ).tuples()
    return [
        OwnRecognition(
            id=case.id,
            number=case.number,
            category=(granted or asked).name,
            grade=(granted or asked).grade,
            state_label=Flow.states[case.state].label,
            is_open=case.is_open and case.state != Flow.certified.name,
            certificate=case.certificate,
            valid_from=case.valid_from,
            valid_to=case.valid_to,
            is_in_force=holds(case, today),
        )
        for case, asked, granted in rows
    ]


def holds(case: Recognition, today: date) -> bool:
    """Whether a certificate holds on a day; a renewed one holds until the next begins."""
    if case.state not in (Flow.certified.name, Flow.renewed.name) or case.valid_from is None or case.valid_to is None:
        return False
    return case.valid_from <= today <= case.valid_to


@dataclass(frozen=True)
class Certificate:
    """The certificate of a recognition, as it is printed."""

    id: int
    number: str
    name: str
    scheme: Bilingual
    category: Bilingual
    grade: str
    basis: str
    office: Bilingual
    valid_from: date
    valid_to: date
    is_in_force: bool


def certificate_of(session: Session, *, actor: Actor, case_id: int, today: date) -> Certificate | None:
    """The certificate of a recognition that the actor may see; None where there is none."""
    r, office = Recognition, aliased(Unit)
    row = session.execute(
        select(r, Person.full_name, TalentScheme, SchemeVersion.number, _GRANTED, office.name_zh, office.name_en)
        .join(Person, (Person.id == r.expert_id) & (Person.district_id == r.district_id))
        .join(SchemeVersion, SchemeVersion.id == r.scheme_version_id)
        .join(TalentScheme, TalentScheme.id == SchemeVersion.scheme_id)
        .join(_GRANTED, _GRANTED.id == r.granted_id)
        .join(office, office.id == r.office_id)
        .where(r.id == case_id, r.certificate != "", visible_cases(actor))
    ).one_or_none()
    if row is None:
        return None
    case, name, scheme, basis, category, office_zh, office_en = row
    return Certificate(
        id=case.id,
        number=case.certificate,
        name=name,
        scheme=scheme.name,
        category=category.name,
        grade=category.grade,
        basis=basis,
        office=Bilingual(office_zh, office_en),
        valid_from=case.valid_from,
        valid_to=case.valid_to,
        is_in_force=holds(case, today),
    )


@dataclass(frozen=True)
class Standing:
    """The category that somebody has on a day, by the words of its certificate where there is one."""

    category: Bilingual
    grade: str
    valid_to: date | None


def standing_of(session: Session, *, person_id: int, today: date) -> Standing | None:
    """The category a person has on a day; of several the one recognised last. None where he has none."""
    t = TalentStatus
    row = session.execute(
        select(t.category, t.valid_to, _GRANTED.name_zh, _GRANTED.name_en)
        .outerjoin(Recognition, Recognition.id == t.recognition_id)
        .outerjoin(_GRANTED, _GRANTED.id == Recognition.granted_id)
        .where(t.person_id == person_id, t.valid_from <= today, t.valid_to.is_(None) | (t.valid_to >= today))
        .order_by(t.valid_from.desc(), t.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    grade, valid_to, name_zh, name_en = row
    return Standing(Bilingual(name_zh or f"{grade}类", name_en or f"Category {grade}"), grade, valid_to)
