"""What leaves and enters the finance office and the campaign by commands is what the pages give and take."""

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from concierge.cli import main
from concierge.documents.bank_results import read_results
from concierge.engine.actor import machine
from concierge.engine.tables import AuditEntry
from concierge.models.job import ImportRun
from concierge.models.settlement import Difference
from concierge.rules.roles import Role
from concierge.services.monthly_reports import open_returns
from concierge.services.summaries import freeze_summary
from tests import campaigns
from tests.databases import DISTRICT, Database, NewDatabase
from tests.office import EXPERT, NOW, NUMBERS, actor, settings_for
from tests.paying import PAYER, TODAY, Paying


def run(database: Database, folder: Path, *arguments: str) -> Result:
    settings_for(database, folder)
    return CliRunner().invoke(main, list(arguments), env={"CONCIERGE_DATA": str(folder), "DATABASE_URL": database.url})


def answered(folder: Path, *rows: tuple[str, str, str]) -> str:
    """A bank's file: item number, amount in yuan, result."""
    file = folder / "回单.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as table:
        csv.writer(table).writerows([("明细编号", "金额", "结果"), *rows])
    return str(file)


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_a_bank_result_is_looked_at_then_loaded_and_is_the_same_afterwards(paying_here: Paying, tmp_path: Path) -> None:
    batch = paying_here.sent(60_000_00, 40_000_00)
    first, second = (paying_here.item(item).number for item in paying_here.items_of(batch))
    file = answered(tmp_path, (first, "60000.00", "成功"), (second, "40000.00", "退票"))
    load = ("import", "bank-result", file, "--json")
    for more, kept, state in (
        (("--dry-run",), "new", "sent"),
        ((), "new", "result_loaded"),
        ((), "same", "result_loaded"),
    ):
        said = run(paying_here.database, tmp_path, *load, *more)
        assert (said.exit_code, told(said)[kept], told(said)["errors"]) == (0, 2, [])
        assert paying_here.state(batch) == state
    file = answered(tmp_path, (first, "60000.00", "成功"), (second, "40000.00", "退票"), ("合计", "100000.00", ""))
    assert told(run(paying_here.database, tmp_path, *load))["same"] == 2, "the same answers in another file"


def test_a_bank_result_with_a_line_that_differs_is_loaded_only_when_that_line_may_be_left_out(
    paying_here: Paying, tmp_path: Path
) -> None:
    batch = paying_here.sent(60_000_00, 40_000_00)
    first, second = (paying_here.item(item).number for item in paying_here.items_of(batch))
    file = answered(tmp_path, (first, "60000.00", "成功"), (second, "40000.01", "成功"), ("BF1", "1.00", "也许"))
    load = ("import", "bank-result", file, "--json", "--batch", paying_here.batch_row(batch).number)
    said = run(paying_here.database, tmp_path, *load)
    assert (said.exit_code, paying_here.state(batch)) == (1, "sent")
    assert {name: told(said)[name] for name in ("new", "conflict", "invalid")} == {
        "new": 1,
        "conflict": 1,
        "invalid": 1,
    }
    assert {error["cell"] for error in told(said)["errors"]} == {"B3", "C4"}
    assert run(paying_here.database, tmp_path, *load, "--leave-out-bad").exit_code == 0
    with paying_here.session() as session:
        assert session.execute(select(func.count(Difference.id))).scalar_one() == 1
    assert paying_here.state(batch) == "result_loaded"


def test_a_bank_result_is_loaded_by_nobody_else_and_for_a_batch_in_sight(paying_here: Paying, tmp_path: Path) -> None:
    number = paying_here.item(paying_here.items_of(paying_here.sent(100))[0]).number
    load = ("import", "bank-result", answered(tmp_path, (number, "1.00", "成功")), "--json")
    refused = told(run(paying_here.database, tmp_path, *load, "--as", PAYER.value))
    assert refused["errors"] == [{"cell": "", "text": "your role may not do this"}]
    assert run(paying_here.database, tmp_path, *load, "--batch", "PC1").exit_code == 1
    assert run(paying_here.database, tmp_path, "import", "facts", load[2], "--batch", "PC1").exit_code == 2
    with paying_here.session() as session:
        assert session.execute(select(func.count(ImportRun.id))).scalar_one() == 0


def test_the_empty_bank_result_is_one_that_is_read(paying_here: Paying, tmp_path: Path) -> None:
    for name in ("empty.csv", "empty.xlsx"):
        file = tmp_path / name
        assert run(paying_here.database, tmp_path, "import", "bank-result", "--template", str(file)).exit_code == 0
        [line] = read_results(name, file.read_bytes())
        assert (line.amount_fen, line.outcome, line.paid_on, line.wrong) == (60_000_00, "success", TODAY, ())


def test_a_roster_holds_whole_numbers_for_its_owner_alone_and_everybody_on_it_can_read_so(
    paying_here: Paying, tmp_path: Path
) -> None:
    batch, file = paying_here.sent(60_000_00), tmp_path / "roster.xlsx"
    write = ("export", "roster", "--batch", paying_here.batch_row(batch).number, "-o", str(file))
    assert run(paying_here.database, tmp_path, *write, "--as", "talent_office").exit_code == 1
    assert run(paying_here.database, tmp_path, *write[:3], "PC0", *write[4:]).exit_code == 1
    assert not file.exists()
    assert run(paying_here.database, tmp_path, *write).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    cells = {cell for row in CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python() for cell in row}
    assert NUMBERS[EXPERT] in cells
    with paying_here.session() as session:
        read = select(func.count(AuditEntry.id)).where(
            AuditEntry.act == "export-roster", AuditEntry.person_id == EXPERT
        )
        assert session.execute(read).scalar_one() == 1


@pytest.fixture
def campaign(new_database: NewDatabase) -> Database:
    """The office with its campaign of 2026 and the returns that were opened for it."""
    database = new_database("sqlite", "campaign", campaigns.fill)
    with database.session() as session:
        open_returns(session, actor=machine(DISTRICT), now=NOW)
    return database


def words_of(file: Path) -> str:
    return "\n".join(paragraph.text for paragraph in Document(str(file)).paragraphs)


def test_the_annual_summary_is_that_of_today_until_a_copy_is_frozen(campaign: Database, tmp_path: Path) -> None:
    file = tmp_path / "annual.docx"
    write = ("export", "report", "annual", "--year", "2026", "-o", str(file))
    assert run(campaign, tmp_path, *write).exit_code == 0
    assert "截至" in words_of(file)
    with campaign.session() as session:
        freeze_summary(session, actor=actor(Role.TALENT_OFFICE), now=NOW, campaign_id=campaigns.CAMPAIGN, today=TODAY)
    assert run(campaign, tmp_path, *write).exit_code == 0
    assert "校验" in words_of(file)
    pdf = tmp_path / "annual.pdf"
    assert run(campaign, tmp_path, *write[:-1], str(pdf)).exit_code == 0
    assert pdf.read_bytes().startswith(b"%PDF")


def test_the_returns_of_a_month_are_written_for_one_unit_or_all(campaign: Database, tmp_path: Path) -> None:
    file = tmp_path / "monthly.xlsx"
    write = ("export", "report", "monthly", "--month", "2026-10", "-o", str(file))

    def lines(*more: str) -> int:
        said = run(campaign, tmp_path, *write, *more)
        assert said.exit_code == 0, said.output
        return len(CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()) - 2

    assert lines() == 2
    assert lines("--unit", "health") == 1
    assert run(campaign, tmp_path, *write, "--unit", "nowhere").exit_code == 1
    report = tmp_path / "monthly.docx"
    assert run(campaign, tmp_path, *write[:-1], str(report)).exit_code == 0
    assert "2026年10月" in words_of(report)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("annual", "--year", "2026", "-o", "annual.txt"), 2, "name the file with .docx or .pdf"),
        (("annual", "--year", "2025", "-o", "annual.docx"), 1, "no campaign of 2025"),
        (("annual", "--year", "2026", "-o", "annual.docx", "--as", "expert"), 1, "your role may not do this"),
        (("monthly", "--month", "2026-13", "-o", "monthly.xlsx"), 2, "2026-13"),
        (("monthly", "--month", "2026-01", "-o", "monthly.xlsx"), 1, "no such return in sight"),
    ],
)
def test_a_report_that_cannot_be_is_told_in_one_line(
    campaign: Database, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    shown = run(campaign, tmp_path, "export", "report", *arguments)
    assert (shown.exit_code, said in shown.output) == (code, True), shown.output
