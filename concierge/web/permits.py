"""Permission at the door: every view carries exactly one permit, and a view without one stops the start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask

from concierge.rules.roles import Role

V = TypeVar("V", bound=Callable[..., object])


@dataclass(frozen=True)
class Permit:
    """Who may knock: everybody, everybody logged in, or these roles."""

    roles: frozenset[Role] = frozenset()
    anyone: bool = False
    signed_in: bool = False

    def admits(self, roles: frozenset[Role]) -> bool:
        """Whether somebody who is logged in with these roles may knock."""
        return self.anyone or self.signed_in or not roles.isdisjoint(self.roles)


def permit(*roles: Role) -> Callable[[V], V]:
    """The view is for these roles."""
    if not roles:
        raise ValueError("a permit names at least one role")
    return _mark(Permit(frozenset(roles)))


def open_to_all(view: V) -> V:
    """The view needs no log-in."""
    return _mark(Permit(anyone=True))(view)


def signed_in(view: V) -> V:
    """The view is for everybody who is logged in, whatever the role."""
    return _mark(Permit(signed_in=True))(view)


def _mark(given: Permit) -> Callable[[V], V]:
    def mark(view: V) -> V:
        view.__permit__ = given  # type: ignore[attr-defined]  # read back by permit_of
        return view

    return mark


def permit_of(app: Flask, endpoint: str) -> Permit | None:
    """The permit of an endpoint, or None."""
    view = app.view_functions.get(endpoint)
    found = getattr(view, "__permit__", None) or getattr(getattr(view, "view_class", None), "__permit__", None)
    return found if isinstance(found, Permit) else None


def demand_permits(app: Flask) -> None:
    """Refuse to start with a view that nobody thought about."""
    bare = sorted(name for name in app.view_functions if permit_of(app, name) is None)
    if bare:
        raise RuntimeError(f"views without a permit: {', '.join(bare)}")
