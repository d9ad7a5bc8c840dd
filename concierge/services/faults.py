"""Quality faults: what a one-time notice should have named at once, and did not (一次性告知, domain §4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.engine.run import Act
from concierge.models.claim import QualityFault


def note_what_was_missed(
    session: Session, act: Act, before: Sequence[Any], items: Sequence[str], numbers: Mapping[int, str]
) -> None:
    """Write a fault for each case whose new notice asks for something that none of its earlier notices named.

    `before` are the earlier notices of these cases, oldest first; whoever sent the last of them answers for it. What is
    asked again in the same words was not missed: the applicant has not handed it in.
    """
    rows = []
    for case_id, number in numbers.items():
        earlier = [notice for notice in before if notice.case_id == case_id]
        if not earlier:
            continue
        named = {_plain(item) for notice in earlier for item in notice.content.get("items", ())}
        missed = [item for item in items if _plain(item) not in named]
        if missed:
            last = earlier[-1]
            row = {"id": new_id(), "district_id": act.actor.district_id, "case_id": case_id, "items": missed}
            rows.append(
                row | {"handler_id": last.made_by, "first_number": last.number, "second_number": number, "at": act.now}
            )
    if rows:
        session.execute(insert(QualityFault), rows)


def _plain(item: str) -> str:
    return "".join(item.split()).casefold()
