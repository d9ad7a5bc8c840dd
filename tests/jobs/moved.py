"""`python -m tests.jobs.moved 2026-03-03T08:29:57+08:00 clock`: one of the product's processes at another time.

Its clock runs on from that moment; the database's and the queue's own do not move.
"""

import sys
from datetime import datetime

import time_machine

from concierge.cli import main
from concierge.jobs import clock

if __name__ == "__main__":
    clock.SWEEP, clock.RING_AGAIN = 0.5, 1.0
    with time_machine.travel(datetime.fromisoformat(sys.argv[1]), tick=True):
        main(sys.argv[2:], prog_name="concierge")
