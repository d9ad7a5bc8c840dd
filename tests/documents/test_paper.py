"""Rows are broken as print in Chinese breaks them, and the annual summary lies on A4 as official documents do."""

import io

from docx import Document
from docx.shared import Mm

from concierge.documents.paper import rows_of
from concierge.documents.summary import summary_docx
from concierge.rules.summaries import shipped_text

LONG = "各领域累计下派专家人才844批次1232人次。通过“下派式”服务，开展培训、带教、义诊等活动，远程帮扶17000余次。"


def wide(words: str) -> int:
    """A Chinese character is as wide as two others."""
    return sum(1 if letter.isascii() else 2 for letter in words)


def test_no_figure_is_torn_and_no_row_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    for width in range(12, 90):
        rows = rows_of(LONG, wide, width, 4)
        assert "".join(rows) == LONG
        assert all(row[0] not in "，。、”" and row[-1] != "“" for row in rows), rows
        assert all(any(figure in row for row in rows) for figure in ("844", "1232", "17000")), rows
        assert [wide(row) <= width - 4 * (at == 0) for at, row in enumerate(rows)] == [True] * len(rows)


def test_words_stay_whole_and_what_is_longer_than_a_row_goes_on_in_the_next() -> None:
    assert rows_of("over 17,000 calls", wide, 8, 0) == ["over", "17,000", "calls"]
    assert rows_of("0123456789" * 2, wide, 8, 0) == ["01234567", "89012345", "6789"]
    assert rows_of("", wide, 8, 0) == [""]


def test_the_word_file_is_a4_with_the_margins_and_fonts_of_official_documents() -> None:
    paper = Document(io.BytesIO(summary_docx(shipped_text({}, has_parent=False), "x")))
    page = paper.sections[0]
    assert [round(side / Mm(1)) for side in (page.page_width, page.page_height, page.top_margin, page.left_margin)] == [
        210, 297, 37, 28,
    ]  # fmt: skip
    fonts = [paragraph.runs[0].font.name for paragraph in paper.paragraphs]
    assert fonts[:3] == ["方正小标宋简体", "仿宋_GB2312", "黑体"]
