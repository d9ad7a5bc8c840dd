"""Office files are zip archives: what may be inside one, judged from its directory before anything unpacks it."""

import io
import struct
import zipfile
from collections.abc import Sequence

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _

MOST_ENTRIES = 1_000
MOST_UNPACKED = 200 * 1024 * 1024  # bytes
MOST_RATIO = 100  # unpacked bytes for one packed byte, over the whole archive
SMALL = 1024 * 1024  # an archive that unpacks to less than this is harmless whatever its ratio

_MARKS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_INNER = (".zip", ".rar", ".7z", ".gz", ".jar", ".bin", ".exe", ".dll", ".js", ".vbs", ".docm", ".xlsm")
_SYMLINK = 0o120000


def check_office_archive(data: bytes, field: str = "file") -> str:
    """`docx` or `xlsx`, from the archive's own directory.

    Raises Invalid: `damaged`, `too_large_unpacked` (a bomb), or `forbidden_content` for macros, encrypted, nested,
    overlapping or outward-pointing entries, and for any other archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    # NotImplementedError is how zipfile says that a packing method is unknown to it.
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error):
        raise _refused("damaged", _("The file is damaged and cannot be opened."), field) from None
    _check_size(entries, len(data), field)
    if any(_is_forbidden(entry) for entry in entries) or _overlap(entries):
        text = _("The file holds macros, other archives or protected parts, which cannot be accepted.")
        raise _refused("forbidden_content", text, field)
    names = {entry.filename for entry in entries}
    kinds = [kind for kind, mark in _MARKS.items() if mark in names and "[Content_Types].xml" in names]
    if len(kinds) != 1:
        raise _refused("not_office", _("This is not a Word or Excel file (docx, xlsx)."), field)
    return kinds[0]


def _check_size(entries: Sequence[zipfile.ZipInfo], packed: int, field: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    bomb = unpacked > SMALL and unpacked > MOST_RATIO * max(packed, 1)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or bomb:
        raise _refused(
            "too_large_unpacked", _("The file is far larger inside than it looks, so it was refused."), field
        )


def _is_forbidden(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/")
    outward = name.startswith("/") or ":" in name or ".." in name.split("/")
    printed = name.lower().endswith("printersettings1.bin") or "/printersettings/" in name.lower()
    inner = name.lower().endswith(_INNER) and not printed
    encrypted = bool(entry.flag_bits & 0x1)
    return outward or inner or encrypted or (entry.external_attr >> 16) & 0o170000 == _SYMLINK


def _overlap(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether two entries share packed bytes, as archives do that unpack to more than they hold."""
    placed = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    return any(start + size > after for (start, size), (after, _size) in zip(placed, placed[1:], strict=False))


def _refused(code: str, text: Text, field: str) -> Invalid:
    return Invalid.because(code, text, field)
