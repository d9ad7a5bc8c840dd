"""`python -m tests.faults.hurried worker|clock`: the product's own processes with their waiting times shortened.

A killed worker's rows are free again after two seconds instead of sixty; nothing else is different.
"""

import sys
from datetime import timedelta

from concierge.cli import main
from concierge.jobs import clock
from concierge.services import leases

if __name__ == "__main__":
    leases.LEASE = timedelta(seconds=2)
    clock.SWEEP, clock.TICK, clock.RING_AGAIN = 0.3, 0.1, 1.0
    main(sys.argv[1:], prog_name="concierge")
