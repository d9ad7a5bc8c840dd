"""What goes up each month: the table of the returns as xlsx, and the reports that go with it as docx."""

from collections.abc import Sequence
from datetime import date

from concierge.basics.formats import day
from concierge.basics.text import _
from concierge.documents.monthly_report import DOCX, monthly_docx
from concierge.documents.monthly_table import XLSX, monthly_xlsx
from concierge.queries.campaigns import CampaignRow
from concierge.queries.monthly_reports import ReportPage

KINDS = {"xlsx": XLSX, "docx": DOCX}


def monthly_paper(pages: Sequence[ReportPage], campaign: CampaignRow, month: int, form: str, today: date) -> bytes:
    """The returns of a month of a campaign, as "xlsx" or "docx"."""
    named = {"campaign": campaign.name, "year": campaign.year, "month": month}
    if form == "docx":
        title = _("%(campaign)s: report of %(year)s-%(month)s", **named)
        return monthly_docx(pages, str(title), str(_("As of %(day)s", day=day(today))))
    return monthly_xlsx(pages, str(_("%(campaign)s: monthly table, %(year)s-%(month)s", **named)))
