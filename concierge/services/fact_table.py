"""The facts of all persons as one query: the set-based twin of services/facts.py, a column for each fact (domain §2.3).

What services/facts.py says of one person this says of all, value for value; a property test holds the two together.
What is not known is NULL. Days are texts of the form 2025-03-01, so that both databases compare them alike.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from concierge.models.district import Unit
from concierge.models.person import Employment, Person, PersonFact, Relative, TalentStatus
from concierge.rules.facts import FACTS, FactType, Known
from concierge.services.facts import NEGATIVE_REGISTERS, SCHOOL_AGE
from concierge.services.gathered import Gathered, may_be_of, near_them

_LONG_MONTHS, _SHORT_MONTHS = (1, 3, 5, 7, 8, 10, 12), (4, 6, 9, 11)


_DAY_FORM = (
    "^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"
)


class _kind(FunctionElement[str]):
    """What the value of a handed-in fact is: true, false, text, or anything else."""

    inherit_cache = True
    type = Text()


class _is_integer(FunctionElement[bool]):
    """Whether it is a whole number."""

    inherit_cache = True
    type = Boolean()


class _is_day(FunctionElement[bool]):
    """Whether it is a day."""

    inherit_cache = True
    type = Boolean()


@compiles(_kind, "sqlite")
def _kind_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_type({compiler.process(element.clauses, **options)}, '$.value')"


@compiles(_is_integer, "sqlite")
def _integer_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_type({compiler.process(element.clauses, **options)}, '$.value') = 'integer'"


@compiles(_is_day, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    value = compiler.process(element.clauses, **options)
    text = f"json_extract({value}, '$.value')"
    return f"(json_type({value}, '$.value') = 'text' AND date({text}) = {text})"


@compiles(_kind, "postgresql")
def _kind_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    value = compiler.process(element.clauses, **options)
    return (
        f"CASE jsonb_typeof({value} -> 'value') WHEN 'string' THEN 'text' "
        f"WHEN 'boolean' THEN {value} ->> 'value' ELSE 'other' END"
    )


@compiles(_is_integer, "postgresql")
def _integer_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    value = compiler.process(element.clauses, **options)
    return f"(jsonb_typeof({value} -> 'value') = 'number' AND {value} ->> 'value' ~ '^-?[0-9]{{1,9}}$')"


@compiles(_is_day, "postgresql")
def _day_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    value = compiler.process(element.clauses, **options)
    return f"(jsonb_typeof({value} -> 'value') = 'string' AND {value} ->> 'value' ~ '{_DAY_FORM}')"


BESIDE = ("employer_id", "left_on")
"""What the posts say beside the facts of the catalogue: the employer of today or the last one, and a post's end."""


def fact_table(names: Collection[str], as_of: date, *, people: Gathered | None = None) -> Select[Any]:
    """A row for each person: `person_id`, `facts_revision`, a column for each named fact as of a date, and BESIDE.

    `people` keeps it to those gathered; their `values` are then to be bound. Raises KeyError for a fact that the
    catalogue does not have.
    """
    wanted = {name: FACTS[name] for name in sorted(names)}
    parts = (_status(as_of, people), _post(as_of, people), _handed_in(wanted, as_of, people))
    status, post, given = parts
    registers = _of_person(as_of) | _of_status(status) | _of_post(post, as_of) | _of_household(as_of)
    columns = [_held(known, registers, given).label(name) for name, known in wanted.items()]
    statement = select(Person.id.label("person_id"), Person.facts_revision, *columns)
    beside = (post.c.employer_id, cast(post.c.ends_on, Text).label("left_on"))
    whom = true() if people is None else and_(near_them(people, Person, Person.id), people.hold(Person.id))
    statement = statement.add_columns(*beside).where(whom)
    for part in parts:
        statement = statement.outerjoin(part, part.c.person_id == Person.id)
    return statement


def _held(known: Known, registers: Mapping[str, ColumnElement[Any]], given: Subquery) -> ColumnElement[Any]:
    """What was handed in comes before the registers, also where it says that nothing is known."""
    own = registers.get(known.name, null())
    return case((given.c[f"has_{known.name}"] == 1, given.c[known.name]), else_=own)


def _age(birth: ColumnElement[Any], year: Any, month: Any, day: Any) -> ColumnElement[int]:
    not_yet = or_(extract("month", birth) > month, and_(extract("month", birth) == month, extract("day", birth) > day))
    return cast(year - extract("year", birth), Integer) - case((not_yet, 1), else_=0)


def _age_on(birth: ColumnElement[Any], day: date) -> ColumnElement[int]:
    return _age(birth, literal(day.year), day.month, day.day)


def _of_person(as_of: date) -> dict[str, ColumnElement[Any]]:
    found: dict[str, ColumnElement[Any]] = {name: false() for name in NEGATIVE_REGISTERS}
    known = Person.birth_on.is_not(None)
    # A mapped column is a ColumnElement when a statement is built; its type says InstrumentedAttribute.
    age = case((known, _age_on(Person.birth_on, as_of)))  # type: ignore[arg-type]  # the stub hides that a mapped column is an SQL expression
    return found | {"has_specialist": Person.specialist_id.is_not(None), "age": age}


def _status(as_of: date, people: Gathered | None) -> Subquery:
    """The status in force; of several the one recognised last."""
    t = TalentStatus
    place = func.row_number().over(partition_by=t.person_id, order_by=(t.valid_from.desc(), t.id.desc()))
    running = (t.valid_from <= as_of) & (t.valid_to.is_(None) | (t.valid_to >= as_of))
    columns = (t.person_id, t.category, t.kind, t.valid_from, t.valid_to)
    rows = select(*columns, place.label("place")).where(running, may_be_of(people, t, t.person_id)).subquery()
    return select(rows).where(rows.c.place == 1).subquery("status")


def _of_status(status: Subquery) -> dict[str, ColumnElement[Any]]:
    return {
        "category": status.c.category,
        "recruitment": status.c.kind,
        "category_from": cast(status.c.valid_from, Text),
        "category_to": cast(status.c.valid_to, Text),
    }


def _post(as_of: date, people: Gathered | None) -> Subquery:
    """The post held; where none is held now, the last one. PostgreSQL leaves units out where nobody asks for them."""
    e, u = Employment, Unit
    held = or_(e.ends_on.is_(None), e.ends_on >= as_of)
    order = (case((held, 0), else_=1), e.starts_on.desc(), e.id.desc())
    place = func.row_number().over(partition_by=e.person_id, order_by=order)
    columns = (e.person_id, e.employer_id, e.starts_on, e.ends_on, e.contract_months, e.is_formal)
    at = (u.kind, u.is_township, u.remoteness)
    rows = (
        select(*columns, *at, held.label("held"), place.label("place"))
        .outerjoin(u, (u.id == e.employer_id) & (u.district_id == e.district_id))
        .where(e.starts_on <= as_of, may_be_of(people, e, e.person_id))
        .subquery()
    )
    return select(rows).where(rows.c.place == 1).subquery("post")


def _of_post(post: Subquery, as_of: date) -> dict[str, ColumnElement[Any]]:
    start = post.c.starts_on
    hired = (extract("year", start), extract("month", start), extract("day", start))
    at_hire = _age(Person.birth_on, *hired)  # type: ignore[arg-type]  # the stub hides that a mapped column is an SQL expression
    has_post = post.c.person_id.is_not(None)
    return {
        "employed": case((has_post, post.c.held), else_=false()),
        "hired_on": cast(start, Text),
        "contract_months": post.c.contract_months,
        "is_formal": post.c.is_formal,
        "employer_kind": post.c.kind,
        "in_township": post.c.is_township,
        "remoteness": post.c.remoteness,
        "employed_months": case((post.c.held, _months(start, as_of)), (has_post, _months_to(start, post.c.ends_on))),
        "age_at_hire": case((and_(has_post, Person.birth_on.is_not(None)), at_hire)),
    }


def _months(start: ColumnElement[Any], end: date) -> ColumnElement[int]:
    """Whole months of service up to a day, as rules/money.py counts them."""
    stop = end + timedelta(days=1)
    months = (stop.year - extract("year", start)) * 12 + stop.month - extract("month", start)
    return _at_least_nothing(months - case((extract("day", start) > stop.day, 1), else_=0))


def _months_to(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """The same up to a day that each row names; on its month's last day the next month begins."""
    year, month, day = (extract(part, end) for part in ("year", "month", "day"))
    leap = and_(year % 4 == 0, or_(year % 100 != 0, year % 400 == 0))
    last = case((month.in_(_LONG_MONTHS), 31), (month.in_(_SHORT_MONTHS), 30), (leap, 29), else_=28)
    is_last = day == last
    months = (year - extract("year", start)) * 12 + month - extract("month", start) + case((is_last, 1), else_=0)
    begun = case((is_last, 1), else_=day + 1)
    return _at_least_nothing(months - case((extract("day", start) > begun, 1), else_=0))


def _at_least_nothing(months: ColumnElement[Any]) -> ColumnElement[int]:
    return case((months > 0, cast(months, Integer)), else_=0)


def _of_household(as_of: date) -> dict[str, ColumnElement[Any]]:
    r = Relative
    own = (r.person_id == Person.id) & (r.district_id == Person.district_id) & r.belongs(as_of)
    age = _age_on(r.birth_on, as_of)  # type: ignore[arg-type]  # the stub hides that a mapped column is an SQL expression
    child = own & (r.relation == "child") & (age >= SCHOOL_AGE.start) & (age < SCHOOL_AGE.stop)
    conditions = {
        "has_spouse": own & (r.relation == "spouse"),
        "school_age_child": child,
        "guardian_consent": child & r.guardian_consent_at.is_not(None),
    }
    return {name: case((select(r.id).where(there).exists(), true())) for name, there in conditions.items()}


def _handed_in(wanted: Mapping[str, Known], as_of: date, people: Gathered | None) -> Subquery:
    """The newest handed-in value of each fact up to a date, a column for each; a value of another type is NULL."""
    f = PersonFact
    place = func.row_number().over(partition_by=(f.person_id, f.name), order_by=f.as_of.desc())
    dated = (f.as_of <= as_of, f.name.in_(list(wanted)), may_be_of(people, f, f.person_id))
    rows = select(f.person_id, f.name, f.value, place.label("place")).where(*dated).subquery()
    newest = select(rows).where(rows.c.place == 1).subquery()
    columns: list[ColumnElement[Any]] = []
    for name, known in wanted.items():
        here = newest.c.name == name
        columns.append(func.max(1).filter(here).label(f"has_{name}"))
        value = func.max(_plain(known, newest.c.value)).filter(here)
        is_yes_no = known.type is FactType.YES_NO
        columns.append((case((value == 1, true()), (value == 0, false())) if is_yes_no else value).label(name))
    return select(newest.c.person_id, *columns).group_by(newest.c.person_id).subquery("given")


def _plain(known: Known, value: Any) -> ColumnElement[Any]:
    """The value as something that max() takes: a number, or a text."""
    text = value["value"].as_string()
    if known.type is FactType.YES_NO:
        return case((_kind(value) == "true", 1), (_kind(value) == "false", 0))
    if known.type in (FactType.NUMBER, FactType.MONTHS):
        return case((_is_integer(value), cast(text, Integer)))
    if known.type is FactType.WORD:
        return case((and_(_kind(value) == "text", text.in_([word.code for word in known.words])), text))
    return case((_is_day(value), text))
