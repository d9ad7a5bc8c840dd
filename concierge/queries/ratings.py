"""What experts said of the answers: results by unit and specialist, single ratings, and the page behind a link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant
from concierge.models.care import CareRequest, Rating, RatingAppeal
from concierge.models.district import District, Unit
from concierge.models.scope import visible_cases
from concierge.rules.care import LEVELS, POOR, TAGS
from concierge.rules.host_links import read_token
from concierge.rules.rating_links import is_genuine
from concierge.rules.roles import Role

SHOWN = 200
RATED = ("care_request", "consultation")
_VISIT, _CARE = aliased(Case), CareRequest.__table__.alias()


@dataclass(frozen=True)
class RatingRow:
    """One rating. `appeal` is none, open, accepted or rejected; `visit_id` is the rectification, if one was opened."""

    id: int
    case_id: int
    number: str
    title: Bilingual
    level: int
    level_text: Text
    words: str
    tags: tuple[Text, ...]
    at: datetime
    specialist_id: int | None
    specialist: str
    unit_id: int | None
    unit: Bilingual
    visit_id: int | None
    visit_number: str
    visit_due_on: date | None
    is_rectified: bool
    appeal: str
    appeal_reason: str
    decision: str

    @property
    def is_poor(self) -> bool:
        """Whether it asks for a rectification."""
        return self.level <= POOR

    @property
    def counts(self) -> bool:
        """Whether it enters the results: not when an appeal against it was accepted."""
        return self.appeal != "accepted"


@dataclass(frozen=True)
class Result:
    """What was said of one unit or specialist in a period; `tenths` is the mean level in tenths."""

    name: Bilingual | str
    ratings: int
    satisfied: int
    poor: int
    rectified: int
    tenths: int


def rating_rows(session: Session, actor: Actor, since: datetime) -> list[RatingRow]:
    """The ratings of care requests and of answers that the actor may see, the newest first."""
    rows = session.execute(_ratings(actor).where(Rating.at >= since).limit(SHOWN))
    return [_row(row) for row in rows]


def rating_row(session: Session, actor: Actor, rating_id: int) -> RatingRow:
    """One rating. Raises NotFound."""
    found = session.execute(_ratings(actor).where(Rating.id == rating_id)).first()
    if found is None:
        raise NotFound()
    return _row(found)


def open_cases_of(session: Session, actor: Actor, row: RatingRow) -> frozenset[int]:
    """Which of the case that was rated and of its rectification the actor may open."""
    wanted = select(Case.id).where(Case.id.in_((row.case_id, row.visit_id or 0)), visible_cases(actor))
    return frozenset(session.execute(wanted).scalars())


def _ratings(actor: Actor) -> Any:
    # The case alone is joined, by its parent: for an outer join of both its tables SQLite goes through all cases.
    care, is_poor = _CARE.c, _CARE.c.category == "poor_rating"
    for_poor = exists().where(care.id == _VISIT.id, care.district_id == _VISIT.district_id, is_poor)
    visit = and_(_VISIT.parent_id == Case.id, _VISIT.kind == "care_request", for_poor)
    return (
        select(
            Rating, Case.number, Case.title_zh, Case.title_en,
            Account.name.label("specialist"), Unit.name_zh, Unit.name_en,
            _VISIT.id.label("visit_id"), _VISIT.number.label("visit_number"), _VISIT.case_due_on,
            _VISIT.state.label("visit_state"), RatingAppeal,
        )
        .join(Case, (Case.id == Rating.case_id) & Case.kind.in_(RATED))
        .outerjoin(Account, Account.id == Rating.specialist_id)
        .outerjoin(Unit, Unit.id == Rating.unit_id)
        .outerjoin(_VISIT, visit)
        .outerjoin(RatingAppeal, RatingAppeal.rating_id == Rating.id)
        .where(or_(visible_cases(actor), Rating.specialist_id == actor.duty))
        .order_by(Rating.at.desc(), Rating.id.desc())
    )  # fmt: skip


def _row(found: Any) -> RatingRow:
    rating, appeal = found.Rating, found.RatingAppeal
    return RatingRow(
        id=rating.id,
        case_id=rating.case_id,
        number=found.number,
        title=Bilingual(found.title_zh, found.title_en),
        level=rating.level,
        level_text=LEVELS[rating.level],
        words=rating.words,
        tags=tuple(TAGS[code] for code in rating.tags or () if code in TAGS),
        at=rating.at,
        specialist_id=rating.specialist_id,
        specialist=found.specialist or "",
        unit_id=rating.unit_id,
        unit=Bilingual(found.name_zh or "", found.name_en or ""),
        visit_id=found.visit_id,
        visit_number=found.visit_number or "",
        visit_due_on=found.case_due_on,
        is_rectified=found.visit_state in ("replied", "follow_up", "rated", "closed"),
        appeal=_appeal(appeal),
        appeal_reason=appeal.reason if appeal is not None else "",
        decision=appeal.decision if appeal is not None else "",
    )


def _appeal(appeal: RatingAppeal | None) -> str:
    if appeal is None:
        return "none"
    return "open" if appeal.is_accepted is None else ("accepted" if appeal.is_accepted else "rejected")


def results(rows: Iterable[RatingRow], *, by: str) -> list[Result]:
    """The results by "unit" or "specialist", in the order of names: no ranking."""
    groups: dict[str, list[RatingRow]] = {}
    names: dict[str, Bilingual | str] = {}
    for row in rows:
        name: Bilingual | str = row.unit if by == "unit" else row.specialist
        if row.counts and str(name):
            groups.setdefault(str(name), []).append(row)
            names[str(name)] = name
    return [_result(names[key], groups[key]) for key in sorted(groups)]


def _result(name: Bilingual | str, rows: list[RatingRow]) -> Result:
    return Result(
        name=name,
        ratings=len(rows),
        satisfied=sum(row.level > 3 for row in rows),
        poor=sum(row.is_poor for row in rows),
        rectified=sum(row.is_poor and row.is_rectified for row in rows),
        tenths=round(10 * sum(row.level for row in rows) / len(rows)),
    )


@dataclass(frozen=True)
class LinkPage:
    """What a link shows to whoever holds it: no names, no words, only which request it is about."""

    district: Bilingual
    number: str
    asked_on: date
    unit: Bilingual
    is_rated: bool
    may_rate: bool


def link_page(session: Session, *, keys: KeyRing, token: str) -> LinkPage:
    """The request behind a rating link; the session serves its district from now on. Raises NotFound."""
    if not is_genuine(keys, token):
        raise NotFound()
    district_id, case_id = read_token(token)
    session.info["district"] = district_id
    found = session.execute(
        select(CareRequest, Unit.name_zh, Unit.name_en)
        .outerjoin(Unit, Unit.id == CareRequest.handling_unit_id)
        .where(CareRequest.id == case_id)
    ).first()
    if found is None:
        raise NotFound()
    case: CareRequest = found.CareRequest
    return LinkPage(
        district=session.get_one(District, district_id).name,
        number=case.number,
        asked_on=local_date(case.opened_at, SHANGHAI),
        unit=Bilingual(found.name_zh or "", found.name_en or ""),
        is_rated=case.is_rated,
        may_rate=not case.is_rated and case.state in ("replied", "follow_up"),
    )


def is_own_request(session: Session, account_id: int, case_id: int) -> bool:
    """Whether the account is that of the expert who asked; a specialist who is told in his place is not."""
    own = select(AccountGrant.id).where(
        AccountGrant.account_id == account_id,
        AccountGrant.role == Role.EXPERT.value,
        AccountGrant.person_id.in_(select(CareRequest.expert_id).where(CareRequest.id == case_id)),
    )
    return session.execute(own.limit(1)).first() is not None
