"""Processes that end together, and folders that one of them has to itself."""

import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with(parent: int) -> None:
    """Ask Linux to end this process when its parent ends, even by SIGKILL; on other systems nothing happens.

    A process whose `parent` is gone already ends at once.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(0)


class Taken(Exception):
    """Another process has the folder to itself; `holder` is its process id, 0 when it is not known."""

    def __init__(self, holder: int) -> None:
        super().__init__(holder)
        self.holder = holder


def hold(folder: Path) -> TextIO:
    """Have a data folder to ourselves while the file that is given stays open. Raises Taken when another has it."""
    file = (folder / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise Taken(int(holder) if holder.isdigit() else 0) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
