"""The whole application over a ground, with a specialist at his desk."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.ground import NOW
from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests.databases import Database
from tests.office import Office, Visitor, settings_for

LIST = "/desk"


def house(engine: Engine, folder: Path, now: datetime) -> Office:
    """The application at a moment; its data folder is `folder`."""
    database = Database(engine.dialect.name, engine.url.render_as_string(hide_password=False), engine)
    clock, rung = MovedClock(now), list[int]()
    return Office(create_app(settings_for(database, folder), clock=clock, bell=rung.extend), database, clock, rung)


def specialist(engine: Engine, folder: Path, now: datetime = NOW) -> Visitor:
    """The specialist, logged in, who reads in Chinese."""
    return house(engine, folder, now).as_(Role.SPECIALIST)


def case_page(case_id: int) -> str:
    """The address of a case's page."""
    return f"/cases/{public_id(case_id)}"
