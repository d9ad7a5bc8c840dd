"""Facts as a table that another system, or the importer of facts, reads: one row for each fact as of its newest day."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.person import OF_A_UNIT, Person, PersonFact
from concierge.models.scope import visible_persons
from concierge.rules.roles import Role
from concierge.services.import_facts import COLUMNS, FACT_KINDS
from concierge.services.people import only
from concierge.services.privacy import LONGEST_PURPOSE, open_id_numbers


def export_facts(session: Session, *, actor: Actor, now: datetime, keys: KeyRing, purpose: str) -> list[list[str]]:
    """The newest day of every fact of every expert in sight, headers first, in the columns that the importer reads.

    The table holds whole ID numbers: each person can read that his was looked at, by whom and why. Raises Refusal for
    another role, Invalid without a purpose.
    """
    only(actor, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
    if not 0 < len(purpose.strip()) <= LONGEST_PURPOSE:
        raise Invalid.because("purpose", _("Say what the numbers are needed for."), "purpose")
    f, p = PersonFact, Person
    newest = func.row_number().over(partition_by=(f.person_id, f.name), order_by=(f.as_of.desc(), f.id.desc()))
    ranked = (
        select(f.person_id, p.full_name, f.name, f.value, f.as_of, f.proof, newest.label("nth"))
        .join(p, (p.id == f.person_id) & (p.district_id == f.district_id))
        .where(visible_persons(actor), p.id_kind != OF_A_UNIT, f.name.in_(FACT_KINDS))
        .subquery()
    )
    with transaction(session):
        rows = session.execute(
            select(ranked).where(ranked.c.nth == 1).order_by(ranked.c.person_id, ranked.c.name)
        ).all()
        numbers = open_id_numbers(session, keys, sorted({row.person_id for row in rows}))
        record(session, act="export-facts", actor=actor, now=now, subject_kind="facts", data={"rows": len(rows)})
        for person_id in numbers:
            record(
                session, act="reveal", actor=actor, now=now, subject_kind="person", subject_id=person_id,
                person_id=person_id, purpose=purpose.strip(), data={"field": "id_number"},
            )  # fmt: skip
    table = [[column.header for column in COLUMNS]]
    for row in rows:
        kind, kept = FACT_KINDS[row.name], row.value.get("value")
        written = [kind.word.also[0], kind.write(kept), row.as_of.isoformat(), row.proof]
        table.append([row.full_name, numbers.get(row.person_id, ""), *written])
    return table
