"""What a process that serves for long does about its memory."""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""New objects before the collector looks through them, and how many such looks come before it looks at older ones."""


def settle_down() -> None:
    """Keep what is loaded by now out of the collector's sight, and let it look more rarely.

    A hundred thousand objects of tables, flows and addresses stay as long as the process; looking through them again
    and again for rubbish took a quarter of the time of a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
