"""Where attachments lie: outside the web root, under random names, behind a protocol that a bucket can serve too."""

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from concierge.basics.errors import NotFound
from concierge.config import BadSetting

_KEY = re.compile(r"[0-9a-f]{32}")


class Storage(Protocol):
    """A place for files. Keys are random and say nothing about the content."""

    def put(self, data: bytes) -> str:
        """Keep the bytes durably under a new key, which is returned."""

    def get(self, key: str) -> bytes:
        """The bytes under a key. Raises NotFound."""

    def delete(self, key: str) -> None:
        """Forget a key; nothing happens if it is not there."""

    def keys(self) -> Iterator[str]:
        """Every key there is, in no order."""

    def put_back(self, key: str, data: bytes) -> None:
        """Keep the bytes under the key they had: for restoring a copy."""


class LocalStorage:
    """Files in a folder of this machine that only its owner may read.

    With `hurry` single files are not flushed: for a first load whose caller flushes everything at its end.
    """

    def __init__(self, root: Path, *, hurry: bool = False) -> None:
        self._root, self._hurry = root, hurry

    def put(self, data: bytes) -> str:
        """Keep the bytes durably under a new key: written aside, flushed, and moved into place in one step."""
        key = secrets.token_hex(16)
        self.put_back(key, data)
        return key

    def put_back(self, key: str, data: bytes) -> None:
        """Keep the bytes durably under the key they had. Raises NotFound for what is no key of ours."""
        target = self._path(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = target.with_suffix(".part")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                if not self._hurry:
                    file.flush()
                    os.fsync(file.fileno())
            beside.replace(target)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        if not self._hurry:
            _flush(target.parent)

    def get(self, key: str) -> bytes:
        """The bytes under a key. Raises NotFound, also for what is no key of ours."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound() from None

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if it is not there."""
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Every key there is; files that were not finished are none."""
        for path in self._root.glob("??/*"):
            if _KEY.fullmatch(path.name):
                yield path.name

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound()
        return self._root / key[:2] / key


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def open_storage(url: str, *, hurry: bool = False) -> Storage:
    """The storage that CONCIERGE_STORAGE_URL names: `file:///folder`. Raises BadSetting for any other kind."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise BadSetting("CONCIERGE_STORAGE_URL must name a folder: file:///path/to/attachments")
    return LocalStorage(Path(unquote(parts.path)), hurry=hurry)
