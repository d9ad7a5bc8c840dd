"""With whom a case is, by name: the unit, the specialist in person, or the kind of party."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.db import among, fixed, read
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.workflows import holders

_LABELS: dict[str, Text] = {
    party.name: party.label
    for party in (
        holders.expert,
        holders.specialist,
        holders.employer,
        holders.office,
        holders.nobody,
        holders.sector,
        holders.hr,
        holders.claim_payer,
        holders.joint,
        holders.branch,
        holders.bank,
        holders.handler,
        holders.opinion_unit,
        holders.host,
        holders.team,
        holders.inspected,
        holders.supervised,
        holders.recognising_bureau,
        holders.any_unit,
        holders.claimant,
        holders.press_desk,
        holders.author,
        holders.service_unit,
        holders.provider,
    )
}
_UNITS = fixed(select(Unit.id, Unit.name_zh, Unit.name_en).where(among(Unit.id, name="ids")))
_PEOPLE = fixed(select(Account.id, Account.name).where(among(Account.id, name="ids")))
BY_PERSON = ("specialist",)
WITHOUT_UNIT = ("bank", "joint", "nobody", "expert")


@dataclass(frozen=True)
class Names:
    """The names of the units and people that hold some cases."""

    units: dict[int, Bilingual]
    people: dict[int, str]

    def who(self, row: Any, *, to_expert: bool = False) -> Text | Bilingual:
        """With whom a case (or a line of history) is: a row with `holder, holder_id, assignee_id`."""
        person = self.people.get(row.assignee_id or 0)
        if row.holder in BY_PERSON and person:
            return _("%(name)s (specialist)", name=person) if to_expert else Bilingual(person)
        if row.holder == "expert" and to_expert:
            return _("You")
        unit = self.units.get(row.holder_id or 0)
        if unit is not None and row.holder not in WITHOUT_UNIT:
            return unit
        return _LABELS.get(row.holder, _LABELS["nobody"])


def holder_names(session: Session, rows: Iterable[Any]) -> Names:
    """The names behind rows with `holder_id` and `assignee_id`: two statements whatever their number."""
    kept = list(rows)
    unit_ids = {row.holder_id for row in kept if row.holder_id is not None}
    account_ids = {row.assignee_id for row in kept if row.assignee_id is not None}
    units = read(session, _UNITS, ids=list(unit_ids)) if unit_ids else ()
    people = read(session, _PEOPLE, ids=list(account_ids)) if account_ids else ()
    return Names(
        {row.id: Bilingual(row.name_zh, row.name_en) for row in units},
        {row.id: row.name for row in people},
    )
