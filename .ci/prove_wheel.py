"""Prove an installed wheel: `concierge up` serves its pages, and ends within ten seconds of Ctrl-C.

Usage: prove_wheel.py COMMAND DATA-FOLDER. Standard library only: it runs in the environment that it proves.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PATHS = ("/healthz", "/readyz", "/login")
START = 120.0  # seconds in which the pages have to answer
STOP = 10.0


def free_port() -> int:
    """A port of this machine that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> int:
    """The page's status; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def wait_for(process: "subprocess.Popen[bytes]", url: str, deadline: float) -> None:
    """Poll until the page answers 200; SystemExit when the site ended or the time is over."""
    found = 0
    while found != 200:
        if process.poll() is not None:
            raise SystemExit(f"concierge up ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise SystemExit(f"{url} answers {found}, not 200")
        time.sleep(0.1)
        found = status(url)
    print(f"   {url} answers 200", flush=True)


def main(command: str, data: str) -> None:
    """Start, look, stop."""
    port = free_port()
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith(("CONCIERGE_", "DATABASE_", "REDIS_"))
    }
    process = subprocess.Popen([command, "up", "--port", str(port), "--data", data], env=environ)
    try:
        deadline = time.monotonic() + START
        for path in PATHS:
            wait_for(process, f"http://127.0.0.1:{port}{path}", deadline)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(STOP)
        print(f"   stopped in {time.monotonic() - asked:.1f} s", flush=True)
    finally:
        process.kill()
    if code or status(f"http://127.0.0.1:{port}/healthz"):
        raise SystemExit(f"after Ctrl-C: exit code {code}, or the port still answers")


if __name__ == "__main__":
    main(*sys.argv[1:])
