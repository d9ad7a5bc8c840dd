"""The people who work on the platform in the fictional district: at least one account for each role."""

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.db import transaction
from concierge.demo.places import employers
from concierge.demo.words import Words
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.audit import record
from concierge.rules.roles import Role
from concierge.services.accounts import add_account, own_key
from concierge.services.grants import add_grant

PASSWORD = "Concierge-2026"  # noqa: S105  printed at every start of a demo site
SPECIALISTS = 10
FIELDS = ("health", "education", "agriculture", "industry")


@dataclass(frozen=True)
class Printed:
    """One log-in as it is printed."""

    role: str
    login: str
    password: str
    name: str


@dataclass(frozen=True)
class Post:
    """A log-in to make: role, name, and the units where the role is held (by the demo's own codes)."""

    login: str
    role: Role
    name: str
    units: tuple[str, ...]
    is_male: bool = True


def posts() -> list[Post]:
    """Everybody but the specialists and the experts. Duties that must be apart are apart."""
    by_field = {name: tuple(p.code for p in employers() if p.field == name) for name in FIELDS}
    return [
        Post("specialist_lead", Role.SPECIALIST_LEAD, "韩秀兰", ("office",), False),
        Post("talent_office", Role.TALENT_OFFICE, "高志远", ("office",)),
        Post("talent_office2", Role.TALENT_OFFICE, "苏日娜", ("office",), False),
        Post("talent_office3", Role.TALENT_OFFICE, "郑文博", ("office",)),
        Post("hr", Role.HR, "田晓敏", ("hr",), False),
        Post("hr2", Role.HR, "孟凡磊", ("hr",)),
        Post("finance_maker", Role.FINANCE_MAKER, "邱雅婷", ("finance",), False),
        Post("finance_checker", Role.FINANCE_CHECKER, "段明辉", ("finance",)),
        Post("finance_payer", Role.FINANCE_PAYER, "白丽华", ("finance",), False),
        Post("press", Role.PRESS, "乌云其其格", ("office",), False),
        Post("sector", Role.SECTOR, "郝建平", ("health",)),
        Post("sector_education", Role.SECTOR, "谭慧芳", ("education",), False),
        Post("sector_science", Role.SECTOR, "陆一鸣", ("science",)),
        Post("sector_agriculture", Role.SECTOR, "巴图", ("agriculture",)),
        Post("employer", Role.EMPLOYER, "贾玉洁", by_field["health"], False),
        Post("employer_education", Role.EMPLOYER, "万志刚", by_field["education"]),
        Post("employer_agriculture", Role.EMPLOYER, "姜海燕", by_field["agriculture"], False),
        Post("employer_industry", Role.EMPLOYER, "龚立新", by_field["industry"]),
        Post("unit_liaison", Role.UNIT_LIAISON, "侯静", ("housing",), False),
        Post("liaison_staffing", Role.UNIT_LIAISON, "赖永胜", ("staffing",)),
        Post("liaison_commerce", Role.UNIT_LIAISON, "武艳", ("commerce",), False),
        Post("liaison_justice", Role.UNIT_LIAISON, "常亮", ("justice",)),
        Post("liaison_culture", Role.UNIT_LIAISON, "萨仁", ("culture",), False),
        Post("liaison_union", Role.UNIT_LIAISON, "江秀英", ("union",), False),
        Post("liaison_hospital", Role.UNIT_LIAISON, "冯晓燕", ("hospital", "mongolian-hospital"), False),
        Post("liaison_hotel", Role.UNIT_LIAISON, "段雪梅", ("hotel",), False),
        Post("supervisor", Role.SUPERVISOR, "史国栋", ("supervision",)),
        Post("lead", Role.LEAD, "龙振华", ("committee",)),
        Post("city_lead", Role.CITY_LEAD, "汤文静", (), False),
        Post("system_admin", Role.SYSTEM_ADMIN, "毛宁", (), True),
        Post("security_admin", Role.SECURITY_ADMIN, "尹安", (), True),
        Post("audit_admin", Role.AUDIT_ADMIN, "康洁", (), False),
        Post("unit_admin", Role.UNIT_ADMIN, "石磊", ("hospital",)),
    ]


_SPECIALIST_NAMES = (
    ("周予安", False), ("李昊天", True), ("王思琪", False), ("包永强", True), ("陈雨桐", False), ("赵一鸣", True),
    ("娜日苏", False), ("孙嘉怡", False), ("刘文轩", True), ("杨柳青", False), ("特木尔", True), ("何思远", True),
)  # fmt: skip


def specialists() -> list[Post]:
    """The specialists; the first one's log-in is the role's code."""
    return [
        Post(f"specialist{n if n > 1 else ''}", Role.SPECIALIST, name, ("office",), is_male)
        for n, (name, is_male) in enumerate(_SPECIALIST_NAMES[:SPECIALISTS], 1)
    ]


@dataclass(frozen=True)
class Hiring:
    """What accounts are made with: the district, its units by code, the keys, the one hash of the printed password."""

    district_id: int
    units: dict[str, int]
    keys: KeyRing
    password_hash: str
    since: date


def hire(session: Session, hiring: Hiring, *, now: datetime, random: Random) -> dict[str, Actor]:
    """Make the accounts of the whole staff with their grants; the actors by log-in."""
    # The staff draw their numbers apart, so that more experts do not change them.
    words = Words(random)
    return {post.login: _hire_one(session, hiring, post, words, now) for post in (*specialists(), *posts())}


def _hire_one(session: Session, hiring: Hiring, post: Post, words: Words, now: datetime) -> Actor:
    number = words.id_number(words.birth(1968, 1970), is_male=post.is_male)
    key = own_key(hiring.keys, number)
    with transaction(session):
        account_id = open_account(session, hiring, post.login, post.name, key, now)
        grants = [
            _grant(session, hiring, account_id, post.role, now, None if code is None else hiring.units[code])
            for code in (post.units or (None,))
        ]
    return Actor(account_id, key, hiring.district_id, post.name, frozenset(grants))


def open_account(session: Session, hiring: Hiring, login: str, name: str, key: str, now: datetime) -> int:
    """An account with the demo's one password, which need not be changed."""
    return add_account(
        session,
        login=login,
        name=name,
        person_key=key,
        password_hash=hiring.password_hash,
        now=now,
        must_change=False,
        email=f"{login}@wangchuan.example",
    )


def _grant(session: Session, hiring: Hiring, account_id: int, role: Role, now: datetime, unit_id: int | None) -> Grant:
    delegates = (Role.EMPLOYER, Role.UNIT_LIAISON) if role is Role.UNIT_ADMIN else ()
    _appoint(session, hiring, account_id, role, now, unit_id=unit_id, delegates=delegates)
    return Grant(role, unit_id)


def _appoint(session: Session, hiring: Hiring, account_id: int, role: Role, now: datetime, **about: Any) -> None:
    district_id = hiring.district_id
    grant_id = add_grant(
        session, district_id=district_id, account_id=account_id, role=role, starts_on=hiring.since, **about
    )
    told: dict[str, Any] = {"subject_kind": "grant", "subject_id": grant_id, "unit_id": about["unit_id"]}
    data = {"account": account_id, "role": role.value}
    record(session, act="grant-role", actor=machine(district_id), now=now, data=data, **told)


def hire_expert(
    session: Session, hiring: Hiring, *, login: str, name: str, key: str, person_id: int, now: datetime
) -> Actor:
    """An expert's own account."""
    with transaction(session):
        account_id = open_account(session, hiring, login, name, key, now)
        _appoint(session, hiring, account_id, Role.EXPERT, now, unit_id=None, person_id=person_id)
    grants = frozenset({Grant(Role.EXPERT, None)})
    return Actor(account_id, key, hiring.district_id, name, grants, person_id=person_id)
