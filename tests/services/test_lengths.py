"""What people type is kept as they typed it, or refused with the length that is allowed: nothing is cut unsaid."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, within
from concierge.rules.roles import Role, UnitKind
from concierge.services.data_requests import decide
from concierge.services.findings import appeal, decide_appeal
from concierge.services.knowledge import retire_card
from concierge.services.offers import decline_offer
from concierge.services.units import NewUnit, add_unit
from tests.office import NOW, Office, actor, key_ring
from tests.office import office as office

LONG = "长" * 10_000
ADMIN, BUREAU, EXPERT = actor(Role.SYSTEM_ADMIN), actor(Role.SECTOR), actor(Role.EXPERT)
SPECIALIST, TALENT_OFFICE = actor(Role.SPECIALIST), actor(Role.TALENT_OFFICE)
UNIT = NewUnit(code=LONG, kind=UnitKind.SECTOR, name_zh=LONG, name_en=LONG, phone=LONG)
ACTS: dict[str, tuple[list[str], Callable[[Session], object]]] = {
    "a card out of use": (
        ["reason"],
        lambda s: retire_card(s, actor=TALENT_OFFICE, now=NOW, card_id=1, reason=LONG),
    ),
    "an appeal against a deduction": (
        ["words"],
        lambda s: appeal(s, actor=BUREAU, now=NOW, record_id=1, words=LONG),
    ),
    "its decision": (
        ["decision"],
        lambda s: decide_appeal(s, actor=TALENT_OFFICE, now=NOW, record_id=1, upheld=True, decision=LONG),
    ),
    "an order declined": (
        ["reason"],
        lambda s: decline_offer(s, actor=EXPERT, now=NOW, order_id=1, cause=LONG),
    ),
    "an answer about one's own data": (
        ["answer", "basis"],
        lambda s: decide(
            s, actor=SPECIALIST, now=NOW, keys=key_ring(), request_id=1, granted=False, answer=LONG, basis=LONG
        ),
    ),
    "a unit": (["code", "name_zh", "name_en", "phone"], lambda s: add_unit(s, actor=ADMIN, now=NOW, unit=UNIT)),
}


@pytest.mark.parametrize("name", ACTS)
def test_ten_thousand_characters_are_refused_at_their_field(office: Office, name: str) -> None:
    fields, act = ACTS[name]
    with office.session() as session, pytest.raises(Invalid) as refused:
        act(session)
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [("too_long", f) for f in fields]


def test_blanks_around_words_count_for_nothing() -> None:
    assert within(" 四个字呀 ", 4, "reason") == "四个字呀"
    with pytest.raises(Invalid, match="too_long"):
        within("五个字的话", 4, "reason")
