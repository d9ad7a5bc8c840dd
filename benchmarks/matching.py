"""P7: many experts against 50 policies, through the product's own match on PostgreSQL, beside raw SQL and DuckDB.

`make bench ARGS="matching"`; `ARGS="matching --scale 10"` takes a million experts. Raw SQL writes the same rows (case,
detail, history, outbox) in a copy of the same database, and is set beside us twice: from a flat table of facts that
nobody has, and from the registers there are, noting when whose turn comes again, as a next run needs it.
DuckDB, where it is installed, only joins the flat table into a table of its own, in memory. All is told in seconds of
the processor, here and in the server, which vacuums nothing meanwhile; this machine has other work as well.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, insert, make_url, text

from benchmarks.ground import NOW, server_of
from benchmarks.measure import Goal, Result, Size, at_most, processor_seconds, spread
from concierge.basics.text import _
from concierge.db import make_engine, open_session, transaction
from concierge.engine.actor import machine
from concierge.models.policy import Policy, PolicyVersion
from concierge.services.matching import MatchReport
from concierge.services.nightly_match import match_changed
from tests.office import DISTRICT, FINANCE, HOSPITAL, OFFICE, fill

EXPERTS, POLICIES, FIRST = 100_000, 50, 1_000_000_000
CLASSES, DEGREES = "ABCDEF", ("phd", "master", "bachelor", "other")
TOWN = (
    "insert into persons (id, district_id, full_name, id_kind, id_index, id_last4, birth_on, phone_last4, email,"
    " preference, facts_revision, version) select {f} + i, 1, 'x', 'resident_id', 'bench' || i, '0000',"
    " date '1965-01-01' + (i % 12000)::int, '', '', '', 1, 1 from generate_series(1, {n}) i",
    "insert into talent_statuses (id, district_id, person_id, category, kind, certificate, valid_from, valid_to)"
    " select {f} + i, 1, {f} + i, substr('ABCDEF', 1 + i % 6, 1), 'full_time', '', date '2025-01-01',"
    " date '2030-12-31' from generate_series(1, {n}) i",
    "insert into employments (id, district_id, person_id, employer_id, post_zh, post_en, starts_on, contract_months,"
    " is_formal) select {f} + i, 1, {f} + i, {h}, '', '', date '2020-01-01' + (i % 2000)::int, 60, true"
    " from generate_series(1, {n}) i",
    "insert into person_facts (id, district_id, person_id, name, value, source, proof, as_of)"
    " select {f} + i, 1, {f} + i, 'degree', jsonb_build_object('value',"
    " (array['phd','master','bachelor','other'])[1 + (i / 7) % 4]), 'import', '', date '2025-01-01'"
    " from generate_series(1, {n}) i",
    "insert into person_facts (id, district_id, person_id, name, value, source, proof, as_of)"
    " select {f} + {n} + i, 1, {f} + i, 'insurance_months', jsonb_build_object('value', i % 120), 'import', '',"
    " date '2025-01-01' from generate_series(1, {n}) i",
    "create table flat as select {f} + i as person, substr('ABCDEF', 1 + i % 6, 1) as category,"
    " (array['phd','master','bachelor','other'])[1 + (i / 7) % 4] as degree, i % 120 as months,"
    " date '2020-01-01' + (i % 2000)::int as hired, 'bench' || i as subject from generate_series(1, {n}) i",
)
FROM_REGISTERS = (
    "create temp table gathered as select p.id as person, s.category, d.value ->> 'value' as degree,"
    " (m.value ->> 'value')::int as months, e.starts_on as hired, p.id_index as subject, s.valid_to"
    " from persons p join talent_statuses s on s.person_id = p.id and s.valid_to >= date '2026-11-26'"
    " join employments e on e.person_id = p.id and e.ends_on is null"
    " join person_facts d on d.person_id = p.id and d.name = 'degree'"
    " join person_facts m on m.person_id = p.id and m.name = 'insurance_months'",
    "update match_turns set due_on = g.valid_to + 1 from gathered g where g.person = match_turns.id",
)
"""What raw SQL does besides when it starts from the registers: gathers the facts, notes whose turn comes when."""
CHANGED = (
    "update person_facts set value = jsonb_build_object('value', ((value ->> 'value')::int + 40) % 120)"
    " where name = 'insurance_months'"
    " and person_id between {f} + 1 and {f} + {n} / 100",
    "update persons set facts_revision = facts_revision + 1 where id between {f} + 1 and {f} + {n} / 100",
)
RAW = (
    "create temp table pairs as select row_number() over () + {f}::bigint * 9 as id, p.* from ({union}) p",
    "insert into cases (id, district_id, kind, number, title_zh, title_en, state, trail, is_open, version, clock,"
    " holder, expert_id, subject_key, office_id, employer_id, waits, opened_at, since, since_nth, due_on, due_at,"
    " due_nth, step_due_on, step_due_nth, paused_days, calendar_version, is_provisional)"
    " select id, 1, 'entitlement', 'R' || id, '待遇', 'Benefit', 'identified', ',identified,', true, 1, 'waiting',"
    " 'specialist', person, subject, {o}, {h}, 0, now(), now(), 1, date '2026-11-26', now(),"
    " 1, date '2026-11-26', 1, 0, '2026', false from pairs",
    "insert into entitlements (id, district_id, person_id, policy_id, policy_version_id, starts_on, ends_on,"
    " total_fen, accounts_settled) select id, 1, person, policy, policy, greatest(hired, date '2025-01-01'),"
    " date '2030-12-31', fen, false from pairs",
    "insert into history (id, district_id, case_id, version, step, to_state, actor_id, actor_key, role, at, nth,"
    " worked, holder, clock, flow_version) select id, 1, id, 1, 'open', 'identified', 0, 'machine', 'system',"
    " now(), 1, 0, 'specialist', 'waiting', 1 from pairs",
    "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
    " select id, 1, 'entitlement-found', id, 1, 'pending', 0, now(), now() from pairs",
)
"""Found, opened, written down and told, for each pair; no rule beside the join is looked at."""


def run(size: Size) -> Iterator[Result]:
    """One round: raw SQL in a copy of the database, then the product's first run, a second, and one after changes."""
    experts = max(100, size(EXPERTS))
    with _towns(experts) as (ours, raw):
        floor, beside, pairs = _raw(raw, experts)
        assert _("Benefit").in_language("zh_CN"), "a worker has read its catalogue long before a night"
        first, found = _night(ours)
        assert found.created == pairs, (found, pairs)
        what = f"P7 {experts:,} experts x {POLICIES} policies"
        yield _single(f"{what}: first run, time of raw SQL from a flat table", first / floor, at_most(1.2, 1.5))
        whole = first / (floor + beside)
        yield _single(f"{what}: first run, time of raw SQL from the registers, turns noted", whole, at_most(1.2, 1.5))
        duck = _duckdb(experts)
        if duck is not None:
            yield _single(f"{what}: first run, time of DuckDB in memory", first / duck, at_most(7))
        again, quiet = _night(ours)
        assert (quiet.evaluated, quiet.created) == (0, 0), quiet
        yield _single(f"{what}: nothing changed, % of the first run", 100 * again / first, at_most(0.1, 1))
        _each(ours, (*CHANGED, "analyze"), experts)
        little, changed = _night(ours)
        assert changed.evaluated == experts // 100 * POLICIES, changed
        yield _single(f"{what}: 1 % changed, % of the first run", 100 * little / first, at_most(4, 12))
        print(
            f"# raw {floor:.1f} + {beside:.1f} s, first {first:.1f} s, rights {pairs:,}, changed {changed}", flush=True
        )


def _single(name: str, ratio: float, goal: Goal) -> Result:
    return spread(name, [ratio], goal)


@contextmanager
def _towns(experts: int) -> Iterator[tuple[Engine, Engine]]:
    """A town with its policies, and a copy of it, on one server with fsync on."""
    from benchmarks.servers import durable_postgres

    with durable_postgres() as address:
        ours = make_engine(address)
        fill(ours)
        with open_session(ours, district=DISTRICT) as session, transaction(session):
            for number in range(POLICIES):
                policy, version = _policy(number)
                session.execute(insert(Policy), [policy])
                session.execute(insert(PolicyVersion), [version])
        for statement in TOWN:
            ours.dispose()  # what a connection planned while the tables were empty does not fit any more
            _each(ours, (statement, "analyze"), experts)
        ours.dispose()
        url = make_url(address)
        admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("alter system set autovacuum = off"))
            connection.execute(text("select pg_reload_conf()"))
            connection.execute(text(f'create database raw_copy template "{url.database}"'))
        admin.dispose()
        raw = make_engine(url.set(database="raw_copy").render_as_string(hide_password=False))
        for engine in (ours, raw):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum analyze")
        yield ours, raw
        ours.dispose()
        raw.dispose()


def _chosen(number: int) -> tuple[list[str], list[str], int]:
    """The categories, degrees and insured months that a policy asks for."""
    return [CLASSES[number % 6], CLASSES[(number + 1) % 6]], [DEGREES[number % 4]], 95 + number % 20


def _policy(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    classes, degrees, months = _chosen(number)
    own = {"id": FIRST + number, "district_id": DISTRICT}
    names = {"code": f"B{number:02}", "name_zh": "待遇", "name_en": "Benefit"}
    policy = own | names | {"group": f"B{number}", "unit_id": OFFICE, "paying_unit_id": FINANCE}
    clauses = {
        "all": [
            {"fact": "category", "op": "in", "value": classes},
            {"fact": "degree", "op": "in", "value": degrees},
            {"fact": "insurance_months", "op": ">=", "value": months},
            {"fact": "employed", "op": "==", "value": True},
        ]
    }
    rates = {"by": "category", "amounts": dict.fromkeys(CLASSES, 100_000 + number)}
    rules = {"clauses": clauses, "rates": rates, "schedule": {"starts_with": "hired_on"}, "materials": []}
    version = own | {
        "policy_id": own["id"],
        "version": 1,
        "number": f"望〔2025〕{number}号",
        "state": "published",
        "kind": "one_off",
    }
    return policy, version | rules | {"valid_from": date(2025, 1, 1)}


def _each(engine: Engine, statements: tuple[str, ...], experts: int, **more: Any) -> None:
    with engine.begin() as connection:
        for statement in statements:
            filled = statement.format(f=FIRST, n=experts, h=HOSPITAL, o=OFFICE, **more)
            connection.exec_driver_sql(filled.replace("%", "%%"))


def _night(engine: Engine) -> tuple[float, MatchReport]:
    with open_session(engine, district=DISTRICT) as session:
        server = server_of(engine)
        began = processor_seconds(server)
        report = match_changed(session, actor=machine(DISTRICT), now=NOW)
        return processor_seconds(server) - began, report


def _union(table: str) -> str:
    parts = []
    for number in range(POLICIES):
        (one, two), (degree,), months = _chosen(number)
        asked = f"category in ('{one}', '{two}') and degree = '{degree}' and months >= {months}"
        columns = f"person, hired, subject, {FIRST + number} as policy, {100_000 + number} as fen"
        parts.append(f"select {columns} from {table} where {asked}")
    return " union all ".join(parts)


def _raw(engine: Engine, experts: int) -> tuple[float, float, int]:
    """Seconds for the rows, and for gathering and marking beside them; how many rights."""
    server = server_of(engine)
    began = processor_seconds(server)
    _each(engine, RAW, experts, union=_union("flat"))
    written = processor_seconds(server)
    _each(engine, FROM_REGISTERS, experts)
    marked = processor_seconds(server)
    with engine.connect() as connection:
        return written - began, marked - written, _count(connection)


def _count(connection: Connection) -> int:
    return int(
        connection.execute(text("select count(*) from entitlements where policy_id >= :f"), {"f": FIRST}).scalar_one()
    )


def _duckdb(experts: int) -> float | None:
    try:
        import duckdb
    except ImportError:
        return None
    store = duckdb.connect()
    store.execute("set threads = 1")
    degrees = "(array['phd','master','bachelor','other'])[1 + (i / 7) % 4]"
    flat = TOWN[-1].format(f=FIRST, n=experts).replace("generate_series(1,", "range(1, 1 +").replace(") i", ") r(i)")
    store.execute(flat.replace(degrees, "list_extract(['phd','master','bachelor','other'], 1 + (i // 7) % 4)"))
    began = time.process_time()
    store.execute(f"create table rights as {_union('flat')}")
    return time.process_time() - began
