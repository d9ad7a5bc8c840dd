"""Erasing a person, or what he told for care, and saying what stays for which law (PIPL Art. 47, domain §7.1, §7.3).

Destroying the person's key makes everything sealed unreadable, also in copies of the database that lie elsewhere.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, Delete, Update, delete, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Reason
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.erase import erase_words
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant
from concierge.models.campaign import ServiceExpert
from concierge.models.care import CareRequest, CareShare, Rating, RatingAppeal
from concierge.models.claim import CaseNotice, ClaimMaterial, Document
from concierge.models.comment import CaseTag, Comment
from concierge.models.consultation import Consultation
from concierge.models.contact import CareContact
from concierge.models.dispatch import DispatchOffer
from concierge.models.job import ImportRow
from concierge.models.letter import ArchivedFile
from concierge.models.match_turn import MatchTurn
from concierge.models.notice import Delivery
from concierge.models.package import Package
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Employment, Person, PersonFact, Relative, SearchKey, TalentStatus
from concierge.models.press import Honour, PressItem
from concierge.models.recognition import RecognitionPaper
from concierge.rules.erasure import GRACE, NAMELESS
from concierge.services.person_rows import PERSON_KEYS
from concierge.services.steps import follow
from concierge.workflows.press_item import PressItemFlow

OF_CARE = ("care_request", "care_share", "consultation")
NAMED = 5
_QUIET = {"synchronize_session": False}


def obstacles(session: Session, person_id: int, *, care_only: bool) -> list[Reason]:
    """What still runs and must end first, by number: care requests and questions, or any matter of the person."""
    running = select(Case.number).where(Case.expert_id == person_id, Case.is_open).order_by(Case.id)
    if care_only:
        running = running.where(Case.kind.in_(OF_CARE))
    numbers = list(session.execute(running.limit(NAMED)).scalars())
    if not numbers:
        return []
    return [Reason("still_running", _("this still runs and has to end first: %(numbers)s", numbers=", ".join(numbers)))]


def erase_care(session: Session, act: Act, person_id: int, key: bytes) -> tuple[dict[str, int], list[str]]:
    """Erase what the person told for care, in the running transaction: what was removed, and the files to delete."""
    own = select(Case.id).where(Case.expert_id == person_id, Case.kind.in_(OF_CARE))
    cases = list(session.execute(own).scalars())
    notes = CareRequest.id.in_(cases) & CareRequest.private_sealed.is_not(None)
    removed = {"notes": _run(session, update(CareRequest).where(notes).values(private_sealed=None))}
    care = {"text": "", "reply": "", "authorisation": ""}
    asked = {"question": "", "answer": "", "opinion": "", "next_step": ""}
    removed["requests"] = _run(session, update(CareRequest).where(among(CareRequest.id, cases)).values(care))
    removed["requests"] += _run(session, update(Consultation).where(among(Consultation.id, cases)).values(asked))
    removed["requests"] += _run(
        session, update(CareShare).where(among(CareShare.id, cases)).values(asked="", answer="")
    )
    removed["steps"] = erase_words(session, case_ids=cases, actor=act.actor, now=act.now, person_id=person_id, key=key)
    removed["remarks"] = _run(session, delete(Comment).where(among(Comment.case_id, cases)))
    spoken = (CareContact.person_id == person_id) & ((CareContact.words != "") | (CareContact.wish != ""))
    removed["contacts"] = _run(session, update(CareContact).where(spoken).values(words="", wish=""))
    worded = among(Rating.case_id, cases) & (Rating.words != "")
    removed["ratings"] = _run(session, update(Rating).where(worded).values(words="", tags=None))
    removed["notices"] = _run(session, delete(Delivery).where(among(Delivery.case_id, cases)))
    _wipe_around(session, cases)
    papers = select(Document.id, Document.storage_key).where(among(Document.case_id, cases))
    removed["papers"], files = _drop_papers(session, papers)
    letters = select(ArchivedFile.id, ArchivedFile.storage_key).where(among(ArchivedFile.case_id, cases))
    archived = session.execute(letters).all()
    _run(session, delete(ArchivedFile).where(among(ArchivedFile.id, [row.id for row in archived])))
    removed["papers"] += len(archived)
    return removed, [*files, *(row.storage_key for row in archived)]


def _wipe_around(session: Session, cases: list[int]) -> None:
    """What was written around care: letters, which repeat the reply, appeals against ratings, tags."""
    _run(session, update(CaseNotice).where(among(CaseNotice.case_id, cases)).values(content={}))
    appealed = RatingAppeal.rating_id.in_(select(Rating.id).where(among(Rating.case_id, cases)))
    _run(session, update(RatingAppeal).where(appealed).values(reason="", decision=""))
    _run(session, delete(CaseTag).where(among(CaseTag.case_id, cases)))


def _wipe_his_words(session: Session, person_id: int) -> None:
    """Tags on his matters, whom he authorised, and why he declined an order."""
    matters = select(Case.id).where(Case.expert_id == person_id)
    _run(session, delete(CaseTag).where(CaseTag.case_id.in_(matters)))
    _run(session, update(Package).where(Package.id.in_(matters)).values(authorisation=""))
    _run(session, update(DispatchOffer).where(DispatchOffer.person_id == person_id).values(cause=""))


def erase_person(session: Session, act: Act, person_id: int, key: bytes) -> tuple[dict[str, int], list[str]]:
    """Erase the person, in the running transaction: what was removed, and the files to delete.

    Payments, what they rest on, and who did what stay; the name on a payment is part of its voucher.
    """
    removed, files = erase_care(session, act, person_id, key)
    today = local_date(act.now, act.calendar.zone)
    paid = select(PaymentItem.claim_id).where(Case.expert_id == person_id)
    free = or_(Document.case_id.is_(None), Document.case_id.not_in(paid))
    papers = select(Document.id, Document.storage_key).where(Document.person_id == person_id, free)
    more, others = _drop_papers(session, papers)
    removed["papers"] += more
    matters = select(Case.id).where(Case.expert_id == person_id)
    removed["remarks"] += _run(session, delete(Comment).where(Comment.case_id.in_(matters)))
    removed["relatives"] = _run(session, delete(Relative).where(Relative.person_id == person_id))
    removed["honours"] = _run(session, delete(Honour).where(Honour.person_id == person_id))
    removed["posts"] = _run(session, delete(Employment).where(Employment.person_id == person_id))
    removed["facts"] = _run(session, delete(PersonFact).where(PersonFact.person_id == person_id))
    used = select(PaymentItem.bank_account_id).where(PaymentItem.bank_account_id.is_not(None))
    unused = delete(BankAccount).where(BankAccount.person_id == person_id, BankAccount.id.not_in(used))
    removed["accounts"] = _run(session, unused)
    removed["notices"] += _end_log_in(session, act, person_id)
    still = or_(TalentStatus.valid_to.is_(None), TalentStatus.valid_to > today)
    _run(session, update(TalentStatus).where(TalentStatus.person_id == person_id, still).values(valid_to=today))
    _run(session, delete(SearchKey).where(SearchKey.kind == PERSON_KEYS, SearchKey.subject_id == person_id))
    _run(session, update(ImportRow).where(ImportRow.subject_id == person_id).values(sealed=None, changes={}))
    _wipe_his_words(session, person_id)
    _take_off_the_press(session, act, person_id, key)
    removed["identity"] = _forget_identity(session, act, person_id)
    return removed, [*files, *others]


def _take_off_the_press(session: Session, act: Act, person_id: int, key: bytes) -> None:
    """What was reported of him is withdrawn with all words about it; his name leaves the list of who is dispatched."""
    served = select(ServiceExpert.id).where(ServiceExpert.person_id == person_id)
    told = list(session.execute(select(PressItem.id).where(PressItem.of_expert_id.in_(served))).scalars())
    unpublished = select(Case.id).where(among(Case.id, told), Case.is_open)
    follow(session, PressItemFlow.withdraw, list(session.execute(unpublished).scalars()), act)
    _run(session, update(PressItem).where(among(PressItem.id, told)).values(words="", consent="", link=""))
    erase_words(session, case_ids=told, actor=act.actor, now=act.now, person_id=person_id, key=key)
    _run(session, delete(Comment).where(among(Comment.case_id, told)))
    _run(session, delete(Delivery).where(among(Delivery.case_id, told)))
    _run(session, update(Case).where(among(Case.id, told)).values(title_zh=NAMELESS, title_en=NAMELESS))
    nobody = {"full_name": NAMELESS, "is_active": False}
    _run(session, update(ServiceExpert).where(ServiceExpert.person_id == person_id).values(nobody))


def _forget_identity(session: Session, act: Act, person_id: int) -> int:
    """What identifies the person, and the key with which everything about him was sealed."""
    plain: dict[str, Any] = {"full_name": NAMELESS, "email": "", "preference": "", "phone_last4": "", "id_last4": ""}
    empty = ("data_key", "id_sealed", "phone_sealed", "phone_index", "birth_on", "is_male", "household_id")
    counted = {"facts_revision": Person.facts_revision + 1}
    gone = plain | dict.fromkeys(empty) | counted | {"spouse_key": None, "erased_at": act.now}
    gone |= {"specialist_id": None, "deputy_id": None}
    found = _run(session, update(Person).where(Person.id == person_id).values(gone))
    _run(session, delete(MatchTurn).where(MatchTurn.id == person_id))
    return found


def _end_log_in(session: Session, act: Act, person_id: int) -> int:
    """The log-in loses its name and ends after a while; its inbox is emptied now. How many messages there were."""
    g = AccountGrant
    accounts = list(session.execute(select(g.account_id).where(g.person_id == person_id)).scalars())
    last = local_date(act.now, act.calendar.zone) + timedelta(days=GRACE)
    _run(session, update(g).where(g.person_id == person_id).values(ends_on=last))
    _run(session, update(Account).where(among(Account.id, accounts)).values(name=NAMELESS, email=""))
    return _run(session, delete(Delivery).where(among(Delivery.account_id, accounts)))


def _drop_papers(session: Session, papers: Any) -> tuple[int, list[str]]:
    rows = session.execute(papers).all()
    ids: Sequence[int] = [row.id for row in rows]
    for holder in (ClaimMaterial, RecognitionPaper):
        _run(session, update(holder).where(among(holder.document_id, ids)).values(document_id=None))
    _run(session, delete(Document).where(among(Document.id, ids)))
    return len(rows), [row.storage_key for row in rows]


def _run(session: Session, statement: Update | Delete) -> int:
    done = session.execute(statement, execution_options=_QUIET)
    assert isinstance(done, CursorResult)
    return done.rowcount
