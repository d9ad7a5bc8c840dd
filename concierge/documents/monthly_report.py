"""The report that goes with the monthly table (汇报材料, domain §1 element 46) as Word: what each bureau reports."""

from collections.abc import Iterator, Mapping, Sequence

from concierge.basics.formats import number
from concierge.basics.text import Text, _
from concierge.documents.official import DOCX, official_docx
from concierge.queries.monthly_reports import ReportPage
from concierge.rules.summaries import MEASURES

__all__ = ["DOCX", "monthly_docx"]
COUNTED = ("lessons", "served", "trained", "remote", "materials", "press")
"""What is told beside batches and person-times, where there is any."""


def monthly_docx(pages: Sequence[ReportPage], title: str, foot: str) -> bytes:
    """The reports of some returns, one bureau after another; figures from records, the rest in the bureau's words."""
    return official_docx(title, [line for page in pages for line in _of(page)], foot)


def _of(page: ReportPage) -> Iterator[tuple[str, bool]]:
    yield f"{page.unit} · {'、'.join(map(str, page.fields))}", True
    yield str(_figures(page)), False
    more = [f"{MEASURES[name].label} {number(page.count(name))}" for name in COUNTED if page.count(name)]
    if more:
        yield "；".join(more), False
    for each in page.body["adjustments"]:
        yield f"{_('Adjustment to month %(n)s:', n=each['month'])} {_changed(each['figures'])}", False
    words = ((_("Progress made"), page.progress), (_("Problems"), page.problems), (_("Next plan"), page.plan))
    for label, said in words:
        for at, line in enumerate(line.strip() for line in said.splitlines() if line.strip()):
            yield (str(_("%(what)s: %(words)s", what=label, words=line)) if at == 0 else line), False
    signed = ((_("Filled in by"), page.signers.filled_by), (_("Confirmed by"), page.signers.confirmed_by))
    names = [f"{label} {name}" for label, name in (*signed, (_("Telephone"), page.phone)) if name]
    if names:
        yield "　".join(names), False


def _figures(page: ReportPage) -> Text:
    return _(
        "This month %(batches)s batches and %(people)s person-times were sent, so far this year "
        "%(all_batches)s batches and %(all_people)s person-times.",
        batches=number(page.count("batches")),
        people=number(page.count("people")),
        all_batches=number(page.so_far("batches")),
        all_people=number(page.so_far("people")),
    )


def _changed(figures: Mapping[str, int]) -> str:
    """Differences of counts, each with its sign; what is no count of the summary stands in the table alone."""
    return "；".join(f"{MEASURES[name].label} {by:+d}" for name, by in sorted(figures.items()) if name in MEASURES)
