"""Import of facts from other registers: insurance, assessment, credit; a row is one fact of a person (domain §2.3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.models.person import Person, PersonFact
from concierge.rules.names import clean_name
from concierge.rules.roles import Role
from concierge.rules.sheets import Column, FileRow
from concierge.rules.talent import ASSESSMENTS, DEGREES, TITLES, Word, Words, code_of
from concierge.services.import_journal import Journal
from concierge.services.import_known import Known, known_people
from concierge.services.import_people import OfPeople
from concierge.services.import_plans import Applied, Plan, RowClass, Setting
from concierge.services.intake import Sieve, read_id_number, yes_or_no
from concierge.services.people import changed, surroundings
from concierge.services.person_rows import NewFact
from concierge.services.privacy import person_index

COLUMNS = (
    Column("full_name", "姓名", _("Name"), needed=True, example="沈知远"),
    Column("id_number", "证件号码", _("ID number"), ("身份证号", "身份证号码"), True, True, "999901198503140216"),
    Column("fact", "事项", _("Fact"), ("事实", "项目"), True, example="是否参保"),
    Column("value", "内容", _("Value"), ("值", "结果"), True, example="是"),
    Column("as_of", "截至日期", _("As of"), ("日期", "时间"), example="2026-10-31"),
    Column("proof", "依据", _("Proof"), ("证明", "材料"), example="10月参保名册"),
)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit()) or len(typed) > 6:
        raise Invalid.because("number_form", _("Write a whole number"), "value")
    return int(typed)


def _day(typed: str) -> str:
    return parse_date(typed).isoformat()


@dataclass(frozen=True)
class FactKind:
    """One fact that may be imported: its words, how its value is read, and how a kept one is written for a file."""

    word: Word
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _yes(code: str, label: Text, *also: str) -> FactKind:
    return FactKind(Word(code, label, also), yes_or_no, lambda kept: "是" if kept else "否")


def _count(code: str, label: Text, *also: str) -> FactKind:
    return FactKind(Word(code, label, also), _number)


def _date(code: str, label: Text, *also: str) -> FactKind:
    return FactKind(Word(code, label, also), _day)


def _of(words: Words, code: str, label: Text, *also: str) -> FactKind:
    written = {word.code: word.also[0] for word in words}
    return FactKind(
        Word(code, label, also),
        lambda typed: code_of(words, typed, field="value"),
        lambda kept: written.get(kept, str(kept)),
    )


FACT_KINDS: Mapping[str, FactKind] = {
    kind.word.code: kind
    for kind in (
        _yes("insured", _("Insured in the district"), "是否参保", "参保"),
        _yes("shortage_major", _("Shortage major"), "是否紧缺专业", "紧缺专业"),
        _yes("credit_flagged", _("On the credit list"), "是否失信", "失信"),
        _yes("away_over_30_days", _("Away for over 30 days"), "是否离岗超过30天", "离岗"),
        _yes("employer_gave_health_check", _("Health check by the employer"), "单位是否已安排体检"),
        _of(ASSESSMENTS, "assessment", _("Annual assessment"), "年度考核", "考核等次"),
        _of(DEGREES, "degree", _("Degree"), "学历", "学位"),
        _of(TITLES, "title", _("Professional title"), "职称"),
        _count("service_days_last_year", _("Service days last year"), "上年度服务天数"),
        _count("insurance_months", _("Months insured"), "累计参保月数"),
        _yes("home_owner", _("Owns a home in the district"), "区内是否有房"),
        _yes("first_home", _("The home is the first in the district"), "是否首套住房", "首套住房"),
        _date("home_bought_on", _("Home bought on"), "购房日期"),
        _yes("deed_tax_paid", _("Deed tax paid"), "是否缴纳契税", "契税"),
        _date("lease_from", _("Lease filed since"), "租赁备案日期", "租赁备案"),
        _yes("spouse_placed", _("Spouse has a job"), "配偶是否就业"),
        _date("spouse_registered_on", _("Spouse registered for placement on"), "配偶求职登记日期"),
        _date("stipend_from", _("On the stipend list since"), "拔尖人才入选日期"),
        _date("task_book_on", _("Task book of the research signed on"), "科研任务书签订日期"),
        _date("honoured_on", _("Selected for an honour on"), "荣誉入选日期"),
    )
}
FACT_WORDS = tuple(kind.word for kind in FACT_KINDS.values())


@dataclass(frozen=True)
class FactRow:
    """A clean row."""

    full_name: str
    id_number: str
    fact: NewFact


class Facts(OfPeople):
    """The importer of facts; the HR bureau may use it too."""

    kind = "facts"
    title: Text = _("Facts about experts")
    columns = COLUMNS
    roles = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.HR)

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row; somebody unknown or hidden is a conflict, told alike."""
        around = surroundings(setting.session, setting.actor, setting.now)
        plans = [_checked(row, around, setting) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        known = known_people(setting, {person_index(setting.keys, plan.clean.id_number) for plan in clean})
        held = _held(setting, [person.id for person in known.values()])
        seen: set[tuple[int, str, Any]] = set()
        for plan in clean:
            _class(plan, known.get(person_index(setting.keys, plan.clean.id_number)), held, seen, setting)
        return plans

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Write each fact; a person's revision is counted once for all his rows."""
        found = setting.session.execute(
            select(Person.id, Person.version, Person.facts_revision).where(
                among(Person.id, sorted({plan.subject_id or 0 for plan in plans}))
            )
        )
        counted = {row.id: (row.version + 1, row.facts_revision + 1) for row in found}
        for person_id in counted:
            changed(setting.session, setting.actor, setting.now, person_id, "import-facts")
        return [_write(setting, plan, counted[plan.subject_id or 0]) for plan in plans]


def _checked(row: FileRow, around: Any, setting: Setting) -> Plan:
    sieve = Sieve(row.given)
    number = sieve.need("id_number", lambda typed: read_id_number(typed, around), "")
    name = sieve.need("full_name", clean_name, "")
    code = sieve.need("fact", lambda typed: code_of(FACT_WORDS, typed, field="fact"), "")
    value = sieve.need("value", FACT_KINDS[code].read, None) if code else None
    today = local_date(setting.now, SHANGHAI)
    day = sieve.read("as_of", parse_date, today)
    if day > today:
        sieve.refuse("day_to_come", _("This day has not come yet."), "as_of")
    told = {cell.reason.field for cell in row.wrong}
    for reason in sieve.reasons:
        if reason.field not in told:
            row.refuse(reason)
    if row.wrong:
        return Plan(row, RowClass.INVALID)
    source = "hr_bureau" if setting.actor.has(Role.HR) else "import"
    fact = NewFact(name=code, value=value, source=source, proof=sieve.text("proof")[:200], as_of=day)
    return Plan(row, RowClass.NEW, clean=FactRow(name, number, fact))


def _held(setting: Setting, person_ids: list[int]) -> dict[tuple[int, str, Any], Any]:
    f = PersonFact
    rows = setting.session.execute(select(f.person_id, f.name, f.as_of, f.value).where(among(f.person_id, person_ids)))
    return {(row.person_id, row.name, row.as_of): row.value.get("value") for row in rows}


def _class(plan: Plan, known: Known | None, held: Any, seen: set[tuple[int, str, Any]], setting: Setting) -> None:
    given: FactRow = plan.clean
    if known is None or not (known.visible or setting.actor.has(Role.HR)):
        plan.clash("unknown_person", _("Nobody with this ID number is an expert you may see"), "id_number")
        return
    if known.full_name != given.full_name:
        plan.clash("other_name_here", _("This ID number belongs to another name here"), "full_name")
        return
    plan.subject_id = known.id
    key = (known.id, given.fact.name, given.fact.as_of)
    if key in seen:
        plan.clash("fact_twice", _("The same fact of the same day stands in the file twice"), "fact")
        return
    seen.add(key)
    plan.changes = {plan.row.given["fact"]: ["", plan.row.given["value"]]}
    if key in held:
        same = held[key] == given.fact.value
        plan.status = RowClass.SAME if same else RowClass.CHANGED
        plan.changes = {} if same else {"value": [str(held[key]), str(given.fact.value)]}


def _write(setting: Setting, plan: Plan, counted: tuple[int, int]) -> Applied:
    assert plan.subject_id is not None
    fact, journal = plan.clean.fact, Journal(setting.session, setting.actor.district_id)
    values = {"value": {"value": fact.value}, "source": fact.source, "proof": fact.proof}
    f = PersonFact
    same = select(f.id).where(f.person_id == plan.subject_id, f.name == fact.name, f.as_of == fact.as_of)
    row_id = setting.session.execute(same).scalar_one_or_none()
    if row_id is None:
        journal.add(f, person_id=plan.subject_id, name=fact.name, as_of=fact.as_of, **values)
    else:
        journal.change(f, row_id, **values)
    return Applied(plan.row.number, plan.subject_id, *counted, journal.lines, False)
