"""`make bench`: run every benchmark, or those named, and print the ratios beside their goals."""

import importlib
import sys

ALL = ("transition", "peers", "memory", "writers", "bulk")


def main(names: list[str]) -> None:
    """Run benchmarks by name, all when none is named."""
    for name in names or ALL:
        for result in importlib.import_module(f"benchmarks.{name}").run():
            print(result.line(), flush=True)


main(sys.argv[1:])
