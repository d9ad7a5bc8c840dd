"""The audit trail: what was done beside the steps, and a chain that shows whoever edits, deletes or inserts a row.

`record` writes one entry in the transaction of what it tells. A job calls `seal`: it gives the entries their place in
the chain, each digest made over the entry and its predecessor with a key that is not in the database. Before that it
writes one entry with the digests of every append-only row (history, postings ...) made since the last time, so that
these tables hang on the same chain. The head is anchored outside; `verify_chain` names the first broken row.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.ids import new_id
from concierge.db import add_rows, among, append_only, transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import AUDIT, AuditEntry, AuditSeal

ROWS_SEALED = "rows-sealed"
WORDS_ERASED = "words-erased"
"""An entry that names rows whose words were erased (engine/erase.py), each with its digest from then on."""
SETTLED = timedelta(minutes=10)
"""Rows younger than this are left for the next seal: their transaction may not have ended yet."""
BATCH = 500
MS_SHIFT = 22  # an id counts milliseconds above this bit (basics/ids.py)
_LOCK = 0x5EA1
_OWN_TABLES = ("audit", "audit_seals")
_WHOLE_CITY = {"whole_city": True}
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found: how many entries and rows it checked, and the first one that is not as sealed."""

    ok: bool
    checked: int
    first_broken: str | None = None


class _Broken(Exception):
    """The chain does not hold; the message names the row."""


def record(
    session: Session,
    *,
    act: str,
    actor: Actor | None,
    now: datetime,
    subject_kind: str,
    subject_id: int | None = None,
    person_id: int | None = None,
    purpose: str | None = None,
    data: dict[str, Any] | None = None,
    result: str = "done",
    request_id: str | None = None,
    address: str | None = None,
    unit_id: int | None = None,
) -> None:
    """Write one entry in the running transaction: a write that is no step, a refusal, or a look at personal data.

    `person_id` is whose data it concerns, `purpose` why it was looked at. `data` holds no personal values.
    """
    row = {
        "id": new_id(),
        "district_id": actor.district_id if actor is not None else session.info.get("district"),
        "act": act,
        "result": result,
        "actor_id": actor.account_id if actor is not None else None,
        "for_id": actor.for_account if actor is not None else None,
        "role": min((role.value for role in actor.roles), default=None) if actor is not None else None,
        "unit_id": unit_id,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "person_id": person_id,
        "purpose": purpose,
        "data": data,
        "request_id": request_id,
        "address": address,
        "at": now,
    }
    add_rows(session, AuditEntry, [row])


def old_and_new(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry about a setting keeps: each value that changed, with the one it takes the place of."""
    return {"changed": {name: [before.get(name), new] for name, new in after.items() if before.get(name) != new}}


def seal(session: Session, *, now: datetime, key: bytes, anchor: Callable[[int, str], None]) -> int:
    """Chain everything written since the last seal, in a transaction of its own, then anchor the head.

    `anchor(sequence, digest)` keeps the head outside the database. Returns how many entries were chained.
    """
    with transaction(session):
        if session.connection().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        last = session.scalars(select(AuditSeal).order_by(AuditSeal.sequence.desc()).limit(1)).one_or_none()
        upto = _seal_rows(session, last.upto if last is not None else 0, now, key)
        start, head = (last.sequence, last.digest) if last is not None else (0, "")
        sequence, head = _chain(session, start, head, key)
        made = {"id": new_id(), "sequence": sequence, "entries": sequence - start, "digest": head}
        session.execute(insert(AuditSeal), [made | {"upto": upto, "at": now}])
    anchor(sequence, head)
    return sequence - start


def audit_key(keys: KeyRing) -> bytes:
    """The key of the audit chain: not in the database."""
    return bytes.fromhex(keys.sign(b"audit chain", "audit"))


def marks_now(session: Session, table: Table, ids: Sequence[int], key: bytes) -> list[list[Any]]:
    """The digests of some rows of an append-only table as they are now, each behind its id."""
    wanted = select(table).where(among(table.c.id, ids)).order_by(table.c.id)
    rows = session.execute(wanted, execution_options=_WHOLE_CITY).mappings().all()
    return [[row["id"], _mark(key, table.name, row)] for row in rows]


def verify_chain(session: Session, *, key: bytes, anchored: tuple[int, str] | None = None) -> ChainReport:
    """Recompute the chain and every row it covers; `anchored` is a head kept outside, by its sequence and digest.

    Finds any edit, deletion and insertion, and names the first broken row. Entries not yet sealed are not judged.
    """
    seals = session.scalars(select(AuditSeal).order_by(AuditSeal.sequence)).all()
    expected = {s.sequence: s.digest for s in seals}
    if anchored is not None:
        expected.setdefault(*anchored)
    found = _Verification(session, key, expected, seals)
    try:
        found.run()
        if anchored is not None and found.digests.get(anchored[0]) != anchored[1]:
            raise _Broken(f"audit entry {anchored[0]} is not the one that was anchored")
    except _Broken as broken:
        return ChainReport(False, found.checked, str(broken))
    return ChainReport(True, found.checked)


# --- sealing ----------------------------------------------------------------------------------------------------


def _covered() -> dict[str, Table]:
    tables: dict[str, Any] = {name: cls.__table__ for name, cls in append_only().items()}  # type: ignore[attr-defined]  # every class has its table
    return {name: table for name, table in tables.items() if name not in _OWN_TABLES}


def _rows(session: Session, table: Table, after: int, upto: int, limit: int | None = None) -> list[Row]:
    statement = select(table).where(table.c.id > after, table.c.id <= upto).order_by(table.c.id).limit(limit)
    return list(session.execute(statement, execution_options=_WHOLE_CITY).mappings().all())


def _seal_rows(session: Session, after: int, now: datetime, key: bytes) -> int:
    """Write the digests of the rows whose ids lie between the last seal and the settled past; the new border."""
    # Measured on the clock that makes ids, which is not always the one that `now` was read from.
    border = max(after, new_id() - (int(SETTLED.total_seconds() * 1000) << MS_SHIFT))
    while True:
        found = {name: _rows(session, table, after, border, BATCH) for name, table in _covered().items()}
        upto = min((rows[-1]["id"] for rows in found.values() if len(rows) == BATCH), default=border)
        due = {name: [row for row in rows if row["id"] <= upto] for name, rows in found.items()}
        marks = {name: [[row["id"], _mark(key, name, row)] for row in rows] for name, rows in due.items() if rows}
        data = {"after": after, "upto": upto, "rows": marks}
        record(session, act=ROWS_SEALED, actor=None, now=now, subject_kind="chain", data=data)
        if upto == border:
            return border
        after = upto


def _chain(session: Session, sequence: int, head: str, key: bytes) -> tuple[int, str]:
    linked = []
    unsealed = select(AUDIT).where(AUDIT.c.sequence.is_(None)).order_by(AUDIT.c.id)
    for entry in session.execute(unsealed).mappings():
        sequence += 1
        head = _link(key, head, sequence, entry)
        linked.append({"the_id": entry["id"], "the_sequence": sequence, "the_digest": head})
    here = update(AUDIT).where(AUDIT.c.id == bindparam("the_id"))
    here = here.values(sequence=bindparam("the_sequence"), digest=bindparam("the_digest"))
    session.connection().execute(here, linked)
    return sequence, head


def _link(key: bytes, head: str, sequence: int, entry: Row) -> str:
    told = {name: value for name, value in entry.items() if name not in ("sequence", "digest")}
    return hmac.new(key, _canonical([head, sequence, _filled(told)]), hashlib.sha256).hexdigest()


def _mark(key: bytes, table: str, row: Row) -> str:
    """A row's digest, short because the entry that holds it is digested in full."""
    return hmac.new(key, _canonical([table, _filled(row)]), hashlib.sha256).hexdigest()[:16]


def _filled(row: Row) -> dict[str, Any]:
    """A row without its empty columns, so that a column added later (it must allow NULL) breaks no old digest."""
    return {name: value for name, value in row.items() if value is not None}


def _canonical(value: Any) -> bytes:
    packed = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return packed.encode("utf-8", "surrogatepass")


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


# --- verifying --------------------------------------------------------------------------------------------------


class _Verification:
    """One walk along the chain. Raises _Broken at the first row that is not as it was sealed."""

    def __init__(self, session: Session, key: bytes, expected: Mapping[int, str], seals: Sequence[AuditSeal]) -> None:
        self.session, self.key, self.expected = session, key, expected
        self.seals = {seal.sequence: seal for seal in seals}
        self.tables = _covered()
        self.checked = self.border = 0
        self.digests: dict[int, str] = {}
        self.erased = self._erased()

    def run(self) -> None:
        sequence, head = 0, ""
        for entry in self._entries():
            sequence += 1
            if entry["sequence"] != sequence:
                raise _Broken(f"audit entry {sequence} is missing")
            head = _link(self.key, head, sequence, entry)
            if head != entry["digest"] or self.expected.get(sequence, head) != head:
                raise _Broken(f"audit entry {sequence} (id {entry['id']}) was changed")
            self.checked += 1
            if sequence in self.expected:
                self.digests[sequence] = head
            if entry["act"] == ROWS_SEALED:
                self._compare(entry["data"])
            if (made := self.seals.get(sequence)) is not None and made.upto != self.border:
                raise _Broken(f"the seal after audit entry {sequence} was changed")
        if max(self.expected, default=0) > sequence:
            raise _Broken(f"audit entry {sequence + 1} is missing")
        self._count_seals(sequence)

    def _count_seals(self, sequence: int) -> None:
        """Each seal begins where the one before it ended, and the last one ends with the last entry."""
        sealed = 0
        for made in self.seals.values():
            if made.sequence - made.entries != sealed:
                raise _Broken(f"a seal after audit entry {sealed} is missing")
            sealed = made.sequence
        if sealed != sequence:
            raise _Broken(f"the seal after audit entry {sequence} is missing")

    def _erased(self) -> dict[tuple[str, int], str]:
        """The digests of rows since their words were erased, by table and id; the walk judges these entries too."""
        named = select(AUDIT.c.data).where(AUDIT.c.act == WORDS_ERASED).order_by(AUDIT.c.id)
        found: dict[tuple[str, int], str] = {}
        for data in self.session.execute(named).scalars():
            found |= {(data["table"], row_id): mark for row_id, mark in data["rows"]}
        return found

    def _entries(self) -> Iterator[Row]:
        last = 0
        while True:
            page = select(AUDIT).where(AUDIT.c.sequence > last).order_by(AUDIT.c.sequence).limit(BATCH)
            entries = self.session.execute(page).mappings().all()
            yield from entries
            if len(entries) < BATCH:
                return
            last = entries[-1]["sequence"]

    def _compare(self, data: Row) -> None:
        if data["after"] != self.border:
            raise _Broken(f"rows after {self.border} were never sealed")
        self.border = data["upto"]
        for name, table in self.tables.items():
            marks = dict(data["rows"].get(name, []))
            rows = _rows(self.session, table, data["after"], data["upto"])
            here = {row["id"]: _mark(self.key, name, row) for row in rows}
            for row_id in sorted(marks.keys() | here.keys()):
                mark = here.get(row_id)
                if mark != marks.get(row_id) and (mark is None or mark != self.erased.get((name, row_id))):
                    raise _Broken(f"{name} {row_id} was {_how(row_id, marks, here)}")
            self.checked += len(marks)


def _how(row_id: int, marks: Row, here: Row) -> str:
    if row_id not in here:
        return "deleted"
    return "changed" if row_id in marks else "inserted"
