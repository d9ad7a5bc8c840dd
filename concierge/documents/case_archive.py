"""What the package of a closed case holds: its page, its letters, its papers, and what an archive asks of a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from concierge.basics import formats
from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Text, speaking
from concierge.config import place
from concierge.documents.letters import letter_pdf
from concierge.documents.package import case_package
from concierge.queries.case_files import CaseFile
from concierge.queries.case_page import CasePage
from concierge.queries.letters import Letter
from concierge.storage import Storage

LANGUAGE = "zh_CN"


@dataclass(frozen=True)
class Archiving:
    """A closed case as it is archived: its page, letters and papers, when, and by whom."""

    page: CasePage
    letters: Sequence[Letter]
    papers: Sequence[CaseFile]
    now: datetime
    by: str


def archive(case: Archiving, storage: Storage) -> bytes:
    """The package as one file; it opens without this system."""
    with speaking(LANGUAGE):
        files = {f"letters/{letter.file_name}.pdf": letter_pdf(letter) for letter in case.letters}
        index = _index().render(page=case.page, letters=case.letters, papers=case.papers)
        metadata = _metadata(case)
    for n, paper in enumerate(case.papers, 1):
        files[f"papers/{n:02}-{paper.name}"] = storage.get(paper.storage_key)
    return case_package({**files, "index.html": index.encode()}, metadata, local_date(case.now, SHANGHAI))


@cache
def _index() -> Any:
    environment = Environment(
        loader=FileSystemLoader(place("templates")), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["_"] = lambda message: str(Text(message))
    environment.filters["moment"] = lambda at: formats.moment(at, SHANGHAI, None)
    return environment.get_template("print/package.html")


def _metadata(case: Archiving) -> dict[str, Any]:
    """What an archive asks of a record: number, title, kind, dates, state, whose hands, and the papers."""
    page = case.page
    return {
        "number": page.number,
        "title": str(page.title),
        "kind": str(page.kind_label),
        "state": page.state,
        "opened_at": page.opened_at.isoformat(),
        "archived_at": case.now.isoformat(),
        "archived_by": case.by,
        "expert": page.expert.name if page.expert is not None else "",
        "letters": [{"number": each.number, "kind": each.kind, "on": each.at.isoformat()} for each in case.letters],
        "time": [{"who": str(each.who), "working_days": each.days, "paused": each.paused} for each in page.parties],
    }
