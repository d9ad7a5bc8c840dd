"""Files of officers come in row by row, and can be taken back as one unit (golden scenario 14)."""

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Table, select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.documents.tables import read_table
from concierge.models.job import ImportRow, ImportRun
from concierge.models.person import BankAccount, Employment, Person, PersonFact, SearchKey, TalentStatus
from concierge.rules.roles import Role
from concierge.services.import_notes import open_note
from concierge.services.import_reversal import reverse_import
from concierge.services.imports import apply_import, errors_of, importer_of, preview_import
from concierge.services.people import edit_person
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EXPERT, HOSPITAL, NOW, NUMBERS, OTHER_EXPERT, actor, fill, key_ring

HEAD = ["姓名（必填）", "证件号码*", "手机", "人才类别", "工作单位", "入职日期", "学历", "账号", "开户行"]
NEW = ["买买提•艾力", "999901198805121010", "19900001111", "E类", "区人民医院", "2025/3/1", "硕士", "", ""]
LEAD = actor(Role.SPECIALIST_LEAD)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def csv(*rows: list[str], encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join(",".join(row) for row in [HEAD, *rows]).encode(encoding)


def xlsx(*rows: list[Any]) -> bytes:
    """A workbook with a merged title above its headers, as offices make them."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, len(HEAD) - 1, "望川区专家人才信息表")
    for number, row in enumerate([HEAD, *rows], 1):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value) if isinstance(value, str) else sheet.write(number, column, value)
    book.close()
    return kept.getvalue()


def preview(place: Database, content: bytes, name: str = "a.csv", *, kind: str = "experts", by: Any = LEAD) -> int:
    with place.session() as session:
        given = {"kind": kind, "file_name": name, "content": content, "table": read_table(name, content)}
        return preview_import(session, actor=by, now=NOW, keys=key_ring(), **given)


def apply(place: Database, run_id: int, *, leave_out_bad: bool = False, by: Any = LEAD) -> dict[str, int]:
    with place.session() as session:
        return apply_import(session, actor=by, now=NOW, keys=key_ring(), run_id=run_id, leave_out_bad=leave_out_bad)


def reverse(place: Database, run_id: int) -> Any:
    with place.session() as session:
        return reverse_import(session, actor=LEAD, now=NOW, keys=key_ring(), run_id=run_id)


def classes(place: Database, run_id: int) -> list[str]:
    with place.session() as session:
        wanted = select(ImportRow.status).where(ImportRow.run_id == run_id, ImportRow.row >= 0).order_by(ImportRow.row)
        return list(session.execute(wanted).scalars())


def errors(place: Database, run_id: int) -> list[tuple[str, str]]:
    with place.session() as session:
        rows = session.execute(select(ImportRow.errors).where(ImportRow.run_id == run_id).order_by(ImportRow.row))
        return [(wrong.cell, wrong.reason.code) for kept in rows.scalars() for wrong in errors_of(kept)]


def known(place: Database) -> dict[str, list[Any]]:
    """Everything known of people, without the counters that only ever go up."""
    found = {}
    with place.session() as session:
        for model in (Person, TalentStatus, Employment, PersonFact, BankAccount):
            table = model.__table__
            assert isinstance(table, Table)
            columns = [c for c in table.c if c.name not in ("version", "facts_revision")]
            rows = session.execute(select(*columns).order_by(table.c.id), execution_options={"whole_city": True})
            found[table.name] = [tuple(row) for row in rows]
        keys = session.execute(
            select(SearchKey.subject_id, SearchKey.key).order_by(SearchKey.key, SearchKey.subject_id)
        )
        found["keys"] = [tuple(row) for row in keys]
    return found


def test_a_wrong_dot_is_put_right_and_the_person_is_found_by_pinyin(place: Database) -> None:
    run_id = preview(place, xlsx(NEW), "名单.xlsx")
    assert classes(place, run_id) == ["new"]
    assert apply(place, run_id)["new"] == 1
    with place.session() as session:
        person = session.execute(select(Person).where(Person.id_last4 == NEW[1][-4:])).scalar_one()
        found = session.execute(select(SearchKey.key).where(SearchKey.subject_id == person.id)).scalars().all()
        post = session.execute(select(Employment).where(Employment.person_id == person.id)).scalar_one()
    assert person.full_name == "买买提·艾力"
    assert {"maimaitiaili", "mmtal"} <= set(found)
    assert (post.employer_id, post.starts_on) == (HOSPITAL, date(2025, 3, 1))


def test_an_id_number_stored_as_a_number_is_refused_with_row_and_column(place: Database) -> None:
    number = ["张三", 999901198503140216, *NEW[2:]]
    text = ["李四", "9.99901E+17", *NEW[2:]]
    run_id = preview(place, xlsx(number, NEW, text), "名单.xlsx")
    assert classes(place, run_id) == ["invalid", "new", "invalid"]
    assert errors(place, run_id) == [("B3", "number_in_cell"), ("B5", "number_in_cell")]
    with place.session() as session, speaking("zh_CN"):
        kept = session.execute(select(ImportRow.errors).where(ImportRow.run_id == run_id, ImportRow.row == 2))
        [wrong] = errors_of(kept.scalar_one())
    assert "文本" in str(wrong.reason.text)
    with pytest.raises(Refusal, match="bad_rows"):
        apply(place, run_id)
    assert apply(place, run_id, leave_out_bad=True) == {"new": 1, "changed": 0, "same": 0, "conflict": 0, "invalid": 2}
    assert errors(place, run_id) == [("B3", "number_in_cell"), ("B5", "number_in_cell")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_every_encoding_of_an_office_is_read_rare_characters_too(place: Database, encoding: str) -> None:
    row = ["李𠅤䶮", *NEW[1:]]
    run_id = preview(place, csv(row, encoding=encoding))
    apply(place, run_id)
    with place.session() as session:
        assert session.execute(select(Person.id).where(Person.full_name == "李𠅤䶮")).first()


def test_a_row_says_field_by_field_what_it_changes_and_empty_cells_change_nothing(place: Database) -> None:
    row = ["沈知远", NUMBERS[EXPERT], "19900002222", "D", "", "", "博士", "9999990000000000014", "望川农商银行"]
    run_id = preview(place, csv(row))
    assert classes(place, run_id) == ["changed"]
    with place.session() as session:
        changes = session.execute(select(ImportRow.changes).where(ImportRow.run_id == run_id, ImportRow.row >= 0))
        assert changes.scalar_one() == {
            "phone": ["", "199****2222"], "degree": ["", "phd"], "account": ["", "**** 0014"],
        }  # fmt: skip
    apply(place, run_id)
    with place.session() as session:
        account = session.execute(select(BankAccount).where(BankAccount.person_id == EXPERT)).scalar_one()
        assert (account.state, account.account_last4) == ("unchecked", "0014")
        assert session.get_one(Person, EXPERT).phone_last4 == "2222"


def test_the_same_file_again_adds_nothing(place: Database) -> None:
    content = csv(NEW)
    first = preview(place, content)
    apply(place, first)
    before = known(place)
    assert apply(place, first)["new"] == 1
    second = preview(place, content)
    assert classes(place, second) == ["same"]
    apply(place, second)
    assert known(place) == before


def test_a_preview_that_was_never_applied_is_made_anew(place: Database) -> None:
    first, second = preview(place, csv(NEW)), preview(place, csv(NEW))
    with place.session() as session:
        assert session.get_one(ImportRun, first).state == "replaced"
    with pytest.raises(Refusal):
        apply(place, first)
    assert apply(place, second)["new"] == 1


def test_an_import_taken_back_leaves_the_database_as_before(place: Database) -> None:
    before = known(place)
    row = [
        "沈知远",
        NUMBERS[EXPERT],
        "19900002222",
        "",
        "望川一中",
        "2026-02-01",
        "博士",
        "9999990000000000014",
        "川行",
    ]
    run_id = preview(place, csv(NEW, row))
    assert apply(place, run_id) == {"new": 1, "changed": 1, "same": 0, "conflict": 0, "invalid": 0}
    assert known(place) != before
    done = reverse(place, run_id)
    assert (done.restored, done.kept) == (2, ())
    after = known(place)
    mine = [key for key in after["keys"] if key[0] == EXPERT]
    assert {table: rows for table, rows in after.items() if table != "keys"} == {
        table: rows for table, rows in before.items() if table != "keys"
    }
    assert {"shenzhiyuan", "区人民医院"} <= {key for _subject, key in mine}
    with pytest.raises(Refusal):
        reverse(place, run_id)


def test_rows_that_somebody_has_worked_on_stay_and_are_listed_with_his_name(place: Database) -> None:
    row = ["沈知远", NUMBERS[EXPERT], "19900002222", *[""] * 6]
    run_id = preview(place, csv(NEW, row))
    apply(place, run_id)
    with place.session() as session:
        edit_person(
            session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), person_id=EXPERT, version=None,
            given={"email": "a@b.cn"},
        )  # fmt: skip
    done = reverse(place, run_id)
    assert done.restored == 1
    assert [(one.subject_id, one.name, one.changed_by) for one in done.kept] == [(EXPERT, "沈知远", ("甲specialist",))]
    with place.session() as session:
        assert session.get_one(Person, EXPERT).phone_last4 == "2222"


def test_contradictions_are_conflicts(place: Database) -> None:
    other_name = ["沈知近", NUMBERS[EXPERT], *[""] * 7]
    other_category = ["沈知远", NUMBERS[EXPERT], "", "A", *[""] * 5]
    run_id = preview(place, csv(other_name, NEW, NEW))
    assert classes(place, run_id) == ["conflict", "new", "conflict"]
    assert [code for _cell, code in errors(place, run_id)] == ["other_name", "twice_in_file"]
    assert errors(place, preview(place, csv(other_category)))[0][1] == "category_needs_day"


def test_somebody_out_of_scope_is_not_described(place: Database) -> None:
    with place.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(specialist_id=999))
    row = ["甲", NUMBERS[OTHER_EXPERT], "19900003333", *[""] * 6]
    run_id = preview(place, csv(row), by=actor(Role.SPECIALIST))
    assert errors(place, run_id) == [("B2", "known_to_district")]
    with place.session() as session, pytest.raises(NotFound):
        apply_import(session, actor=actor(Role.SPECIALIST, account_id=4711), now=NOW, keys=key_ring(), run_id=run_id)


def test_what_happened_since_the_preview_is_seen_when_it_is_applied(place: Database) -> None:
    mine, other = preview(place, csv(NEW), by=actor(Role.TALENT_OFFICE)), preview(place, csv(NEW))
    apply(place, other)
    assert apply(place, mine, by=actor(Role.TALENT_OFFICE)) == {
        "new": 0, "changed": 0, "same": 1, "conflict": 0, "invalid": 0,
    }  # fmt: skip


def test_facts_are_imported_corrected_and_taken_back(place: Database) -> None:
    head, name, number = "姓名,身份证号,事项,内容,截至日期", "沈知远", NUMBERS[EXPERT]
    lines = [head, f"{name},{number},是否参保,是,2026-10-31", f"{name},{number},年度考核,优秀,2026-01-15"]
    wrong = [f"{name},{number},天气,晴,", "无名,999901198805121037,参保,是,", f"{name},{number},失信,否,2027-10-31"]
    content = "\n".join([*lines, *wrong]).encode()
    before = known(place)
    run_id = preview(place, content, kind="facts", by=actor(Role.HR))
    assert classes(place, run_id) == ["new", "new", "invalid", "conflict", "invalid"], "and no day to come"
    with place.session() as session:
        shown = session.execute(select(ImportRow.changes).where(ImportRow.run_id == run_id, ImportRow.row == 2))
        assert shown.scalar_one() == {"年度考核": ["", "优秀"]}, "the preview says what would be written down"
    apply(place, run_id, leave_out_bad=True, by=actor(Role.HR))
    with place.session() as session:
        rows = session.execute(select(PersonFact.name, PersonFact.value, PersonFact.source))
        facts = {row.name: (row.value["value"], row.source) for row in rows}
        assert session.get_one(Person, EXPERT).facts_revision == 2
    assert facts == {"insured": (True, "hr_bureau"), "assessment": ("excellent", "hr_bureau")}
    reverse(place, run_id)
    assert known(place)["person_facts"] == before["person_facts"]


def test_nobody_without_the_duty_imports_and_an_unknown_kind_is_not_found(place: Database) -> None:
    for role in (Role.EXPERT, Role.FINANCE_MAKER, Role.SYSTEM_ADMIN, Role.HR):
        with pytest.raises(Refusal):
            preview(place, csv(NEW), by=actor(role))
    with pytest.raises(NotFound):
        importer_of("weather")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "file_empty"),
        (b"PK\x03\x04nothing", "a.xlsx", "file_damaged"),
        (b"x", "a.pdf", "file_kind"),
        ("天气,心情\n晴,好".encode(), "a.csv", "column_missing"),
        (csv(), "a.csv", "no_rows"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(place: Database, content: bytes, name: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        preview(place, content, name)


def test_no_personal_number_is_kept_plainly_in_the_runs(place: Database) -> None:
    run_id = preview(place, csv(NEW))
    apply(place, run_id)
    with place.session() as session:
        wanted = select(ImportRow).where(ImportRow.run_id == run_id).order_by(ImportRow.row)
        rows = session.execute(wanted).scalars().all()
        kept = repr([vars(row) for row in rows])
        assert NEW[1] not in kept
        assert NEW[2] not in kept
        assert open_note(key_ring(), rows[1].id, rows[1].sealed or b"")["given"]["id_number"] == NEW[1]
