"""PDF files people hand in: how many pages, and nothing in them that runs or hides."""

import re
import zlib

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _

MOST_PAGES = 200
MOST_UNPACKED = 32 * 1024 * 1024  # bytes of object streams looked through

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|RichMedia)(?![A-Za-z])")


def check_pdf(data: bytes, field: str = "file") -> int:
    """The number of pages (at least 1).

    Raises Invalid: `damaged`, `protected` (needs a password), `active_content` (scripts, programs to start), or
    `too_many_pages`. Compressed object streams are looked through as well.
    """
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise _refused("damaged", _("The file is damaged and cannot be opened."), field)
    words = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), _STREAM.sub(b"", data) + _hidden_objects(data))
    if _ENCRYPTED.search(words):
        raise _refused("protected", _("The file needs a password; please save it without one."), field)
    if _ACTIVE.search(words):
        text = _("The file holds scripts or programs, which cannot be accepted; please print it to a new PDF.")
        raise _refused("active_content", text, field)
    pages = max(len(_PAGE.findall(words)), 1)
    if pages > MOST_PAGES:
        text = _("The file has %(n)s pages; at most %(most)s are accepted.", n=pages, most=MOST_PAGES)
        raise _refused("too_many_pages", text, field)
    return pages


def _hidden_objects(data: bytes) -> bytes:
    """The objects kept in compressed streams, up to a limit."""
    found, left = [], MOST_UNPACKED
    for stream in _STREAM.finditer(data):
        described = data[max(stream.start() - 400, 0) : stream.start()].rpartition(b"obj")[2]
        if b"/ObjStm" not in described:
            continue
        try:
            inner = zlib.decompressobj().decompress(stream[1], left)
        except zlib.error:
            continue
        found.append(inner)
        left -= len(inner)
        if left <= 0:
            break
    return b"\n".join(found)


def _refused(code: str, text: Text, field: str) -> Invalid:
    return Invalid.because(code, text, field)
