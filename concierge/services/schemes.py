"""Schemes of recognition as data: a draft of the next version, published by another person, and kept for ever."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import SAME_PERSON
from concierge.models.district import Unit
from concierge.models.recognition import SchemeVersion, TalentCategory, TalentScheme
from concierge.rules.roles import Role, UnitKind
from concierge.rules.talent import CATEGORIES
from concierge.services.people import only

LEAST_PUBLICITY = 5
"""Working days a posting lasts at least (domain §3.1)."""
REVIEWERS = (UnitKind.HR.value, UnitKind.SECTOR.value)
MOST_DAYS, MOST_MONTHS, LONGEST = 60, 120, 500


@dataclass(frozen=True, kw_only=True)
class NewCategory:
    """One class, the highest first; `grade` is the letter by which policies know it."""

    grade: str
    name_zh: str
    name_en: str
    criteria_zh: str = ""
    criteria_en: str = ""


@dataclass(frozen=True, kw_only=True)
class SchemeContent:
    """What a version says. Days are working days; `materials` as in the model."""

    number: str
    valid_from: date | None
    bureau_id: int
    categories: Sequence[NewCategory]
    valid_months: int = 36
    needs_employer: bool = True
    needs_publicity: bool = True
    full_names: bool = True
    review_days: int = 3
    determination_days: int = 5
    publicity_days: int = LEAST_PUBLICITY
    materials: Sequence[dict[str, Any]] = field(default_factory=tuple)


def add_scheme(session: Session, *, actor: Actor, now: datetime, code: str, name_zh: str, name_en: str) -> int:
    """A new scheme, without a version yet; its id. Raises Invalid for missing names or a code in use."""
    only(actor, Role.TALENT_OFFICE)
    names = {"code": code.strip(), "name_zh": name_zh.strip(), "name_en": name_en.strip()}
    wrong = [
        Reason("missing", _("1 to %(n)s characters.", n=60), name) for name, typed in names.items() if not _fits(typed)
    ]
    with transaction(session):
        if session.execute(select(TalentScheme.id).where(TalentScheme.code == names["code"])).first() is not None:
            wrong.append(Reason("code_used", _("This code is in use already."), "code"))
        if wrong:
            raise Invalid(*wrong)
        scheme_id = new_id()
        session.execute(insert(TalentScheme), [names | {"id": scheme_id, "district_id": actor.district_id}])
        _record(session, "add-scheme", actor, now, scheme_id)
    return scheme_id


def _fits(text: str, longest: int = 60) -> bool:
    return 0 < len(text) <= longest


def save_draft(session: Session, *, actor: Actor, now: datetime, scheme_id: int, content: SchemeContent) -> int:
    """Write the draft of a scheme's next version, or write it anew; the version's id.

    Raises NotFound, and Invalid naming every field that is missing or wrong.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        _scheme(session, scheme_id)
        wrong = list(_wrong(session, content))
        if wrong:
            raise Invalid(*wrong)
        v = SchemeVersion
        version_id = _take_out_draft(session, scheme_id) or new_id()
        last = session.execute(select(func.max(v.version)).where(v.scheme_id == scheme_id)).scalar_one() or 0
        row = {name: value for name, value in vars(content).items() if name != "categories"}
        row |= {"id": version_id, "district_id": actor.district_id, "scheme_id": scheme_id, "version": last + 1}
        row |= {"state": "draft", "materials": list(content.materials)}
        row |= {"made_by": actor.account_id, "made_by_key": actor.person_key, "made_at": now}
        session.execute(insert(v), [row])
        rows = [
            vars(category) | {"id": new_id(), "district_id": actor.district_id, "rank": rank}
            for rank, category in enumerate(content.categories, 1)
        ]
        session.execute(insert(TalentCategory), [row | {"scheme_version_id": version_id} for row in rows])
        _record(session, "save-scheme", actor, now, scheme_id)
    return version_id


def _scheme(session: Session, scheme_id: int) -> TalentScheme:
    """The scheme, its row locked: drafts of one scheme are written one after another."""
    wanted = select(TalentScheme).where(TalentScheme.id == scheme_id).with_for_update()
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _take_out_draft(session: Session, scheme_id: int) -> int | None:
    v = SchemeVersion
    draft = session.execute(select(v.id).where(v.scheme_id == scheme_id, v.state == "draft")).scalar_one_or_none()
    if draft is not None:
        session.execute(delete(TalentCategory).where(TalentCategory.scheme_version_id == draft))
        session.execute(delete(v).where(v.id == draft))
    return draft


def _wrong(session: Session, content: SchemeContent) -> Iterator[Reason]:
    bureau = select(Unit.id).where(Unit.id == content.bureau_id, Unit.kind.in_(REVIEWERS))
    if session.execute(bureau).first() is None:
        yield Reason("bureau", _("Please choose the bureau that reviews."), "bureau")
    if content.valid_from is None:
        yield Reason("date", _("Please give the day since when it holds."), "valid_from")
    ranges = {"review_days": (1, MOST_DAYS), "determination_days": (1, MOST_DAYS), "valid_months": (1, MOST_MONTHS)}
    ranges |= {"publicity_days": (LEAST_PUBLICITY, MOST_DAYS)}
    for name, (least, most) in ranges.items():
        if not least <= getattr(content, name) <= most:
            yield Reason("range", _("From %(least)s to %(most)s.", least=least, most=most), name)
    letters = [word.code for word in CATEGORIES]
    grades = [category.grade for category in content.categories]
    if not grades:
        yield Reason("no_category", _("A scheme has at least one category."), "categories")
    for rank, category in enumerate(content.categories, 1):
        if category.grade not in letters or not (_fits(category.name_zh) and _fits(category.name_en)):
            text = _("Category %(rank)s needs both names and a letter from A to F.", rank=rank)
            yield Reason("category", text, "categories")
        if len(category.criteria_zh) > LONGEST or len(category.criteria_en) > LONGEST:
            yield Reason("long", _("Category %(rank)s: at most %(n)s characters.", rank=rank, n=LONGEST), "categories")
    if grades != sorted(grades):
        yield Reason("order", _("The letters go down from A to F, the highest category first."), "categories")


def publish_scheme(session: Session, *, actor: Actor, now: datetime, scheme_id: int) -> int:
    """Publish the draft; another person than its maker. The version's id. Raises NotFound, Refusal.

    Applications that are under way keep the version they began under.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        _scheme(session, scheme_id)
        wanted = select(SchemeVersion).where(SchemeVersion.scheme_id == scheme_id, SchemeVersion.state == "draft")
        draft = session.execute(wanted).scalar_one_or_none()
        if draft is None:
            raise NotFound()
        if draft.made_by_key in actor.person_keys:
            raise Refusal(SAME_PERSON)
        session.execute(
            update(SchemeVersion)
            .where(SchemeVersion.id == draft.id)
            .values(state="published", published_by=actor.account_id, published_at=now)
        )
        _record(session, "publish-scheme", actor, now, scheme_id)
        return draft.id


def _record(session: Session, act: str, actor: Actor, now: datetime, scheme_id: int) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="talent_scheme", subject_id=scheme_id)
