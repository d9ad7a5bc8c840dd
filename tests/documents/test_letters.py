"""Letters as files: the same bytes each time, a template in a sandbox, a package that opens without the system."""

import hashlib
import io
import json
import zipfile
from datetime import date

import pytest
from docx import Document

from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual, Text, speaking
from concierge.documents.letters import letter_docx, letter_pdf, plain_template
from concierge.documents.package import HASHES, case_package
from concierge.queries.letters import Letter

NAME = Bilingual("区委组织部（人才办）", "Talent office")
LETTER = Letter(
    id=1, case_id=2, kind="rejection", title=Text("Decision of rejection"), number="BP-2026-000001",
    at=date(2026, 11, 23), answer_by=date(2026, 12, 4), person="龘<靐>&", district=NAME, office=NAME,
    case_number="SL-2026-000001", case_title=Bilingual("安家补贴", "Settlement Allowance"), lead="",
    points=(Bilingual("学历证书", "Degree"),), lines=((Text("Reason"), "合同不足60个月 <60 & 24>"),), closing=NAME,
    handler="王一", address=Bilingual("人民路 9 号", "9 Renmin Road"), hotline="0999-12345",
)  # fmt: skip


def words_of(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


def docx(*paragraphs: str) -> bytes:
    paper, out = Document(), io.BytesIO()
    for text in paragraphs:
        paper.add_paragraph(text)
    paper.save(out)
    return out.getvalue()


def test_the_same_letter_is_the_same_pdf_whoever_reads_it() -> None:
    first = letter_pdf(LETTER)
    with speaking("en"):
        assert letter_pdf(LETTER) == first
    assert first.startswith(b"%PDF-")
    assert len(first) < 200_000  # only the signs used are embedded


def test_our_own_template_says_everything_and_keeps_what_people_typed() -> None:
    with speaking("zh_CN"):
        words = words_of(letter_docx(LETTER, None))
    for said in (
        "BP-2026-000001",
        "龘<靐>&",
        "1. 学历证书",
        "合同不足60个月 <60 & 24>",
        "事项：安家补贴 SL-2026-000001",
        "（盖章处）",
        "经办人：王一",
        "人民路 9 号",
        "0999-12345",
    ):
        assert said in words
    assert "{" not in words


def test_our_own_template_is_a4_and_names_a_font_for_chinese() -> None:
    paper = Document(io.BytesIO(plain_template()))
    assert (round(paper.sections[0].page_width.mm), round(paper.sections[0].page_height.mm)) == (210, 297)
    assert 'w:eastAsia="仿宋_GB2312"' in paper.styles["Normal"].element.xml


def test_a_district_writes_with_its_own_template() -> None:
    assert words_of(letter_docx(LETTER, docx("望川区人才办 {{ number }}"))) == "望川区人才办 BP-2026-000001"


@pytest.mark.parametrize(
    "text", ["{{ number", "{% for x %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 1 / 0 }}"]
)
def test_a_template_that_fails_or_reaches_out_of_its_sandbox_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="template_fails"):
        letter_docx(LETTER, docx(text))


def test_our_own_template_can_be_taken_home_and_put_back() -> None:
    assert words_of(letter_docx(LETTER, plain_template())) == words_of(letter_docx(LETTER, None))


def test_a_package_carries_the_hash_of_each_of_its_files() -> None:
    data = case_package({"index.html": b"<p>x</p>", "letters/a.pdf": b"%PDF"}, {"number": "SL-1"}, date(2026, 11, 23))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sums = dict(reversed(line.split("  ")) for line in archive.read(HASHES).decode().splitlines())
        assert set(sums) == {"index.html", "letters/a.pdf", "metadata.json"}
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in sums.items())
        assert json.loads(archive.read("metadata.json")) == {"number": "SL-1"}
