"""`make bench`: run every benchmark, or those named, and print the ratios beside their goals."""

import argparse
import importlib
import sys
import time

ALL = (
    "transition",
    "peers",
    "memory",
    "writers",
    "bulk",
    "matching",
    "digests",
    "relay",
    "pages",
    "growth",
    "searching",
    "finance",
    "sealed",
    "report",
)


def main(arguments: list[str]) -> None:
    """Run benchmarks by name, all when none is named; `--scale 0.01` is a quick look whose ratios say little."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of: {', '.join(ALL)}")
    parser.add_argument("--scale", type=float, default=1.0, help="make every size smaller, to see that all runs")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(ALL):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    for name in asked.names or ALL:
        began = time.monotonic()
        for result in importlib.import_module(f"benchmarks.{name}").run(lambda n: max(1, round(n * asked.scale))):
            print(result.line(), flush=True)
        print(f"({name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


main(sys.argv[1:])
