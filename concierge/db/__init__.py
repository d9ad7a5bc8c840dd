"""The database: base class, column types, engines, and the session that serves one district for life.

Every aggregate carries `district_id`. A session is opened for one district and every ORM read, update and delete
gets that district as a criterion; a statement that is not ORM and touches a scoped table is refused unless it is
marked `whole_city` (allowed in `engine/` and here only, see tests/house).
"""

from concierge.db.append_only import AppendOnly, append_only, missing_guards, triggers
from concierge.db.base import BIG, JSON_DATA, Base, Identified, Scoped, UTCDateTime, within
from concierge.db.dates import as_day, later, later_day, month_end
from concierge.db.driver import run_text
from concierge.db.engines import collided, make_admin_engine, make_engine
from concierge.db.hints import likely
from concierge.db.lists import Named, among, constant
from concierge.db.prepared import Prepared, Series, in_series, prepare
from concierge.db.rows import add_rows, set_columns
from concierge.db.scratch import arrange, expecting_sets, measure, numbered, padded, pour, scratch
from concierge.db.session import DistrictSession, fixed, open_session, read, transaction

__all__ = [
    "BIG",
    "JSON_DATA",
    "AppendOnly",
    "Base",
    "DistrictSession",
    "Identified",
    "Named",
    "Prepared",
    "Series",
    "Scoped",
    "UTCDateTime",
    "add_rows",
    "among",
    "append_only",
    "arrange",
    "as_day",
    "collided",
    "constant",
    "expecting_sets",
    "fixed",
    "later",
    "later_day",
    "likely",
    "make_admin_engine",
    "make_engine",
    "month_end",
    "numbered",
    "open_session",
    "measure",
    "missing_guards",
    "padded",
    "pour",
    "read",
    "in_series",
    "prepare",
    "run_text",
    "scratch",
    "set_columns",
    "transaction",
    "triggers",
    "within",
]
