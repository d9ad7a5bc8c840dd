"""Files that people hand in, made by hand: small, valid where it matters, with room for something bad inside."""

import io
import secrets
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence


class Drawer:
    """A storage that forgets everything with the test."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep the bytes."""
        key = secrets.token_hex(16)
        self.files[key] = data
        return key

    def get(self, key: str) -> bytes:
        """The bytes under a key."""
        return self.files[key]

    def delete(self, key: str) -> None:
        """Forget a key."""
        self.files.pop(key, None)


def a_pdf(inside: bytes = b"<</Type /Page>>") -> bytes:
    """A PDF with these objects inside."""
    return b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n" + inside + b"\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"


def a_png(width: int = 4, height: int = 3, extra: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """A PNG of one colour, with further chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(width) for _row in range(min(height, 9))))
    chunks = [(b"IHDR", header), *extra, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def a_jpeg(width: int = 4, height: int = 3, *, orientation: int | None = None, secret: bytes = b"") -> bytes:
    """The frame of a JPEG, with a camera's note: which side is up, and something the camera knew."""
    parts = [b"\xff\xd8", _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")]
    if orientation is not None:
        note = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0) + secret
        parts.append(_segment(0xE1, b"Exif\0\0" + note))
    parts += [
        _segment(0xDB, b"\0" + bytes(range(1, 65))),
        _segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"),
        _segment(0xC4, b"\0" + bytes(16)),
        _segment(0xDA, b"\1\1\0\0\x3f\0"),
        b"\x12\xff\x00\x34\xff\xd0\x56",
        b"\xff\xd9",
    ]
    return b"".join(parts)


def _segment(code: int, data: bytes) -> bytes:
    return bytes([0xFF, code]) + struct.pack(">H", len(data) + 2) + data


def an_archive(entries: Mapping[str, bytes]) -> bytes:
    """A zip archive with these entries."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


def a_docx() -> bytes:
    """The least that Word opens."""
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return an_archive({"[Content_Types].xml": types, "_rels/.rels": b"<x/>", "word/document.xml": b"<w:document/>"})
