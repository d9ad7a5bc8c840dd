"""Everything the office keeps about one person, as plain rows by table: for the copy that the person may have.

A table with a `person_id` is in it without being told, and so is every kind of case; what is left out is named here.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.db import Base, Scoped, among
from concierge.engine.declare import FLOWS
from concierge.engine.tables import AuditEntry, Case, History
from concierge.models.account import Account, AccountGrant
from concierge.models.campaign import ServiceExpert
from concierge.models.care import Rating
from concierge.models.claim import CaseNotice, Document
from concierge.models.comment import Comment
from concierge.models.dispatch import DispatchMember
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.models.scope import OF_THE_OFFICE
from concierge.queries.portal_looks import LOOKS

Rows = list[dict[str, Any]]
Opener = Callable[[str, str, int, bytes], str]
"""Opens a sealed value at its place: table, column, row, ciphertext."""

SEALED = {"id_sealed": "id_number"}
"""Columns whose place has another name than the column without "_sealed"."""
INNER = re.compile(r"(_index|_key|_nth|_revision|_by)$|^(district_id|version|trail|prior_state|waits)$")
"""Columns that say nothing about the person: fingerprints, counters, who of the staff typed it."""
NAMED_IDS = ("id", "case_id", "claim_id", "document_id", "entitlement_id")
"""Identities that lead from one row to another; those of staff and offices are left out."""
IN_THE_LOG_ALONE = ("grants", "code_scans")
"""Tables of log-ins and seals of codes, of which the person reads the log instead."""


def everything(session: Session, *, person_id: int, unsealed: Opener) -> dict[str, Rows]:
    """Every row about a person, by the name of its table. The caller records that it was read."""
    found = {"persons": _plain(session.execute(select(Person).where(Person.id == person_id)).scalars(), unsealed)}
    for table, model in _of_a_person().items():
        own = select(model).where(model.person_id == person_id).order_by(model.id)
        found[table] = _plain(session.execute(own).scalars(), unsealed)
    found |= _cases(session, person_id, unsealed)
    goes = select(ServiceExpert.id).where(ServiceExpert.person_id == person_id)
    gone = select(DispatchMember).where(DispatchMember.expert_id.in_(goes)).order_by(DispatchMember.id)
    found["dispatch_members"] = _plain(session.execute(gone).scalars(), unsealed)
    looked = select(AuditEntry).where(AuditEntry.person_id == person_id, AuditEntry.act.in_(LOOKS))
    found["looks"] = _plain(session.execute(looked.order_by(AuditEntry.id)).scalars(), unsealed)
    mine = select(AccountGrant.account_id).where(AccountGrant.person_id == person_id)
    told = select(Delivery).where(Delivery.account_id.in_(mine), Delivery.channel == "inbox").order_by(Delivery.id)
    found["notices"] = _plain(session.execute(told).scalars(), unsealed)
    login = session.execute(select(Account.login, Account.name, Account.email).where(Account.id.in_(mine)))
    found["log_ins"] = [dict(row._mapping) for row in login]
    return {table: rows for table, rows in found.items() if rows}


def papers_of(session: Session, person_id: int) -> list[tuple[int, str, str]]:
    """The stored papers of a person: identity, the name it came with, where it lies."""
    d = Document
    rows = session.execute(select(d.id, d.file_name, d.storage_key).where(d.person_id == person_id).order_by(d.id))
    return [(row.id, row.file_name, row.storage_key) for row in rows]


def _of_a_person() -> dict[str, Any]:
    """Every table of the district with a person in it, by name; kinds of cases come with the cases."""
    models = {str(m.local_table.description): m.class_ for m in Base.registry.mappers}
    return {
        table: model
        for table, model in sorted(models.items())
        if issubclass(model, Scoped) and not issubclass(model, Case) and hasattr(model, "person_id")
        if table not in IN_THE_LOG_ALONE
    }


def _cases(session: Session, person_id: int, unsealed: Opener) -> dict[str, Rows]:
    """The person's cases, kind by kind, and what stands on them for the person to read."""
    found: dict[str, Rows] = {}
    own = select(Case.id).where(Case.expert_id == person_id, Case.kind.not_in(OF_THE_OFFICE))
    ids = list(session.execute(own.order_by(Case.id)).scalars())
    for kind, flow in FLOWS.items():
        rows = session.execute(select(flow.subject).where(among(flow.subject.id, ids)).order_by(flow.subject.id))
        found[f"cases_{kind}"] = _plain(rows.scalars(), unsealed)
    for name, model, more in (
        ("steps", History, ()),
        ("remarks", Comment, (or_(Comment.audience == "expert", Comment.audience == "nudge"),)),
        ("papers_sent", CaseNotice, ()),
        ("ratings", Rating, ()),
    ):
        wanted: Any = select(model).where(among(model.case_id, ids), *more).order_by(model.id)
        found[name] = _plain(session.execute(wanted).scalars(), unsealed)
    return found


def _plain(rows: Iterable[Any], unsealed: Opener) -> Rows:
    return [_row(row, unsealed) for row in rows]


def _row(row: Any, unsealed: Opener) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in row.__mapper__.columns:
        name, value = column.name, getattr(row, column.name)
        if value is None or value == "" or INNER.search(name):
            continue
        if name.endswith("_sealed"):
            table = column.table.name
            place = SEALED.get(name, name.removesuffix("_sealed"))
            values[place] = unsealed(table, place, row.id, value)
        elif name in NAMED_IDS:
            values[name] = public_id(value)
        elif not name.endswith("_id") and not isinstance(value, bytes):
            values[name] = _said(value)
    return values


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
