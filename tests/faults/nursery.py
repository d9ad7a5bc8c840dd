"""`python -m tests.faults.nursery`: the product's own processes, forked from one that has loaded the product.

Each line of its input, `worker --queue light` or `clock`, starts one process, and its number is printed. Twenty workers
that replace twenty killed ones load the product once. Their waiting times are shortened: a killed worker's rows are
free again after two seconds instead of sixty; nothing else is different.
"""

import os
import signal
import sys
from datetime import timedelta
from importlib import import_module

from concierge.cli import main
from concierge.jobs import clock
from concierge.jobs.queues import JOBS
from concierge.services import leases
from concierge.supervisor.children import die_with


def start(arguments: list[str]) -> int:
    """Fork a process in a session of its own, which dies with this one; its number."""
    parent, number = os.getpid(), os.fork()
    if number:
        return number
    os.setsid()
    die_with(parent)()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        main(arguments, prog_name="concierge")
    finally:
        os._exit(0)


if __name__ == "__main__":
    leases.LEASE = timedelta(seconds=2)
    clock.SWEEP, clock.TICK, clock.RING_AGAIN = 0.3, 0.1, 1.0
    for task in JOBS.values():
        import_module(task.function.partition(":")[0])
    import_module("concierge.worker")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves no entry in the table of processes
    while line := sys.stdin.readline():
        print(start(line.split()), flush=True)
