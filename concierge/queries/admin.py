"""What the three administrators look at: accounts, grants, units, calendars, flows, the audit trail."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant, WrongAttempts, attempts_hash
from concierge.models.calendar import CalendarTable
from concierge.models.district import District, Unit
from concierge.models.scope import visible_accounts
from concierge.rules.audit_words import act_label, role_label, subject_label
from concierge.rules.purposes import purpose_label
from concierge.rules.roles import Role

PAGE = 50


@dataclass(frozen=True)
class AccountRow:
    """An account as administrators see it: never a password, never an ID number."""

    id: int
    login: str
    name: str
    roles: tuple[Text, ...]
    must_change_password: bool
    has_second_factor: bool
    is_locked: bool
    is_disabled: bool


@dataclass(frozen=True)
class GrantRow:
    """A role held by an account."""

    id: int
    account_id: int
    login: str
    name: str
    role: Text
    unit: Bilingual | None
    starts_on: date
    ends_on: date | None
    is_over: bool
    delegates: tuple[Text, ...]


@dataclass(frozen=True)
class Page:
    """Some rows and where the next ones begin."""

    rows: tuple[object, ...]
    next_after: int | None


def accounts(session: Session, *, keys: KeyRing, actor: Actor, now: datetime, text: str = "", after: int = 0) -> Page:
    """Accounts of the district and new ones, in the order they were made, found by log-in name or name."""
    statement = select(Account).where(Account.id > after, visible_accounts(actor)).order_by(Account.id).limit(PAGE + 1)
    if text:
        statement = statement.where(
            Account.login_key.startswith(text.casefold(), autoescape=True) | (Account.name == text)
        )
    found = list(session.execute(statement).scalars())
    roles, shut = _roles_of(session, [a.id for a in found]), _shut(session, keys, [a.login_key for a in found], now)
    rows = tuple(
        AccountRow(
            id=a.id,
            login=a.login,
            name=a.name,
            roles=roles.get(a.id, ()),
            must_change_password=a.must_change_password,
            has_second_factor=a.totp_sealed is not None,
            is_locked=a.login_key in shut,
            is_disabled=a.disabled_at is not None,
        )
        for a in found[:PAGE]
    )
    return Page(rows, rows[-1].id if len(found) > PAGE else None)


def _shut(session: Session, keys: KeyRing, login_keys: list[str], now: datetime) -> set[str]:
    """The log-in names for which some place is shut after wrong attempts."""
    names = {attempts_hash(keys, key): key for key in login_keys}
    w = WrongAttempts
    found = select(w.name_hash).where(w.name_hash.in_(list(names)), w.shut_until > now)
    return {names[each] for each in session.execute(found).scalars()}


def account_name(session: Session, *, actor: Actor, account_id: int) -> str:
    """The name of an account in sight. Raises NotFound."""
    wanted = select(Account.name).where(Account.id == account_id, visible_accounts(actor))
    name = session.execute(wanted).scalar_one_or_none()
    if name is None:
        raise NotFound()
    return name


def account_named(session: Session, login_key: str) -> int | None:
    """The account with this log-in name (in its compared form)."""
    return session.execute(select(Account.id).where(Account.login_key == login_key)).scalar_one_or_none()


def _roles_of(session: Session, ids: list[int]) -> dict[int, tuple[Text, ...]]:
    found: dict[int, tuple[Text, ...]] = {}
    statement = select(AccountGrant.account_id, AccountGrant.role).where(AccountGrant.account_id.in_(ids))
    for account_id, role in session.execute(statement.order_by(AccountGrant.id)):
        found[account_id] = (*found.get(account_id, ()), Role(role).label)
    return found


def grants(session: Session, *, today: date, account_id: int | None = None, after: int = 0) -> Page:
    """Grants of the district, newest last."""
    statement = (
        select(AccountGrant, Account.login, Account.name, Unit.name_zh, Unit.name_en)
        .join(Account, Account.id == AccountGrant.account_id)
        .outerjoin(Unit, Unit.id == AccountGrant.unit_id)
        .where(AccountGrant.id > after)
        .order_by(AccountGrant.id)
        .limit(PAGE + 1)
    )
    if account_id is not None:
        statement = statement.where(AccountGrant.account_id == account_id)
    found = session.execute(statement).all()
    rows = tuple(
        GrantRow(
            id=g.id,
            account_id=g.account_id,
            login=login,
            name=name,
            role=Role(g.role).label,
            unit=Bilingual(zh, en) if zh else None,
            starts_on=g.starts_on,
            ends_on=g.ends_on,
            is_over=g.ends_on is not None and g.ends_on < today,
            delegates=tuple(Role(each).label for each in g.delegates),
        )
        for g, login, name, zh, en in found[:PAGE]
    )
    return Page(rows, rows[-1].id if len(found) > PAGE else None)


@dataclass(frozen=True)
class DistrictValues:
    """How the district calls itself, for its form."""

    name_zh: str
    name_en: str
    address_zh: str
    address_en: str
    hotline: str


def district_values(session: Session, district_id: int) -> DistrictValues:
    """Names, address and hotline of a district."""
    d = District
    columns = (d.name_zh, d.name_en, d.address_zh, d.address_en, d.hotline)
    return DistrictValues(*session.execute(select(*columns).where(d.id == district_id)).one())


@dataclass(frozen=True)
class CalendarRow:
    """A published table."""

    year: int
    version: int
    notice: str
    rest: tuple[date, ...]
    makeup: tuple[date, ...]
    is_provisional: bool
    published_at: datetime
    is_newest: bool


@dataclass(frozen=True)
class CalendarPage:
    """The district's hours and its tables, newest year first."""

    opens: str
    closes: str
    tables: tuple[CalendarRow, ...]


def calendars(session: Session, district_id: int) -> CalendarPage:
    """Every published table, and which of them holds."""
    district = session.get_one(District, district_id)
    found = list(
        session.execute(
            select(CalendarTable).order_by(CalendarTable.year.desc(), CalendarTable.version.desc())
        ).scalars()
    )
    newest = {t.year: t.version for t in reversed(found)}
    rows = tuple(
        CalendarRow(
            year=t.year,
            version=t.version,
            notice=t.notice,
            rest=tuple(date.fromisoformat(d) for d in t.rest),
            makeup=tuple(date.fromisoformat(d) for d in t.makeup),
            is_provisional=t.is_provisional,
            published_at=t.published_at,
            is_newest=newest[t.year] == t.version,
        )
        for t in found
    )
    return CalendarPage(district.opens.strftime("%H:%M"), district.closes.strftime("%H:%M"), rows)


@dataclass(frozen=True)
class FlowState:
    """A state of a flow, with how many open cases are in it (at most 1,000 are counted)."""

    name: str
    label: Text
    holder: Text
    limit: int | None
    open_cases: int


def open_by_state(session: Session, kind: str) -> tuple[FlowState, ...]:
    """The states of a flow with their open cases."""
    counts: dict[str, int] = dict(
        session.execute(select(Case.state, func.count()).where(Case.kind == kind, Case.is_open).group_by(Case.state))
        .tuples()
        .all()
    )
    return tuple(
        FlowState(name, s.label, s.holder.label, s.due.days if s.due else None, counts.get(name, 0))
        for name, s in FLOWS[kind].states.items()
    )


@dataclass(frozen=True)
class AuditRow:
    """One entry of the audit trail."""

    id: int
    at: datetime
    act: Text
    result: str
    who: str
    role: Text
    subject_kind: Text
    subject_id: int | None
    subject_name: str
    purpose: Text | str
    address: str
    is_sealed: bool


def audit(session: Session, *, act: str = "", before: int | None = None) -> Page:
    """The audit trail of the district, newest first."""
    subject = aliased(Account)
    statement = (
        select(AuditEntry, Account.name, subject.name)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .outerjoin(subject, (subject.id == AuditEntry.subject_id) & (AuditEntry.subject_kind == "account"))
        .where((AuditEntry.district_id == session.info["district"]) | (AuditEntry.district_id.is_(None)))
        .order_by(AuditEntry.id.desc())
        .limit(PAGE + 1)
    )
    if act:
        statement = statement.where(AuditEntry.act == act)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    found = session.execute(statement).all()
    rows = tuple(
        AuditRow(
            id=e.id,
            at=e.at,
            act=act_label(e.act),
            result=e.result,
            who=name or "",
            role=role_label(e.role or ""),
            subject_kind=subject_label(e.subject_kind),
            subject_id=e.subject_id,
            subject_name=named or "",
            purpose=purpose_label(e.purpose or ""),
            address=e.address or "",
            is_sealed=e.sequence is not None,
        )
        for e, name, named in found[:PAGE]
    )
    return Page(rows, rows[-1].id if len(found) > PAGE else None)
