"""The first day of a real district, at a terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from concierge.basics.processes import hold
from concierge.cli import main

NUMBERS = ("999901197512010013", "999901197601010015", "999901197701010012")


def run(data: Path, *arguments: str, typed: str = "") -> Result:
    """One command of an English terminal in this process."""
    return CliRunner().invoke(main, list(arguments), input=typed, env={"CONCIERGE_DATA": str(data), "LC_ALL": "C"})


def test_a_district_is_founded_at_the_terminal_and_a_lost_password_is_made_anew(tmp_path: Path) -> None:
    assert run(tmp_path, "setup").exit_code == 0
    assert run(tmp_path, "run-due").exit_code == 0
    assert not (tmp_path / "audit-anchors.jsonl").exists(), "no seal lies before the past that a demo brings along"
    people = zip(("sys", "sec", "aud"), ("毛宁", "尹安", "康洁"), NUMBERS, strict=True)
    answers = "\n".join(f"{login}\n{name}\n{number}" for login, name, number in people)
    typed = answers.replace(NUMBERS[0], f"123\n{NUMBERS[0]}")  # a slip of the pen is asked again
    names = ("--name-zh", "青川区", "--name-en", "Qingchuan")
    shown = run(tmp_path, "found", "999902", *names, typed=typed)
    assert shown.exit_code == 0, shown.output
    assert "An ID number has 18 characters" in shown.output
    assert not any(number in shown.output for number in NUMBERS)
    assert shown.output.count("Aa1-") == 3
    assert "a district with this code exists already" in run(tmp_path, "found", "999902", *names, typed=answers).output
    later = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    assert run(tmp_path, "run-due", "--now", later).exit_code == 0
    assert (tmp_path / "audit-anchors.jsonl").exists()
    assert run(tmp_path, "password", "SYS").output.startswith("Aa1-")
    assert run(tmp_path, "password", "nobody").exit_code == 1
    assert run(tmp_path, "verify").exit_code == 0


def test_a_fictional_past_is_not_told_to_a_site_that_is_running(tmp_path: Path) -> None:
    assert run(tmp_path, "setup").exit_code == 0
    with hold(tmp_path):
        refused = run(tmp_path, "demo", "--experts", "3")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: This site is running. Stop it, load the demo district, then start it again.\n",
    )
