"""Queries for an actor, built once for all who are alike: the same roles, held in units or not, with a person or not.

What SQLAlchemy does to put a query together costs ten times what the database does to answer it. What depends on the
actor are his roles, which decide the query's shape, and his numbers, which are bound when it runs.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from sqlalchemy import ColumnElement, Executable

from concierge.db import Named, fixed
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.rules.roles import Role

SHAPES = 200
"""Shapes of one query that are kept: more than one office has of people, lists and filters."""


class Anybody:
    """Stands for any actor with these roles while a query is built; remembers which of his values the query names."""

    def __init__(self, roles: frozenset[Role], placed: frozenset[Role], *, is_person: bool) -> None:
        self.roles = roles
        self._placed = placed
        self._is_person = is_person
        self._named: dict[str, Callable[[Actor], Any]] = {}

    @property
    def account_id(self) -> ColumnElement[int]:
        """The actor's account."""
        self._named["actor_account"] = lambda actor: actor.account_id
        return binds.ACCOUNT

    @property
    def duty(self) -> ColumnElement[int]:
        """The account whose work it is."""
        self._named["actor_duty"] = lambda actor: actor.duty
        return binds.DUTY

    @property
    def person_id(self) -> ColumnElement[int] | None:
        """The actor's own file, if he has one."""
        if not self._is_person:
            return None
        self._named["actor_person"] = lambda actor: actor.person_id
        return binds.PERSON

    def has(self, *roles: Role) -> bool:
        """Whether any of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def units(self, *roles: Role) -> Named | list[int]:
        """The units in which any of these roles is held (all roles when none is named); empty if there is none."""
        if self._placed.isdisjoint(roles or self.roles):
            return []
        name = "_".join(("actor_units", *sorted(role.value for role in roles)))
        self._named[name] = lambda actor: actor.units(*roles)
        return Named(name)

    def values(self, actor: Actor) -> dict[str, Any]:
        """What the query names, of one of them."""
        return {name: value(actor) for name, value in self._named.items()}


Whoever = Actor | Anybody


def built_once(build: Callable[..., Executable]) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """Decorate what builds a query for an `Anybody` and other things that decide its shape (hashable, few).

    Called with an actor in its place it gives the query and the actor's values: `read(session, *query(actor))`.
    """

    @lru_cache(maxsize=SHAPES)
    def made(roles: frozenset[Role], placed: frozenset[Role], is_person: bool, *shape: Any) -> tuple[Any, Anybody]:
        who = Anybody(roles, placed, is_person=is_person)
        return fixed(build(who, *shape)), who

    @wraps(build)
    def query(actor: Actor, *shape: Any) -> tuple[Any, dict[str, Any]]:
        placed = frozenset(grant.role for grant in actor.grants if grant.unit_id is not None)
        statement, who = made(actor.roles, placed, actor.person_id is not None, *shape)
        return statement, who.values(actor)

    return query
