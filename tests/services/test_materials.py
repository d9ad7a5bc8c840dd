"""Papers of a claim: handed in, verified, refused, and counted in the same transaction, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.tables import AuditEntry
from concierge.models.claim import Claim, ClaimMaterial, Document
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.services.documents import Upload, fetch_document
from concierge.services.materials import attach_material, recount, refuse_material, verify_materials
from concierge.storage import LocalStorage
from concierge.workflows import ClaimFlow, PaymentItemFlow
from tests.cases import EXPERT, NOW, OTHER_DISTRICT, furnish, official, put
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.papers import a_jpeg, a_pdf

EXPERT_HIMSELF = official(Role.EXPERT)
ANOTHER_EXPERT = official(Role.EXPERT, key="key-of-another", person_id=EXPERT + 1)
SPECIALIST = official(Role.SPECIALIST)
ANOTHER_SPECIALIST = official(Role.SPECIALIST, account=61)
CONTRACT = Upload("劳动合同.pdf", a_pdf())


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Session]:
    """A session on a furnished district, on either database."""
    with new_database(request.param, "cases", furnish).session() as opened:
        yield opened


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """Where this test's files lie."""
    return LocalStorage(tmp_path / "attachments")


def a_claim(session: Session, state: str = "draft", **papers: str) -> int:
    """A claim with these papers: code and severity."""
    with transaction(session):
        claim = put(session, ClaimFlow, state)
        wanted = papers or {"contract": "major", "diploma": "major", "photo": "minor"}
        rows = [
            {"id": new_id(), "district_id": DISTRICT, "claim_id": claim, "code": code, "severity": severity}
            | {"name_zh": code, "name_en": code, "updated_at": NOW}
            for code, severity in wanted.items()
        ]
        session.execute(insert(ClaimMaterial), rows)
        recount(session, [claim])
    return claim


def counters(session: Session, claim: int) -> tuple[int, int]:
    """Open major and minor papers, as the guards read them."""
    session.rollback()
    return tuple(session.execute(select(Claim.majors_open, Claim.minors_open).where(Claim.id == claim)).one())


def hand_in(session: Session, storage: LocalStorage, claim: int, code: str, actor=EXPERT_HIMSELF) -> int:
    """Hand in the contract under a code."""
    return attach_material(session, actor=actor, now=NOW, storage=storage, claim_id=claim, code=code, upload=CONTRACT)


def test_a_paper_counts_until_it_is_verified(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session)
    assert counters(session, claim) == (2, 1)
    hand_in(session, storage, claim, "contract")
    assert counters(session, claim) == (2, 1)
    verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["contract"])
    assert counters(session, claim) == (1, 1)
    refuse_material(session, actor=SPECIALIST, now=NOW, claim_id=claim, code="contract", note="缺公章页")
    assert counters(session, claim) == (2, 1)


def test_the_specialist_hands_in_for_the_expert(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session, "submitted")
    document = hand_in(session, storage, claim, "photo", actor=SPECIALIST)
    verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["photo"])
    assert counters(session, claim) == (2, 0)
    assert session.execute(select(Document.person_id).where(Document.id == document)).scalar_one() == EXPERT


def test_a_verified_paper_is_not_exchanged_behind_the_reviewers_back(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session, "hr_review")
    hand_in(session, storage, claim, "contract")
    verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["contract"])
    with pytest.raises(Refusal) as refused:
        hand_in(session, storage, claim, "contract")
    assert [r.code for r in refused.value.reasons] == ["paper_verified"]


def test_in_a_correction_every_paper_may_be_exchanged_and_is_looked_at_again(
    session: Session, storage: LocalStorage
) -> None:
    claim = a_claim(session, "correction")
    hand_in(session, storage, claim, "contract")
    verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["contract"])
    hand_in(session, storage, claim, "contract")
    assert counters(session, claim) == (2, 1)


def test_a_paper_nobody_handed_in_cannot_be_verified(session: Session) -> None:
    claim = a_claim(session)
    with pytest.raises(Refusal) as refused:
        verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["contract"])
    assert [r.code for r in refused.value.reasons] == ["paper_missing"]


def test_a_refusal_says_what_is_wrong(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session)
    hand_in(session, storage, claim, "contract")
    with pytest.raises(Invalid) as wrong:
        refuse_material(session, actor=SPECIALIST, now=NOW, claim_id=claim, code="contract", note="  ")
    assert wrong.value.reasons[0].field == "note"


def test_nobody_verifies_his_own_papers(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session, "submitted")
    hand_in(session, storage, claim, "contract")
    both = official(Role.SPECIALIST, key="key-of-the-expert")
    with pytest.raises(Refusal) as refused:
        verify_materials(session, actor=both, now=NOW, claim_id=claim, codes=["contract"])
    assert [r.code for r in refused.value.reasons] == ["own_case"]


def test_an_expert_does_not_verify(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session)
    hand_in(session, storage, claim, "contract")
    with pytest.raises(Refusal):
        verify_materials(session, actor=EXPERT_HIMSELF, now=NOW, claim_id=claim, codes=["contract"])


@pytest.mark.parametrize(
    "stranger", [ANOTHER_EXPERT, ANOTHER_SPECIALIST, official(Role.EXPERT, district=OTHER_DISTRICT)]
)
def test_somebody_elses_claim_is_not_there_at_all(session: Session, storage: LocalStorage, stranger) -> None:
    claim = a_claim(session)
    with pytest.raises(NotFound):
        hand_in(session, storage, claim, "contract", actor=stranger)
    assert not [path for path in storage._root.rglob("*") if path.is_file()]


def test_a_paper_the_policy_does_not_ask_for_is_not_there(session: Session, storage: LocalStorage) -> None:
    with pytest.raises(NotFound):
        hand_in(session, storage, a_claim(session), "passport")


def test_a_refused_file_leaves_neither_row_nor_file(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session)
    bad = Upload("a.pdf", b"<html>")
    with pytest.raises(Invalid):
        attach_material(
            session, actor=EXPERT_HIMSELF, now=NOW, storage=storage, claim_id=claim, code="contract", upload=bad
        )
    session.rollback()
    assert session.execute(select(Document.id)).all() == []
    assert not storage._root.exists()


def test_nothing_is_handed_in_to_a_closed_claim(session: Session, storage: LocalStorage) -> None:
    with pytest.raises(Refusal) as refused:
        hand_in(session, storage, a_claim(session, "withdrawn"), "contract")
    assert [r.code for r in refused.value.reasons] == ["claim_closed"]


def test_a_promised_paper_that_comes_in_frees_the_payment(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session, "approved", photo="minor")
    with transaction(session):
        item = put(session, PaymentItemFlow, "pending", claim_id=claim, papers_missing=True)
    hand_in(session, storage, claim, "photo")
    verify_materials(session, actor=SPECIALIST, now=NOW, claim_id=claim, codes=["photo"])
    session.rollback()
    assert session.execute(select(PaymentItem.papers_missing).where(PaymentItem.id == item)).scalar_one() is False


def test_the_owner_reads_his_paper_without_a_trace_and_staff_leave_one(session: Session, storage: LocalStorage) -> None:
    claim = a_claim(session)
    upload = Upload("照片.jpg", a_jpeg(orientation=6, secret=b"GPS"))
    document = attach_material(
        session, actor=EXPERT_HIMSELF, now=NOW, storage=storage, claim_id=claim, code="photo", upload=upload
    )
    for reader in (EXPERT_HIMSELF, SPECIALIST):
        paper = fetch_document(session, actor=reader, now=NOW, storage=storage, document_id=document)
        assert (paper.file_name, paper.media_type) == ("照片.jpg", "image/jpeg")
        assert b"GPS" not in paper.data
    looks = select(AuditEntry.actor_id, AuditEntry.person_id).where(AuditEntry.act == "open-document")
    assert [tuple(row) for row in session.execute(looks)] == [(SPECIALIST.account_id, EXPERT)]


@pytest.mark.parametrize(
    "stranger",
    [
        ANOTHER_EXPERT,
        ANOTHER_SPECIALIST,
        official(Role.LEAD),
        official(Role.SYSTEM_ADMIN),
        official(Role.FINANCE_PAYER),
    ],
)
def test_a_paper_out_of_scope_is_like_one_that_does_not_exist(
    session: Session,
    storage: LocalStorage,
    stranger,
) -> None:
    document = hand_in(session, storage, a_claim(session), "contract")
    for wanted in (document, new_id()):
        with pytest.raises(NotFound):
            fetch_document(session, actor=stranger, now=NOW, storage=storage, document_id=wanted)
