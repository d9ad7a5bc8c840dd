"""What an answer may rest on: every published version of a policy, its conditions one by one, and its other parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.models.consultation import Citation
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.policies import condition_rows
from concierge.rules.consultation import PARTS

Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Cited:
    """A place in a version of a policy that an answer rests on. `valid_to` is the last day of that version, if any."""

    policy_id: int
    version_id: int
    name: Bilingual
    number: str
    version: int
    place: Text | Bilingual
    article: Bilingual
    path: str
    valid_from: date
    valid_to: date | None


def key_of(version_id: int, path: str) -> str:
    """A place in a version as one value of a form or of the API."""
    return f"{public_id(version_id)}.{path}" if path else public_id(version_id)


def read_key(value: str) -> tuple[int, str]:
    """Version and path behind such a value. Raises NotFound for anything else."""
    version, _dot, path = value.partition(".")
    return parse_id(version), path


def places_of(row: Any) -> dict[str, tuple[Text | Bilingual, Bilingual]]:
    """The places of a version (a row with `clauses`) by path: what stands there, and its article."""
    found: dict[str, tuple[Text | Bilingual, Bilingual]] = {"": (PARTS[""], Bilingual(""))}
    found |= {each.path: (each.label, each.article) for each in condition_rows(row.clauses or {"all": []})}
    return found | {path: (label, Bilingual("")) for path, label in PARTS.items() if path}


@dataclass(frozen=True)
class ClauseGroup:
    """The places of one version of a policy that may be cited."""

    policy_id: int
    label: Text
    choices: Choices


def clause_groups(session: Session) -> list[ClauseGroup]:
    """Every place that may be cited, version by version; of each policy the newest first."""
    newest = (Policy.code, PolicyVersion.version.desc())
    rows = session.execute(_versions().where(PolicyVersion.state == "published").order_by(*newest))
    return [ClauseGroup(row.policy_id, _version_named(row), _choices(row)) for row in rows]


def clause_choices(session: Session) -> Choices:
    """The same in one list."""
    return [choice for group in clause_groups(session) for choice in group.choices]


def _version_named(row: Any) -> Text:
    return _("%(policy)s, version %(n)s", policy=Bilingual(row.name_zh, row.name_en), n=row.version)


def _choices(row: Any) -> Choices:
    """Each place with the name of its policy: what was chosen is read alone afterwards."""
    named = _version_named(row)
    return [
        (key_of(row.id, path), _("%(policy)s: %(place)s", policy=named, place=_with_article(*place)))
        for path, place in places_of(row).items()
    ]


def _with_article(label: Text | Bilingual, article: Bilingual) -> Text | Bilingual:
    return _("%(what)s (%(article)s)", what=label, article=article) if article.zh or article.en else label


def check_places(session: Session, keys: Iterable[str]) -> list[tuple[int, str]]:
    """The (version, path) pairs behind some values, each once. Raises NotFound for a place that may not be cited."""
    wanted = list(dict.fromkeys(read_key(key) for key in keys))
    versions = {row.id: row for row in session.execute(_of(version for version, _path in wanted))}
    for version, path in wanted:
        row = versions.get(version)
        if row is None or row.state != "published" or path not in places_of(row):
            raise NotFound()
    return wanted


def cited_by(session: Session, case_id: int) -> tuple[Cited, ...]:
    """What the present answer of a consultation rests on."""
    c = Citation
    rows = session.execute(select(c.policy_version_id, c.path).where(c.case_id == case_id).order_by(c.id)).all()
    return told(session, [(row.policy_version_id, row.path) for row in rows])


def told(session: Session, places: list[tuple[int, str]]) -> tuple[Cited, ...]:
    """Places in words; one statement whatever their number."""
    if not places:
        return ()
    versions = {row.id: row for row in session.execute(_of(version for version, _path in places))}
    return tuple(_cited(versions[version], path) for version, path in places)


def _cited(row: Any, path: str) -> Cited:
    place, article = places_of(row).get(path, (PARTS[""], Bilingual("")))
    name = Bilingual(row.name_zh, row.name_en)
    return Cited(
        row.policy_id, row.id, name, row.number, row.version, place, article, path, row.valid_from, row.valid_to
    )


def _of(versions: Iterable[int]) -> Any:
    return _versions().where(among(PolicyVersion.id, set(versions)))


def _versions() -> Any:
    v = PolicyVersion
    columns = (v.id, v.policy_id, v.version, v.number, v.state, v.clauses, v.valid_from, v.valid_to)
    return select(*columns, Policy.name_zh, Policy.name_en).join(Policy, Policy.id == v.policy_id)
