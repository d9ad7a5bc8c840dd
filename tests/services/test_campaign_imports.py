"""The bureaus' own lists come in row by row, add nothing when they come again, and are taken back as one unit."""

import pytest
from sqlalchemy import func, select

from concierge.documents.tables import read_table
from concierge.engine.actor import Actor
from concierge.models.dispatch import Activity, DispatchOrder
from concierge.queries.campaign_figures import Span, count_all
from concierge.rules.roles import Role
from concierge.services.import_reversal import Reversal, reverse_import
from concierge.services.imports import apply_import, preview_import
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import CAMPAIGN, Orders, bureau, fill
from tests.databases import KINDS, Database, NewDatabase, counted
from tests.office import EDUCATION, NOW, actor, key_ring
from tests.services.test_imports import classes, errors

LOG = "编号,日期,内容,次数,求助单位"
LIST = "编号,服务日期,受援单位,服务内容,专家,天数,服务群众人次"
BUREAU = bureau()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "campaign", fill)


def preview(place: Database, kind: str, *rows: str, by: Actor = BUREAU) -> int:
    content = "\n".join(rows).encode()
    with place.session() as session:
        given = {"kind": kind, "file_name": "a.csv", "content": content, "table": read_table("a.csv", content)}
        return preview_import(session, actor=by, now=NOW, keys=key_ring(), **given)


def apply(place: Database, run_id: int, *, leave_out_bad: bool = False, by: Actor = BUREAU) -> dict[str, int]:
    with place.session() as session:
        return apply_import(session, actor=by, now=NOW, keys=key_ring(), run_id=run_id, leave_out_bad=leave_out_bad)


def reverse(place: Database, run_id: int) -> Reversal:
    with place.session() as session:
        return reverse_import(session, actor=BUREAU, now=NOW, keys=key_ring(), run_id=run_id)


def figures(place: Database) -> dict[str, int]:
    with place.session() as session:
        return count_all(session, Span.of_year((CAMPAIGN,), 2026))


def test_a_log_is_classed_line_by_line_and_the_same_lines_again_add_nothing(place: Database) -> None:
    first = preview(place, "remote", LOG, "R1,2026-10-12,远程会诊,3,青山镇", "R2,2026-10-13,远程会诊,,")
    assert apply(place, first)["new"] == 2
    assert figures(place)["health.remote"] == 4
    rows = (
        "R1,2026-10-12,远程会诊,3,青山镇", "R2,2026-10-13,远程会诊,5,", "R3,2026-10-14,电话,1,",
        "R3,2026-10-15,电话,1,", "R4,2027-01-01,电话,1,", "R5,2026-10-14,电话,1,无此乡", "R6,2019-10-14,电话,x,",
    )  # fmt: skip
    second = preview(place, "remote", LOG, *rows)
    assert classes(place, second) == ["same", "changed", "new", "conflict", "invalid", "invalid", "invalid"]
    assert errors(place, second) == [
        ("A5", "twice_in_file"), ("B6", "too_early"), ("E7", "unknown_unit"),
        ("D8", "number_form"), ("B8", "no_campaign"),
    ]  # fmt: skip
    apply(place, second, leave_out_bad=True)
    assert figures(place)["remote"] == 3 + 5 + 1
    assert apply(place, second)["new"] == 1
    assert figures(place)["remote"] == 9


def test_a_log_taken_back_leaves_the_lines_as_before_and_a_later_import_holds_its_own(place: Database) -> None:
    first = preview(place, "remote", LOG, "R1,2026-10-12,远程会诊,3,", "R2,2026-10-13,远程会诊,1,")
    apply(place, first)
    second = preview(place, "remote", LOG, "R2,2026-10-13,远程会诊,7,", "R3,2026-10-13,远程会诊,1,")
    apply(place, second)
    done = reverse(place, second)
    assert (done.restored, done.kept, figures(place)["remote"]) == (2, (), 4)
    third = preview(place, "remote", LOG, "R2,2026-10-13,远程会诊,9,")
    later = NOW.replace(hour=5)
    with place.session() as session:
        apply_import(session, actor=BUREAU, now=later, keys=key_ring(), run_id=third)
    done = reverse(place, first)
    assert done.restored == 1
    assert [kept.row for kept in done.kept] == [2]
    assert figures(place)["remote"] == 9


def test_a_dispatch_list_becomes_batches_and_person_times_and_comes_back_once(place: Database) -> None:
    rows = (
        "D1,2026-10-12,前进村,慢病义诊,沈知远、同事丙,1,42", "D2,2026-10-13,前进村,复诊,同事丙（区人民医院）,0.5,",
        "D3,2026-10-13,前进村,复诊,路人甲,1,", "D4,2026-10-13,前进村,,同事丙,0.3,",
    )  # fmt: skip
    run = preview(place, "dispatch", LIST, *rows)
    assert classes(place, run) == ["new", "new", "invalid", "invalid"]
    assert errors(place, run) == [("E4", "unknown_expert"), ("D5", "missing"), ("F5", "days")]
    apply(place, run, leave_out_bad=True)
    told = figures(place)
    assert (told["health.batches"], told["health.people"], told["experts"], told["served"]) == (2, 3, 2, 42)
    again = preview(place, "dispatch", LIST, rows[0], rows[1], rows[1])
    assert classes(place, again) == ["same", "same", "conflict"]
    apply(place, again, leave_out_bad=True)
    assert figures(place) == told


def test_a_dispatch_list_taken_back_counts_no_more_and_may_come_again(place: Database) -> None:
    before = figures(place)
    rows = (LIST, "D1,2026-10-12,前进村,慢病义诊,沈知远,1,42", "D2,2026-10-13,前进村,复诊,同事丙,1,")
    run = preview(place, "dispatch", *rows)
    apply(place, run)
    with place.session() as session:
        wanted = select(DispatchOrder.id).where(DispatchOrder.reference == "D2")
        kept = session.execute(wanted).scalar_one()
        session.rollback()
        Orders(session).take(kept, Flow.confirm, by=actor(Role.TALENT_OFFICE), confirmed_by="王村长")
    done = reverse(place, run)
    assert done.restored == 1
    assert [each.subject_id for each in done.kept] == [kept]
    assert done.kept[0].changed_by == ("甲talent_office",)
    told = figures(place)
    assert (told["batches"], told.get("served", 0)) == (before.get("batches", 0) + 1, 0)
    again = preview(place, "dispatch", *rows)
    assert classes(place, again) == ["new", "same"]


def test_a_bureau_enters_for_its_own_fields_alone(place: Database) -> None:
    other = bureau(EDUCATION, "person-of-education")
    apply(place, preview(place, "remote", LOG, "R1,2026-10-12,远程会诊,3,"))
    run = preview(place, "remote", LOG, "R1,2026-10-12,远程会诊,9,", by=other)
    assert classes(place, run) == ["conflict"]
    run = preview(place, "remote", LOG + ",领域", "R2,2026-10-12,远程会诊,9,,health", by=other)
    assert errors(place, run) == [("F2", "unknown_field")]


def test_a_log_of_many_lines_is_written_and_taken_back_in_a_few_statements(new_database: NewDatabase) -> None:
    place = new_database("sqlite", "campaign", fill)
    rows = [f"R{n},2026-10-{1 + n % 30:02},远程会诊,1," for n in range(2000)]
    with counted(place) as statements:
        run = preview(place, "remote", LOG, *rows)
        assert apply(place, run)["new"] == 2000
        assert figures(place)["remote"] == 2000
        assert reverse(place, run).restored == 2000
    assert len(statements) < 100
    with place.session() as session:
        assert session.execute(select(func.count(Activity.id))).scalar_one() == 0
