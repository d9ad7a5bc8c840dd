"""`concierge verify`: are the records what they say."""

import json
import sys

import click
from sqlalchemy import select

import concierge.services  # noqa: F401  registers every flow and effect
import concierge.workflows  # noqa: F401  registers every flow
from concierge.basics.crypto import KeyRing
from concierge.config import Settings, load_settings
from concierge.db import make_engine, missing_guards, open_session
from concierge.engine.audit import audit_key, verify_chain
from concierge.jobs.sealing import anchored
from concierge.models.district import District
from concierge.services.verify import verify_district
from concierge.services.verify_money import Check


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Count everything again: ledgers, budgets, batches, history, counters, audit chain, outbox.

    Exit code 1 and the first broken row of each failed check when something does not hold.
    """
    report(load_settings(), as_json=as_json)


def report(settings: Settings, *, as_json: bool = False) -> None:
    """Tell every check of a site, and end with exit code 1 when one does not hold."""
    found = _checks(settings)
    broken = [check for check in found.values() if not check.ok]
    if as_json:
        checks = {name: {"ok": c.ok, "count": c.count, "broken": c.broken or None} for name, c in found.items()}
        click.echo(json.dumps({"ok": not broken, "checks": checks}, ensure_ascii=False))
    else:
        for name, check in found.items():
            click.echo(f"{'ok    ' if check.ok else 'BROKEN'}  {name}{'' if check.ok else ': ' + check.broken}")
    sys.exit(1 if broken else 0)


def _checks(settings: Settings) -> dict[str, Check]:
    """Every check by name; of several districts the first broken one is told."""
    engine = make_engine(settings.database_url, read_only=True)
    found: dict[str, Check] = {}
    try:
        with open_session(engine, district=None, read_only=True) as session:
            districts = session.execute(select(District.id).order_by(District.id)).scalars().all()
            guards = missing_guards(session.connection())
            chain = verify_chain(session, key=audit_key(KeyRing.load(settings.keys_file)), anchored=anchored(settings))
        for district_id in districts:
            with open_session(engine, district=district_id, read_only=True) as session:
                for check in verify_district(session):
                    if check.name not in found or found[check.name].ok:
                        found[check.name] = check
    finally:
        engine.dispose()
    found["what_stays_is_guarded"] = Check("what_stays_is_guarded", not guards, ", ".join(guards), len(guards))
    found["audit_chain"] = Check("audit_chain", chain.ok, chain.first_broken or "", 0 if chain.ok else 1)
    return found
