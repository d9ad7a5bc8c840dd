"""Policies and facts go out as files and come in again as they were; loading a file twice changes nothing."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, update

from concierge.cli import main
from concierge.engine.tables import AuditEntry
from concierge.models.calendar import CalendarTable
from concierge.models.person import PersonFact
from concierge.models.policy import PolicyVersion
from concierge.rules.facts import FACTS
from concierge.services.import_facts import FACT_KINDS
from tests import benefits
from tests.benefits import Stage
from tests.databases import NewDatabase
from tests.office import EXPERT, NUMBERS, settings_for

REGISTERS = {
    *("category", "category_from", "category_to", "recruitment"),
    *("employed", "hired_on", "employed_months", "age_at_hire", "age", "contract_months", "is_formal"),
    *("employer_kind", "in_township", "remoteness", "township_months"),
    *("has_spouse", "school_age_child", "guardian_consent", "has_specialist"),
    *("employer_graded_on", "employer_grade", "employer_vetoed"),
}
"""Facts that our own registers know: certificates, posts, households, days of service, grades of units."""


@pytest.fixture
def stage(new_database: NewDatabase) -> Iterator[Stage]:
    database = new_database("sqlite", "benefits", benefits.fill)
    with database.session() as session:
        yield Stage(database, session)


def run(stage: Stage, folder: Path, *arguments: str) -> Result:
    settings_for(stage.database, folder)
    stage.session.rollback()
    here = {"CONCIERGE_DATA": str(folder), "DATABASE_URL": stage.database.url}
    return CliRunner().invoke(main, list(arguments), env=here)


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.output)
    return found


def count(stage: Stage, *where: Any) -> int:
    found = stage.session.execute(select(func.count(PolicyVersion.id)).where(*where)).scalar_one()
    stage.session.rollback()
    return found


def test_policies_written_to_a_file_come_back_as_they_were_and_changes_become_drafts(
    stage: Stage, tmp_path: Path
) -> None:
    file, before = tmp_path / "policies.json", count(stage)
    assert run(stage, tmp_path, "export", "policies", "-o", str(file)).exit_code == 0
    kept = json.loads(file.read_text())
    assert len(kept) == before == 6
    same = told(run(stage, tmp_path, "import", "policies", str(file), "--json"))
    assert (same["new"], same["changed"], same["same"], count(stage)) == (0, 0, 6, before), same["errors"]
    changed, new = kept[0] | {"limits": {"claim": 9}}, kept[1] | {"code": "P77"}
    file.write_text(json.dumps([changed, new, *kept[2:]]))
    for flag, drafts in (("--dry-run", 0), ("--json", 2)):
        said = told(run(stage, tmp_path, "import", "policies", str(file), flag, "--json"))
        assert (said["new"], said["changed"], said["same"], said["errors"]) == (1, 1, 4, [])
        assert count(stage, PolicyVersion.state == "draft") == drafts
    again = told(run(stage, tmp_path, "import", "policies", str(file), "--json"))
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 6)


def test_one_wrong_policy_keeps_the_whole_file_out_and_is_named(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "policies.json"
    run(stage, tmp_path, "export", "policies", "--code", "P02", "-o", str(file))
    [one] = json.loads(file.read_text())
    file.write_text(json.dumps([one | {"code": "P70"}, one | {"code": "P71", "unit": "nowhere"}]))
    wrong = run(stage, tmp_path, "import", "policies", str(file), "--json")
    assert wrong.exit_code == 1
    assert (told(wrong)["invalid"], [error["cell"] for error in told(wrong)["errors"]]) == (1, ["P71"])
    assert "nowhere" in told(wrong)["errors"][0]["text"]
    file.write_text(json.dumps([one | {"code": "P70"}, one | {"code": "P70"}]))
    twice = told(run(stage, tmp_path, "import", "policies", str(file), "--json"))
    assert [error["cell"] for error in twice["errors"]] == ["P70"]
    assert count(stage, PolicyVersion.state == "draft") == 0
    refused = run(stage, tmp_path, "import", "policies", str(file), "--as", "specialist_lead", "--json")
    assert (refused.exit_code, refused.output.count("your role may not do this")) == (1, 1)


def test_facts_written_to_a_table_come_back_as_the_same_and_their_owner_can_read_why(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "facts.csv"
    said = run(stage, tmp_path, "export", "facts", "--purpose", "交给上级系统", "-o", str(file))
    assert (said.exit_code, said.output.endswith("2 facts\n")) == (0, True)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["事项"]: row["内容"] for row in rows} == {"学历": "博士", "是否参保": "是"}
    assert {row["证件号码"] for row in rows} == {NUMBERS[EXPERT]}
    back = told(run(stage, tmp_path, "import", "facts", str(file), "--json"))
    assert (back["same"], back["new"], back["changed"], back["errors"]) == (2, 0, 0, [])
    looked = select(AuditEntry.purpose).where(AuditEntry.act == "reveal", AuditEntry.person_id == EXPERT)
    assert stage.session.execute(looked).scalars().all() == ["交给上级系统"]
    assert run(stage, tmp_path, "export", "facts", "--purpose", " ", "-o", str(file)).exit_code == 1


def test_a_proof_that_a_spreadsheet_would_take_for_a_formula_goes_out_as_text_and_comes_back_as_it_was(
    stage: Stage, tmp_path: Path
) -> None:
    proof, file = "=HYPERLINK(1)", tmp_path / "facts.csv"
    stage.session.execute(update(PersonFact).values(proof=proof))
    stage.session.commit()
    run(stage, tmp_path, "export", "facts", "--purpose", "交给上级系统", "-o", str(file))
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["依据"] for row in rows} == {f"'{proof}"}
    for row in rows:
        row["截至日期"] = "2026-01-31"
    with file.open("w", encoding="utf-8-sig", newline="") as table:
        writer = csv.DictWriter(table, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert told(run(stage, tmp_path, "import", "facts", str(file), "--json"))["new"] == 2
    assert set(stage.session.execute(select(PersonFact.proof)).scalars()) == {proof}


def test_every_fact_that_no_register_of_ours_knows_can_be_imported() -> None:
    assert set(FACTS) == REGISTERS | set(FACT_KINDS)
    assert not REGISTERS & set(FACT_KINDS)


def test_a_calendar_is_published_once(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "2027.json"
    table = {"year": 2027, "notice": "国办发明电〔2026〕9号", "rest": ["2027-01-01"], "makeup": ["2027-01-03"]}
    file.write_text(json.dumps(table), encoding="utf-8")
    for dry, counts in (("--dry-run", (0, 1, 0)), ("--json", (0, 1, 0)), ("--json", (0, 0, 1))):
        found = told(run(stage, tmp_path, "import", "calendar", str(file), dry, "--json"))
        assert (found["new"], found["changed"], found["same"]) == counts
    published = select(CalendarTable.version, CalendarTable.rest).where(CalendarTable.year == 2027)
    assert stage.session.execute(published.order_by(CalendarTable.version)).tuples().all()[1:] == [(2, ["2027-01-01"])]


@pytest.mark.parametrize("text", ["[]", "{}", "2027", '{"year": 2027, "notice": "n", "rest": 1, "makeup": []}'])
def test_a_calendar_of_another_form_is_told_apart(stage: Stage, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    shown = run(stage, tmp_path, "import", "calendar", str(tmp_path / "x.json"))
    assert (shown.exit_code, "a calendar is JSON" in shown.output) == (2, True)


def test_a_calendar_whose_days_cannot_be_is_refused_with_the_reasons(stage: Stage, tmp_path: Path) -> None:
    table = {"year": 2027, "notice": "n", "rest": ["2026-01-01"], "makeup": ["2027-01-04"]}
    (tmp_path / "x.json").write_text(json.dumps(table), encoding="utf-8")
    shown = run(stage, tmp_path, "import", "calendar", str(tmp_path / "x.json"), "--json")
    assert shown.exit_code == 1
    assert len(told(shown)["errors"]) == 2


@pytest.mark.parametrize("kind", ["training", "remote-assists"])
def test_the_tables_of_the_campaign_have_the_names_that_scripts_were_promised(
    stage: Stage, tmp_path: Path, kind: str
) -> None:
    assert run(stage, tmp_path, "import", kind, "--template", str(tmp_path / "empty.csv")).exit_code == 0
