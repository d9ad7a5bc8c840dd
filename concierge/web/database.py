"""The request's session: Flask-SQLAlchemy's, with the hooks and engines of db.py."""

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, make_url

from concierge.db import Base, DistrictSession, make_engine

READ = "read"


class RequestSession(DistrictSession):
    """A district's session in a request; reading requests never wait for SQLite's write lock."""

    def __init__(self, db: "Database", **options: Any) -> None:
        super().__init__(**options)
        self._db = db

    def get_bind(self, *_args: Any, **_options: Any) -> Engine:
        """The reading or the writing engine, chosen before the session began."""
        return self._db.engines[READ if self.info.get("read_only") else None]


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with our engine rules."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return make_engine(make_url(options["url"]).render_as_string(hide_password=False), read_only=bind_key == READ)


database = Database(
    metadata=Base.metadata,
    session_options={"class_": RequestSession, "expire_on_commit": False},
    disable_autonaming=True,
)
