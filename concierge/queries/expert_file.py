"""The file of one expert: identity masked, category, posts, rights, money, care, household, papers, looks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import AuditEntry, Case, beside
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.claim import Claim, Document
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Employment, Person, Relative, TalentStatus
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.consents import Consents, consents_of
from concierge.queries.expert_card import ExpertCard, expert_card, kind_label
from concierge.queries.portal_looks import LOOKS, Look, look_of
from concierge.rules.identifiers import mask_account, mask_id
from concierge.rules.roles import Role
from concierge.rules.talent import LEAVINGS, RELATIONS

CASES = 80
PAPERS = 20
RECENT_LOOKS = 15
ARRIVED = ("success", "closed")
_CLAIM, _ITEM, _RIGHT = (detail.__table__.c for detail in (Claim, PaymentItem, Entitlement))


@dataclass(frozen=True)
class Status:
    """A talent category with its time."""

    category: str
    kind: Text | None
    certificate: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Post:
    """A post with an employer."""

    employer: Bilingual
    post: Bilingual
    starts_on: date
    ends_on: date | None
    end_reason: Text | None
    contract_months: int
    certified_at: datetime | None


@dataclass(frozen=True)
class Member:
    """A member of the household; the name is a logged look."""

    id: int
    relation: Text
    birth_on: date | None
    has_name: bool
    consent_at: datetime | None


@dataclass(frozen=True)
class AccountLine:
    """A bank account, masked."""

    id: int
    bank: str
    number: str
    state: str
    made_at: datetime


@dataclass(frozen=True)
class CaseLine:
    """A case of the expert, of whatever kind."""

    id: int
    kind: str
    title: Bilingual
    number: str
    state_name: str
    state: Text
    fen: int | None
    is_open: bool
    opened_at: datetime
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class PaperLine:
    """A stored document."""

    id: int
    name: str
    at: datetime
    case_id: int | None


@dataclass(frozen=True)
class ExpertFile:
    """The whole file of one expert."""

    card: ExpertCard
    version: int
    id_kind: str
    id_masked: str
    birth_on: date | None
    email: str
    deputy: str
    log_in: str
    """With which name the expert may log in today; empty where nobody has made an account yet, or it is out of use."""
    statuses: tuple[Status, ...]
    posts: tuple[Post, ...]
    members: tuple[Member, ...]
    accounts: tuple[AccountLine, ...]
    cases: tuple[CaseLine, ...]
    documents: tuple[PaperLine, ...]
    looks: tuple[Look, ...]
    consents: Consents

    def of(self, kind: str) -> list[CaseLine]:
        """The cases of one kind."""
        return [case for case in self.cases if case.kind == kind]

    @property
    def paid_fen(self) -> int:
        """What has arrived, of the payments listed (fen)."""
        return sum(case.fen or 0 for case in self.of("payment_item") if case.state_name in ARRIVED)


def expert_file(session: Session, *, actor: Actor, now: datetime, person_id: int) -> ExpertFile:
    """The file of an expert the actor may see. Raises NotFound for any other, as for none."""
    p = Person
    deputy = select(Account.name).where(Account.id == p.deputy_id).scalar_subquery()
    today = local_date(now, SHANGHAI)
    person = session.execute(
        select(p.version, p.id_kind, p.id_last4, p.birth_on, p.email, deputy.label("deputy"))
        .add_columns(_log_in(today).label("log_in"))
        .where(p.id == person_id, visible_persons(actor))
    ).first()
    card = expert_card(session, person_id, now) if person is not None else None
    if person is None or card is None:
        raise NotFound()
    return ExpertFile(
        card=card,
        version=person.version,
        id_kind=person.id_kind,
        id_masked=mask_id(person.id_last4),
        birth_on=person.birth_on,
        email=person.email,
        deputy=person.deputy or "",
        log_in=person.log_in or "",
        statuses=_statuses(session, person_id),
        posts=_posts(session, person_id),
        members=household(session, person_id),
        accounts=_accounts(session, person_id),
        cases=_cases(session, actor, person_id),
        documents=_documents(session, person_id),
        looks=_looks(session, person_id),
        consents=consents_of(session, person_id=person_id, today=today),
    )


def _log_in(today: date) -> Any:
    held = select(Account.login).join(AccountGrant, AccountGrant.account_id == Account.id)
    held = held.where(AccountGrant.person_id == Person.id, AccountGrant.role == Role.EXPERT.value, in_force(today))
    return held.where(Account.disabled_at.is_(None)).limit(1).correlate(Person).scalar_subquery()


def _statuses(session: Session, person_id: int) -> tuple[Status, ...]:
    s = TalentStatus
    rows = session.execute(
        select(s.category, s.kind, s.certificate, s.valid_from, s.valid_to)
        .where(s.person_id == person_id)
        .order_by(s.valid_from.desc())
    )
    return tuple(Status(r.category, kind_label(r.kind), r.certificate, r.valid_from, r.valid_to) for r in rows)


def _posts(session: Session, person_id: int) -> tuple[Post, ...]:
    e = Employment
    rows = session.execute(
        select(e.post_zh, e.post_en, e.starts_on, e.ends_on, e.end_reason, e.contract_months, e.certified_at)
        .add_columns(Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == e.employer_id)
        .where(e.person_id == person_id)
        .order_by(e.starts_on.desc())
    )
    return tuple(
        Post(
            Bilingual(r.name_zh, r.name_en),
            Bilingual(r.post_zh, r.post_en),
            r.starts_on,
            r.ends_on,
            next((word.label for word in LEAVINGS if word.code == r.end_reason), None),
            r.contract_months,
            r.certified_at,
        )
        for r in rows
    )


def household(session: Session, person_id: int) -> tuple[Member, ...]:
    """Who belongs to the person's household now."""
    known = {word.code: word.label for word in RELATIONS}
    m = Relative
    rows = session.execute(
        select(m.id, m.relation, m.birth_on, m.name_sealed.is_not(None).label("named"), m.guardian_consent_at)
        .where(m.person_id == person_id, m.left_on.is_(None))
        .order_by(m.id)
    )
    return tuple(
        Member(r.id, known.get(r.relation, Text(r.relation)), r.birth_on, r.named, r.guardian_consent_at) for r in rows
    )


def _accounts(session: Session, person_id: int) -> tuple[AccountLine, ...]:
    b = BankAccount
    rows = session.execute(
        select(b.id, b.bank_name, b.account_last4, b.state, b.made_at)
        .where(b.person_id == person_id)
        .order_by((b.state == "settled").desc(), b.made_at.desc())
        .limit(5)
    )
    return tuple(AccountLine(r.id, r.bank_name, mask_account(r.account_last4), r.state, r.made_at) for r in rows)


def _cases(session: Session, actor: Actor, person_id: int) -> tuple[CaseLine, ...]:
    fen = func.coalesce(_ITEM.amount_fen, _CLAIM.approved_fen, _CLAIM.amount_fen, _RIGHT.total_fen).label("fen")
    rows = session.execute(
        select(Case.id, Case.kind, Case.title_zh, Case.title_en, Case.number, Case.state, Case.is_open, Case.opened_at)
        .add_columns(fen, _RIGHT.starts_on, _RIGHT.ends_on)
        .outerjoin(Claim.__table__, and_(beside(_CLAIM), _CLAIM.is_paid))
        .outerjoin(PaymentItem.__table__, beside(_ITEM))
        .outerjoin(Entitlement.__table__, beside(_RIGHT))
        .where(Case.expert_id == person_id, visible_cases(actor))
        .order_by(Case.id.desc())
        .limit(CASES)
    )
    return tuple(_case(row) for row in rows)


def _case(row: Any) -> CaseLine:
    state = FLOWS[row.kind].states.get(row.state)
    return CaseLine(
        id=row.id,
        kind=row.kind,
        title=Bilingual(row.title_zh, row.title_en),
        number=row.number,
        state_name=row.state,
        state=state.label if state is not None else Text(row.state),
        fen=row.fen,
        is_open=row.is_open,
        opened_at=row.opened_at,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def _documents(session: Session, person_id: int) -> tuple[PaperLine, ...]:
    d = Document
    rows = session.execute(
        select(d.id, d.file_name, d.at, d.case_id).where(d.person_id == person_id).order_by(d.id.desc()).limit(PAPERS)
    )
    return tuple(PaperLine(r.id, r.file_name, r.at, r.case_id) for r in rows)


def _looks(session: Session, person_id: int) -> tuple[Look, ...]:
    """Who looked at this file lately."""
    a = AuditEntry
    rows = session.execute(
        select(a.at, a.act, a.role, a.purpose, a.data, a.result, Unit.name_zh, Unit.name_en)
        .outerjoin(Unit, Unit.id == a.unit_id)
        .where(a.person_id == person_id, a.act.in_(LOOKS))
        .order_by(a.id.desc())
        .limit(RECENT_LOOKS)
    )
    return tuple(look_of(row) for row in rows)
