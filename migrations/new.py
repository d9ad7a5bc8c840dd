"""Write a migration from what the models have that the last migration lacks: `make migration NAME=0002_...`."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

HERE = Path(__file__).resolve().parent


NOTHING = """nothing to write: the tables are those of the last migration already
A new table is seen once its module is imported in concierge/models/__init__.py."""


def _demand_a_change(_context: object, _revision: object, directives: list[Any]) -> None:
    """Write no file that changes nothing."""
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def main(name: str) -> None:
    """Bring an empty database to head, compare it with the models, write the difference and the new HEAD."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(rev)s")
    with tempfile.TemporaryDirectory() as folder:
        config.attributes["url"] = f"sqlite:///{folder}/models.db"
        command.upgrade(config, "head")
        words = name.partition("_")[2].replace("_", " ")
        made = command.revision(
            config, message=words, rev_id=name, autogenerate=True, process_revision_directives=_demand_a_change
        )
    if not made:
        raise SystemExit(NOTHING)
    (HERE / "HEAD").write_text(f"{name}\n", encoding="utf-8")


if len(sys.argv) != 2 or "_" not in sys.argv[1]:
    raise SystemExit("usage: make migration NAME=0002_what_it_does")
main(sys.argv[1])
