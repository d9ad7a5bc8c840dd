"""A bank's result file, read into lines: headings are found by their words, every cell that is wrong is named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from concierge.basics.errors import Invalid
from concierge.basics.formats import LARGEST_FEN, parse_date, parse_money
from concierge.basics.text import Text, _
from concierge.documents.tables import Cell, address, read_table
from concierge.rules.bank_words import outcome_of, reason_of
from concierge.rules.sheets import Column
from concierge.services.bank_judging import Error, ResultLine

HEADINGS: dict[str, tuple[str, ...]] = {
    "line": ("序号", "行号序号", "no.", "no"),
    "number": ("明细编号", "发放明细编号", "业务编号", "item number"),
    "account": ("账号", "收款账号", "收款人账号", "account number", "account"),
    "name": ("户名", "收款人户名", "收款人", "账户名称", "account name"),
    "amount": ("金额", "金额（元）", "金额(元)", "交易金额", "amount (yuan)", "amount"),
    "result": ("结果", "处理结果", "交易结果", "状态", "result"),
    "code": ("失败码", "错误码", "返回码", "failure code"),
    "reason": ("失败原因", "错误原因", "退票原因", "备注", "failure reason"),
    "paid_on": ("交易日期", "入账日期", "处理日期", "date of transaction"),
    "serial": ("流水号", "交易流水号", "业务流水号", "serial number"),
}
TEMPLATE = tuple(
    Column(name, HEADINGS[name][0], label, example=example)
    for name, label, example in (
        ("line", _("No."), "1"),
        ("number", _("Item number"), "BF20260001"),
        ("account", _("Account number"), "9999990000000000014"),
        ("name", _("Account name"), "沈知远"),
        ("amount", _("Amount (yuan)"), "60000.00"),
        ("result", _("Result"), "成功"),
        ("code", _("Failure code"), ""),
        ("reason", _("Failure reason"), ""),
        ("paid_on", _("Date of transaction"), "2026-11-23"),
        ("serial", _("Serial number"), "S0001"),
    )
)
"""The columns of an empty file; of the first two one is enough, and amount and result must be there."""
NEEDED = ("amount", "result")
SEARCHED = 20  # rows in which the headings are looked for
LONGEST_SERIAL = 100


@dataclass(frozen=True)
class _Sheet:
    """The table with where each column stands."""

    rows: list[list[Cell]]
    head: int
    columns: dict[str, int]


def read_results(file_name: str, content: bytes) -> list[ResultLine]:
    """The lines of a result file (xlsx, xls, csv). Raises Invalid when no headings are found or nothing follows."""
    rows = read_table(file_name, content)
    sheet = _find_head(rows)
    lines = [
        _line(sheet, at)
        for at in range(sheet.head + 1, len(rows))
        if any(cell is not None for cell in rows[at]) and not _is_total(rows[at])
    ]
    if not lines:
        raise Invalid.because("file_empty", _("The file is empty"), "file")
    return lines


def _find_head(rows: Sequence[Sequence[Cell]]) -> _Sheet:
    for at, row in enumerate(rows[:SEARCHED]):
        words = {_bare(cell): column for column, cell in enumerate(row) if isinstance(cell, str)}
        found = {
            name: words[_bare(spelling)]
            for name, spellings in HEADINGS.items()
            for spelling in spellings[::-1]
            if _bare(spelling) in words
        }
        if all(name in found for name in NEEDED) and ("line" in found or "number" in found):
            return _Sheet([list(r) for r in rows], at, found)
    text = _("No headings were found; a result file has at least: number or item number, amount, result")
    raise Invalid.because("headings_missing", text, "file")


def _bare(heading: str) -> str:
    """A heading without its spaces: "户 名" is "户名"."""
    return "".join(heading.split()).lower()


def _is_total(row: Sequence[Cell]) -> bool:
    first = next((cell for cell in row if cell is not None), None)
    return isinstance(first, str) and first.startswith(("合计", "总计", "Total"))


def _line(sheet: _Sheet, at: int) -> ResultLine:
    wrong: list[Error] = []

    def cell(name: str) -> tuple[Cell, str]:
        column = sheet.columns.get(name)
        row = sheet.rows[at]
        value = row[column] if column is not None and column < len(row) else None
        return value, address(at, column or 0)

    account, where = cell("account")
    if isinstance(account, int | float):
        wrong.append((where, _("The account is kept as a number and has lost digits; format the column as text")))
    amount = _amount(*cell("amount"), wrong)
    word, place = cell("result")
    outcome = outcome_of(str(word or ""))
    if outcome is None:
        wrong.append((place, _("The result is neither success nor failure")))
    paid_on, (serial, there) = cell("paid_on"), cell("serial")
    if isinstance(serial, float):
        wrong.append((there, _("The serial number is kept as a number and has lost digits; format the column as text")))
    elif len(str(serial or "")) > LONGEST_SERIAL:
        wrong.append((there, _("A serial number has at most %(most)s characters", most=LONGEST_SERIAL)))
    reason = str(cell("reason")[0] or "")
    return ResultLine(
        row=at + 1,
        cell=address(at, sheet.columns["amount"]),
        line=_number(cell("line")[0]),
        number=str(cell("number")[0] or "").strip(),
        name=str(cell("name")[0] or "").strip(),
        last4=account.strip()[-4:] if isinstance(account, str) else "",
        amount_fen=amount,
        outcome=outcome,
        code=reason_of(reason).code if outcome == "bounced" else str(cell("code")[0] or ""),
        reason=reason if outcome in ("bounced", "reversed") else "",
        paid_on=_day(*paid_on, wrong),
        paid_cell=paid_on[1],
        serial=str(serial or "").strip(),
        wrong=tuple(wrong),
    )


def _amount(value: Cell, where: str, wrong: list[Error]) -> int | None:
    """Fen; a sheet's number is read by its shortest decimal form, never by binary arithmetic."""
    try:
        if isinstance(value, str):
            return parse_money(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            fen = Decimal(repr(value)).scaleb(2)
            if fen == fen.to_integral_value() and 0 <= fen <= LARGEST_FEN:
                return int(fen)
    except Invalid as refused:
        wrong.append((where, refused.reasons[0].text))
        return None
    wrong.append((where, _NO_AMOUNT))
    return None


_NO_AMOUNT: Text = _("Write the amount like 1,234.50, with at most two decimals")


def _number(value: Cell) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _day(value: Cell, where: str, wrong: list[Error]) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    if re.fullmatch("[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if not text:
        return None
    try:
        return parse_date(text)
    except Invalid as refused:
        wrong.append((where, refused.reasons[0].text))
        return None
