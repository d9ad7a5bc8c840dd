"""How much of each floor the tests have walked, lines and branches together; fails below the bar.

    python -m pytest --cov --cov-report= && python -m tests.coverage_bars

What decides (rules, engine, workflows) is walked wholly, everything else to nine tenths.
"""

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from coverage import Coverage

WHOLE = ("rules", "engine", "workflows")
BAR = 90.0


def floors(files: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """By floor: how many lines and branches were walked, of how many."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, file in files.items():
        floor, told = Path(name).parts[1].removesuffix(".py"), file["summary"]
        walked, whole = found[floor]
        walked += told["covered_lines"] + told["covered_branches"]
        found[floor] = walked, whole + told["num_statements"] + told["num_branches"]
    return found


def measured() -> dict[str, Any]:
    """What the last run with --cov left, file by file."""
    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(out))
        files: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["files"]
        return files


def main() -> int:
    """Print a line for each floor, and what is missing where everything must be there; 1 when a floor is low."""
    files, low = measured(), False
    for floor, (walked, whole) in sorted(floors(files).items()):
        bar = 100.0 if floor in WHOLE else BAR
        share = 100.0 * walked / whole if whole else 100.0
        is_low = walked < whole if floor in WHOLE else share < bar
        low = low or is_low
        print(f"{'LOW ' if is_low else 'good'} {floor:14} {share:6.2f} %  (bar {bar:.0f} %)")
    for name, file in files.items():
        if Path(name).parts[1] in WHOLE and (file["missing_lines"] or file["missing_branches"]):
            print(f"     {name}: lines {file['missing_lines']}, branches {file['missing_branches']}")
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
