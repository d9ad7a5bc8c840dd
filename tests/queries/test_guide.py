"""What everybody reads without logging in, straight from the tables."""

from dataclasses import fields
from datetime import date

import pytest
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.queries.guide import enter, guide_list, guide_of, postings
from concierge.workflows import ClaimFlow
from tests.cases import (
    POLICY,
)
from tests.databases import DISTRICT
from tests.queries.expert import TODAY, another_policy, case, session

__all__ = ["session"]


def test_everybody_reads_the_guide_of_the_only_districts_policies(session: Session) -> None:
    place = enter(session, code=None, own=None)
    policy, _version = another_policy(session)
    assert [g.id for g in guide_list(session, today=TODAY)] == [POLICY, policy]
    guide = guide_of(session, policy_id=policy, today=TODAY)
    assert (place.id, guide.amounts[0].fen) == (DISTRICT, 90_000)
    with pytest.raises(NotFound):
        guide_of(session, policy_id=new_id(), today=TODAY)
    with pytest.raises(NotFound):
        enter(session, code="110000", own=None)


def test_a_posting_shows_only_what_the_white_list_allows(session: Session) -> None:
    running = {"posted_on": TODAY, "posting_ends_on": date(2026, 3, 9), "mask_checked": True, "approved_fen": 100}
    case(session, ClaimFlow, "publicity", **running)
    case(session, ClaimFlow, "publicity", **running | {"mask_checked": False})
    case(session, ClaimFlow, "publicity", **running | {"posting_ends_on": date(2026, 3, 1)})
    shown = postings(session, today=TODAY)
    assert [(p.line.name, p.line.category, p.line.fen, p.ends_on) for p in shown] == [
        ("张*", "B", 100, date(2026, 3, 9))
    ]
    assert [f.name for f in fields(shown[0].line)] == ["name", "employer", "category", "item", "fen"]
