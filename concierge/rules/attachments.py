"""What may be handed in: PDF, photographs, Word and Excel, judged by content, never by name alone (domain §7)."""

import re
import unicodedata
from dataclasses import dataclass

import filetype

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.rules.archives import check_office_archive
from concierge.rules.pictures import clean_picture
from concierge.rules.portable import check_pdf

MOST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 120  # characters, extension included

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_EXTENSIONS = {"jpeg": "jpg", "jpe": "jpg"}
_TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_UNFIT = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class Attachment:
    """A file that may be kept: its name for people, what it really is, how many pages, and its clean bytes."""

    name: str
    media_type: str
    pages: int
    data: bytes


def inspect(name: str, data: bytes, field: str = "file") -> Attachment:
    """What a file is, by its content; its extension must agree.

    Raises Invalid naming `field`: `empty`, `too_large`, `kind_refused`, `extension_differs`, or what is wrong inside.
    """
    if not data:
        raise Invalid.because("empty", _("The file is empty."), field)
    if len(data) > MOST_BYTES:
        text = _("The file is larger than %(mb)s MB; please make it smaller.", mb=MOST_BYTES // 1024 // 1024)
        raise Invalid.because("too_large", text, field)
    kind = _kind(data, field)
    fit = clean_name(name)
    extension = fit.rpartition(".")[2].lower()
    if _EXTENSIONS.get(extension, extension) != kind:
        text = _(
            "The name says .%(name)s but the content is %(kind)s; please choose the right file.",
            name=extension,
            kind=kind,
        )
        raise Invalid.because("extension_differs", text, field)
    pages = check_pdf(data, field) if kind == "pdf" else 1
    clean = clean_picture(data, kind, field) if kind in ("jpg", "png") else data
    return Attachment(fit, MEDIA_TYPES[kind], pages, clean)


def _kind(data: bytes, field: str) -> str:
    if _TEST_VIRUS in data:
        raise Invalid.because("virus", _("The file was refused by the virus check."), field)
    guessed = filetype.guess_extension(data)
    if guessed in ("zip", "docx", "xlsx", "pptx"):
        return check_office_archive(data, field)
    if guessed not in ("pdf", "jpg", "png"):
        raise Invalid.because(
            "kind_refused", _("Please hand in a PDF, JPG, PNG, Word (docx) or Excel (xlsx) file."), field
        )
    return str(guessed)


def clean_name(name: str) -> str:
    """A file name fit to be shown and saved: no path, no control or direction marks, at most 120 characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    stem, dot, extension = _UNFIT.sub("_", shown).strip(" .").rpartition(".")
    if not dot:
        return extension[:LONGEST_NAME] or "file"
    return f"{(stem or 'file')[: LONGEST_NAME - len(extension) - 1]}.{extension[:10]}"
