"""Rosters and bank files: full numbers for those who need them, recorded, the same bytes each time; and read back."""

import io
import zipfile

import pytest
from sqlalchemy import select
from xlsxwriter import Workbook

from concierge.basics.errors import Invalid, Refusal
from concierge.documents.bank_results import read_results
from concierge.documents.roster import bank_csv, bank_xlsx, guarded, roster_xlsx
from concierge.documents.tables import read_table
from concierge.engine.tables import AuditEntry
from concierge.rules.roles import Role
from concierge.services.rosters import Roster, export_bank_file, export_roster
from tests.office import EXPERT, actor, key_ring
from tests.paying import ACCOUNT_NUMBERS, CHECKER, MAKER, NOW, PAYER, TO_THE_BANK, Paying

YUAN = 100


def ready(paying: Paying) -> int:
    """A batch that passed the fiscal review."""
    batch = paying.batch(60_000 * YUAN, 3_000_50)
    for step, role, data in TO_THE_BANK[:-1]:
        paying.batch_step(batch, step, role, data)
    return batch


def bank_file(paying: Paying, batch: int, who: Role = PAYER) -> Roster:
    with paying.session() as session:
        return export_bank_file(session, actor=actor(who), now=NOW, keys=key_ring(), batch_id=batch)


def test_the_bank_file_carries_full_accounts_and_exact_amounts(paying_here: Paying) -> None:
    roster = bank_file(paying_here, ready(paying_here))
    rows = read_table("a.xlsx", bank_xlsx(roster))
    assert rows[1][1:4] == [ACCOUNT_NUMBERS[EXPERT], "沈知远", 60_000]
    assert rows[2][3] == 3000.5
    assert isinstance(rows[1][1], str)


def test_the_same_batch_gives_the_same_bytes(paying_here: Paying) -> None:
    batch = ready(paying_here)
    assert bank_xlsx(bank_file(paying_here, batch)) == bank_xlsx(bank_file(paying_here, batch))
    assert bank_csv(bank_file(paying_here, batch)) == bank_csv(bank_file(paying_here, batch))


def test_only_the_payer_makes_the_bank_file_and_only_after_the_fiscal_review(paying_here: Paying) -> None:
    batch = paying_here.batch(100)
    with pytest.raises(Refusal, match="not_reviewed"):
        bank_file(paying_here, batch)
    for who in (MAKER, CHECKER):
        with pytest.raises(Refusal, match="not_your_role"):
            bank_file(paying_here, batch, who)


def test_every_export_is_recorded_for_the_person_it_shows(paying_here: Paying) -> None:
    bank_file(paying_here, ready(paying_here))
    with paying_here.session() as session:
        kept = session.execute(
            select(AuditEntry.act, AuditEntry.person_id).where(AuditEntry.act == "export-bank-file")
        ).all()
    assert ("export-bank-file", EXPERT) in [tuple(row) for row in kept]


def test_the_roster_has_the_columns_total_and_words(paying_here: Paying) -> None:
    batch = ready(paying_here)
    with paying_here.session() as session:
        roster = export_roster(session, actor=actor(CHECKER), now=NOW, keys=key_ring(), batch_id=batch)
    rows = read_table("a.xlsx", roster_xlsx(roster))
    text = [[str(cell) for cell in row if cell is not None] for row in rows]
    assert len(rows[2]) == 21
    assert any("陆万叁仟元伍角" in cell for row in text for cell in row)
    assert any("999901198503140216" in row for row in text)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"


HEAD = "序号,账号,户名,金额,明细编号,结果,失败码,失败原因,交易日期,流水号\n"


def a_file(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode("gb18030")


def test_a_result_file_is_read_whatever_its_encoding() -> None:
    [line] = read_results("回单.csv", a_file("1,9999990000000000014,沈知远,60000.00,BF-1,成功,,,20261124,S1"))
    assert (line.line, line.number, line.amount_fen, line.outcome) == (1, "BF-1", 6_000_000, "success")
    assert (line.last4, str(line.paid_on), line.serial, line.wrong) == ("0014", "2026-11-24", "S1", ())


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_result_file_is_read_whatever_stands_around_its_table(mark: str) -> None:
    """A title, empty lines, columns in another order, spaces within headings and around values, an empty column."""
    rows = (
        "",
        "望川农商行批量代发回单",
        "",
        " 结 果 , 金额 (元) ,, 明细编号 ,序 号",
        "",
        " 成功 , 60000.00 ,, BF-1 , 1 ",
        ",,,,",
        "合计,60000",
    )
    content = "\r\n".join(rows).replace(",", mark).encode("utf-8-sig")
    [line] = read_results("回单.CSV", content)
    assert (line.line, line.number, line.amount_fen, line.outcome) == (1, "BF-1", 6_000_000, "success")
    assert (line.row, line.cell, line.wrong) == (6, "B6", ())


def test_a_bounce_is_recognised_by_the_banks_words() -> None:
    [line] = read_results("a.csv", a_file("1,1,沈知远,1,BF-1,失败,E1,收款人户名不符,,"))
    assert (line.outcome, line.code, line.reason) == ("bounced", "name_differs", "收款人户名不符")


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ("1,1,沈知远,一万,BF-1,成功,,,,", "D2"),
        ("1,1,沈知远,1,BF-1,不详,,,,", "F2"),
        ("1,1,x,1,B,成功,,,2026-02-30,", "I2"),
        ("1,1,x,1,B,成功,,,," + "9" * 101, "J2"),
    ],
)
def test_what_cannot_be_read_names_its_cell(row: str, cell: str) -> None:
    [line] = read_results("a.csv", a_file(row))
    assert [where for where, _text in line.wrong] == [cell]


def test_an_account_or_a_serial_kept_as_a_number_is_refused(paying_here: Paying) -> None:
    out = io.BytesIO()
    book = Workbook(out)
    sheet = book.add_worksheet()
    long = 9999990000000000014
    for at, row in enumerate((HEAD.strip().split(","), [1, long, "沈知远", 1, "B", "成功", "", "", "", long])):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    book.close()
    [line] = read_results("a.xlsx", out.getvalue())
    assert [where for where, _text in line.wrong] == ["B2", "J2"]


@pytest.mark.parametrize("amount", ["1e999", "9e300", "-1", "0.001"])
def test_a_number_that_is_no_sum_of_money_names_its_cell(amount: str) -> None:
    out = io.BytesIO()
    book = Workbook(out)
    sheet = book.add_worksheet()
    for column, name in enumerate(HEAD.strip().split(",")):
        sheet.write(0, column, name)
    sheet.write_row(1, 0, [1, "1", "沈知远", 123456.5, "B", "成功"])
    book.close()
    line = next(iter(read_results("a.xlsx", written_as(out.getvalue(), amount))))
    assert [where for where, _text in line.wrong] == ["D2"]


def written_as(content: bytes, amount: str) -> bytes:
    """The workbook with another number where 123456.5 stands."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"123456.5", amount.encode()))
    return out.getvalue()


def test_a_file_with_the_character_zero_is_no_text() -> None:
    with pytest.raises(Invalid, match="file_encoding"):
        read_results("a.csv", a_file("1,1,沈\x00知远,1,B,成功"))


def test_our_own_bank_file_comes_back_from_the_bank(paying_here: Paying) -> None:
    roster = bank_file(paying_here, ready(paying_here))
    rows = [",".join(map(str, row)) for row in read_table("a.xlsx", bank_xlsx(roster))]
    content = "\n".join([rows[0] + ",结果"] + [row + ",成功" for row in rows[1:]])
    lines = read_results("a.csv", content.encode())
    assert [line.number for line in lines] == [row.number for row in roster.rows]
    assert {line.wrong for line in lines} == {()}


def test_a_file_without_headings_says_what_it_needs() -> None:
    with pytest.raises(Invalid, match="headings_missing"):
        read_results("a.csv", b"1,2,3\n")
