"""Units as payees (单位): the file under which an employer is paid, with an account through the same two hands.

A unit's file is opened when it is first needed. Its account is proposed by the unit or the talent office and checked
like everybody's (bank_accounts.py); what is paid to the unit follows it.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.person import OF_A_UNIT, Person
from concierge.rules.roles import Role
from concierge.services.bank_accounts import proof_in, propose
from concierge.services.documents import Upload
from concierge.services.people import only
from concierge.storage import Storage

PROPOSERS = (Role.EMPLOYER, Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)


def files_of(session: Session, actor: Actor, unit_ids: Iterable[int]) -> dict[int, int]:
    """By unit the file under which it is paid, opened where there is none; in the caller's transaction."""
    wanted = select(Unit).where(among(Unit.id, unit_ids)).order_by(Unit.id).with_for_update()
    units = session.execute(wanted.execution_options(populate_existing=True)).scalars().all()
    for unit in units:
        if unit.payee_id is None:
            unit.payee_id = new_id()
            file = {"id": unit.payee_id, "district_id": actor.district_id, "full_name": unit.name_zh}
            identity = {"id_kind": OF_A_UNIT, "id_index": f"unit:{unit.id}", "id_last4": unit.code[-4:]}
            session.execute(insert(Person), [file | identity])
    session.flush()
    return {unit.id: int(unit.payee_id) for unit in units if unit.payee_id is not None}


def propose_unit_account(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    unit_id: int,
    holder_name: str,
    bank_name: str,
    branch_code: str,
    number: str,
    storage: Storage | None = None,
    proof: Upload | None = None,
) -> int:
    """Propose where a unit is paid: its own employer's officer, or the talent office for any unit.

    Another natural person checks it. Raises Invalid for wrong fields, NotFound for another's unit, Refusal when it is
    the account in use.
    """
    only(actor, *PROPOSERS)
    if not actor.has(*PROPOSERS[1:]) and unit_id not in actor.units(Role.EMPLOYER):
        raise NotFound()
    given = {"holder_name": holder_name, "bank_name": bank_name, "branch_code": branch_code, "account": number}
    with proof_in(storage, proof) as paper, transaction(session):
        payee = files_of(session, actor, [unit_id]).get(unit_id)
        if payee is None:
            raise NotFound()
        bare = update(Person).where(Person.id == payee, Person.data_key.is_(None))
        session.execute(bare.values(data_key=keys.new_data_key()), execution_options={"synchronize_session": False})
        file = session.execute(
            select(Person.id, Person.data_key, Person.full_name).where(Person.id == payee).with_for_update()
        ).one()
        return propose(session, actor, now, keys, file, given, paper)
