"""The accounts behind the parties of a matter: the few queries that turn parties into recipients."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.db import among, fixed, read
from concierge.engine.tables import Case, History
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import Person
from concierge.notifications.absences import StandIns
from concierge.notifications.audience import AUDIENCE, To
from concierge.queries.offers import asked_people
from concierge.rules.quiet import MailWish
from concierge.rules.roles import Role, UnitKind
from concierge.services.outbox import Told
from concierge.workflows.topics import Topic

IN_UNITS = (
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.FINANCE_PAYER,
    Role.HR,
    Role.SECTOR,
    Role.EMPLOYER,
    Role.UNIT_LIAISON,
    Role.TALENT_OFFICE,
    Role.PRESS,
)
MIRRORED = (Topic.PAYMENT_PAID, Topic.PAYMENT_BOUNCED)


@dataclass(frozen=True)
class Matter:
    """What a row of the outbox is about: its parties, and the facts that its text may use."""

    told: Told
    topic: Topic
    case_id: int | None = None
    is_open: bool = True
    expert_id: int | None = None
    specialist_id: int | None = None
    assignee_id: int | None = None
    holder: str = ""
    holder_id: int | None = None
    employer_id: int | None = None
    unit_id: int | None = None
    due_nth: int | None = None
    actor_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipient:
    """An account that may be told; without an address it is told in the app alone."""

    account_id: int
    has_mail: bool
    wish: MailWish = MailWish.ALL
    quiet: tuple[int | None, int | None] = (None, None)


_ACCOUNT = (Account.id, Account.email, Account.mail_wish, Account.quiet_from, Account.quiet_to)


def _recipient(row: Any) -> Recipient:
    return Recipient(row.id, bool(row.email), MailWish(row.mail_wish), (row.quiet_from, row.quiet_to))


def matters(session: Session, told: Iterable[Told]) -> list[Matter]:
    """What the rows are about; rows that concern nobody any more are left out. Two statements."""
    rows = list(told)
    ids = list({row.data.get("case_id") or row.subject_id for row in rows})
    cases = {row.id: row for row in read(session, _CASES, cases=ids)}
    versions = list({row.subject_version for row in rows})
    lines = {(row.case_id, row.version): row for row in read(session, _LINES, cases=ids, versions=versions)}
    made = []
    for row in rows:
        topic = Topic(row.topic)
        case = cases.get(row.data.get("case_id") or row.subject_id)
        if case is None:
            made.append(Matter(row, topic, **_parties(row.data), facts=row.data))
        elif not (topic in MIRRORED and case.kind == "claim"):  # the payment item tells it
            made.append(_of_case(row, topic, case, lines.get((case.id, row.subject_version))))
    return made


def _cases() -> Any:
    columns = [getattr(Case, name) for name in ("id", "kind", "number", "title_zh", "title_en", "state", "is_open")]
    columns += [Case.expert_id, Case.specialist_id, Case.assignee_id, Case.holder, Case.holder_id]
    columns += [Case.employer_id, Case.due_nth, Case.due_on]
    item = PaymentItem.__table__.c
    joined = select(*columns, item.amount_fen).select_from(Case).outerjoin(item.id.table, item.id == Case.id)
    return joined.where(among(Case.id, name="cases"))


_CASES = fixed(_cases())
_LINES = fixed(
    select(History.case_id, History.version, History.to_state, History.actor_id).where(
        among(History.case_id, name="cases"), among(History.version, name="versions")
    )
)
"""The lines that the rows tell of, and a few more; not the whole course of each case."""


def _parties(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in ("expert_id", "specialist_id", "employer_id", "unit_id", "case_id")}


def _of_case(row: Told, topic: Topic, case: Any, line: Any) -> Matter:
    facts = {
        "kind": case.kind,
        "number": case.number,
        "title_zh": case.title_zh,
        "title_en": case.title_en,
        "state": line.to_state if line is not None else case.state,
        "due_on": case.due_on.isoformat() if case.due_on is not None else None,
        "amount_fen": case.amount_fen,
        **row.data,
    }
    return Matter(
        row,
        topic,
        case.id,
        case.is_open,
        case.expert_id,
        case.specialist_id,
        case.assignee_id,
        case.holder,
        case.holder_id,
        case.employer_id,
        row.data.get("unit_id"),
        case.due_nth,
        line.actor_id if line is not None else None,
        facts,
    )


class Book:
    """The accounts behind the parties of some matters, read when first asked for: one statement for each party."""

    def __init__(self, session: Session, about: Iterable[Matter], today: date) -> None:
        self._session, self._about, self._today = session, list(about), today

    def _grants(self, *where: Any, of: Any) -> list[tuple[Any, Recipient]]:
        grant = AccountGrant
        found = (
            select(of, *_ACCOUNT)
            .join(Account, Account.id == grant.account_id)
            .where(Account.disabled_at.is_(None), in_force(self._today), *where)
            .order_by(Account.id)
        )
        return [(row[0], _recipient(row)) for row in self._session.execute(found)]

    @cached_property
    def experts(self) -> dict[int, Recipient]:
        """The account of each expert who has one, by person."""
        ids = {matter.expert_id for matter in self._about if matter.expert_id is not None}
        ids |= {person for _order, person in self.asked}
        grant = AccountGrant
        where = (grant.role == Role.EXPERT.value, among(grant.person_id, ids))
        return dict(self._grants(*where, of=grant.person_id))

    @cached_property
    def people(self) -> dict[int, Recipient]:
        """Named accounts: specialists, assignees, deputies."""
        ids = {number for matter in self._about for number in (matter.specialist_id, matter.assignee_id)}
        ids |= {account for pair in self._in_charge.values() for account in pair}
        ids |= {m.facts.get("account_id") for m in self._about} | set(self.deputies.values()) | self._away.everybody()
        known = select(*_ACCOUNT).where(among(Account.id, ids - {None}), Account.disabled_at.is_(None))
        return {row.id: _recipient(row) for row in self._session.execute(known)}

    @cached_property
    def _in_charge(self) -> dict[int, tuple[int | None, int | None]]:
        """The deputy in charge and the first responsible person of each unit that a sheet climbs from."""
        climbs = (To.DEPUTY_IN_CHARGE, To.FIRST_RESPONSIBLE)
        ids = {m.holder_id for m in self._about if m.holder_id is not None and AUDIENCE[m.topic][0] in climbs}
        found = select(Unit.id, Unit.deputy_in_charge_id, Unit.first_responsible_id).where(among(Unit.id, ids))
        return {row[0]: (row[1], row[2]) for row in self._session.execute(found)} if ids else {}

    @cached_property
    def deputies(self) -> dict[int, int | None]:
        """The deputy specialist of each expert."""
        ids = {m.expert_id for m in self._about if m.expert_id is not None and To.DEPUTY in AUDIENCE[m.topic]}
        found = select(Person.id, Person.deputy_id).where(among(Person.id, ids), Person.deputy_id.is_not(None))
        return dict(self._session.execute(found).tuples().all())

    @cached_property
    def _in_units(self) -> dict[int | None, list[Recipient]]:
        where = AccountGrant.role.in_([role.value for role in IN_UNITS])
        by_unit: dict[int | None, list[Recipient]] = {}
        for unit, recipient in self._grants(where, of=AccountGrant.unit_id):
            by_unit.setdefault(unit, []).append(recipient)
        return by_unit

    @cached_property
    def _offices(self) -> set[int]:
        found = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value)
        return set(self._session.execute(found).scalars())

    @cached_property
    def asked(self) -> list[tuple[int, int]]:
        """(order, person): the experts who were asked to take an order, or are named to go with it."""
        orders = {m.case_id for m in self._about if m.case_id is not None and To.ASKED in AUDIENCE[m.topic]}
        return asked_people(self._session, orders) if orders else []

    def unit(self, unit_id: int | None) -> list[Recipient]:
        """Everybody with a duty in a unit; the talent office serves the whole district, so its grants name none."""
        if unit_id is None:
            return []
        whole = self.office if unit_id in self._offices else []
        return list(dict.fromkeys([*self._in_units.get(unit_id, []), *whole]))

    def _with_role(self, role: Role) -> list[Recipient]:
        found = self._grants(AccountGrant.role == role.value, of=AccountGrant.role)
        return list(dict.fromkeys(recipient for _role, recipient in found))

    @cached_property
    def leads(self) -> list[Recipient]:
        """The leads of the specialists."""
        return self._with_role(Role.SPECIALIST_LEAD)

    @cached_property
    def office(self) -> list[Recipient]:
        """The talent office."""
        return self._with_role(Role.TALENT_OFFICE)

    @cached_property
    def admins(self) -> list[Recipient]:
        """The system administrators."""
        return self._with_role(Role.SYSTEM_ADMIN)

    def told(self, matter: Matter, to: To) -> list[Recipient]:
        """The accounts behind one party. An expert without an account is told by the specialist, who learns of it."""
        match to:
            case To.EXPERT:
                own = self.experts.get(matter.expert_id or 0)
                return [own] if own is not None else self.told(matter, To.SPECIALIST)
            case To.SPECIALIST:
                return self._in_person(matter.specialist_id, matter) or self.leads
            case To.DEPUTY:
                deputy = self.people.get(self.deputies.get(matter.expert_id or 0) or 0)
                return [deputy] if deputy is not None else []
            case To.OWNER:
                return self.told(matter, To.SPECIALIST) if matter.specialist_id is not None else self.admins
            case To.NAMED:
                return self._in_person(matter.facts.get("account_id"), matter)[:1]
            case To.UNIT:
                return self.unit(matter.unit_id)
            case To.EMPLOYER:
                return self.unit(matter.employer_id)
            case To.HOLDER:
                return self._holder(matter)
            case To.DEPUTY_IN_CHARGE | To.FIRST_RESPONSIBLE:
                pair = self._in_charge.get(matter.holder_id or 0, (None, None))
                named = self._in_person(pair[0 if to is To.DEPUTY_IN_CHARGE else 1], matter)
                return named or self._with_role(Role.LEAD)  # nobody named: the leaders of the district
            case To.ASKED:
                people = [person for order, person in self.asked if order == matter.case_id]
                return [self.experts[person] for person in people if person in self.experts]
        return {To.LEADS: self.leads, To.OFFICE: self.office, To.ADMINS: self.admins}[to]

    def _holder(self, matter: Matter) -> list[Recipient]:
        """The person in whose hands it is; none when it is a unit's, which is told by digest."""
        if matter.holder == "expert":
            return self.told(matter, To.EXPERT)
        own = self._in_person(matter.assignee_id, matter)
        return own or (self.leads if matter.holder == "specialist" else [])

    @cached_property
    def _away(self) -> StandIns:
        return StandIns(self._session, self._today)

    def _in_person(self, account_id: int | None, matter: Matter) -> list[Recipient]:
        """Somebody by name, with whoever stands in for him today; nobody when the account is gone."""
        own = self.people.get(account_id or 0)
        other = self.people.get(self._away.instead_of(account_id or 0, matter.facts) or 0)
        return [each for each in (own, other) if each is not None]
