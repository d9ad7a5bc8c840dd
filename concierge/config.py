"""The settings, read once from the environment, and the secret that a small site keeps for itself."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
DEFAULT_PORT = 8080
LOOPBACK = ("127.0.0.1", "::1", "localhost")
WEAK_SECRETS = ("changeme", "change-me", "secret", "dev", "password", "concierge")
SHORTEST_SECRET = 32  # characters


class BadSetting(ValueError):
    """A setting has a value that cannot be used; the message names the setting."""


@dataclass(frozen=True)
class Problem:
    """One thing that `concierge doctor` tells. An unsafe one keeps a production site from starting."""

    code: str
    text: str
    unsafe: bool = True


@dataclass(frozen=True)
class Settings:
    """Everything a process may know of its surroundings. Made by `read_settings` or `load_settings`."""

    data: Path
    data_is_default: bool
    database_url: str
    redis_url: str
    redis_is_embedded: bool
    secret_key: str
    secret_key_given: bool
    keys_file: Path
    keys_file_given: bool
    smtp_url: str
    base_url: str
    port: int
    workers: int
    locale: str
    storage_url: str
    internal_hosts: frozenset[str]
    proxies: tuple[str, ...]

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, or None where another database is used."""
        prefix = "sqlite:///"
        return Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None

    @property
    def is_https(self) -> bool:
        """Whether people come by https: then cookies are sent by nothing else, and browsers are told to stay with it.

        What a single request came by is not asked: that is the proxy's word, which may be missing.
        """
        return self.base_url.startswith("https://")

    @property
    def accounts_file(self) -> Path:
        """Where the demo leaves the accounts it made, for `up` to print."""
        return self.data / "demo-accounts.json"

    def problems(self) -> list[Problem]:
        """What is unsafe or missing for production, unsafe things first."""
        found = [*_secret_problems(self), *_address_problems(self), *_missing(self)]
        return sorted(found, key=lambda problem: not problem.unsafe)


def place(name: str) -> Path:
    """The folder `templates` or `migrations`: beside the package in a checkout, inside it when installed."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else CHECKOUT / name


def default_data_folder(environ: Mapping[str, str]) -> Path:
    """A checkout keeps its data in `var/`; an installed program in the user's data folder."""
    if (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "Makefile").is_file():
        return CHECKOUT / "var"
    home = environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "concierge"


def run_folder(data: Path) -> Path:
    """Where the embedded queue's socket lies, one folder for each data folder: short, as a socket's path must be."""
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path("/tmp") / f"concierge-{os.getuid()}-{name}"  # noqa: S108 - made 0700 and its owner checked on start


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; nothing is written. An empty `secret_key` means that the data folder has none yet.

    Raises BadSetting for a port or a number of workers that is none, and for a proxy that is no address.
    """
    env = os.environ if environ is None else environ
    data = Path(env.get("CONCIERGE_DATA") or default_data_folder(env)).expanduser().absolute()
    port = _number(env, "CONCIERGE_PORT", DEFAULT_PORT, 65535)
    redis_url = env.get("REDIS_URL", "")
    return Settings(
        data=data,
        data_is_default=not env.get("CONCIERGE_DATA"),
        database_url=_driver(env.get("DATABASE_URL", "")) or f"sqlite:///{data / 'concierge.db'}",
        redis_url=redis_url or f"unix://{run_folder(data) / 'queue.sock'}",
        redis_is_embedded=not redis_url,
        secret_key=env.get("CONCIERGE_SECRET_KEY") or _read(data / "secret_key"),
        secret_key_given=bool(env.get("CONCIERGE_SECRET_KEY")),
        keys_file=Path(env.get("CONCIERGE_KEYS") or data / "keys.json").expanduser().absolute(),
        keys_file_given=bool(env.get("CONCIERGE_KEYS")),
        smtp_url=env.get("CONCIERGE_SMTP_URL", ""),
        base_url=(env.get("CONCIERGE_BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        port=port,
        workers=_number(env, "CONCIERGE_WORKERS", 1, 64),
        locale=env.get("CONCIERGE_LOCALE") or "zh_CN",
        storage_url=env.get("CONCIERGE_STORAGE_URL") or (data / "attachments").as_uri(),
        internal_hosts=frozenset(_several(env.get("CONCIERGE_INTERNAL_HOSTS", "").lower())),
        proxies=_networks(env, "CONCIERGE_PROXIES", "127.0.0.1 ::1"),
    )


def terminal_language(environ: Mapping[str, str] | None = None) -> str:
    """The language of whoever sits at this terminal, as the environment tells it."""
    env = os.environ if environ is None else environ
    wanted = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "zh_CN" if wanted.startswith("zh") else "en"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings, and make the data folder and its secret key where they are absent.

    The field-encryption keys are made by `concierge setup`: a key made twice would lock people's data away. Raises
    BadSetting for a folder that cannot be made or written.
    """
    settings = read_settings(environ)
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not settings.secret_key:
            keep_secret(settings.data / "secret_key", secrets.token_urlsafe(48))
    except OSError as problem:
        raise BadSetting(f"the data folder {settings.data} cannot be used: {problem.strerror}") from problem
    return replace(settings, secret_key=settings.secret_key or _read(settings.data / "secret_key"))


def keep_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all; of two processes that do so at once, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _driver(url: str) -> str:
    """The database address with the driver we ship; plain forms are what administrators and hosts write."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    return url


def _number(env: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= largest:
        raise BadSetting(f"{name} must be a whole number from 1 to {largest}, not {text!r}")
    return int(text)


def _several(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _networks(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    found = tuple(_several(env.get(name) or default))
    try:
        for text in found:
            ip_network(text)
    except ValueError as problem:
        raise BadSetting(f"{name} must hold addresses or networks such as 10.20.0.0/16: {problem}") from problem
    return found


def _secret_problems(settings: Settings) -> list[Problem]:
    found = []
    if settings.secret_key_given and (
        len(settings.secret_key) < SHORTEST_SECRET or settings.secret_key.lower() in WEAK_SECRETS
    ):
        found.append(Problem("weak_secret", f"CONCIERGE_SECRET_KEY is shorter than {SHORTEST_SECRET} characters"))
    for path in (settings.keys_file, settings.data / "secret_key"):
        if path.exists() and path.stat().st_mode & 0o077:
            found.append(Problem("open_secret", f"{path} may be read by other users: chmod 600"))
    if not settings.redis_is_embedded and not settings.secret_key_given:
        text = "several machines need one CONCIERGE_SECRET_KEY; this one is kept in the data folder"
        found.append(Problem("own_secret", text, unsafe=False))
    return found


def _address_problems(settings: Settings) -> list[Problem]:
    found = []
    base = urlsplit(settings.base_url)
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        found.append(Problem("plain_http", "CONCIERGE_BASE_URL must begin with https://"))
    redis = urlsplit(settings.redis_url)
    if redis.scheme != "unix" and redis.hostname not in LOOPBACK and not redis.password:
        found.append(Problem("open_redis", "REDIS_URL names another machine and no password"))
    mail = urlsplit(settings.smtp_url)
    if mail.scheme == "smtp" and mail.hostname not in LOOPBACK and "starttls" not in mail.query:
        found.append(Problem("plain_mail", "CONCIERGE_SMTP_URL sends mail in the clear: use smtps:// or ?starttls=1"))
    return found


def _missing(settings: Settings) -> list[Problem]:
    found = []
    if urlsplit(settings.base_url).hostname in LOOPBACK:
        text = "CONCIERGE_BASE_URL is not set: links in mail lead to this machine only"
        found.append(Problem("no_base_url", text, unsafe=False))
    if not settings.smtp_url:
        found.append(
            Problem("no_mail", "CONCIERGE_SMTP_URL is not set: notices stay in the in-app inbox", unsafe=False)
        )
    if not settings.keys_file.exists():
        found.append(Problem("no_keys", f"{settings.keys_file} is missing: concierge setup makes it"))
    if settings.database_file is not None:
        found.append(Problem("sqlite", "the database is a file on one machine: use PostgreSQL for more", unsafe=False))
    return found
