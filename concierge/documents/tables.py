"""Tables that officers send (domain §6.4): xlsx, xls, ods and csv, read into plain cells that keep their type.

A number stays a number and a text stays a text, because an ID number kept as a number has already lost its digits.
"""

import csv
import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _
from concierge.rules.sheets import Cell, address

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".et")
TEXTS = (".csv", ".txt")
__all__ = ["Cell", "address", "read_table"]
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_UNPACKED = 300 * 1024 * 1024  # bytes: a small file that unpacks to more is no roster


def read_table(file_name: str, content: bytes) -> list[list[Cell]]:
    """The cells of a file's first sheet; row 0 is its first row, empty cells are None, dates are dates.

    Raises Invalid (field "file") for a file that cannot be read, is too large, or is empty.
    """
    ending = file_name[file_name.rfind(".") :].lower() if "." in file_name else ""
    if not content:
        raise _wrong("file_empty", _("The file is empty"))
    if ending in TEXTS:
        rows = _read_text(content)
    elif ending in SHEETS:
        rows = _read_sheet(content)
    else:
        raise _wrong("file_kind", _("Choose an Excel file (xlsx, xls) or a text table (csv)"))
    if len(rows) > MOST_ROWS:
        raise _wrong("file_rows", _("The table has more than %(most)s rows; split it", most=MOST_ROWS))
    return rows


def _read_text(content: bytes) -> list[list[Cell]]:
    text = _decoded(content)
    # A title or an empty line may stand before the headings, so more than the first line is looked at.
    mark = max(",\t;", key=text[:4096].count)
    try:
        rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)]
    except csv.Error:
        raise _wrong("file_damaged", _("The file cannot be read; save it again as xlsx")) from None
    return [[_typed(value) for value in row[:MOST_COLUMNS]] for row in rows]


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, otherwise GB 18030, which every office program writes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _wrong("file_encoding", _("The characters of the file cannot be read; save it as UTF-8 or xlsx"))


def _typed(value: str) -> Cell:
    # Spreadsheets keep long numbers as text in csv by a leading quote, a tab or ="...".
    bare = value.strip().removeprefix("'")
    if bare.startswith('="') and bare.endswith('"'):
        bare = bare[2:-1]
    return bare or None


def _read_sheet(content: bytes) -> list[list[Cell]]:
    # Loaded on first use: most processes never read a spreadsheet.
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            raise _wrong("file_empty", _("The file is empty"))
        sheet = book.get_sheet_by_index(0)
        raw = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 1)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError):
        raise _wrong("file_damaged", _("The file cannot be read; save it again as xlsx")) from None
    return [[_cell(value) for value in row[:MOST_COLUMNS]] for row in raw]


def _check_size(content: bytes) -> None:
    """Refuse a packed file that would fill the memory."""
    if content[:2] != b"PK":
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        raise _wrong("file_damaged", _("The file cannot be read; save it again as xlsx")) from None
    if size > MOST_UNPACKED:
        raise _wrong("file_large", _("The file is too large"))


def _cell(value: Any) -> Cell:
    match value:
        case str():
            return value.replace("\x00", "").strip() or None
        case bool() | int() | datetime() | date():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) < 10**15 else value
        case time() | timedelta():
            return str(value)
        case _:
            return None


def _wrong(code: str, text: Text) -> Invalid:
    return Invalid.because(code, text, "file")
