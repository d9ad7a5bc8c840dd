"""A connection that dies at a chosen moment."""

from typing import Any

from sqlalchemy import Engine, event


class ConnectionDies(Exception):
    """In the midst of an act, as if somebody had pulled the plug."""


class Plug:
    """Pulled at the nth statement from now, a commit being one, where `left` is n; not at all where it is 0."""

    left = 0

    def __init__(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._heard)
        event.listen(engine, "commit", self._heard)

    def _heard(self, *_told: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise ConnectionDies
