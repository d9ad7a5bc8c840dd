"""The peers built on Django (optional group `bench`), set up beside us in the same databases."""

import importlib.util
from typing import Any

from sqlalchemy import Engine

NEEDED = ("django", "django_fsm", "viewflow")
HOW_TO_ADD = (
    "(no peers: add them with  pip install --group bench  (pip >= 25.1), or  uv pip install --group bench,"
    " or name another environment that has them in PYTHONPATH)"
)


def django_is_here() -> bool:
    """Whether the peers are installed; says how to add them if not."""
    if all(importlib.util.find_spec(name) is not None for name in NEEDED):
        return True
    print(HOW_TO_ADD, flush=True)
    return False


def set_up() -> None:
    """Django without a project of its own; once in a process."""
    import django
    from django.conf import settings

    if settings.configured:
        return
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "viewflow", "viewflow.workflow", "benchmarks"]
    keys = {"USE_TZ": True, "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField", "SECRET_KEY": "of a benchmark"}
    settings.configure(DATABASES={"default": {}}, INSTALLED_APPS=apps, **keys)
    django.setup()


def reach(engine: Engine) -> None:
    """Let Django work in the engine's database, on our tables and as durably as we do; viewflow's own are made."""
    from django.core.management import call_command
    from django.db import connections

    connections.close_all()
    connections.databases.update(connections.configure_settings({"default": _settings(engine)}))
    del connections["default"]
    call_command("migrate", verbosity=0)


def _settings(engine: Engine) -> dict[str, Any]:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        durable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"
        options = {"init_command": durable, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database, "OPTIONS": options}
    host = url.host or url.query.get("host")
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.database, "USER": url.username, "HOST": host}
