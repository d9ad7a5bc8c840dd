"""What may be handed in: the content decides, the name must agree, and nothing dangerous or private stays inside."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from concierge.basics.errors import Invalid
from concierge.rules.archives import check_office_archive
from concierge.rules.attachments import MOST_BYTES, clean_name, inspect
from concierge.rules.pictures import clean_picture
from concierge.rules.portable import check_pdf
from tests.papers import a_docx, a_jpeg, a_pdf, a_png, an_archive

PLACE = b"GPS 39.9042 N 116.4074 E"


def code(error: pytest.ExceptionInfo[Invalid]) -> str:
    return error.value.reasons[0].code


@pytest.mark.parametrize(
    ("name", "data", "media"),
    [
        ("劳动合同.pdf", a_pdf(), "application/pdf"),
        ("photo.JPEG", a_jpeg(), "image/jpeg"),
        ("scan.png", a_png(), "image/png"),
        ("表.docx", a_docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_the_five_kinds_people_hand_in_are_known_by_their_content(name: str, data: bytes, media: str) -> None:
    assert inspect(name, data).media_type == media


def test_a_real_excel_file_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, "姓名")
    assert inspect("花名册.xlsx", path.read_bytes()).media_type.endswith("spreadsheetml.sheet")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"<html><script>alert(1)</script></html>", "kind_refused"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind_refused"),
        ("a.png", a_jpeg(), "extension_differs"),
        ("a.pdf.exe", a_pdf(), "extension_differs"),
        ("a.gif", b"GIF89a" + bytes(100), "kind_refused"),
        ("a.pdf", a_pdf() + bytes(MOST_BYTES), "too_large"),
        ("a.pdf", a_pdf(b"(X5O!P EICAR-STANDARD-ANTIVIRUS-TEST-FILE!)"), "virus"),
        ("a.xlsx", an_archive({"hello.txt": b"x"}), "not_office"),
    ],
)
def test_what_lies_about_its_kind_is_refused(name: str, data: bytes, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        inspect(name, data)
    assert code(refused) == why
    assert refused.value.reasons[0].field == "file"


def test_a_pdf_tells_its_pages_also_from_compressed_objects() -> None:
    assert check_pdf(a_pdf(b"<</Type /Page>> <</Type/Page>> <</Type /Pages>>")) == 2
    hidden = zlib.compress(b"<</Type/Page>> <</Type/Page>> <</Type/Page>>")
    assert check_pdf(a_pdf(b"7 0 obj <</Type/ObjStm/N 3>> stream\n" + hidden + b"\nendstream endobj")) == 3


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        (b"<</Encrypt 5 0 R>>", "protected"),
        (b"<</OpenAction <</S /JavaScript /JS (app.alert(1))>> >>", "active_content"),
        (b"<</S /J#61vaScript>>", "active_content"),
        (b"<</S /Launch /F (cmd.exe)>>", "active_content"),
        (b"<</Type /Page>>" * 201, "too_many_pages"),
        (
            b"7 0 obj <</Type/ObjStm>> stream\n" + zlib.compress(b"<</S /JavaScript>>") + b"\nendstream",
            "active_content",
        ),
    ],
)
def test_a_pdf_that_runs_hides_or_never_ends_is_refused(inside: bytes, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pdf(a_pdf(inside))
    assert code(refused) == why


def test_letters_in_packed_pictures_are_no_scripts() -> None:
    assert check_pdf(a_pdf(b"9 0 obj <</Subtype/Image>> stream\n\x00/JS \x01/JavaScript \nendstream endobj")) == 1


def test_a_photograph_loses_its_place_and_keeps_its_upper_side() -> None:
    photo = a_jpeg(orientation=6, secret=PLACE)
    clean = clean_picture(photo, "jpg")
    assert PLACE in photo
    assert PLACE not in clean
    assert b"Exif\0\0MM" in clean
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in clean
    assert clean_picture(clean, "jpg") == clean


def test_what_hangs_behind_the_end_of_a_picture_is_cut_off() -> None:
    for data, kind in ((a_jpeg(), "jpg"), (a_png(), "png")):
        assert clean_picture(data + an_archive({"x": b"evil"}), kind) == clean_picture(data, kind)


def test_a_drawing_loses_its_comments() -> None:
    drawing = a_png(extra=[(b"tEXt", b"Author\0somebody"), (b"eXIf", PLACE)])
    assert PLACE not in clean_picture(drawing, "png")
    assert b"somebody" not in clean_picture(drawing, "png")


@pytest.mark.parametrize(("kind", "data"), [("png", a_png(20_000, 20_000)), ("jpg", a_jpeg(20_000, 20_000))])
def test_a_flood_of_pixels_is_refused(kind: str, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        clean_picture(data, kind)
    assert code(refused) == "too_many_pixels"


@pytest.mark.parametrize(("kind", "data"), [("png", a_png()), ("jpg", a_jpeg())])
def test_a_picture_cut_short_anywhere_is_refused_and_never_breaks_us(kind: str, data: bytes) -> None:
    for end in range(len(data) - 1):
        with pytest.raises(Invalid):
            clean_picture(data[:end], kind)


def test_a_bomb_is_refused_from_its_directory_alone() -> None:
    bomb = an_archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/big.xml": bytes(30_000_000)})
    with pytest.raises(Invalid) as refused:
        check_office_archive(bomb)
    assert code(refused) == "too_large_unpacked"
    many = an_archive({f"xl/{n}.xml": b"" for n in range(1_001)})
    with pytest.raises(Invalid) as refused:
        check_office_archive(many)
    assert code(refused) == "too_large_unpacked"


@pytest.mark.parametrize("inner", ["../../etc/passwd", "/etc/passwd", "C:/x", "xl/vbaProject.bin", "word/more.zip"])
def test_an_archive_that_reaches_out_or_runs_is_refused(inner: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_office_archive(an_archive({"[Content_Types].xml": b"", "xl/workbook.xml": b"", inner: b"x"}))
    assert code(refused) == "forbidden_content"


def test_a_link_inside_an_archive_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("xl/workbook.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Invalid) as refused:
        check_office_archive(data.getvalue())
    assert code(refused) == "forbidden_content"


@pytest.mark.parametrize("cut", [10, 60, 120])
def test_a_damaged_archive_is_refused(cut: int) -> None:
    with pytest.raises(Invalid) as refused:
        check_office_archive(a_docx()[:-cut])
    assert code(refused) == "damaged"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\fake\\合同.pdf", "合同.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\x00b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        (".pdf", "pdf"),
        ("", "file"),
        ("好" * 300 + ".pdf", "好" * 116 + ".pdf"),
    ],
)
def test_a_file_name_is_made_fit_to_show_and_save(typed: str, shown: str) -> None:
    assert clean_name(typed) == shown
