"""Photographs people hand in: their size in pixels, and a copy without what the camera wrote about place and owner."""

import struct
import zlib

from concierge.basics.errors import Invalid
from concierge.basics.text import _

MOST_PIXELS = 64_000_000
LONGEST_SIDE = 16_000

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_ORIENTATION = 0x0112


class _Damaged(Exception):
    pass


def clean_picture(data: bytes, kind: str, field: str = "file") -> bytes:
    """The same picture without place, owner, comments and anything behind its end; `kind` is `jpg` or `png`.

    Which side is up is kept. Raises Invalid: `damaged`, or `too_many_pixels` (a pixel flood).
    """
    try:
        (width, height), clean = _clean_jpeg(data) if kind == "jpg" else _clean_png(data)
    except (_Damaged, struct.error, IndexError):
        raise Invalid.because("damaged", _("The file is damaged and cannot be opened."), field) from None
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        text = _("The picture has %(w)s × %(h)s points; please take it smaller.", w=width, h=height)
        raise Invalid.because("too_many_pixels", text, field)
    return clean


def _clean_png(data: bytes) -> tuple[tuple[int, int], bytes]:
    if not data.startswith(_PNG):
        raise _Damaged
    kept, at, size = [_PNG], len(_PNG), (0, 0)
    while True:
        (length,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise _Damaged
        if name == b"IHDR":
            size = struct.unpack_from(">II", data, at + 8)
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        if name == b"IEND":
            break
        at = end
    if not all(size):
        raise _Damaged
    return size, b"".join(kept)


def _clean_jpeg(data: bytes) -> tuple[tuple[int, int], bytes]:
    if not data.startswith(b"\xff\xd8\xff"):
        raise _Damaged
    kept, at, size = [b"\xff\xd8"], 2, (0, 0)
    while True:
        at = _marker(data, at)
        code = data[at + 1]
        if code == 0xD9:
            break
        end = at + 2 + (0 if code in _BARE else struct.unpack_from(">H", data, at + 2)[0])
        if end > len(data):
            raise _Damaged
        if code in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        if code == 0xDA:
            end = _scan_end(data, end)
        kept.append(_kept_segment(data[at:end], code))
        at = end
    if not all(size):
        raise _Damaged
    return size, b"".join([*kept, b"\xff\xd9"])


def _marker(data: bytes, at: int) -> int:
    """Where the next marker's last 0xFF stands; padding before it is allowed."""
    if data[at] != 0xFF:
        raise _Damaged
    while data[at + 1] == 0xFF:
        at += 1
    return at


def _scan_end(data: bytes, at: int) -> int:
    """Where coded pixels end: at the first marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _Damaged
        if data[at + 1] != 0x00 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1 if data[at + 1] == 0xFF else 2


def _kept_segment(segment: bytes, code: int) -> bytes:
    """What is kept of a segment: of the camera's notes (APP1) only which side is up, no comments, no foreign APPn."""
    if code == 0xE1:
        return _upright(segment)
    colour = code == 0xE2 and segment[4:16] == b"ICC_PROFILE\0"
    if code == 0xFE or (0xE0 <= code <= 0xEF and code not in (0xE0, 0xEE) and not colour):
        return b""
    return segment


def _upright(segment: bytes) -> bytes:
    """A camera note that says nothing but the orientation (1 to 8); nothing at all if there is none."""
    side = _orientation(segment[10:]) if segment[4:10] == b"Exif\0\0" else None
    if side is None:
        return b""
    note = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, side, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note


def _orientation(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for at in range(start + 2, start + 2 + 12 * min(count, 100), 12):
            tag, kind, _count, side = struct.unpack_from(order + "HHIH", tiff, at)
            if tag == _ORIENTATION and kind == 3 and 1 <= side <= 8:
                return int(side)
    except struct.error:
        return None
    return None
