"""Conditions as a tree that is edited step by step: joined, taken out, walked (the data of rules/policy.py).

A path names a part by its places from the root: (2, 0) is the first part of the third part.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[int, ...]
ALL, ANY = "all", "any"
JOINS = (ALL, ANY)


def join_of(part: Mapping[str, Any]) -> str | None:
    """The word that joins the parts of a group; None for a single condition."""
    return next((word for word in (*JOINS, "not") if word in part), None)


def parts_of(part: Mapping[str, Any]) -> list[Any]:
    """The parts of a group; none for a single condition."""
    word = join_of(part)
    if word is None:
        return []
    return [part["not"]] if word == "not" else list(part[word])


def part_at(clauses: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The part at a path. Raises LookupError where there is none."""
    for place in path:
        clauses = parts_of(clauses)[place]
    return clauses


def joined(clauses: Mapping[str, Any], path: Path, word: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions with a part joined to the one at a path by "all" or "any". Raises LookupError."""
    there = part_at(clauses, path)
    fellows = parts_of(there) if join_of(there) == word else [there]
    return _changed(clauses, path, {word: [*fellows, part]})


def without(clauses: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The conditions without the part at a path; a group of which nothing is left goes too. Raises LookupError."""
    part_at(clauses, path)
    found = _changed(clauses, path, None)
    return found if found else {ALL: []}


def _changed(clauses: Mapping[str, Any], path: Path, part: Mapping[str, Any] | None) -> dict[str, Any]:
    if not path:
        return dict(part or {})
    word, parts = join_of(clauses), parts_of(clauses)
    inner = _changed(parts[path[0]], path[1:], part)
    parts[path[0] : path[0] + 1] = [inner] if inner else []
    if not parts or word is None:
        return {}
    if word == "not":
        return {"not": parts[0]}
    # An alternative to nothing is no alternative any more.
    return parts[0] if len(parts) == 1 and word == ANY else {word: parts}


def walk(clauses: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every part with its path, a group before its parts."""
    yield path, clauses
    for place, part in enumerate(parts_of(clauses)):
        yield from walk(part, (*path, place))
