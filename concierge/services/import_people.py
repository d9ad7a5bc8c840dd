"""Taking back what an import wrote about people: whoever is untouched since is as before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant
from concierge.models.claim import Document
from concierge.models.entitlement import Decision
from concierge.models.person import Person
from concierge.services.import_journal import forget_person, take_back
from concierge.services.import_plans import AppliedRow, Setting, Touched
from concierge.services.people import renew_search_keys

OWN_ACTS = ("import-person", "apply-import", "import-facts")


class OfPeople:
    """What importers of people have in common."""

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """Whom somebody has worked on since."""
        session, expected = setting.session, {row.subject_id: (row.version, row.note["revision"]) for row in rows}
        found = session.execute(
            select(Person.id, Person.full_name, Person.version, Person.facts_revision).where(
                among(Person.id, list(expected))
            )
        ).all()
        moved = {one.id for one in found if (one.version, one.facts_revision) != expected[one.id]}
        moved |= _relied_upon(session, [row.subject_id for row in rows if row.note["is_new"]])
        who = _changed_by(session, moved, since)
        names = {one.id: one.full_name for one in found}
        return {person_id: Touched(names.get(person_id, ""), who.get(person_id, ())) for person_id in moved}

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Forget the new people, put the others back as they were."""
        for row in reversed(rows):
            _restore(setting, row)


def _restore(setting: Setting, row: AppliedRow) -> None:
    session = setting.session
    if row.note["is_new"]:
        forget_person(session, row.subject_id)
        return
    take_back(session, row.note["journal"])
    counted = {"version": Person.version + 1, "facts_revision": Person.facts_revision + 1}
    session.execute(update(Person).where(Person.id == row.subject_id).values(**counted))
    renew_search_keys(session, setting.actor, row.subject_id)


def _relied_upon(session: Session, person_ids: list[int]) -> set[int]:
    """People who have cases, papers, decisions or an account of their own by now: they are not deleted."""
    found: set[int] = set()
    for column in (Case.expert_id, Document.person_id, Decision.person_id, AccountGrant.person_id):
        rows = session.execute(select(column).where(among(column, person_ids)).distinct()).scalars()
        found |= {person_id for person_id in rows if person_id is not None}
    return found


def _changed_by(session: Session, person_ids: set[int], since: datetime) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(AuditEntry.person_id, Account.name)
        .join(Account, Account.id == AuditEntry.actor_id)
        .where(among(AuditEntry.person_id, sorted(person_ids)), AuditEntry.at >= since)
        .where(AuditEntry.act.not_in((*OWN_ACTS, "reveal")))
        .distinct()
    )
    named: dict[int, list[str]] = {}
    for person_id, name in rows:
        named.setdefault(person_id, []).append(name)
    return {person_id: tuple(sorted(names)) for person_id, names in named.items()}
