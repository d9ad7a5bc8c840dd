"""Couples known to the district share one household, whoever of the two was registered first (domain §2.4)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import new_id
from concierge.db import among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.person import Person, Relative
from concierge.services.exclusions import rule_anew

SPOUSE = "spouse"


def join_couples(session: Session, person_ids: Sequence[int]) -> None:
    """People registered just now share one household with whoever named them as spouse before.

    Like all of this it runs in the caller's transaction.
    """
    new, other = Person, aliased(Person)
    same = (other.spouse_key == new.id_index) & (other.district_id == new.district_id)
    couples = select(new.id, new.id_index, other.id.label("other_id"), other.id_index.label("other_index"))
    for couple in session.execute(couples.join(other, same).where(among(new.id, list(person_ids)))).all():
        share(session, couple.other_id, couple.other_index, couple.id)


def join_apart(session: Session, *, actor: Actor, now: datetime) -> int:
    """Join couples in the district of whom one names the other and who share no household; how many. For the clock.

    So are those who were written down when nobody was joined yet. Where either names somebody else, or two name one,
    nobody is joined: people look at that.
    """
    with transaction(session):
        found = list(session.execute(_APART).tuples())
        for person_id in sorted({person for couple in found for person in couple}):
            hold_couple(session, person_id)
        named = sorted({person_id for person_id, _other in session.execute(_APART).tuples()})
        if named:
            join_couples(session, named)
            data = {"people": len(named)}
            record(session, act="join-couples", actor=actor, now=now, subject_kind="district", data=data)
    return len(named)


def _apart() -> Any:
    """Whoever is named as spouse, with whom he is named by, where no household is shared and nobody else is named."""
    new, other, third = Person, aliased(Person), aliased(Person)
    same = (other.spouse_key == new.id_index) & (other.district_id == new.district_id)
    else_named = (third.spouse_key == new.id_index) & (third.district_id == new.district_id) & (third.id != other.id)
    apart = new.household_id.is_(None) | new.household_id.is_distinct_from(other.household_id)
    free = new.spouse_key.is_(None) | (new.spouse_key == other.id_index)
    rows = select(new.id, other.id).join(other, same).where(apart, free, new.id != other.id)
    return rows.where(~select(third.id).where(else_named).exists()).order_by(new.id).limit(CHUNK)


CHUNK = 500
_APART = fixed(_apart())


def hold_couple(session: Session, person_id: int, spouse_index: str = "") -> None:
    """Hold the files of a person and of whoever is or will be the spouse, in one order, before either is changed.

    Of two clerks who write the same couple from both sides one waits for the other; a night waits for both.
    """
    own_index = select(Person.id_index).where(Person.id == person_id).scalar_subquery()
    either = (Person.id == person_id) | (Person.spouse_key == own_index) | (Person.id_index == spouse_index)
    session.execute(select(Person.id).where(either).order_by(Person.id).with_for_update()).all()


def share(session: Session, person_id: int, own_index: str, spouse_id: int) -> None:
    """One household for both; whoever is named as spouse names the other one too.

    What fell due to either and nobody claimed yet is ruled on as one household's from now on.
    """
    two = among(Person.id, [person_id, spouse_id])
    known = select(Person.household_id).where(two, Person.household_id.is_not(None)).order_by(Person.id).limit(1)
    household = session.execute(known).scalar_one_or_none() or new_id()
    both = {"household_id": household, "facts_revision": Person.facts_revision + 1}
    session.execute(update(Person).where(two).values(**both))
    session.execute(update(Person).where(Person.id == spouse_id).values(spouse_key=own_index))
    his = Relative.person_id == person_id, Relative.relation == SPOUSE, Relative.left_on.is_(None)
    session.execute(update(Relative).where(*his).values(relative_person_id=spouse_id))
    rule_anew(session, [person_id])


def part(session: Session, own_index: str, today: date) -> None:
    """From today on neither names the other, and each is a household of his own, also in what nobody claimed yet."""
    alone = {"household_id": None, "spouse_key": None, "facts_revision": Person.facts_revision + 1}
    named = (Person.id_index == own_index) | (Person.spouse_key == own_index)
    two = list(session.execute(select(Person.id).where(named)).scalars())
    session.execute(update(Person).where(among(Person.id, two)).values(**alone))
    of_each_other = among(Relative.person_id, two), Relative.relation == SPOUSE, Relative.left_on.is_(None)
    session.execute(update(Relative).where(*of_each_other).values(left_on=today))
    rule_anew(session, two)
