"""Rows are written in one statement a table, and read back as they were meant."""

import pytest
from sqlalchemy import literal, select

from concierge.basics.ids import new_id
from concierge.db import add_rows, fixed, read, set_columns, transaction
from concierge.models.claim import ClaimMaterial
from tests.cases import CLAIM, NOW
from tests.databases import DISTRICT, Database

M = ClaimMaterial


def test_what_is_not_known_has_its_default_and_what_is_set_is_set_in_these_rows_alone(office: Database) -> None:
    names = {"district_id": DISTRICT, "claim_id": CLAIM, "name_zh": "合同", "name_en": "contract", "updated_at": NOW}
    ids = [new_id(), new_id()]
    rows = [
        names | {"id": ids[0], "code": "one", "severity": "major", "state": None, "document_id": None},
        names | {"id": ids[1], "code": "two", "severity": "minor", "state": "exempt", "document_id": None},
    ]
    with office.session() as session, transaction(session):
        add_rows(session, M, rows)
        add_rows(session, M, [])
        set_columns(session, M, ids[1:], note="later")
    wanted = select(M.code, M.severity, M.state, M.source, M.note, M.updated_at).where(M.id.in_(ids)).order_by(M.code)
    with office.session() as session, transaction(session):
        found = [tuple(row) for row in session.execute(wanted)]
    assert found == [
        ("one", "major", "missing", "expert", "", NOW),
        ("two", "minor", "exempt", "expert", "later", NOW),
    ]


def test_rows_that_name_different_columns_are_refused_and_not_cut(office: Database) -> None:
    with office.session() as session, pytest.raises(ValueError, match="different columns"):
        add_rows(session, M, [{"id": new_id(), "note": "a"}, {"id": new_id(), "note": "b", "state": "exempt"}])


def test_a_constant_in_a_kept_statement_is_what_was_written(office: Database) -> None:
    words = "a\\b'c%d"
    with office.session() as session:
        assert read(session, fixed(select(literal(words).label("words")))).scalar_one() == words
