"""Proof that what was told of the campaign stays told: reports bear their digest, rankings can be made again."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.models.report import ReportSnapshot
from concierge.rules.ranking import inputs_of, total_of
from concierge.rules.summaries import digest_of
from concierge.services.verify_money import Check

FEW, MANY = 50, 500
"""Rows read at once: reports are long, offers are short."""


def verify_campaign(session: Session) -> list[Check]:
    """What only a computation can prove of the campaign's records."""
    return [
        _check("reports_bear_their_digest", _changed_reports(session)),
        _check("rankings_follow_from_their_inputs", _other_rankings(session)),
    ]


def _check(name: str, broken: Iterator[str]) -> Check:
    found = list(broken)
    return Check(name, not found, found[0] if found else "", len(found))


def _changed_reports(session: Session) -> Iterator[str]:
    """Locked months and frozen summaries whose body is not the one that was digested."""
    s = ReportSnapshot
    for row in _in_chunks(session, select(s.id, s.year, s.month, s.body, s.digest), s.id, FEW):
        if digest_of(row.body) != row.digest:
            yield f"report {row.id}, {row.year}-{row.month or 0:02}"


def _other_rankings(session: Session) -> Iterator[str]:
    """Offers whose points are not those of the inputs they were made from."""
    f = DispatchOffer
    for row in _in_chunks(session, select(f.id, f.points, f.inputs), f.id, MANY):
        if row.points != total_of(inputs_of(row.inputs)):
            yield f"offer {row.id}, points {row.points}"


def _in_chunks(session: Session, wanted: Select[Any], key: Any, size: int) -> Iterator[Any]:
    """Every row without holding all of them: by key, because a session that only reads keeps no cursor open."""
    last = 0
    while rows := session.execute(wanted.where(key > last).order_by(key).limit(size)).all():
        yield from rows
        last = rows[-1].id


def named_are_counted() -> Select[Any]:
    """An order knows how many experts are named for it or still asked."""
    o, m, f = DispatchOrder, DispatchMember, DispatchOffer
    going = select(func.count(m.id)).where(m.order_id == o.id).correlate(o).scalar_subquery()
    asked = select(func.count(f.id)).where(f.order_id == o.id, f.answer.is_(None)).correlate(o).scalar_subquery()
    return select(o.number, o.named, (going + asked).label("counted")).where(o.named != going + asked)
