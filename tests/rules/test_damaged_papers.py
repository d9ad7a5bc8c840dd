"""Files that are broken or made to break us: refused in words, never an error of ours."""

import struct
import zlib

import pytest

from concierge.basics.errors import Invalid
from concierge.rules import portable
from concierge.rules.pictures import clean_picture
from concierge.rules.portable import check_pdf
from tests.papers import a_jpeg, a_pdf, a_png

JPEG, PNG = a_jpeg(), a_png()


def swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    """The file with some of its bytes changed; AssertionError when they are not there."""
    assert old in data
    return data.replace(old, new, 1)


def noted(note: bytes) -> bytes:
    """A photograph whose camera wrote this note."""
    segment = b"Exif\0\0" + note
    return swapped(JPEG, b"\xff\xdb", b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + b"\xff\xdb")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("png", JPEG),
        ("jpg", PNG),
        ("png", swapped(PNG, b"IHDR\x00\x00\x00\x04", b"IHDR\x00\x00\x00\x05")),  # its checksum no longer fits
        ("png", a_png(0, 3)),
        ("jpg", a_jpeg(0, 3)),
        ("jpg", swapped(JPEG, b"\xff\xdb", b"\x00\xdb")),  # no marker where one must be
        ("jpg", swapped(JPEG, b"\xff\xd9", b"")),
        ("jpg", swapped(JPEG, b"\xff\xc0", b"\xff\xfe")),  # no frame, so no size
    ],
)
def test_a_broken_picture_is_called_damaged(kind: str, data: bytes) -> None:
    with pytest.raises(Invalid, match="damaged"):
        clean_picture(data, kind)


def test_padding_between_the_parts_of_a_photograph_is_no_damage() -> None:
    padded = swapped(JPEG, b"\xff\xdb", b"\xff\xff\xff\xdb")
    assert clean_picture(padded, "jpg") == clean_picture(JPEG, "jpg")
    bare = swapped(JPEG, b"\xff\xdb", b"\xff\x01\xff\xdb")
    assert clean_picture(bare, "jpg") == bare
    filled = swapped(JPEG, b"\x56\xff\xd9", b"\x56\xff\xff\xd9")
    assert clean_picture(filled, "jpg").endswith(b"\xff\xd9")


def test_a_comment_and_notes_of_foreign_programs_are_left_out_but_the_colours_stay() -> None:
    comment = b"\xff\xfe\x00\x07Hello"
    foreign = b"\xff\xed\x00\x07Photo"
    colours = b"\xff\xe2\x00\x10ICC_PROFILE\0\1\1"
    clean = clean_picture(swapped(JPEG, b"\xff\xdb", comment + foreign + colours + b"\xff\xdb"), "jpg")
    assert clean == swapped(JPEG, b"\xff\xdb", colours + b"\xff\xdb")


@pytest.mark.parametrize(
    "note",
    [
        b"XX*\0" + bytes(20),  # no byte order
        b"II*\0\x08",  # cut short
        b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x010F, 2, 4, 0, 0, 0),  # a maker, but no orientation
        b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 9, 0, 0),  # a side that no photograph has
    ],
)
def test_a_camera_note_that_says_nothing_of_the_upper_side_is_dropped_whole(note: bytes) -> None:
    assert clean_picture(noted(note), "jpg") == clean_picture(JPEG, "jpg")


def test_a_note_of_another_kind_under_the_cameras_mark_is_dropped() -> None:
    place = b"http://ns.adobe.com/xap/1.0/\0GPS"
    other = b"\xff\xe1" + struct.pack(">H", len(place) + 2) + place
    assert clean_picture(swapped(JPEG, b"\xff\xdb", other + b"\xff\xdb"), "jpg") == clean_picture(JPEG, "jpg")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 but no end", a_pdf()[1:]])
def test_a_pdf_without_its_beginning_or_end_is_called_damaged(data: bytes) -> None:
    with pytest.raises(Invalid, match="damaged"):
        check_pdf(data)


def stream(packed: bytes) -> bytes:
    """Objects kept in a compressed stream."""
    return b"7 0 obj <</Type/ObjStm>> stream\n" + packed + b"\nendstream endobj\n"


def test_a_stream_that_cannot_be_unpacked_is_passed_over_and_the_next_one_read() -> None:
    pages = zlib.compress(b"<</Type/Page>> <</Type/Page>>")
    assert check_pdf(a_pdf(stream(b"no zlib at all") + stream(pages))) == 2


def test_no_more_is_unpacked_than_we_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "MOST_UNPACKED", 14)
    one_page = zlib.compress(b"<</Type/Page>>")
    assert check_pdf(a_pdf(b"<</Type/Pages>>" + stream(one_page) + stream(one_page))) == 1
