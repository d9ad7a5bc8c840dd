"""Excel out of the finance lists: all rows of the list as it is shown, with the sums below."""

import pytest

from concierge.documents.roster import column_width
from concierge.documents.tables import read_table
from tests.office import Office, check_page
from tests.paying import CHECKER, PLENTY, Paying

YUAN = 100


@pytest.mark.parametrize("name", ["budget", "batches", "differences", "clawbacks"])
def test_every_list_links_to_its_sheet(bank: tuple[Office, Paying], name: str) -> None:
    office, _paying = bank
    who = office.as_(CHECKER)
    assert f"/finance/{name}.xlsx" in check_page(who.get(f"/finance/{name}"))
    answer = who.get(f"/finance/{name}.xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    assert len(read_table("list.xlsx", answer.data)) >= 2


def test_the_sheet_of_the_budget_adds_up(bank: tuple[Office, Paying]) -> None:
    office, paying = bank
    paying.approved(61_234 * YUAN)
    answer = office.as_(CHECKER).get("/finance/budget.xlsx?year=2026")
    rows = read_table("list.xlsx", answer.data)
    assert rows[0][-3:] == ["占用（元）", "已拨付（元）", "可用（元）"]
    assert rows[-1][-4:] == [2 * PLENTY / 100, 61_234, 0, 2 * PLENTY / 100 - 61_234]


def test_a_column_is_as_wide_as_what_stands_in_it_and_a_chinese_sign_takes_two() -> None:
    assert column_width(["编号", "PC-2026-000019"]) == 16
    assert column_width(["预算指标", "引进人才生活补贴"]) == 18
    assert (column_width(["Year"]), column_width(["句" * 90])) == (10, 40)
