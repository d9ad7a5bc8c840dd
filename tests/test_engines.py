"""What a connection is told when it is opened."""

from pathlib import Path

import pytest
from sqlalchemy import text

from concierge.db import engines
from tests.compiled import DURABLE


def test_in_service_sqlite_writes_through_to_the_disk_and_keeps_its_references(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PRAGMAS", DURABLE)
    engine = engines.make_engine(f"sqlite:///{tmp_path}/office.db")
    with engine.connect() as connection:
        told = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
        kept = connection.execute(text("PRAGMA foreign_keys")).scalar_one()
    engine.dispose()
    assert (told, kept) == (["wal", 2], 1)
