"""Attachments lie under random names that only their owner may read, and nothing else can be reached."""

import os
from pathlib import Path

import pytest

from concierge.basics.errors import NotFound
from concierge.config import BadSetting
from concierge.storage import LocalStorage, open_storage


def test_what_was_kept_is_given_back_and_can_be_forgotten(tmp_path: Path) -> None:
    storage = open_storage(tmp_path.joinpath("附件 1").as_uri())
    key = storage.put(b"paper")
    assert storage.get(key) == b"paper"
    storage.delete(key)
    storage.delete(key)
    with pytest.raises(NotFound):
        storage.get(key)


def test_the_same_file_kept_twice_has_two_names_that_say_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    assert storage.put(b"x") != storage.put(b"x")


def test_nobody_else_on_the_machine_may_read_a_file(tmp_path: Path) -> None:
    LocalStorage(tmp_path / "a").put(b"x")
    kept = [path for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]


@pytest.mark.parametrize("key", ["../secret_key", "/etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "\n"])
def test_a_name_that_is_none_of_ours_reaches_nothing(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        LocalStorage(tmp_path).get(key)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        LocalStorage(tmp_path).put(b"x")


@pytest.mark.parametrize("url", ["s3://bucket/x", "file://host/x", "attachments", ""])
def test_another_kind_of_place_is_refused_by_name(url: str) -> None:
    with pytest.raises(BadSetting, match="CONCIERGE_STORAGE_URL"):
        open_storage(url)
