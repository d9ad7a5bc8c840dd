"""`concierge found`: the first day of a real district."""

import click

from concierge.basics.clock import SHANGHAI, SystemClock, local_date
from concierge.basics.crypto import KeyRing, first_password
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _, speaking
from concierge.config import load_settings, terminal_language
from concierge.db import make_engine, open_session
from concierge.rules.identifiers import check_resident_id
from concierge.rules.roles import Role
from concierge.services.accounts import own_key
from concierge.services.districts import DistrictNames
from concierge.services.founding import FIRST, Administrator, found_with_administrators


@click.command()
@click.argument("code")
@click.option("--name-zh", required=True, help="Its name in Chinese.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--hotline", default="", help="The number under which its service is reached.")
def found(code: str, name_zh: str, name_en: str, hotline: str) -> None:
    """Found the district with the administrative division code CODE, and make accounts for its three administrators.

    Log-in name, name and ID number of each are asked for; only a keyed fingerprint of the number is kept. The first
    passwords are shown once and must be changed at the first log-in. All further accounts, roles and units are made on
    the pages of these three, who must be different people.
    """
    settings = load_settings()
    keys = KeyRing.load(settings.keys_file)
    names = DistrictNames(name_zh=name_zh, name_en=name_en, hotline=hotline)
    engine = make_engine(settings.database_url)
    now = SystemClock().now()
    with speaking(terminal_language()):
        first = [_asked(role, keys) for role in FIRST]
        try:
            with open_session(engine, district=None) as session:
                found_with_administrators(
                    session, now=now, today=local_date(now, SHANGHAI), code=code, names=names, administrators=first
                )
        except Refusal as refusal:
            raise click.ClickException("; ".join(str(reason.text) for reason in refusal.reasons)) from refusal
        finally:
            engine.dispose()
        click.echo(str(_("%(name)s is founded. The first passwords, shown this once:", name=name_zh)))
        for each in first:
            click.echo(f"  {each.login}  {each.password}  {each.role.label}")


def _asked(role: Role, keys: KeyRing) -> Administrator:
    """One administrator, as somebody at the terminal tells him."""
    click.echo(str(role.label))
    login = click.prompt(f"  {_('Log-in name')}")
    name = click.prompt(f"  {_('Name')}")
    number = click.prompt(f"  {_('ID number')}", hide_input=True, value_proc=_id_number)
    return Administrator(role=role, login=login, name=name, person_key=own_key(keys, number), password=first_password())


def _id_number(typed: str) -> str:
    try:
        return check_resident_id(typed, today=local_date(SystemClock().now(), SHANGHAI)).number
    except Invalid as wrong:
        raise click.UsageError("; ".join(str(reason.text) for reason in wrong.reasons)) from wrong
