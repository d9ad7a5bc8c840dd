"""Recognition as it is read: schemes in force, what a person holds, lists of applications and certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.tables import of_kind
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.models.recognition import Recognition, RecognitionPaper, SchemeVersion, TalentCategory, TalentScheme
from concierge.models.scope import visible_cases
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.holders import holder_names
from concierge.queries.worklist_scope import Desk
from concierge.rules.posting import PostedLine, posted_name
from concierge.rules.recognition import ENDING, Held
from concierge.workflows.recognition import RecognitionFlow as Flow

PAGE = 50
TABS = ("open", "held", "ending", "over")
_ENDED = tuple(name for name, state in Flow.states.items() if state.final)
_ASKED, _GRANTED = aliased(TalentCategory), aliased(TalentCategory)


def newest_versions(session: Session, today: date) -> list[tuple[TalentScheme, SchemeVersion]]:
    """Each scheme with the published version in force on a day, in the order of their codes."""
    rows = session.execute(
        select(TalentScheme, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.scheme_id == TalentScheme.id)
        .where(SchemeVersion.state == "published", SchemeVersion.valid_from <= today)
        .order_by(TalentScheme.code, SchemeVersion.valid_from, SchemeVersion.version)
    )
    newest = {scheme.id: (scheme, version) for scheme, version in rows.tuples()}
    return list(newest.values())


def categories_in_force(session: Session, today: date) -> list[tuple[str, Bilingual]]:
    """What may be applied for: the public id and the words of every category of the schemes in force."""
    return [(public_id(row.id), _full(scheme, row)) for scheme, row in _in_force(session, today)]


def criteria_in_force(session: Session, today: date) -> dict[Bilingual, list[tuple[Text, Bilingual]]]:
    """Who belongs to what: under each scheme in force, every category of which it says so, and what it says."""
    found: dict[Bilingual, list[tuple[Text, Bilingual]]] = {}
    for scheme, row in _in_force(session, today):
        if str(row.criteria):
            found.setdefault(scheme.name, []).append((graded(row), row.criteria))
    return found


def graded(category: TalentCategory) -> Text:
    """A category by its name and the letter that policies know it by."""
    return _("%(name)s (%(grade)s)", name=category.name, grade=category.grade)


def _in_force(session: Session, today: date) -> list[tuple[TalentScheme, TalentCategory]]:
    """Every category of the schemes in force, the highest of each scheme first."""
    schemes = {version.id: scheme for scheme, version in newest_versions(session, today)}
    c = TalentCategory
    rows = session.execute(select(c).where(among(c.scheme_version_id, schemes)).order_by(c.scheme_version_id, c.rank))
    return [(schemes[row.scheme_version_id], row) for row in rows.scalars()]


def categories_of_application(session: Session, recognition_id: int) -> list[tuple[str, Bilingual]]:
    """The categories that may be granted to an application: those of the version it began under, the highest first."""
    rows = session.execute(
        select(TalentScheme, TalentCategory)
        .join(SchemeVersion, SchemeVersion.scheme_id == TalentScheme.id)
        .join(TalentCategory, TalentCategory.scheme_version_id == SchemeVersion.id)
        .join(Recognition, Recognition.scheme_version_id == SchemeVersion.id)
        .where(Recognition.id == recognition_id)
        .order_by(TalentCategory.rank)
    )
    return [(public_id(category.id), _full(scheme, category)) for scheme, category in rows.tuples()]


def _full(scheme: TalentScheme, category: TalentCategory) -> Bilingual:
    return Bilingual(
        f"{scheme.name_zh}：{category.name_zh}（{category.grade}）",
        f"{scheme.name_en}: {category.name_en} ({category.grade})",
    )


def held_by(session: Session, person_id: int, today: date) -> Held | None:
    """The certificate a person holds on a day: the grade it gives and its last day."""
    row = session.execute(
        select(TalentCategory.grade, Recognition.valid_to)
        .join(TalentCategory, TalentCategory.id == Recognition.granted_id)
        .where(Recognition.expert_id == person_id, Recognition.state == Flow.certified.name)
        .where(Recognition.valid_to >= today)
        .order_by(Recognition.id.desc())
        .limit(1)
    ).one_or_none()
    return Held(*row) if row is not None else None


@dataclass(frozen=True)
class RecognitionRow:
    """One application or certificate on a list. `grade` is that of the category granted, or else asked for."""

    id: int
    number: str
    person: str
    employer: Bilingual
    category: Bilingual
    grade: str
    state: str
    state_label: Text
    who: Text | Bilingual
    lamp: Lamp
    certificate: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Recognitions:
    """A page of a tab; `later` leads on."""

    tab: str
    rows: tuple[RecognitionRow, ...]
    later: int | None


def recognitions(session: Session, desk: Desk, tab: str, today: date, *, after: int | None = None) -> Recognitions:
    """One page of what the actor may see: under way, in force, ending within 60 days, or over. Four statements."""
    r = Recognition
    where = [of_kind(r), *_in_tab(tab, today), visible_cases(desk.actor)]
    if after is not None:
        where.append(r.id > after)
    rows = list(
        session.execute(
            select(r, Person.full_name, Unit.name_zh, Unit.name_en, _ASKED, _GRANTED)
            .join(Person, (Person.id == r.expert_id) & (Person.district_id == r.district_id))
            .outerjoin(Unit, (Unit.id == r.employer_id) & (Unit.district_id == r.district_id))
            .join(_ASKED, _ASKED.id == r.category_id)
            .outerjoin(_GRANTED, _GRANTED.id == r.granted_id)
            .where(*where)
            .order_by(r.id)
            .limit(PAGE + 1)
        )
    )
    shown = rows[:PAGE]
    names = holder_names(session, [row[0] for row in shown])
    return Recognitions(
        tab=tab,
        rows=tuple(_row(desk, names, *row) for row in shown),
        later=shown[-1][0].id if len(rows) > PAGE else None,
    )


def _in_tab(tab: str, today: date) -> list[ColumnElement[bool]]:
    r, certified = Recognition, Recognition.state == Flow.certified.name
    clauses: dict[str, list[ColumnElement[bool]]] = {
        "open": [r.is_open.is_(True), ~certified],
        "held": [certified],
        "ending": [certified, r.valid_to <= today + ENDING],
        "over": [r.state.in_(_ENDED)],
    }
    return clauses[tab]


def _row(
    desk: Desk,
    names: Any,
    case: Recognition,
    person: str,
    unit_zh: str | None,
    unit_en: str | None,
    asked: TalentCategory,
    granted: TalentCategory | None,
) -> RecognitionRow:
    category = granted or asked
    return RecognitionRow(
        id=case.id,
        number=case.number,
        person=person,
        employer=Bilingual(unit_zh or "", unit_en or ""),
        category=category.name,
        grade=category.grade,
        state=case.state,
        state_label=Flow.states[case.state].label,
        who=names.who(case),
        lamp=lamp(case, now=desk.now, calendar=desk.calendar),
        certificate=case.certificate,
        valid_from=case.valid_from,
        valid_to=case.valid_to,
    )


def posted_recognitions(session: Session, ids: Sequence[int]) -> dict[int, PostedLine]:
    """The public row of each application, from the whitelist of columns alone."""
    r, category = Recognition, _GRANTED
    rows = session.execute(
        select(r.id, Person.full_name, Unit.name_zh, Unit.name_en, category, TalentScheme, SchemeVersion.full_names)
        .join(Person, (Person.id == r.expert_id) & (Person.district_id == r.district_id))
        .outerjoin(Unit, (Unit.id == r.employer_id) & (Unit.district_id == r.district_id))
        .join(SchemeVersion, SchemeVersion.id == r.scheme_version_id)
        .join(TalentScheme, TalentScheme.id == SchemeVersion.scheme_id)
        .join(category, category.id == r.granted_id)
        .where(among(r.id, ids))
    )
    return {
        row[0]: PostedLine(
            name=posted_name(row[1], in_full=row[6]),
            employer=Bilingual(row[2] or "", row[3] or ""),
            category=row[4].grade,
            item=_full(row[5], row[4]),
            fen=0,
        )
        for row in rows
    }


def papers_of(session: Session, recognition_id: int) -> Sequence[RecognitionPaper]:
    """The papers of an application, the required ones first."""
    p = RecognitionPaper
    rows = select(p).where(p.recognition_id == recognition_id).order_by(p.severity, p.id)
    return session.execute(rows).scalars().all()
