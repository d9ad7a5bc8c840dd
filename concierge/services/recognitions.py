"""An application for recognition comes into being (认定, domain §2.1), with its papers, new or given before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal, within
from concierge.basics.ids import new_id, parse_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import NOT_YOURS
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.models.recognition import Recognition, RecognitionPaper, SchemeVersion, TalentCategory, TalentScheme
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.recognitions import held_by, newest_versions
from concierge.rules.recognition import may_follow
from concierge.rules.roles import Role, UnitKind
from concierge.rules.talent import KINDS, code_of
from concierge.services.calendars import calendar_of
from concierge.services.claims import given_before
from concierge.services.documents import Upload, add_document, kept
from concierge.services.repeats import recall, remember
from concierge.storage import Storage
from concierge.workflows.recognition import STAFF
from concierge.workflows.recognition import RecognitionFlow as Flow

LONGEST, LONGEST_AUTHORISATION = 2000, 500
ENDED = ("certified", *(name for name, state in Flow.states.items() if state.final))
"""States after which another application may be made."""
CHANGEABLE = ("draft", "correction", "submitted")


@dataclass(frozen=True, kw_only=True)
class Application:
    """Who is to be recognised as what, and why. `category` is a public id; `authorisation` how the expert asked for it,
    where another applies for him."""

    person_id: int
    category: str
    grounds: str
    recruitment: str = "full_time"
    authorisation: str = ""


def start_recognition(
    session: Session, *, actor: Actor, now: datetime, application: Application, key: str | None = None
) -> int:
    """Open a draft application; returns its id. Papers that the person gave before are there already.

    By the expert for himself, by staff or the employer on his behalf. Raises NotFound for a person out of sight,
    Invalid naming every field that is wrong, Refusal while another application is open, or a certificate of the same
    or a higher category holds for long.
    """
    body = {name: str(value) for name, value in vars(application).items()}
    with transaction(session):
        known = recall(session, actor, "start-recognition", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        recognition_id = open_recognition(session, act, application)
        remember(session, actor, "start-recognition", key, body, {"id": recognition_id}, now)
    return recognition_id


def open_recognition(session: Session, act: Act, application: Application, *, parent_id: int | None = None) -> int:
    """Open the draft in the caller's transaction; its id. Raises as start_recognition."""
    actor, today = act.actor, local_date(act.now, act.calendar.zone)
    person = _person(session, actor, application.person_id)
    by = _applicant(actor, application.person_id)
    scheme, version, category = _category(session, application, by, today)
    _may_apply(session, person.id, category, today)
    employer = _employer(session, person.id, today)
    row = _row(session, person, application, version, category, by, employer) | {"parent_id": parent_id}
    row |= {
        "title_zh": f"人才认定：{scheme.name_zh} {category.name_zh}",
        "title_en": f"Recognition: {scheme.name_en}, {category.name_en}",
    }
    recognition_id = open_cases(session, Flow, [row], act)[0]
    _ask_for_papers(session, act, recognition_id, person.id, version.materials)
    return recognition_id


def _person(session: Session, actor: Actor, person_id: int) -> Person:
    """The person, the row locked: applications for one person are made one after another."""
    wanted = select(Person).where(Person.id == person_id, visible_persons(actor)).with_for_update()
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _applicant(actor: Actor, person_id: int) -> str:
    """In which role the actor applies. Raises Refusal for a role that does not."""
    if actor.has(Role.EXPERT) and actor.person_id == person_id:
        return "expert"
    if actor.has(*STAFF):
        return "specialist"
    if actor.has(Role.EMPLOYER):
        return "employer"
    raise Refusal(NOT_YOURS)


def _category(
    session: Session, application: Application, by: str, today: date
) -> tuple[TalentScheme, SchemeVersion, TalentCategory]:
    """The category asked for, of a version in force. Raises Invalid naming every field that is wrong."""
    wrong, found = [], None
    category = _known(session, application.category)
    if category is not None:
        versions = {version.id: (scheme, version) for scheme, version in newest_versions(session, today)}
        found = versions.get(category.scheme_version_id)
    if category is None or found is None:
        wrong.append(Reason("category", _("Please choose a category of a scheme in force."), "category"))
    if not 0 < len(application.grounds.strip()) <= LONGEST:
        wrong.append(Reason("missing", _("1 to %(n)s characters.", n=LONGEST), "grounds"))
    if by != "expert" and not application.authorisation.strip():
        text = _("Say how the expert asked for it: paper shown, or call and date.")
        wrong.append(Reason("authorisation", text, "authorisation"))
    try:
        code_of(KINDS, application.recruitment, field="recruitment")
    except Invalid as unknown:
        wrong += unknown.reasons
    if wrong or category is None or found is None:
        raise Invalid(*wrong)
    return (*found, category)


def _known(session: Session, public: str) -> TalentCategory | None:
    try:
        return session.get(TalentCategory, parse_id(public))
    except NotFound:
        return None


def _may_apply(session: Session, person_id: int, category: TalentCategory, today: date) -> None:
    refused = []
    open_ = select(Recognition.id).where(Recognition.expert_id == person_id, Recognition.state.not_in(ENDED))
    if session.execute(open_.limit(1)).first() is not None:
        refused.append(Reason("applied_already", _("another application for recognition is under way")))
    held = held_by(session, person_id, today)
    if not may_follow(category.grade, held, today):
        text = _("a certificate of this or a higher category is in force; it can be renewed 60 days before its end")
        refused.append(Reason("category_held", text))
    if refused:
        raise Refusal(*refused)


def _employer(session: Session, person_id: int, today: date) -> int | None:
    post = (
        select(Employment.employer_id)
        .where(Employment.person_id == person_id, Employment.starts_on <= today)
        .where(Employment.ends_on.is_(None) | (Employment.ends_on >= today))
        .order_by(Employment.starts_on.desc())
    )
    return session.execute(post.limit(1)).scalar()


def _row(
    session: Session,
    person: Person,
    application: Application,
    version: SchemeVersion,
    category: TalentCategory,
    by: str,
    employer: int | None,
) -> dict[str, Any]:
    office = select(func.min(Unit.id)).where(Unit.kind == UnitKind.OFFICE.value)
    replaced = select(func.max(Recognition.id)).where(
        Recognition.expert_id == person.id, Recognition.state == Flow.certified.name
    )
    limits = ("review_days", "determination_days", "publicity_days", "needs_publicity", "bureau_id")
    return {name: getattr(version, name) for name in limits} | {
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "office_id": session.execute(office).scalar_one(),
        "employer_id": employer,
        "parent_id": None,
        "waits": 0,
        "scheme_version_id": version.id,
        "category_id": category.id,
        "replaces_id": session.execute(replaced).scalar_one(),
        "applied_by": by,
        "recruitment": application.recruitment,
        "grounds": application.grounds.strip(),
        "authorisation": within(application.authorisation, LONGEST_AUTHORISATION, "authorisation"),
        "needs_employer": version.needs_employer and employer is not None and by != "employer",
    }


def _ask_for_papers(
    session: Session, act: Act, recognition_id: int, person_id: int, materials: Sequence[dict[str, Any]]
) -> None:
    """One row for each paper of the scheme; what lies here already is taken by reference."""
    before = _given_before(session, person_id, [material["code"] for material in materials])
    rows = [
        {
            "id": new_id(),
            "district_id": act.actor.district_id,
            "recognition_id": recognition_id,
            "code": material["code"],
            "name_zh": material["name"]["zh"],
            "name_en": material["name"]["en"],
            "severity": material["severity"],
            "document_id": before.get(material["code"]),
            "is_reused": material["code"] in before,
            "given_at": act.now if material["code"] in before else None,
        }
        for material in materials
    ]
    if rows:
        session.execute(insert(RecognitionPaper), rows)
    recount_papers(session, recognition_id)


def _given_before(session: Session, person_id: int, codes: Sequence[str]) -> dict[str, int]:
    """The newest document of each code: of an earlier certificate, or else verified in a claim."""
    p = RecognitionPaper
    rows = session.execute(
        select(p.code, func.max(p.document_id))
        .join(Recognition, Recognition.id == p.recognition_id)
        .where(Recognition.expert_id == person_id, Recognition.certificate != "", among(p.code, codes, of=Text))
        .where(p.document_id.is_not(None))
        .group_by(p.code)
    )
    own = {code: document for code, document in rows.tuples() if document is not None}
    return given_before(session, person_id, codes) | own


def recount_papers(session: Session, recognition_id: int) -> None:
    """Count the required papers of an application that are still missing, in the running transaction."""
    p = RecognitionPaper
    missing = select(func.count()).select_from(p)
    missing = missing.where(p.recognition_id == recognition_id, p.severity == "major", p.document_id.is_(None))
    wanted = update(Recognition).where(Recognition.id == recognition_id)
    session.execute(
        wanted.values(papers_missing=missing.scalar_subquery()).execution_options(synchronize_session=False)
    )


def hand_in_paper(
    session: Session, *, actor: Actor, now: datetime, storage: Storage, recognition_id: int, code: str, upload: Upload
) -> int:
    """Hand in, or exchange, one paper of an application that is not yet under review; returns the document's id.

    Raises Invalid (field `file`), NotFound, or Refusal when the application is not in the actor's hands.
    """
    with kept(storage, upload) as paper, transaction(session):
        case = session.execute(
            select(Recognition).where(Recognition.id == recognition_id, visible_cases(actor)).with_for_update()
        ).scalar_one_or_none()
        wanted = select(RecognitionPaper.id).where(
            RecognitionPaper.recognition_id == recognition_id, RecognitionPaper.code == code
        )
        row_id = session.execute(wanted).scalar_one_or_none()
        if case is None or row_id is None:
            raise NotFound()
        roles = (Role.EXPERT, *STAFF, Role.EMPLOYER)
        if not any(actor.has(role) and Flow.reach.may_act_here(role, case, actor) for role in roles):
            raise Refusal(NOT_YOURS)
        if case.state not in CHANGEABLE:
            raise Refusal.because("under_review", _("papers are exchanged before the review, or after a return"))
        document_id = add_document(
            session, actor=actor, now=now, paper=paper, person_id=case.expert_id, case_id=recognition_id
        )
        given = {"document_id": document_id, "is_reused": False, "given_at": now}
        session.execute(update(RecognitionPaper).where(RecognitionPaper.id == row_id).values(given))
        recount_papers(session, recognition_id)
        record(
            session, act="hand-in-paper", actor=actor, now=now, subject_kind="recognition", subject_id=recognition_id,
            person_id=case.expert_id, data={"paper": code, "document": document_id},
        )  # fmt: skip
    return document_id
