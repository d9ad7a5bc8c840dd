"""`concierge doctor`: what is unsafe or missing for production."""

import json
import sys

import click
from sqlalchemy.exc import OperationalError

from concierge.config import Problem, read_settings
from concierge.db.revisions import OtherTables, require_tables


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Tell what is unsafe or missing for production. Exit code 1 when something is unsafe."""
    settings = read_settings()
    found = [*settings.problems(), *_database(settings.database_url)]
    unsafe = [problem for problem in found if problem.unsafe]
    if as_json:
        rows = [{"code": problem.code, "text": problem.text, "unsafe": problem.unsafe} for problem in found]
        click.echo(json.dumps({"ok": not unsafe, "problems": rows}, ensure_ascii=False))
    else:
        for problem in found:
            click.echo(f"{'unsafe ' if problem.unsafe else 'missing'}  {problem.text}  [{problem.code}]")
        click.echo("not safe for production" if unsafe else "nothing unsafe was found")
    sys.exit(1 if unsafe else 0)


def _database(url: str) -> list[Problem]:
    try:
        require_tables(url)
    except OtherTables as other:
        return [Problem("other_tables", other.told.in_language("en"))]
    except OperationalError:
        return [Problem("no_database", "the database does not answer")]
    return []
