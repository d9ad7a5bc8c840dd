"""How much of each floor the tests have walked, lines and branches together; fails below the bars.

    python -m pytest --cov --cov-report= && python -m tests.coverage_bars

What decides (rules, engine, workflows) is walked wholly, everything else to nine tenths.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
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


def share(parts: Iterable[tuple[int, int]]) -> float:
    """What was walked of several floors together, in percent."""
    walked, whole = map(sum, zip(*parts, strict=True))
    return 100.0 * walked / whole if whole else 100.0


def main() -> int:
    """Print a line for each floor, and what is missing where everything must be there; 1 below a bar."""
    files = measured()
    found = floors(files)
    for floor, part in sorted(found.items()):
        print(f"{share([part]):7.2f} %  {floor}")
    for name, file in files.items():
        if Path(name).parts[1] in WHOLE and (file["missing_lines"] or file["missing_branches"]):
            print(f"missing  {name}: lines {file['missing_lines']}, branches {file['missing_branches']}")
    elsewhere = share(part for floor, part in found.items() if floor not in WHOLE)
    print(f"{elsewhere:7.2f} %  elsewhere, the bar is {BAR:.0f} %")
    return int(elsewhere < BAR or any(share([found[floor]]) < 100.0 for floor in WHOLE))


if __name__ == "__main__":
    sys.exit(main())
