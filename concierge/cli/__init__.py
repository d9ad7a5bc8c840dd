"""The command line: `concierge COMMAND`. A command's module is loaded when it is used, so `--help` stays instant."""

from importlib import import_module
from typing import Any

import click

from concierge.basics.text import Text, _
from concierge.config import BadSetting, load_settings, terminal_language

# What each command does, and where it lives. The text stands here so that the list of commands loads nothing.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("concierge.supervisor.up:up", "Run everything on this machine until Ctrl-C."),
    "web": ("concierge.cli.processes:web", "Serve the pages and the API."),
    "worker": ("concierge.worker:worker", "Work through the job queues."),
    "clock": ("concierge.cli.processes:clock", "Do what the timetable owes, when it owes it."),
    "setup": ("concierge.cli.setup:setup", "Bring the database up to date; safe to repeat."),
    "found": ("concierge.cli.found:found", "Found a real district, with its three administrators."),
    "demo": ("concierge.cli.demo:demo", "Load a fictional district, the same for the same seed."),
    "import": (
        "concierge.cli.imports:import_",
        "Import experts, facts, policies, a calendar, or what the bank answered.",
    ),
    "export": ("concierge.cli.exports:export", "Write policies, facts, a payment roster or a report to a file."),
    "match": ("concierge.cli.match:match", "Find who is entitled to what."),
    "verify": ("concierge.cli.verify:verify", "Count everything again and tell what does not hold."),
    "backup": ("concierge.cli.backup:backup", "Write a consistent copy of the site to a file, also under load."),
    "restore": ("concierge.cli.backup:restore", "Fill an empty site from such a file; it rests until it is let go on."),
    "password": ("concierge.cli.password:password", "Give a user a new first password, for whoever lost his."),
    "token": ("concierge.cli.token:token", "Create an API token for a user, shown once."),
    "keys": ("concierge.cli.keys:keys", "Change the master key: rotate, restart the processes, then rewrap."),
    "run-due": ("concierge.cli.run_due:run_due", "Do what the timetable owes, here and now."),
    "due": ("concierge.cli.due:due", "Count working days."),
    "draw": ("concierge.cli.draw:draw", "Write the diagram of every flow to a folder, as SVG."),
    "doctor": ("concierge.cli.doctor:doctor", "Tell what is unsafe or missing for production."),
}


def _told(problem: Exception) -> Text | None:
    """What ended a command, as far as it can be said in one line: the disk, the database, its tables."""
    if "disk is full" in str(problem):
        return _("The disk is full. Make room on it, then start again; nothing is half done.")
    if not type(problem).__module__.startswith(("sqlalchemy.", "concierge.db.")):
        return None
    from sqlalchemy.exc import OperationalError  # loaded by now, and only then

    from concierge.db.revisions import OtherTables, require_tables

    try:
        require_tables(load_settings().database_url)
    except OtherTables as other:
        return other.told
    except OperationalError as silent:
        return _("The database does not answer: %(why)s", why=str(silent.orig).partition("\n")[0])
    return None


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a setting that cannot be used, or tables of another version, are told in one line."""
        try:
            return super().invoke(ctx)
        except BadSetting as problem:
            raise click.ClickException(str(problem)) from problem
        except FileNotFoundError as missing:
            if missing.filename != str(load_settings().keys_file):
                raise
            told = _("%(file)s is missing: concierge setup makes it", file=str(missing.filename))
            raise click.ClickException(told.in_language(terminal_language())) from missing
        except Exception as problem:  # the process's edge: tables of another version break every command in its own way
            known = _told(problem)
            if known is None:
                raise
            raise click.ClickException(known.in_language(terminal_language())) from problem

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_place, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="concierge")
def main() -> None:
    """Concierge, the working platform of a district's talent service specialists."""
