"""What a job needs of its surroundings, made once for each process: settings, database, keys, queue."""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from redis import Redis
from sqlalchemy import Engine, select

import concierge.services  # noqa: F401  registers every step's effects
import concierge.workflows  # noqa: F401  registers every flow
from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.config import Settings, load_settings
from concierge.db import DistrictSession, make_engine, open_session
from concierge.models.district import District
from concierge.services.job_runs import Owed
from concierge.storage import Storage, open_storage

REDIS_PATIENCE = 2.0  # seconds


class Place:
    """The surroundings of jobs in one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.written_down: frozenset[Owed] = frozenset()
        """What the clock of this process has already written down as owed, so that it need not do so every time."""

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return make_engine(self.settings.database_url)

    @cached_property
    def keys(self) -> KeyRing:
        """The site's keys."""
        return KeyRing.load(self.settings.keys_file)

    @cached_property
    def storage(self) -> Storage:
        """Where attachments lie."""
        return open_storage(self.settings.storage_url)

    @cached_property
    def redis(self) -> Redis:
        """The queue."""
        url, patience = self.settings.redis_url, REDIS_PATIENCE
        return Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)

    def session(self, district: int | None) -> DistrictSession:
        """A session of one district (None: only what belongs to no district)."""
        return open_session(self.engine, district=district)

    def districts(self) -> list[int]:
        """Every district of the site that works; one restored from a copy rests until a person lets it go on."""
        awake = select(District.id).where(District.paused_since.is_(None)).order_by(District.id)
        with self.session(None) as session:
            return list(session.execute(awake).scalars())

    def all_districts(self) -> list[int]:
        """Every district of the site, working or at rest."""
        with self.session(None) as session:
            return list(session.execute(select(District.id).order_by(District.id)).scalars())

    def now(self) -> datetime:
        """The present moment."""
        return SystemClock().now()


@dataclass(frozen=True)
class _Key:
    settings: Settings
    process: int  # a forked worker must not share its parent's connections


@lru_cache(maxsize=8)
def _made(key: _Key) -> Place:
    return Place(key.settings)


def place_of(settings: Settings) -> Place:
    """The place of these settings in this process."""
    return _made(_Key(settings, os.getpid()))


def here() -> Place:
    """The place of the process's own settings, as the queue's jobs use it."""
    return place_of(_own(os.getpid()))


@lru_cache(maxsize=2)
def _own(_process: int) -> Settings:
    return load_settings()
