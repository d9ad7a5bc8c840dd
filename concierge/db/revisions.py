"""Whether the tables of a site are those of this version of the program."""

from sqlalchemy.exc import OperationalError

from concierge.basics.text import Text, _
from concierge.config import place
from concierge.db.copying import is_empty, revision_of


class OtherTables(Exception):
    """Why this version of the program cannot work with a database."""

    def __init__(self, told: Text) -> None:
        super().__init__(str(told))
        self.told = told


def is_known(revision: str) -> bool:
    """Whether this version of the program knows a revision of the tables."""
    return (place("migrations") / "versions" / f"{revision}.py").is_file()


def require_no_newer_tables(url: str) -> None:
    """Before tables are brought up to date. Raises OtherTables, and OperationalError when nothing answers there."""
    found = revision_of(url)
    if found is not None and not is_known(found):
        raise OtherTables(_("The database is of a newer version of this program (%(n)s): use that one.", n=found))


def require_tables(url: str) -> None:
    """Raises OtherTables when the tables are another version's or missing; OperationalError when nothing answers."""
    require_no_newer_tables(url)
    found, newest = revision_of(url), (place("migrations") / "HEAD").read_text(encoding="ascii").strip()
    if found is None and is_empty(url):
        raise OtherTables(_("This site was never set up: concierge setup makes its tables."))
    if found not in (None, newest):
        older = _("The database is of an older version (%(n)s): stop the site, then run concierge setup.", n=found)
        raise OtherTables(older)


def require_tables_if_it_answers(url: str) -> None:
    """The same before a process serves the site: for a database that does not answer yet it waits later."""
    try:
        require_tables(url)
    except OperationalError:
        return
