"""A numbered paper as it is written: to whom, about what, what it says, from the row frozen when it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.formats import long_day, money
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import MACHINE_ACCOUNT, Actor
from concierge.engine.tables import Case
from concierge.models.account import Account
from concierge.models.claim import CaseNotice
from concierge.models.district import District, Unit
from concierge.models.letter import LetterTemplate
from concierge.models.person import Person
from concierge.models.scope import visible_cases
from concierge.queries.case_facts import NOTICES

Words = Text | Bilingual | str

LEADS: Mapping[str, Text] = {
    "acceptance": _("Your application is complete and has been accepted. It is handled within the promised time."),
    "deemed_acceptance": _(
        "Nobody answered your application in time, and so it counts as accepted. It is handled within the promised "
        "time; a paper that is still missing is asked for before anything is paid."
    ),
    "one_time_notice": _("Please hand in everything named below by the day given. Nothing else will be asked of you."),
    "promise_letter": _(
        "Your application is accepted although the papers below are missing. You have promised to hand them in by the "
        "day given; nothing is paid before. Made in two copies."
    ),
    "promise_stop": _("The papers below were promised and have not come. Handling stops until they are in."),
    "non_acceptance": _("Your application is not accepted, for the reason below."),
    "rejection": _("Your application is rejected, for the reason below."),
    "extension": _("Your matter needs more time than was promised, for the reason below."),
    "result": _("Your matter is decided, with the result below."),
}
_LABELS: Mapping[str, Text] = {
    "reason": _("Reason"),
    "basis": _("Legal basis"),
    "statement": _("Statement"),
    "days": _("Further working days"),
    "until": _("To be finished by"),
    "approved_fen": _("Amount granted"),
    "due_fen": _("Amount to be returned"),
    "decided_fen": _("Amount decided"),
    "words": _("Result"),
    "remedy": _("Remedy"),
}
"""What a paper may say beside its points, in the order in which it is read."""


NOWHERE = Bilingual("", "")


@dataclass(frozen=True)
class Letter:
    """One numbered paper, ready to be printed or written to a file."""

    id: int
    case_id: int
    kind: str
    title: Text
    number: str
    at: date
    answer_by: date | None
    person: str
    district: Bilingual
    office: Bilingual
    case_number: str
    case_title: Bilingual
    lead: Words
    points: tuple[Bilingual, ...]
    lines: tuple[tuple[Text, Words], ...]
    closing: Bilingual
    handler: Words
    address: Bilingual = NOWHERE
    hotline: str = ""

    @property
    def file_name(self) -> str:
        """The name of its file, without the ending: its number."""
        return self.number


def letter_of(session: Session, *, actor: Actor, letter_id: int) -> Letter:
    """A paper in a case the actor may see. Raises NotFound for any other, as for none."""
    row = session.execute(_letters().where(CaseNotice.id == letter_id, visible_cases(actor))).one_or_none()
    if row is None:
        raise NotFound()
    return _letter(row)


def letters_of(session: Session, *, actor: Actor, case_id: int) -> list[Letter]:
    """Every paper of a case the actor may see, the oldest first."""
    rows = session.execute(_letters().where(Case.id == case_id, visible_cases(actor)).order_by(CaseNotice.id))
    return [_letter(row) for row in rows]


def _letters() -> Any:
    office = aliased(Unit)
    return (
        select(CaseNotice, Case.number, Case.title_zh, Case.title_en, Person.full_name, Account.name)
        .add_columns(District.address_zh, District.address_en, District.hotline)
        .add_columns(District.name_zh, District.name_en, office.name_zh.label("of_zh"), office.name_en.label("of_en"))
        .join(Case, Case.id == CaseNotice.case_id)
        .join(District, District.id == CaseNotice.district_id)
        .outerjoin(Person, Person.id == Case.expert_id)
        .outerjoin(Account, Account.id == CaseNotice.made_by)
        .outerjoin(office, office.id == Case.office_id)
    )


def _letter(row: Any) -> Letter:
    notice: CaseNotice = row[0]
    content, lawful = notice.content or {}, (notice.content or {}).get("lawful_remedy") or {}
    district = Bilingual(row[9], row[10])
    return Letter(
        id=notice.id,
        case_id=notice.case_id,
        kind=notice.kind,
        title=NOTICES.get(notice.kind, Text(notice.kind)),
        number=notice.number,
        at=local_date(notice.at, SHANGHAI),
        answer_by=notice.answer_by,
        person=row.full_name or "",
        district=district,
        office=Bilingual(row.of_zh, row.of_en) if row.of_zh else district,
        case_number=row.number,
        case_title=Bilingual(row.title_zh, row.title_en),
        lead=LEADS.get(notice.kind, ""),
        points=points_of(content),
        lines=tuple((label, _value(name, content[name])) for name, label in _LABELS.items() if content.get(name)),
        closing=Bilingual(lawful.get("zh", ""), lawful.get("en", "")),
        handler=_("the system") if notice.made_by == MACHINE_ACCOUNT else str(content.get("handler") or row.name or ""),
        address=Bilingual(row.address_zh, row.address_en),
        hotline=row.hotline,
    )


def points_of(content: Mapping[str, Any]) -> tuple[Bilingual, ...]:
    """What a paper asks for or names, point by point."""
    points = content.get("items") or content.get("papers") or ()
    points = points.splitlines() if isinstance(points, str) else points
    return tuple(
        Bilingual(p["zh"], p["en"]) if isinstance(p, dict) else Bilingual(str(p)) for p in points if str(p).strip()
    )


def _value(name: str, value: Any) -> Words:
    if name.endswith("_fen"):
        return money(int(value))
    if name == "until":
        return long_day(date.fromisoformat(value))
    return str(value)


def awaited(letter: Letter) -> Text | None:
    """By when an answer is awaited, in words."""
    return _("Answer awaited by %(day)s.", day=long_day(letter.answer_by)) if letter.answer_by is not None else None


@dataclass(frozen=True)
class TemplateUsed:
    """The template that a district put in place of ours."""

    file_name: str
    at: datetime


def templates_used(session: Session) -> dict[str, TemplateUsed]:
    """The district's own templates in use, by kind of letter."""
    t = LetterTemplate
    rows = session.execute(select(t.kind, t.file_name, t.at).order_by(t.id))
    return {row.kind: TemplateUsed(row.file_name, row.at) for row in rows}
