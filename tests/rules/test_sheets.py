"""Rows of a table: which column is which, and which cell is wrong."""

from datetime import date, datetime

import pytest

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.rules.sheets import UNREAD, Column, address, read_rows

NAME = Column("name", "姓名", _("Name"), ("名字",), needed=True)
NUMBER = Column("id_number", "身份证号", _("ID number"), is_number=True)
SINCE = Column("since", "入职日期", _("Date"))
COLUMNS = (NAME, NUMBER, SINCE)


def read(*rows):
    return list(read_rows(COLUMNS, rows))


@pytest.mark.parametrize(("place", "cell"), [((0, 0), "A1"), ((4, 2), "C5"), ((0, 25), "Z1"), ((9, 26), "AA10")])
def test_a_cell_is_named_as_spreadsheets_name_it(place, cell):
    assert address(*place) == cell


@pytest.mark.parametrize("header", ["姓名", "姓名（必填）", " 名字 :", "Name", "name*"])
def test_a_column_is_known_by_each_of_its_names(header):
    assert NAME.means(header)
    assert not SINCE.means(header)


def test_titles_may_stand_above_the_headers_and_empty_rows_between():
    rows = read(["望川区专家花名册"], [None, "名字", "身份证号"], [1, "张三", "x"], [None, "", None], [2, "李四"])
    assert [row.given for row in rows] == [{"name": "张三", "id_number": "x"}, {"name": "李四"}]
    assert [row.places["name"] for row in rows] == ["B3", "B5"]


def test_a_column_that_is_needed_is_asked_for_by_its_header():
    with pytest.raises(Invalid, match="column_missing") as refused:
        read(["身份证号"], ["x"])
    assert "姓名" in str(refused.value.reasons[0].text)


def test_the_same_header_twice_counts_once():
    [row] = read(["姓名", "姓名"], ["张三", "李四"])
    assert row.given == {"name": "张三"}


@pytest.mark.parametrize("cell", [123456789012345678, 1.5e17, "1.23457E+17", 7])
def test_a_number_that_may_have_lost_its_digits_is_refused_with_its_cell(cell):
    [row] = read(["姓名", "身份证号"], ["张三", cell])
    assert [(wrong.cell, wrong.reason.code) for wrong in row.wrong] == [("B2", UNREAD)]
    assert "id_number" not in row.given


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (datetime(2026, 3, 1, 8, 30), "2026-03-01"),
        (date(2026, 3, 1), "2026-03-01"),
        (True, "yes"),
        (False, "no"),
        (20260301.0, "20260301"),
        (1.5, "1.5"),
        ("  三月 ", "三月"),
    ],
)
def test_a_cell_is_written_as_a_person_would_type_it(cell, written):
    [row] = read(["姓名", "入职日期"], ["张三", cell])
    assert row.given["since"] == written


def test_what_is_wrong_with_a_whole_row_stands_beside_its_first_cell():
    [row] = read(["姓名"], ["张三"])
    row.refuse(Reason("known", _("Name")))
    row.refuse(Reason("odd", _("Name"), "name"))
    assert [wrong.cell for wrong in row.wrong] == ["A2", "A2"]
