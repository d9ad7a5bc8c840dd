"""The processes of a larger deployment: web and clock (the worker is a module of its own)."""

import os
import signal
import sys
import threading
from types import FrameType

import click

from concierge.config import load_settings
from concierge.db.starting import require_ready

WEB_WORKERS = 2
WEB_THREADS = 8
WEB_GRACE = 5  # seconds in which open requests are finished after SIGTERM


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port; CONCIERGE_PORT or 8080 when not given.")
@click.option("--workers", default=WEB_WORKERS, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=WEB_THREADS, show_default=True, type=click.IntRange(1, 64))
def web(host: str, port: int | None, workers: int, threads: int) -> None:
    """Serve the pages and the API with gunicorn, which takes this process over."""
    settings = load_settings()
    require_ready(settings)
    command = [sys.executable, "-m", "gunicorn", "concierge.wsgi:app", "--worker-class", "gthread"]
    command += ["--bind", f"{host}:{port or settings.port}", "--workers", str(workers), "--threads", str(threads)]
    # Whether a visitor came by TLS is told by the proxy; the same ones are believed about his address (web/proxies.py).
    command += ["--forwarded-allow-ips", ",".join(settings.proxies)]
    command += ["--graceful-timeout", str(WEB_GRACE), "--timeout", "120", "--max-requests", "20000"]
    command += ["--max-requests-jitter", "2000", "--error-logfile", "-", "--log-level", "info"]
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


@click.command()
def clock() -> None:
    """Do what the timetable owes, when it owes it. Two clocks at once do no harm."""
    from concierge.jobs.clock import run

    settings = load_settings()
    require_ready(settings)
    stop = threading.Event()

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)
    run(settings, stop)
