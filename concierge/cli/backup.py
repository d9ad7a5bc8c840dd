"""`concierge backup` and `restore`: one signed file with database, attachments and anchors, never the keys."""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

import click

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.cli.setup import migrate
from concierge.cli.verify import report
from concierge.config import Settings, load_settings
from concierge.db.copying import copy_in, copy_out, is_empty, kind_of, revision_of
from concierge.db.revisions import is_known
from concierge.jobs.erasures import add_to_list, erase_listed, erased_file, read_list
from concierge.jobs.places import Place
from concierge.jobs.sealing import anchor_file
from concierge.services.resting import doubt_what_waited, rest
from concierge.storage import open_storage

MANIFEST, SIGNATURE = "manifest.json", "signature"
DATABASE, ATTACHMENTS, BESIDE = "database/", "attachments/", "beside/"
FORMAT = 1
SIGNED_AS = "backup"
BLOCK = 1 << 20


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of the site to FILE, also while people work.

    The field-encryption keys are not in it: keep them apart, or whoever finds the copy can read it.
    """
    settings = load_settings()
    revision = revision_of(settings.database_url)
    if revision is None:
        raise click.ClickException("the database was never set up: concierge setup")
    if file.exists():
        raise click.ClickException(f"{file} exists already")
    draft = file.with_name(f".{file.name}.part")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder, _own_file(draft) as package:
        count = _write(settings, revision, Path(folder), package)
    draft.replace(file)
    click.echo(f"{file}: {count} attachments, database at {revision}; keep {settings.keys_file.name} apart from it")


@contextmanager
def _own_file(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip that only its owner reads; nothing is left of one that was not finished."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
                yield package
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(settings: Settings, revision: str, folder: Path, package: zipfile.ZipFile) -> int:
    members: dict[str, str] = {}
    # The anchors first: the chain in the database may have grown since, never shrunk.
    for kept in (anchor_file(settings), erased_file(settings)):
        if kept.is_file():
            members[BESIDE + kept.name] = _add(package, BESIDE + kept.name, kept.read_bytes())
    tables = copy_out(settings.database_url, folder)
    for part in sorted(folder.iterdir()):
        package.write(part, DATABASE + part.name)
        members[DATABASE + part.name] = _digest(part.open("rb"))
    storage = open_storage(settings.storage_url)
    keys = sorted(storage.keys())
    for key in keys:
        members[ATTACHMENTS + key] = _add(package, ATTACHMENTS + key, storage.get(key))
    manifest = {"format": FORMAT, "kind": kind_of(settings.database_url), "revision": revision, "tables": tables}
    manifest |= {"made_at": SystemClock().now().isoformat(), "members": members}
    signed = json.dumps(manifest, sort_keys=True).encode()
    package.writestr(MANIFEST, signed)
    package.writestr(SIGNATURE, KeyRing.load(settings.keys_file).sign(signed, SIGNED_AS))
    return len(keys)


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> str:
    package.writestr(name, data)
    return hashlib.sha256(data).hexdigest()


def _digest(source: IO[bytes]) -> str:
    with source:
        seen = hashlib.sha256()
        while block := source.read(BLOCK):
            seen.update(block)
    return seen.hexdigest()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--erased", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A newer erased.jsonl.")
def restore(file: Path, erased: Path | None) -> None:
    """Fill an empty site from FILE; it rests afterwards, and nothing is sent or paid until it is let go on.

    Everything is checked before anything is written. Whoever was erased after the copy was made is erased again.
    """
    settings = load_settings()
    if not settings.keys_file.is_file():
        raise click.ClickException(f"{settings.keys_file} is missing: put the keys of the copied site there first")
    if not zipfile.is_zipfile(file):
        _no_copy(file)
    with zipfile.ZipFile(file) as package:
        manifest = _checked(settings, file, package)
        if not is_empty(settings.database_url):
            raise click.ClickException("the database is not empty; a copy is restored into an empty one only")
        _fill(settings, package, manifest)
    migrate(settings.database_url, keys_file=settings.keys_file)
    again = _put_to_rest(settings, erased)
    click.echo(f"restored as of {manifest['made_at']}; erased again: {again}")
    click.echo("The site rests: compare messages and payments with the world outside, then let it go on under Jobs.")
    report(settings)


def _no_copy(file: Path) -> NoReturn:
    raise click.ClickException(f"{file} is no copy of a site, or was cut off")


def _checked(settings: Settings, file: Path, package: zipfile.ZipFile) -> dict[str, Any]:
    """What the copy says of itself. Raises ClickException for a damaged one, a foreign one, or another kind."""
    try:
        signed, signature = package.read(MANIFEST), package.read(SIGNATURE).decode("ascii")
    except (KeyError, ValueError, zipfile.BadZipFile):
        _no_copy(file)
    if not KeyRing.load(settings.keys_file).signed(signed, SIGNED_AS, signature):
        raise click.ClickException("the copy was made with other keys, or was changed")
    manifest: dict[str, Any] = json.loads(signed)
    for name, digest in manifest["members"].items():
        if not _holds(package, name, digest):
            raise click.ClickException(f"{file} is damaged: {name}")
    if manifest["format"] != FORMAT or manifest["kind"] != kind_of(settings.database_url):
        raise click.ClickException(f"the copy is of {manifest['kind']}; DATABASE_URL names another kind of database")
    if not is_known(manifest["revision"]):
        raise click.ClickException(f"the copy is of another version of this program ({manifest['revision']})")
    return manifest


def _holds(package: zipfile.ZipFile, name: str, digest: str) -> bool:
    try:
        return _digest(package.open(name)) == digest
    except (KeyError, zipfile.BadZipFile, zlib.error):
        return False


def _fill(settings: Settings, package: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    storage = open_storage(settings.storage_url)
    for name in manifest["members"]:
        if name.startswith(ATTACHMENTS):
            storage.put_back(name.removeprefix(ATTACHMENTS), package.read(name))
        elif name.startswith(BESIDE):
            kept = settings.data / Path(name).name
            if not kept.exists():
                kept.write_bytes(package.read(name))
                kept.chmod(0o600)
    with tempfile.TemporaryDirectory(dir=settings.data) as folder:
        for name in manifest["members"]:
            if name.startswith(DATABASE):
                _unpack(package, name, Path(folder) / Path(name).name)
        if manifest["kind"] == "postgresql":
            migrate(settings.database_url, manifest["revision"])
        copy_in(settings.database_url, Path(folder), manifest["tables"])


def _unpack(package: zipfile.ZipFile, name: str, target: Path) -> None:
    with package.open(name) as source, target.open("wb") as file:
        while block := source.read(BLOCK):
            file.write(block)


def _put_to_rest(settings: Settings, erased: Path | None) -> int:
    """Nothing leaves the site; whoever was erased since is erased again. Returns how many were."""
    place, now = Place(settings), SystemClock().now()
    with place.session(None) as session:
        rest(session, now=now)
    for district in place.all_districts():
        with place.session(district) as session:
            doubt_what_waited(session)
    if erased is not None:
        add_to_list(erased_file(settings), read_list(erased))
    again = erase_listed(place, read_list(erased_file(settings)), now)
    place.engine.dispose()
    return again
