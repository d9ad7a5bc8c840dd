"""Accounts around the small district of tests/cases.py, and the house that tells them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge import models
from concierge.basics.crypto import KeyRing
from concierge.basics.ids import new_id
from concierge.config import Settings, read_settings
from concierge.db import transaction
from concierge.engine.tables import Case, Outbox
from concierge.jobs.places import Place
from concierge.jobs.relay import Relayed, drain_outbox, send
from concierge.models.account import Account, AccountGrant
from concierge.models.notice import Delivery, SentMail
from concierge.notifications.sending import Sent
from concierge.rules.calendars import shipped_years
from concierge.rules.roles import Role
from tests.cases import EMPLOYER, EXPERT, FINANCE, HR, NOW, OFFICE, SPECIALIST_ACCOUNT, TOWNSHIP, furnish
from tests.databases import DISTRICT, Database

EXPERT_ACCOUNT, LEAD, MAKER, CHECKER, REVIEWER, LIAISON, TOWN, ADMIN, TALENT = range(61, 70)
PEOPLE: dict[int, tuple[str, Role, int | None]] = {
    SPECIALIST_ACCOUNT: ("周予安", Role.SPECIALIST, OFFICE),
    EXPERT_ACCOUNT: ("张伟", Role.EXPERT, None),
    LEAD: ("组长", Role.SPECIALIST_LEAD, None),
    MAKER: ("制单", Role.FINANCE_MAKER, FINANCE),
    CHECKER: ("复核", Role.FINANCE_CHECKER, FINANCE),
    REVIEWER: ("人社", Role.HR, HR),
    LIAISON: ("联络员", Role.EMPLOYER, EMPLOYER),
    TOWN: ("乡镇", Role.UNIT_LIAISON, TOWNSHIP),
    ADMIN: ("管理员", Role.SYSTEM_ADMIN, None),
    TALENT: ("人才办", Role.TALENT_OFFICE, None),
}


def peopled(engine: Any) -> None:
    """Two furnished districts, one of them with people, and the shipped calendars."""
    furnish(engine)
    with Session(engine) as session, session.begin():
        session.execute(update(Case).where(Case.kind == "payment_batch").values(is_open=False))  # no work of its own
        session.execute(insert(models.calendar.CalendarTable), [_table(table) for table in shipped_years()])
        add_people(session)


def _table(table: Any) -> dict[str, Any]:
    rest, makeup = (sorted(day.isoformat() for day in days) for days in (table.rest, table.makeup))
    row = {"id": new_id(), "year": table.year, "version": 1, "notice": table.notice, "rest": rest, "makeup": makeup}
    return row | {"is_provisional": table.provisional, "published_at": NOW, "published_by": None}


def add_people(session: Session) -> None:
    """The accounts and grants of PEOPLE; everybody has an address."""
    accounts = [
        {"id": n, "login": f"u{n}", "login_key": f"u{n}", "name": name, "person_key": f"k{n}", "email": f"u{n}@x.test"}
        | {"password_hash": "", "password_set_at": NOW, "must_change_password": False}
        for n, (name, _role, _unit) in PEOPLE.items()
    ]
    session.execute(insert(Account), accounts)
    grants = [
        {"id": new_id(), "district_id": DISTRICT, "account_id": n, "role": role.value, "unit_id": unit}
        | {"person_id": EXPERT if role is Role.EXPERT else None, "starts_on": date(2025, 1, 1), "ends_on": None}
        for n, (_name, role, unit) in PEOPLE.items()
    ]
    session.execute(insert(AccountGrant), grants)


def settings_of(database: Database, folder: Path, **more: str) -> Settings:
    """Settings of a site on this database, with keys of its own."""
    folder.mkdir(exist_ok=True)
    keys = folder / "keys.json"
    if not keys.exists():
        KeyRing.generate().save(keys)
    return read_settings(environ(database.url, folder) | more)


def environ(url: str, folder: Path) -> dict[str, str]:
    """The environment of such a site."""
    told = {"CONCIERGE_BASE_URL": "https://rencai.example", "CONCIERGE_INTERNAL_HOSTS": "127.0.0.1"}
    return {"CONCIERGE_DATA": str(folder), "DATABASE_URL": url} | told


class Office:
    """The house of a test: a database, its people, and whatever was told to them."""

    def __init__(self, database: Database, folder: Path, **more: str) -> None:
        self.database = database
        self.place = Place(settings_of(database, folder, **more))

    def close(self) -> None:
        """Let go of the place's own connections."""
        self.place.engine.dispose()

    def do(self, act: Callable[[Session], Any]) -> Any:
        """Do something in one transaction."""
        with self.database.session() as session, transaction(session):
            return act(session)

    def told(self, *rows: tuple[str, int, int], at: datetime = NOW, data: dict[str, Any] | None = None) -> None:
        """Put (topic, subject, version) rows into the outbox."""
        made = [
            {"id": new_id(), "district_id": DISTRICT, "topic": topic, "subject_id": subject, "subject_version": version}
            | {"data": data, "state": "pending", "attempts": 0, "at": at, "next_at": at}
            for topic, subject, version in rows
        ]
        self.do(lambda session: session.execute(insert(Outbox), made))

    def relay(self, now: datetime = NOW) -> Relayed:
        """Expand what waits."""
        return drain_outbox(self.place, now, lambda: True)

    def post(self, now: datetime = NOW) -> Sent:
        """Send what waits."""
        return send(self.place, DISTRICT, now, lambda: True)

    def notices(self, account: int | None = None, channel: str | None = "inbox") -> list[Delivery]:
        """The deliveries of an account, the oldest first."""
        wanted = select(Delivery).order_by(Delivery.id)
        if account is not None:
            wanted = wanted.where(Delivery.account_id == account)
        if channel is not None:
            wanted = wanted.where(Delivery.channel == channel)
        with self.database.session() as session:
            return list(session.execute(wanted).scalars())

    def mails(self) -> list[SentMail]:
        """The demo mailbox."""
        with self.database.session() as session:
            return list(session.execute(select(SentMail).order_by(SentMail.id)).scalars())


def accounts(notices: Iterable[Delivery]) -> list[int]:
    """Whom some notices are for."""
    return sorted(notice.account_id for notice in notices)
