"""A session serves one district for life: every way of asking stays inside, and what could leave is refused."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, literal_column, select, text, update
from sqlalchemy.orm import aliased

from concierge.db import among, fixed, make_engine, open_session, read, transaction
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.claim import Claim
from concierge.models.district import District, Unit
from concierge.models.person import Person, SearchKey
from tests.cases import CLAIM, EXPERT, OTHER_DISTRICT
from tests.databases import DISTRICT, Database

HERS, HIS = EXPERT, EXPERT + 100  # the same person's rows in our district and in the other one


def found(database: Database, statement: Any, district: int | None = DISTRICT) -> list[Any]:
    with database.session(district) as session, transaction(session):
        return list(session.execute(statement).scalars())


OTHER = aliased(Person)
OWN = aliased(Claim)
READS = {
    "select": select(Person.id),
    "where": select(Person.id).where(Person.id.in_([HERS, HIS])),
    "among": select(Person.id).where(among(Person.id, [HERS, HIS])),
    "alias": select(OTHER.id),
    "or": select(Person.id).where((Person.id == HERS) | (Person.id == HIS)),
    "self join": select(Person.id).join(OTHER, OTHER.id_index == Person.id_index),
    "the alias of a self join": select(OTHER.id).select_from(Person).join(OTHER, OTHER.id_index == Person.id_index),
    "join": select(Person.id).join(Unit, Unit.id > 0).distinct(),
    "outer join": select(Person.id).outerjoin(Unit, Unit.id < 0),
    "union": select(Person.id).where(Person.id == HERS).union(select(Person.id).where(Person.id == HIS)),
    "subquery": select(select(Person.id).subquery().c.id),
    "cte": select(select(Person.id).cte().c.id),
    "in": select(Person.id).where(Person.id_index.in_(select(OTHER.id_index))),
    "scalar subquery": select(Person.id).where(Person.id == select(func.min(OTHER.id)).scalar_subquery()),
    "column": select(Person.full_name).with_only_columns(Person.id),
}


def test_every_read_stays_in_the_district(office: Database) -> None:
    for name, statement in READS.items():
        assert found(office, statement) == [HERS], name
        if name not in ("where", "scalar subquery"):
            assert found(office, statement, OTHER_DISTRICT) == [HIS], name


def test_a_fixed_query_that_is_read_past_the_session_stays_in_the_district_too(office: Database) -> None:
    for name, statement in READS.items():
        with office.session(DISTRICT) as session:
            assert read(session, fixed(statement)).scalars().all() == [HERS], name
        with office.session(None) as session:
            assert read(session, fixed(statement)).scalars().all() == [], name


def test_only_a_fixed_query_is_read_past_the_session(office: Database) -> None:
    with office.session(DISTRICT) as session, pytest.raises(RuntimeError, match="only a fixed statement"):
        read(session, select(Person.id))


def test_what_is_kept_as_text_stays_in_the_district_too(office: Database) -> None:
    for name, statement in READS.items():
        kept = fixed(statement)
        assert found(office, kept) == found(office, kept) == [HERS], name
        if name not in ("where", "scalar subquery"):
            assert found(office, kept, OTHER_DISTRICT) == [HIS], name
    blank = fixed(update(Person).values(full_name="").execution_options(synchronize_session=False))
    with office.session(OTHER_DISTRICT) as session, transaction(session):
        session.execute(blank)
    assert found(office, select(Person.full_name)) != [""]
    assert found(office, select(Person.full_name), OTHER_DISTRICT) == [""]


def test_counts_and_existence_stay_in_the_district(office: Database) -> None:
    assert found(office, select(func.count()).select_from(Person)) == [1]
    assert found(office, select(func.count(Person.id))) == [1]
    assert found(office, select(select(Person.id).where(Person.id == HIS).exists())) == [False]
    assert found(office, select(Unit.id).where(select(Person.id).where(Person.id == HIS).exists())) == []
    assert found(office, select(Unit.id).where(exists(Person.id).where(Person.id == HIS))) == []
    assert found(office, select(Unit.id).where(exists(OTHER.id).where(OTHER.id == HIS))) == []


def test_a_detail_is_read_with_its_case_and_only_here(office: Database) -> None:
    assert found(office, select(Claim.id)) == [CLAIM]
    assert found(office, select(OWN.id)) == [CLAIM]
    assert found(office, select(Case.id).where(Case.kind == "claim")) == [CLAIM]
    assert [claim.id for claim in found(office, select(Claim))] == [CLAIM]
    with office.session() as session:
        assert session.get(Claim, CLAIM + 100) is None
        assert session.get(Person, HIS) is None
        assert session.get(Person, HERS) is not None
        assert session.query(Person).count() == 1


def test_updates_and_deletes_reach_no_other_district(office: Database) -> None:
    with office.session() as session, transaction(session):
        session.execute(update(Person).values(full_name="x"))
        session.execute(update(Person).where(Person.id == HIS).values(full_name="x"))
        session.execute(insert(SearchKey), [search_key(DISTRICT), search_key(OTHER_DISTRICT)])
        session.execute(delete(SearchKey))
    with office.session(OTHER_DISTRICT) as session:
        assert session.get_one(Person, HIS).full_name == "张伟"
        assert session.scalars(select(SearchKey.district_id)).all() == [OTHER_DISTRICT]


def search_key(district: int) -> dict[str, Any]:
    return {"district_id": district, "kind": "person", "subject_id": 1, "key": "zhangwei"}


def test_a_session_without_a_district_sees_nobodys_rows(office: Database) -> None:
    assert found(office, select(Person.id), district=None) == []
    assert found(office, select(District.id).order_by(District.id), district=None) == [DISTRICT, OTHER_DISTRICT]


def test_two_sessions_of_two_districts_do_not_mix(office: Database) -> None:
    with office.session() as ours, office.session(OTHER_DISTRICT, read_only=True) as theirs:
        if office.kind == "sqlite":  # one writer at a time
            assert found(office, select(Person.id)) == [HERS]
            assert theirs.scalars(select(Person.id)).all() == [HIS]
            return
        for _turn in range(3):
            assert ours.scalars(select(Person.id)).all() == [HERS]
            assert theirs.scalars(select(Person.id)).all() == [HIS]


PERSONS: Any = Person.__table__
REFUSED = {
    "core select": select(PERSONS.c.id),
    "core update": update(PERSONS).values(full_name="x"),
    "core delete": delete(PERSONS),
    "core subquery": select(select(PERSONS.c.id).subquery().c.id),
    "core exists": select(exists().where(PERSONS.c.id == HIS)),
    "nothing but an exists": select(exists().where(Person.id == HIS)),
    "text": text("SELECT id FROM persons"),
    "shouted text": text("DELETE FROM PERSONS"),
    "text of an entity": select(Person).from_statement(text("SELECT * FROM persons")),
    "columns of a text": text("SELECT id FROM persons").columns(Person.id),
}


def test_what_is_not_the_orm_is_refused_on_a_districts_table(office: Database) -> None:
    with office.session() as session:
        for name, statement in REFUSED.items():
            with pytest.raises(RuntimeError, match="must go through the ORM"):
                pytest.fail(f"{name}: {session.execute(statement).all()}")


def test_the_whole_city_must_be_asked_for_by_name(office: Database) -> None:
    with office.session(None) as session:
        rows: Sequence[int] = session.scalars(select(PERSONS.c.id), execution_options={"whole_city": True}).all()
        assert sorted(rows) == [HERS, HIS]
        assert session.scalar(text("SELECT 1 + 1")) == 2
        assert session.scalar(select(literal_column("3"))) == 3
        assert session.scalars(select(Account.__table__.c.id)).all() == []


def test_a_write_that_points_into_another_district_is_refused_by_the_database(office: Database) -> None:
    with office.session() as session:
        session.begin()
        stray = {"district_id": DISTRICT, "case_id": CLAIM + 100, "version": 9, "step": "x", "to_state": "x"}
        stray |= {"actor_id": 1, "actor_key": "", "role": "", "at": func.now(), "nth": 0, "worked": 0, "holder": ""}
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            session.execute(insert(History).values(**stray, clock="", flow_version=1))
        session.rollback()


def test_a_reading_session_holds_nobody_up(sqlite_office: Database) -> None:
    reader = make_engine(sqlite_office.url, read_only=True)
    with sqlite_office.session() as writer, writer.begin():
        writer.execute(update(Person).values(full_name="x"))
        with open_session(reader, district=DISTRICT, read_only=True) as session:
            assert session.scalar(select(Person.full_name)) == "张伟"
    reader.dispose()
