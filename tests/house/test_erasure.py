"""Whoever is erased leaves no words behind: a column about a person is wiped, or it is said for which law it stays."""

import re
from typing import Any

from sqlalchemy import JSON, LargeBinary, Table, Text, event

import concierge.services  # noqa: F401  registers the effects of steps
from concierge.db import Base, transaction
from concierge.engine.run import Act
from concierge.rules.care import Channel
from concierge.rules.erasure import KEPT
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.erasure import erase_person
from tests.cases import CALENDAR
from tests.databases import Database, NewDatabase
from tests.office import EXPERT, NOW, actor, fill, key_ring

_CODED = """
kind state prior_state trail clock holder channel category way number period tier outcome occasion act account rule code
policy_group severity source subject_kind result role purpose wording cause colour grade mode step from_state to_state
applied_by recruitment package formula list_name form path calendar_version id_kind first_number second_number sha256
storage_key receipt request_id digest certificate answer inputs
"""
CODES = frozenset(_CODED.split())
"""Columns of codes, numbers and hashes: they hold no words that anybody typed about a person."""
STAYS = {
    "payments": "payment_items payment_batches postings invoices differences",
    "decisions": "accruals claims claim_materials clawbacks decisions joint_opinions objections package_items places "
    "quality_faults recognitions supervision_sheets",
    "steps": "audit history code_scans consents cases dispatch_members negative_records rating_appeals grants",
    "fingerprint": "persons",
    "sealed with the person's key, which is destroyed": "data_requests",
    "of the campaign's orders and of others, not of the person": "dispatch_orders findings knowledge_cards mentorships "
    "monthly_reports placements service_teams service_experts topics",
}
"""Tables of which columns stay, by the law in rules/erasure.py or the reason why nothing of the person is in them."""


class Heard:
    """What an erasure writes: tables of which rows are deleted, and columns that are wiped."""

    def __init__(self) -> None:
        self.deleted: set[str] = set()
        self.wiped: set[tuple[str, str]] = set()

    def __call__(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said = " ".join(statement.split())
        if found := re.match(r"UPDATE (\w+) SET (.*?)(?: WHERE|$)", said):
            self.wiped |= {(found[1], column) for column in re.findall(r"(\w+)=", found[2])}
        if found := re.match(r"DELETE FROM (\w+)", said):
            self.deleted.add(found[1])


def heard(rows: Database) -> Heard:
    """Erase the expert of the small office, and listen."""
    listening = Heard()
    with rows.session() as session:
        wish = CareWish("housing", "请帮忙找房", Channel.PHONE)
        own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT}
        register_care(session, **own, wish=wish)
    event.listen(rows.engine, "before_cursor_execute", listening)
    with rows.session() as session, transaction(session):
        erase_person(session, Act(actor(Role.SPECIALIST), NOW, CALENDAR), EXPERT, b"k" * 32)
    event.remove(rows.engine, "before_cursor_execute", listening)
    return listening


def is_about_a_person(table: Table) -> bool:
    """Whether rows of a table hang on a person or on a matter of one."""
    parents = {key.column.table.name for key in table.foreign_keys}
    hangs = {"persons", "cases", "claims", "ratings", "service_experts"} & parents
    return table.name == "persons" or "person_id" in table.columns or bool(hangs)


def words_of(table: Table) -> list[str]:
    """The columns in which words or files may stand."""
    typed = (Text, LargeBinary, JSON)
    return [column.name for column in table.columns if isinstance(column.type, typed) and column.name not in CODES]


def test_every_word_about_a_person_is_wiped_or_stays_for_a_reason(new_database: NewDatabase) -> None:
    found = heard(new_database("sqlite", "erasure", fill))
    staying = {table for tables in STAYS.values() for table in tables.split()}
    left = [
        f"{table.name}.{column}"
        for table in Base.metadata.sorted_tables
        if is_about_a_person(table) and table.name not in found.deleted | staying
        for column in words_of(table)
        if (table.name, column) not in found.wiped
    ]
    assert left == [], "wipe it in services/erasure.py, or say in STAYS for which law it stays"


def test_what_stays_is_named_once_and_still_there() -> None:
    named = [table for tables in STAYS.values() for table in tables.split()]
    assert len(named) == len(set(named))
    assert set(named) <= set(Base.metadata.tables)
    assert {reason for reason in STAYS if " " not in reason} == set(KEPT)
