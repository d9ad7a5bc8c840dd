"""What persons ask about their own data (domain §7.1): written down once, and answered in time."""

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import audit_key, record
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.data_request import DataRequest
from concierge.models.payment import PaymentItem
from concierge.models.person import Person
from concierge.queries.data_requests import visible_requests
from concierge.rules.data_requests import COPY_KEPT, ERASURES, LIMIT, WRITTEN, Wish
from concierge.rules.erasure import KEPT
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.erasure import erase_care, erase_person, obstacles
from concierge.services.outbox import put_new
from concierge.services.people import only
from concierge.services.privacy import data_key_of, seal
from concierge.storage import Storage
from concierge.workflows.topics import Topic

LONGEST, LONGEST_BASIS = 2000, 200
ERASERS = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
"""Who carries an erasure out: never the specialist whose own notes are deleted."""
TABLE = "data_requests"


def ask(session: Session, *, actor: Actor, now: datetime, keys: KeyRing, wish: str, words: str = "") -> int:
    """Write down what the person at the door asks about his own data; returns the request's id.

    Asking again while the same is open gives that request. It is answered within 15 working days (domain §7.1).
    Raises Invalid for an unknown wish or missing words, NotFound for an account that is tied to nobody.
    """
    typed = _checked(wish, words)
    if actor.person_id is None:
        raise NotFound()
    with transaction(session):
        data_key = data_key_of(session, actor.person_id)
        r = DataRequest
        open_one = select(r.id).where(r.person_id == actor.person_id, r.kind == wish, r.state == "open")
        known = session.execute(open_one).scalar_one_or_none()
        if known is not None:
            return known
        calendar, request_id = calendar_of(session, actor.district_id), new_id()
        due_on, _provisional = calendar.provisional_day(calendar.nth_of(now) + LIMIT)
        sealed = seal(keys, data_key, TABLE, "words", request_id, typed) if typed else None
        row = {"id": request_id, "district_id": actor.district_id, "person_id": actor.person_id, "kind": wish}
        asked = {"words_sealed": sealed, "asked_by": actor.account_id, "asked_at": now, "due_on": due_on}
        session.execute(insert(DataRequest), [row | asked])
        _tell(session, actor, now, request_id, actor.person_id, "ask-about-own-data", wish)
        if wish != Wish.COPY:
            _put_out(session, actor, now, request_id, actor.person_id, Topic.DATA_ASKED)
    return request_id


def _checked(wish: str, words: str) -> str:
    typed = words.strip()
    if wish not in list(Wish):
        raise Invalid.because("unknown_wish", _("Please choose what you ask for."), "wish")
    if wish in WRITTEN and not typed:
        raise Invalid.because("words_missing", _("Please write what it is about."), "words")
    if len(typed) > LONGEST or "\x00" in typed:
        raise Invalid.because("words_long", _("At most %(n)s characters, please.", n=LONGEST), "words")
    return typed


def decide(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    request_id: int,
    granted: bool,
    answer: str,
    basis: str = "",
) -> None:
    """Answer a request, or refuse it with the legal basis; the person reads either. Erasures have `erase`.

    Raises Invalid naming what is missing, NotFound out of scope, Refusal for one that is answered already.
    """
    wrong: list[Reason] = []
    if not answer.strip():
        wrong.append(Reason("answer_missing", _("Please write the answer."), "answer"))
    for field, typed, most in (("answer", answer, LONGEST), ("basis", basis, LONGEST_BASIS)):
        if len(typed.strip()) > most:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=most), field))
    if not granted and not basis.strip():
        wrong.append(Reason("basis_missing", _("A refusal names the law it rests on."), "basis"))
    if wrong:
        raise Invalid(*wrong)
    with transaction(session):
        request = _open_request(session, actor, request_id)
        if granted and request.kind in ERASURES:
            raise Refusal.because("erase_it", _("an erasure is carried out, not answered"))
        data_key = data_key_of(session, request.person_id)
        sealed = seal(keys, data_key, TABLE, "answer", request_id, answer.strip())
        state = "done" if granted else "refused"
        close(session, actor, now, request_id, state=state, answer_sealed=sealed, basis=basis.strip())
        act = "answer-data-request" if granted else "refuse-data-request"
        _tell(session, actor, now, request_id, request.person_id, act, request.kind)
        _put_out(session, actor, now, request_id, request.person_id, Topic.DATA_ANSWERED)


def erase(session: Session, *, actor: Actor, now: datetime, keys: KeyRing, storage: Storage, request_id: int) -> None:
    """Carry out an erasure; its receipt says what was removed, and what stays for which law.

    Files are deleted once the rows are gone for good. Raises NotFound out of scope, Refusal for other roles, for a
    request that is no erasure or answered, and while something of the person still runs.
    """
    only(actor, *ERASERS)
    with transaction(session):
        request = _open_request(session, actor, request_id)
        if request.kind not in ERASURES:
            raise Refusal.because("no_erasure", _("this request asks for no erasure"))
        care_only, person_id = request.kind == Wish.ERASE_CARE, request.person_id
        running = obstacles(session, person_id, care_only=care_only)
        if running:
            raise Refusal(*running)
        kept = [code for code in KEPT if code != "payments" or _was_paid(session, person_id)]
        act = Act(actor, now, calendar_of(session, actor.district_id))
        work = erase_care if care_only else erase_person
        removed, files = work(session, act, person_id, audit_key(keys))
        receipt = {"removed": {what: n for what, n in removed.items() if n}, "kept": kept}
        close(session, actor, now, request_id, state="done", receipt=receipt)
        if not care_only:
            files += _forget_own_requests(session, person_id)
        _tell(session, actor, now, request_id, person_id, "erase-data", request.kind)
        _put_out(session, actor, now, request_id, person_id, Topic.DATA_ANSWERED)
    for file in files:
        storage.delete(file)


def erase_again(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    storage: Storage,
    request: int,
    person: int,
    kind: str,
) -> bool:
    """Carry out once more what was erased after a copy of the database was made; False when the copy knows it.

    What still ran in the copy had ended before the erasure, so nothing is asked for.
    """
    with transaction(session):
        r = DataRequest
        known = session.execute(select(r.id).where(r.id == request, r.state == "done")).first()
        if known is not None or session.execute(select(Person.id).where(Person.id == person)).first() is None:
            return False
        act = Act(actor, now, calendar_of(session, actor.district_id))
        work = erase_care if kind == Wish.ERASE_CARE else erase_person
        removed, files = work(session, act, person, audit_key(keys))
        receipt = {"removed": {what: n for what, n in removed.items() if n}, "kept": list(KEPT)}
        close(session, actor, now, request, state="done", receipt=receipt)
        if kind != Wish.ERASE_CARE:
            files += _forget_own_requests(session, person)
        _tell(session, actor, now, request, person, "erase-data-again", kind)
    for file in files:
        storage.delete(file)
    return True


def _was_paid(session: Session, person_id: int) -> bool:
    return session.execute(select(PaymentItem.id).where(Case.expert_id == person_id).limit(1)).first() is not None


def _forget_own_requests(session: Session, person_id: int) -> list[str]:
    """Words, answers and copies of all requests of an erased person; the files to delete."""
    r = DataRequest
    files = session.execute(select(r.storage_key).where(r.person_id == person_id, r.storage_key.is_not(None)))
    keys = [key for key in files.scalars() if key is not None]
    gone = {"words_sealed": None, "answer_sealed": None, "storage_key": None}
    session.execute(update(r).where(r.person_id == person_id).values(gone))
    return keys


def _open_request(session: Session, actor: Actor, request_id: int) -> DataRequest:
    wanted = select(DataRequest).where(DataRequest.id == request_id, visible_requests(actor)).with_for_update()
    found = session.execute(wanted).scalar_one_or_none()
    if found is None or found.kind == Wish.COPY:
        raise NotFound()
    if found.state != "open":
        raise Refusal.because("request_answered", _("this request has been answered already"))
    return found


def close(session: Session, actor: Actor, now: datetime, request_id: int, **values: object) -> None:
    """Write the end of a request in the running transaction: its state, and what belongs to it."""
    ended = {"decided_by": actor.account_id, "decided_at": now, **values}
    session.execute(update(DataRequest).where(DataRequest.id == request_id).values(**ended))


def finish_copy(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    storage: Storage,
    request_id: int,
    package: str,
    sha256: str,
) -> bool:
    """Keep a finished copy, sealed with the person's own key, for a week; False when it was finished meanwhile.

    `package` is the file in base64, `sha256` the hash of the file itself.
    """
    with transaction(session):
        wanted = select(DataRequest.person_id, DataRequest.state).where(DataRequest.id == request_id)
        request = session.execute(wanted.with_for_update()).one()
        if request.state != "open":
            return False
        sealed = seal(keys, data_key_of(session, request.person_id), TABLE, "copy", request_id, package)
        until = local_date(now, calendar_of(session, actor.district_id).zone) + timedelta(days=COPY_KEPT)
        kept = {"storage_key": storage.put(sealed), "sha256": sha256, "size": len(package) * 3 // 4}
        close(session, actor, now, request_id, state="done", expires_on=until, **kept)
        _tell(session, actor, now, request_id, request.person_id, "make-copy-of-own-data", Wish.COPY)
    return True


def forget_copies(session: Session, *, storage: Storage, today: object) -> int:
    """Delete finished copies whose week is over, the file first; how many."""
    with transaction(session):
        r = DataRequest
        over = select(r.id, r.storage_key).where(r.storage_key.is_not(None), r.expires_on < today)
        rows = session.execute(over).all()
        for row in rows:
            storage.delete(row.storage_key)
            session.execute(update(r).where(r.id == row.id).values(storage_key=None))
    return len(rows)


def _put_out(session: Session, actor: Actor, now: datetime, request_id: int, person_id: int, topic: Topic) -> None:
    """Whoever answers, or has asked, is told that there is something to read; not what."""
    specialist = session.execute(select(Person.specialist_id).where(Person.id == person_id)).scalar_one_or_none()
    parties = {"expert_id": person_id, "specialist_id": specialist}
    put_new(session, [(topic.value, request_id, 1, parties)], district_id=actor.district_id, now=now)


def _tell(session: Session, actor: Actor, now: datetime, request_id: int, person_id: int, act: str, wish: str) -> None:
    record(
        session,
        act=act,
        actor=actor,
        now=now,
        subject_kind="data_request",
        subject_id=request_id,
        person_id=person_id,
        data={"wish": str(wish)},
    )
