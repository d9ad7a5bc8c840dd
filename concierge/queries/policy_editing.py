"""What the pages show on which officers write a policy: conditions as a tree, and what may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text, _
from concierge.models.district import Unit
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.clauses import ALL, ANY, Path, join_of, parts_of, walk
from concierge.rules.exclusion import PAID_ELSEWHERE, Exclusion
from concierge.rules.facts import FACTS, FactType
from concierge.rules.roles import UnitKind

Choices = list[tuple[str, Any]]
EVERYBODY, EVENT, ITEM = "flat", "event", "item"
FREE_KEYS = (EVENT, ITEM)
"""Rates whose keys officers name themselves: occasions, and what is given for a day."""
TABLES = ("category", "degree", "title", "remoteness", "employer_grade")
"""Facts by which amounts may differ."""
CLASSES = ("1", "2", "3")
"""The classes of remoteness."""


@dataclass(frozen=True)
class Node:
    """One condition, or several joined ("all", "any", "not"), as officers see them."""

    path: str
    join: str
    label: Bilingual
    article: Bilingual
    upload: Bilingual
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class ExclusionRow:
    """One way in which a policy stands beside others."""

    place: int
    rule: Text
    names: tuple[Bilingual | Text | str, ...]
    household: bool
    article: Bilingual


def tree(clauses: Mapping[str, Any], path: Path = ()) -> Node:
    """The conditions of a version."""
    label, article, upload = (_both(clauses.get(name)) for name in ("label", "article", "upload"))
    parts = tuple(tree(part, (*path, place)) for place, part in enumerate(parts_of(clauses)))
    return Node(written(path), join_of(clauses) or "", label, article, upload, parts)


def written(path: Path) -> str:
    """A path as it stands in a form: "2.0"."""
    return ".".join(map(str, path))


def read(path: str) -> Path:
    """A path from a form. Raises LookupError for anything else."""
    if not path:
        return ()
    if not all(place.isascii() and place.isdigit() and len(place) < 4 for place in path.split(".")):
        raise LookupError(path)
    return tuple(int(place) for place in path.split("."))


def places(clauses: Mapping[str, Any]) -> Choices:
    """Where a new condition may stand: demanded beside all others, or as an alternative to one of them."""
    found: Choices = [(f"{ALL}:", _("It is demanded beside all others"))]
    for path, part in walk(clauses):
        if path and join_of(part) is None:
            label = _both(part.get("label"))
            found.append((f"{ANY}:{written(path)}", _("It is enough instead of: %(what)s", what=label)))
            found.append((f"{ALL}:{written(path)}", _("It is demanded together with: %(what)s", what=label)))
    return found


def fact_choices() -> Choices:
    """The facts that a condition may ask for."""
    return [(name, known.label) for name, known in FACTS.items()]


def day_choices() -> Choices:
    """The days from which a right may run."""
    days: Choices = [(name, known.label) for name, known in FACTS.items() if known.type is FactType.DAY]
    return [("", _("The day of the match")), *days]


def table_choices() -> Choices:
    """By what amounts may differ."""
    facts: Choices = [(name, FACTS[name].label) for name in TABLES]
    free: Choices = [(EVENT, _("By occasion")), (ITEM, _("By what is given for a day"))]
    return [(EVERYBODY, _("Everybody entitled gets the same")), *facts, *free]


def exclusion_rows(session: Session, schedule: Mapping[str, Any], own_code: str) -> tuple[ExclusionRow, ...]:
    """How a version stands beside others, each by its name; a group is all its other policies."""
    written = schedule.get("exclusions") or ()
    if not written:
        return ()
    rows = session.execute(
        select(Policy.code, Policy.group, Policy.name_zh, Policy.name_en).order_by(Policy.code)
    ).all()

    def named(word: str) -> Sequence[Bilingual | Text | str]:
        code = word.partition(" ")[0]
        meant = [row for row in rows if row.code == code or row.group == word]
        others = [row for row in meant if row.code != own_code] or meant
        return [Bilingual(row.name_zh, row.name_en) for row in others] or [PAID_ELSEWHERE.get(word, word)]

    return tuple(
        ExclusionRow(
            place=place,
            rule=Exclusion(row["rule"]).label,
            names=tuple(name for word in row["with"] for name in named(word)),
            household=bool(row.get("household")),
            article=_both(row.get("article")),
        )
        for place, row in enumerate(written)
    )


def exclusion_choices() -> Choices:
    """The rules by which benefits exclude each other."""
    return [(rule.value, rule.label) for rule in Exclusion if rule is not Exclusion.STACKABLE]


def policy_choices(session: Session) -> Choices:
    """The policies and groups that a rule may name."""
    rows = session.execute(
        select(Policy.code, Policy.name_zh, Policy.name_en, Policy.group).order_by(Policy.code)
    ).all()
    named: Choices = [(row.code, Bilingual(f"{row.code} {row.name_zh}", f"{row.code} {row.name_en}")) for row in rows]
    groups = sorted({row.group for row in rows})
    return named + [(group, _("All of the group %(name)s", name=group)) for group in groups]


def known_papers(session: Session) -> dict[str, Mapping[str, Any]]:
    """The papers that policies of the district ask for, by code: the same paper is handed in once."""
    rows = session.execute(select(PolicyVersion.materials).order_by(PolicyVersion.id)).scalars()
    return {paper["code"]: paper for papers in rows for paper in papers}


def head_fields(session: Session, policy_id: int) -> dict[str, str]:
    """What a policy is, as its form shows it. Raises NotFound."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise NotFound()
    names = {name: getattr(policy, name) for name in ("code", "name_zh", "name_en", "group")}
    return names | {"unit": str(policy.unit_id), "payer": str(policy.paying_unit_id)}


def joint_choices(session: Session) -> Choices:
    """The units that may be asked in a joint review, by code."""
    rows = session.execute(_answering(Unit.code).where(Unit.code != ""))
    return [(row.code, Bilingual(row.name_zh, row.name_en)) for row in rows]


def unit_choices(session: Session) -> Choices:
    """The units that may answer for a policy, or pay under it."""
    rows = session.execute(_answering(Unit.id))
    return [(str(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]


def _answering(key: Any) -> Select[Any]:
    apart = (UnitKind.VILLAGE, UnitKind.TOWNSHIP, UnitKind.SCHOOL, UnitKind.HOSPITAL, UnitKind.EMPLOYER)
    offices = Unit.kind.not_in([kind.value for kind in apart])
    return select(key, Unit.name_zh, Unit.name_en).where(offices).order_by(Unit.id)


def _both(given: Mapping[str, str] | None) -> Bilingual:
    return Bilingual(given.get("zh", ""), given.get("en", "")) if given else Bilingual("")
