"""The frame around every page: who is logged in, the menu with its counts, languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request, url_for

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, current_language
from concierge.queries.counts import CAP, menu_counts
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.menu import FIRST_PAGES, MENU, TABS, Entry
from concierge.web.permits import permit_of

SYSTEM_NAME = Bilingual("人才服务专员工作平台", "Talent Service Platform")


@dataclass(frozen=True)
class MenuItem:
    """One line of the menu as shown."""

    icon: str
    label: str
    url: str
    count: str
    hot: bool
    current: bool


@dataclass(frozen=True)
class MenuGroup:
    """Lines under one heading."""

    title: str
    items: tuple[MenuItem, ...]


@dataclass(frozen=True)
class Shell:
    """What layouts may know."""

    system_name: str
    language: str
    lang_attr: str
    other_language_url: str
    other_language_label: str
    theme: str = "light"
    text_size: str = "normal"
    keys: str = "on"
    district_name: str = ""
    person_name: str = ""
    role_label: str = ""
    away_name: str = ""
    away_until: date | None = None
    unread: str = ""
    inbox_url: str = ""
    search_url: str = ""
    help_url: str = ""
    menu: tuple[MenuGroup, ...] = ()
    tabs: tuple[MenuItem, ...] = ()
    logout_url: str = ""
    account_url: str = ""
    is_demo: bool = False
    rests: bool = False
    as_of: str = ""
    printed_at: str = ""
    version: str = ""
    density: str = ""


def exists(endpoint: str) -> bool:
    """Whether a page of that name has been built."""
    return endpoint in current_app.view_functions


def link(endpoint: str) -> str:
    """The address of a page, or an empty string where there is none."""
    return url_for(endpoint) if exists(endpoint) else ""


def _admits(endpoint: str, roles: frozenset[Role]) -> bool:
    given = permit_of(current_app, endpoint)
    return given is not None and given.admits(roles)


def _at(endpoint: str) -> str:
    return _address(request.script_root, endpoint)


@lru_cache(maxsize=512)
def _address(_root: str, endpoint: str) -> str:
    # The menu names some twenty pages, twice; below another root their addresses are others.
    return url_for(endpoint)


def first_page(roles: frozenset[Role]) -> str:
    """Where somebody with these roles begins."""
    for wanted, endpoint in FIRST_PAGES:
        if not roles.isdisjoint(wanted) and exists(endpoint):
            return url_for(endpoint)
    return link("inbox.list") or link("auth.account") or "/"


def make_shell() -> Shell:
    """The frame for the running request."""
    language = current_language()
    other = "en" if language == "zh_CN" else "zh"
    base: dict[str, Any] = {
        "system_name": str(SYSTEM_NAME),
        "language": language,
        "lang_attr": "zh-CN" if language == "zh_CN" else "en",
        "other_language_url": url_for("auth.language", code=other, next=_here()),
        "other_language_label": "EN" if other == "en" else "中文",
        "theme": request.cookies.get("theme", "light"),
        "version": current_app.config.get("VERSION", ""),
    }
    if door.visitor is None:
        return Shell(**base)
    account, roles = door.account, door.actor.roles
    counts = (
        menu_counts(door.session, door.actor, local_date(door.now, SHANGHAI)) if account.district_id is not None else {}
    )
    base |= {
        "theme": account.theme,
        "text_size": account.text_size,
        "keys": "on" if account.shortcuts else "off",
        "district_name": str(account.district_name),
        "person_name": account.name,
        "role_label": str(account.role.label) if account.role is not None else "",
        "away_name": account.stand_in.name if account.stand_in is not None else "",
        "away_until": account.stand_in.until if account.stand_in is not None else None,
        "unread": _shown(counts.get("unread", 0)),
        "inbox_url": link("inbox.list"),
        "search_url": link("desk.search") if _admits("desk.search", roles) else "",
        "logout_url": link("auth.logout"),
        "account_url": link("auth.account"),
        "is_demo": account.is_demo,
        "rests": account.rests,
        "as_of": _clock(door.now),
        "printed_at": f"{long_day(local_date(door.now, SHANGHAI))} {_clock(door.now)}",
        "menu": _menu(roles, counts),
        "tabs": _tabs(counts) if Role.EXPERT in roles else (),
    }
    return Shell(**base)


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _clock(now: datetime) -> str:
    return now.astimezone(SHANGHAI).strftime("%H:%M")


def _menu(roles: frozenset[Role], counts: dict[str, int]) -> tuple[MenuGroup, ...]:
    groups: dict[str, list[MenuItem]] = {}
    shown = [entry for entry in MENU if not roles.isdisjoint(entry.roles) and exists(entry.endpoint)]
    here = _nearest(shown)
    for entry in shown:
        groups.setdefault(str(entry.group) if entry.group else "", []).append(_item(entry, counts, here))
    return tuple(MenuGroup(title, tuple(items)) for title, items in groups.items())


def _tabs(counts: dict[str, int]) -> tuple[MenuItem, ...]:
    shown = [entry for entry in TABS if exists(entry.endpoint)]
    here = _nearest(shown)
    return tuple(_item(entry, counts, here) for entry in shown)


def _nearest(entries: Sequence[Entry]) -> str:
    """The address of the entry that the present page lies under: the longest one that begins its path.

    A case lies under the first entry: the list that one works from.
    """
    urls = [_at(entry.endpoint) for entry in entries]
    first = urls[0] if urls and request.path.startswith("/cases/") else ""
    return max((u for u in urls if request.path == u or request.path.startswith(f"{u}/")), key=len, default=first)


def _item(entry: Entry, counts: dict[str, int], here: str) -> MenuItem:
    url = _at(entry.endpoint)
    return MenuItem(entry.icon, str(entry.label), url, _shown(counts.get(entry.count, 0)), entry.hot, url == here)


def furnish_templates(app: Flask) -> None:
    """Give every template its frame and the flashes that wait."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        waiting = get_flashed_messages(with_categories=False)
        return {"shell": make_shell(), "flashes": [m for m in waiting if isinstance(m, dict)]}


def _shown(count: int) -> str:
    """A figure of the menu; none at all for nothing, "99+" from the cap on."""
    return f"{CAP - 1}+" if count >= CAP else str(count or "")
