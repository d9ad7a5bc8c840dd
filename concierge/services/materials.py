"""The papers of a claim: handed in, verified or refused; the claim's counters follow in the same transaction.

"Open" is a paper that is neither verified nor exempt. MAJOR papers stop acceptance, MINOR ones may be promised.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import among, fixed, set_columns, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import NOT_YOURS, OWN_CASE
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.scope import CaseReach, visible_cases
from concierge.rules.roles import Role
from concierge.services.documents import Upload, add_document, kept
from concierge.services.outbox import put_new
from concierge.services.payments import refresh_flags
from concierge.storage import Storage
from concierge.workflows.topics import Topic

MISSING, UNCHECKED, VERIFIED, CORRECTION, EXEMPT = "missing", "unchecked", "verified", "correction", "exempt"
SETTLED = (VERIFIED, EXEMPT)
MAJOR = "major"
CHECKERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
HANDS_IN = (Role.EXPERT, *CHECKERS)
EXPERT_CHANGES = ("draft", "correction")
IN_SIGHT = ("expert", "specialist")
"""With whom a claim is while its specialist need not be told of a paper: it comes to her, or is with her already."""
LONGEST_NOTE = 500


def _open_papers(*, major: bool) -> Any:
    severity = ClaimMaterial.severity == MAJOR if major else ClaimMaterial.severity != MAJOR
    open_ = and_(ClaimMaterial.claim_id == Claim.id, severity, ClaimMaterial.state.not_in(SETTLED))
    return select(func.count()).select_from(ClaimMaterial).where(open_).scalar_subquery()


_RECOUNT = fixed(
    update(Claim)
    .where(among(Claim.id, name="claims"))
    .values(majors_open=_open_papers(major=True), minors_open=_open_papers(major=False))
    .execution_options(synchronize_session=False)
)


_PAPERS = fixed(
    select(ClaimMaterial.id, ClaimMaterial.code, ClaimMaterial.state, ClaimMaterial.document_id)
    .where(ClaimMaterial.claim_id == bindparam("claim"), among(ClaimMaterial.code, name="codes", of=Text))
    .order_by(ClaimMaterial.code)
)
_OWN = aliased(Claim, flat=True)
_ASK_TOO = fixed(
    select(ClaimMaterial.id, ClaimMaterial.claim_id)
    .join(Claim, Claim.id == ClaimMaterial.claim_id)
    .where(Claim.parent_id == select(_OWN.parent_id).where(_OWN.id == bindparam("claim")).scalar_subquery())
    .where(Claim.is_open, ClaimMaterial.claim_id != bindparam("claim"))
    .where(ClaimMaterial.code == bindparam("code"), ClaimMaterial.document_id.is_(None))
)
"""Papers of the same name that other claims of the package still ask for."""


def attach_material(
    session: Session, *, actor: Actor, now: datetime, storage: Storage, claim_id: int, code: str, upload: Upload
) -> int:
    """Hand in one paper of a claim; it waits to be verified. Returns the document's id.

    The expert hands in what is open, and may exchange anything in a draft or a correction; his specialist hands in
    for him. Raises Invalid (field `file`), NotFound, or Refusal for a closed claim and a verified paper.
    """
    with kept(storage, upload) as paper, transaction(session):
        claim, material = claim_in_hand(session, actor, claim_id, HANDS_IN), _materials(session, claim_id, [code])[0]
        if material.state in SETTLED and claim.state not in EXPERT_CHANGES:
            raise Refusal.because("paper_verified", _("this paper has been verified and cannot be exchanged now"))
        document_id = add_document(
            session, actor=actor, now=now, paper=paper, person_id=claim.expert_id, case_id=claim_id
        )
        values = {"document_id": document_id, "note": "", "checked_by": None, "checked_at": None}
        _change(session, claim_id, [material], UNCHECKED, now, values)
        _share(session, claim_id, code, document_id, now)
        _tell(session, actor, now, claim, document_id)
        _keep_trail(session, "hand-in-paper", actor, now, claim, code, document_id)
    return document_id


def _tell(session: Session, actor: Actor, now: datetime, claim: Any, document_id: int) -> None:
    """Whoever checks papers hears of one that comes while the claim is in other hands, and so on no list of his."""
    if actor.has(Role.EXPERT) and claim.holder not in IN_SIGHT:
        told = (Topic.PAPER_HANDED_IN.value, document_id, 1, {"case_id": claim.id})
        put_new(session, [told], district_id=actor.district_id, now=now)


def _share(session: Session, claim_id: int, code: str, document_id: int, now: datetime) -> None:
    """A paper handed in for one claim of a package is there for every other that still asks for it."""
    rows = session.execute(_ASK_TOO, {"claim": claim_id, "code": code}).all()
    if rows:
        values = {"document_id": document_id, "state": UNCHECKED, "source": "given_before", "updated_at": now}
        set_columns(session, ClaimMaterial, [row.id for row in rows], **values)
        recount(session, sorted(row.claim_id for row in rows))


def verify_materials(session: Session, *, actor: Actor, now: datetime, claim_id: int, codes: Collection[str]) -> None:
    """The specialist has compared these papers and found them right: all of them, or none.

    Raises NotFound, or Refusal when one was not handed in.
    """
    with transaction(session):
        claim, materials = claim_in_hand(session, actor, claim_id, CHECKERS), _materials(session, claim_id, codes)
        _must_be_another(actor, claim)
        if any(material.document_id is None for material in materials):
            raise Refusal.because("paper_missing", _("this paper has not been handed in"))
        _change(session, claim_id, materials, VERIFIED, now, {"note": ""} | _checked(actor, now))
        for material in materials:
            _keep_trail(session, "verify-paper", actor, now, claim, material.code, material.document_id)


def refuse_material(session: Session, *, actor: Actor, now: datetime, claim_id: int, code: str, note: str) -> None:
    """The paper will not do; the note tells the expert what is wrong and what is right.

    Raises Invalid without a note, NotFound, or Refusal when none was handed in.
    """
    words = note.strip()
    if not words or len(words) > LONGEST_NOTE:
        text = _("Say what is wrong and what is right, in at most %(n)s characters.", n=LONGEST_NOTE)
        raise Invalid.because("note_missing", text, "note")
    with transaction(session):
        claim, material = claim_in_hand(session, actor, claim_id, CHECKERS), _materials(session, claim_id, [code])[0]
        _must_be_another(actor, claim)
        if material.document_id is None:
            raise Refusal.because("paper_missing", _("this paper has not been handed in"))
        _change(session, claim_id, [material], CORRECTION, now, {"note": words} | _checked(actor, now))
        _keep_trail(session, "refuse-paper", actor, now, claim, code, material.document_id)


def recount(session: Session, claim_ids: Collection[int]) -> None:
    """Count the open papers of these claims again, in the running transaction: two statements whatever their number.

    Payment items learn at once whether a promised paper is still out.
    """
    session.execute(_RECOUNT, {"claims": list(claim_ids)})
    refresh_flags(session, claim_ids)


def claim_in_hand(session: Session, actor: Actor, claim_id: int, roles: tuple[Role, ...]) -> Any:
    """The claim's parties, its row locked: who changes papers of one claim does so one after another."""
    statement = (
        select(
            Claim.id,
            Claim.state,
            Claim.is_open,
            Claim.holder,
            Claim.holder_id,
            Claim.assignee_id,
            Claim.expert_id,
            Claim.specialist_id,
            Claim.employer_id,
            Claim.subject_key,
            Claim.kin_key,
        )
        .where(Claim.id == claim_id, visible_cases(actor))
        .with_for_update()
    )
    claim = session.execute(statement).one_or_none()
    reach = CaseReach()
    if claim is None:
        raise NotFound()
    if not any(actor.has(role) and reach.may_act_here(role, claim, actor) for role in roles):
        raise Refusal(NOT_YOURS)
    if not claim.is_open:
        raise Refusal.because("claim_closed", _("the claim is closed"))
    return claim


def _materials(session: Session, claim_id: int, codes: Collection[str]) -> Sequence[Any]:
    """Papers of a claim in the order of their codes. Raises NotFound when one of them is none of its papers."""
    found = session.execute(_PAPERS, {"claim": claim_id, "codes": list(codes)}).all()
    if len(found) != len(set(codes)):
        raise NotFound()
    return found


def _must_be_another(actor: Actor, claim: Any) -> None:
    if {claim.subject_key, claim.kin_key} & set(actor.person_keys):
        raise Refusal(OWN_CASE)


def _checked(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"checked_by": actor.account_id, "checked_at": now}


def _change(
    session: Session, claim_id: int, materials: Sequence[Any], state: str, now: datetime, values: dict[str, Any]
) -> None:
    ids = [material.id for material in materials]
    set_columns(session, ClaimMaterial, ids, state=state, updated_at=now, **values)
    recount(session, [claim_id])


def _keep_trail(
    session: Session, act: str, actor: Actor, now: datetime, claim: Any, code: str, document_id: int | None
) -> None:
    record(
        session,
        act=act,
        actor=actor,
        now=now,
        subject_kind="claim",
        subject_id=claim.id,
        person_id=claim.expert_id,
        data={"paper": code, "document": document_id},
    )
