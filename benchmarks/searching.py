"""The search over everything with 10,000 people and with a million of them, each with a case, on both databases.

By name, sound, initials, number and employer; as the lead, who sees the whole district, and as a specialist, who sees
his own 25. Whoever is added to the first 10,000 has the same surnames and employers, but other given names. A surname
and an employer find more people than a search looks at already among the first: so every answer is as long among a
hundred times as many.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, cast

from sqlalchemy import Engine, Table, insert, text

from benchmarks.crowd import DAY, SERIES, copied, copies, unindexed
from benchmarks.ground import NOW, SPECIALIST, postgresql, sqlite
from benchmarks.measure import Result, Size, at_most, seconds_of, spread
from concierge.db import make_engine, open_session, transaction
from concierge.engine.actor import Actor, Grant
from concierge.engine.tables import CASES
from concierge.models.care import CareRequest
from concierge.models.district import Unit
from concierge.models.person import Employment, Person, SearchKey
from concierge.queries.search import search
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, DISTRICT, EXPERT, OFFICE

FEW, MANY = 10_000, 1_000_000
OWN = 25  # people of the specialist
ROUNDS, TURNS = 5, 31
PEOPLE, KEYS = 200_000_000, 10_000_000_000
UNITS = 15  # so that each has more people among the first than a search looks at
SURNAMES = "赵zhao 钱qian 孙sun 李li 周zhou 吴wu 郑zheng 王wang 冯feng 陈chen 褚chu 卫wei 蒋jiang 沈shen 韩han 杨yang"
GIVEN = (
    "安an 白bai 昌chang 达da 恩en 芳fang 刚gang 海hai 佳jia 凯kai 兰lan 明ming 娜na 欧ou 平ping 琪qi 瑞rui 山shan"
    " 涛tao 文wen 雪xue 燕yan 泽ze 博bo 春chun 东dong 峰feng 光guang 红hong 静jing 康kang 丽li 敏min 宁ning 鹏peng"
    " 强qiang 荣rong 淑shu 天tian 伟wei"
)
OTHER = "玺xi"
LEAD = Actor(ACCOUNTS[Role.SPECIALIST_LEAD], "p-2", DISTRICT, "l", frozenset({Grant(Role.SPECIALIST_LEAD, OFFICE)}))
TYPED = {
    "a name": "沈安白",
    "a surname": "李",
    "a sound": "zhouchangda",
    "initials": "wah",
    "a number": "SQ-7777",
    "a running number": "7777",
    "an employer": "第零七",
}
GROUNDS: dict[str, Any] = {"SQLite": sqlite, "PostgreSQL": lambda: postgresql(1)}


def run(size: Size) -> Iterator[Result]:
    """Both sizes side by side on each database; they take turns."""
    for name, ground in GROUNDS.items():
        with ExitStack() as stack:
            engines = [stack.enter_context(ground()) for _size in range(2)]
            for engine, count in zip(engines, (FEW, MANY), strict=True):
                _write(engine, size(count))
            sessions = [_session(stack, engine) for engine in engines]
            for who, actor in (("the lead", LEAD), ("a specialist", SPECIALIST)):
                for what, typed in TYPED.items():
                    calls = [partial(_search, session, actor, typed) for session in sessions]
                    for call in calls * 2:
                        call()
                    rounds = [_middles(calls) for _round in range(ROUNDS)]
                    label = f"search by {what}, {who}, {name}, at 1M people of 10k"
                    yield spread(label, [many / few for few, many in rounds], at_most(1.2))


def _middles(calls: list[Callable[[], None]]) -> list[float]:
    """The median of each; they take turns one by one, so that whatever else runs on the machine meets both."""
    taken = [[seconds_of(call) for call in calls] for _turn in range(TURNS)]
    return [statistics.median(each) for each in zip(*taken, strict=True)]


def _session(stack: ExitStack, engine: Engine) -> Any:
    reading = make_engine(engine.url.render_as_string(hide_password=False), read_only=True)
    stack.callback(reading.dispose)
    return stack.enter_context(open_session(reading, district=DISTRICT, read_only=True))


def _search(session: Any, actor: Actor, typed: str) -> None:
    search(session, actor=actor, now=NOW, text=typed)
    session.rollback()


def _write(engine: Engine, count: int) -> None:
    """So many people with names of two parts, a post, the keys under which they are found, and one case each."""
    _letters(engine)
    _employers(engine)
    tables = (Person.__table__, Employment.__table__, SearchKey.__table__, CASES, CareRequest.__table__)
    with unindexed(engine, *(cast(Table, table) for table in tables)):
        _people(engine, count)


def _people(engine: Engine, count: int) -> None:
    dialect = engine.dialect.name
    whose = f"case when n < {OWN} then {SPECIALIST.account_id} else 5000 + n % 1000 end"
    own = {"id": f"{PEOPLE} + n", "specialist_id": whose}
    person = own | {"id_index": "'index-' || n", "full_name": _name("hanzi")}
    post = {"id": own["id"], "person_id": own["id"], "employer_id": f"{PEOPLE} + n % {UNITS}"}
    employer = f"(select name_zh from units where id = {PEOPLE} + n % {UNITS})"
    with engine.begin() as connection:
        connection.execute(text(copies(Person.__table__, dialect, count, person, f"id = {EXPERT}")))
        connection.execute(text(copies(Employment.__table__, dialect, count, post, f"id = {EXPERT + 200}")))
        for at, key in enumerate((_name("hanzi"), _name("sound"), _name("first"), employer), 1):
            connection.execute(text(_keys(dialect, count, at * KEYS, key)))
    case = {"expert_id": own["id"], "specialist_id": whose, "assignee_id": whose}
    days = {"due_on": DAY[dialect].format(n="((n * 7919) % 600)"), "due_nth": "4700 + (n * 7919) % 600"}
    copied(engine, count, case | days)


def _keys(dialect: str, count: int, first: int, key: str) -> str:
    """The statement that writes one key for each person, computed from the number `n`."""
    kept = {"id": f"{first} + n", "district_id": str(DISTRICT), "kind": "'person'", "subject_id": f"{PEOPLE} + n"}
    names, values = ", ".join([*kept, "key"]), ", ".join([*kept.values(), key])
    return f"insert into search_keys ({names}) {SERIES[dialect].format(last=count - 1)} select {values} from each"


def _name(column: str) -> str:
    """The parts of the nth name in characters, in sounds or in first letters (SQL)."""
    many = len(GIVEN.split())
    third = f"case when n < {FEW} then (n / 640) % {many} else {many} end"
    parts = (("s", f"n % {len(SURNAMES.split())}"), ("g", f"(n / 16) % {many}"), ("g", third))
    return " || ".join(f"(select {column} from letters where part = '{part}' and nth = {n})" for part, n in parts)


def _letters(engine: Engine) -> None:
    words = (("s", SURNAMES), ("g", f"{GIVEN} {OTHER}"))
    rows = [
        {"part": part, "nth": n, "hanzi": word[0], "sound": word[1:], "first": word[1]}
        for part, all_of_them in words
        for n, word in enumerate(all_of_them.split())
    ]
    with engine.begin() as connection:
        connection.execute(text("create table letters (part text, nth integer, hanzi text, sound text, first text)"))
        connection.execute(text("create unique index letters_nth on letters (part, nth)"))
        connection.execute(text("insert into letters values (:part, :nth, :hanzi, :sound, :first)"), rows)


def _employers(engine: Engine) -> None:
    digits = "零一二三四五六七八九"
    named = [(PEOPLE + n, f"第{digits[n // 10]}{digits[n % 10]}医院") for n in range(UNITS)]
    place = {"district_id": DISTRICT, "kind": "employer"}
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        units = [place | {"id": i, "code": f"e{i}", "name_zh": name, "name_en": f"Hospital {i}"} for i, name in named]
        session.execute(insert(Unit), units)
        keys = [place | {"kind": "unit", "id": i, "subject_id": i, "key": name} for i, name in named]
        session.execute(insert(SearchKey), keys)
