"""Whether a process may serve a site: its tables are this version's, and its settings are fit for real people."""

from sqlalchemy import Boolean, column, select, table
from sqlalchemy.exc import DatabaseError

from concierge.config import BadSetting, Settings
from concierge.db.engines import make_engine
from concierge.db.revisions import require_tables_if_it_answers

_IS_DEMO = select(table("districts", column("is_demo", Boolean)).c.is_demo)


def require_ready(settings: Settings) -> None:
    """Before a process serves the site.

    Raises OtherTables, and BadSetting where a setting is unsafe, unless the site serves fictional districts alone.
    """
    require_tables_if_it_answers(settings.database_url)
    unsafe = [problem.text for problem in settings.problems() if problem.unsafe]
    if unsafe and not _is_a_demonstration(settings.database_url):
        raise BadSetting("; ".join(unsafe))


def _is_a_demonstration(url: str) -> bool:
    engine = make_engine(url, read_only=True)
    try:
        with engine.connect() as connection:
            districts = connection.execute(_IS_DEMO).scalars().all()
    except DatabaseError:  # it does not answer: then nobody can tell
        return False
    finally:
        engine.dispose()
    return bool(districts) and all(districts)
