"""How what was written before is held against what it should be: what is open changes, what is settled is corrected.

What is paid or claimed is never edited. More than before is an arrear, due as a period of its own, less is an amount
to recover; both are linked to the original (domain §2.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.db import among
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.entitlement import Accrual, Correction
from concierge.rules.periods import Period, arrears_key
from concierge.rules.policy import PolicyKind
from concierge.services.asked_back import came_back
from concierge.services.exclusions import GONE, SETTLED
from concierge.services.rulebook import Version


def accrual_row(
    act: Act, entitlement_id: int, person_id: int, household_id: int | None, version: Version, period: Period
) -> dict[str, Any]:
    """A period as it is written when it falls due, before other benefits are looked at."""
    return {
        "id": new_id(),
        "district_id": act.actor.district_id,
        "entitlement_id": entitlement_id,
        "person_id": person_id,
        "household_id": household_id,
        "policy_group": version.group,
        "period": period.key,
        "number": period.number,
        "of_number": period.of_number,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "due_on": period.due_on,
        "gross_fen": period.fen,
        "amount_fen": period.fen,
        "state": "due",
        "claim_id": None,
        "superseded_by": None,
        "rule": None,
        "by_day_of": version.policy_id if version.kind == PolicyKind.PER_DAY else None,
        "order_id": None,
        "lapsed_on": None,
    }


@dataclass
class Written:
    """A period as it was written, and all that was added to it or taken off since.

    `left` is what was left of each arrear, also of one that was refused (fen by its id); `asked` what is asked back of
    the period in sum, `back` what of that has come back (fen); `counts` how often each line was corrected.
    """

    row: Any
    arrears: list[Any] = field(default_factory=list)
    left: dict[int, int] = field(default_factory=dict)
    asked: int = 0
    back: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    def granted(self, gross: int) -> int:
        """What is granted of an amount by the rate: from what is settled already other benefits were deducted."""
        deducted = self.row.gross_fen - self.row.amount_fen if self.row.state in SETTLED else 0
        return max(gross - deducted, 0)

    @property
    def is_examined(self) -> bool:
        """Whether it or an arrear of it is claimed and not decided: nothing is added to it or asked back meanwhile."""
        return any(row.state == "claimed" for row in (self.row, *self.arrears))

    @property
    def brings(self) -> int:
        """What the period brings as it was written and corrected (fen)."""
        return self.granted(self.row.gross_fen) + sum(self.left.values()) - self.asked


def written_under(session: Session, right_ids: Sequence[int]) -> dict[tuple[int, str], Written]:
    """What has fallen due under rights, by right and period, with all that was already added to it or taken off."""
    a, c = Accrual, Correction
    columns = (a.id, a.entitlement_id, a.period, a.starts_on, a.ends_on, a.gross_fen, a.amount_fen, a.state)
    found = {
        row.id: Written(row) for row in session.execute(select(*columns).where(among(a.entitlement_id, right_ids)))
    }
    corrections = select(c.accrual_id, c.arrears_id, c.amount_fen)
    lines = corrections.where(among(c.entitlement_id, right_ids)).order_by(c.id)
    of_period: dict[int, Written] = {}
    for accrual_id, arrears_id, fen in session.execute(lines):
        # What was taken off an arrear again was taken off the period that the arrear adds to.
        period = of_period.get(accrual_id, found[accrual_id])
        period.counts[accrual_id] = period.counts.get(accrual_id, 0) + 1
        if arrears_id is not None:
            of_period[arrears_id] = period
            period.arrears.append(found[arrears_id].row)
            period.left[arrears_id] = fen
        elif accrual_id in period.left:
            period.left[accrual_id] += fen
        else:
            period.asked -= fen
    for accrual_id, fen in came_back(session, right_ids).items():
        found[accrual_id].back = fen
    return {(period.row.entitlement_id, period.row.period): period for period in found.values()}


class Writing:
    """Corrections of what was written before, as they will be written under one version.

    Only what differs from what the period brings by now is written, so that running twice creates nothing.
    """

    def __init__(self, act: Act, version: Version) -> None:
        self.act, self.version = act, version
        self.corrections: list[dict[str, Any]] = []
        self.arrears: list[dict[str, Any]] = []
        self.open: list[dict[str, Any]] = []
        self.arrears_fen = self.recovery_fen = 0

    @property
    def has_any(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.corrections or self.open)

    def compare(self, right: Any, old: Written, period: Period) -> None:
        """Hold a period as it should be against what it brings as it was written and corrected before."""
        # What was paid below a ceiling is what was spent, whatever the ceiling was.
        is_spent = self.version.kind == PolicyKind.REIMBURSE_CAPPED and old.row.state in SETTLED
        if is_spent or old.row.state in GONE:
            return
        if old.row.state not in SETTLED:
            # Its claim was given up: what nobody was paid is asked back from nobody.
            self._ask_less(right, old, old.asked)
        difference = old.granted(period.fen) - old.brings
        if difference < 0:
            self._take_off(right, old, -difference)
        elif difference > 0 and old.row.state in SETTLED:
            self._add(right, old, period, difference)
        elif difference > 0:
            self._set_open(old.row, old.row.gross_fen + difference)

    def _add(self, right: Any, old: Written, period: Period, fen: int) -> None:
        """Ask back less, as far as nothing has come back; the rest is an arrear, or more of one nobody claimed yet."""
        fen -= self._ask_less(right, old, min(fen, max(old.asked - old.back, 0)))
        self.arrears_fen += fen
        waiting = next((arrear for arrear in old.arrears if arrear.state not in (*SETTLED, *GONE)), None)
        if fen and waiting is not None:
            self._set_open(waiting, waiting.gross_fen + fen)
            self._correct(right, old, waiting.id, fen)
        elif fen:
            self._correct(right, old, old.row.id, fen, self._arrear(right, old, period, fen))

    def _ask_less(self, right: Any, old: Written, fen: int) -> int:
        if fen:
            old.asked -= fen
            self._correct(right, old, old.row.id, fen)
        return fen

    def _take_off(self, right: Any, old: Written, fen: int) -> None:
        """Take off what is too much: of arrears that nobody claimed yet first, and only the rest comes back, or comes
        off the period where nobody claimed that either.

        An arrear that was refused or lapsed has brought nothing that could come back and stays as it is; that it is no
        longer counted is kept, so that a version that gives more again gives it back whole.
        """
        for arrear in reversed(old.arrears):
            part = min(fen, old.left[arrear.id] if arrear.state not in SETTLED else 0)
            fen -= part
            if part and arrear.state not in GONE:
                self._set_open(arrear, arrear.gross_fen - part)
            if part:
                self._correct(right, old, arrear.id, -part)
        if old.row.state not in SETTLED:
            self._set_open(old.row, old.row.gross_fen - fen)
        elif fen:
            self.recovery_fen += fen
            self._correct(right, old, old.row.id, -fen)

    def _set_open(self, row: Any, fen: int) -> None:
        if max(fen, 0) != row.gross_fen:
            self.open.append({"id": row.id, "gross_fen": max(fen, 0), "amount_fen": max(fen, 0)})

    def _correct(self, right: Any, old: Written, accrual_id: int, fen: int, arrears_id: int | None = None) -> None:
        old.counts[accrual_id] = number = old.counts.get(accrual_id, 0) + 1
        kept = {"id": new_id(), "district_id": self.act.actor.district_id, "accrual_id": accrual_id, "number": number}
        kept |= {"entitlement_id": right.id, "person_id": right.person_id, "policy_version_id": self.version.id}
        self.corrections.append(kept | {"amount_fen": fen, "arrears_id": arrears_id, "at": self.act.now})

    def _arrear(self, right: Any, old: Written, period: Period, fen: int) -> int:
        today = local_date(self.act.now, self.act.calendar.zone)
        first = arrears_key(period.key, self.version.number, 1)
        nth = sum(arrear.period.partition(".")[0] == first for arrear in old.arrears) + 1
        key = arrears_key(period.key, self.version.number, nth)
        more = Period(key, period.number, period.of_number, period.starts_on, period.ends_on, today, fen)
        own = (right.id, right.person_id, right.household_id)
        self.arrears.append(accrual_row(self.act, *own, self.version, more))
        return int(self.arrears[-1]["id"])

    def write(self, session: Session) -> None:
        """Write it."""
        if self.arrears:
            session.execute(insert(Accrual), self.arrears)
        if self.corrections:
            session.execute(insert(Correction), self.corrections)
        if self.open:
            session.execute(update(Accrual), self.open)
        data = {"corrections": len(self.corrections), "arrears": self.arrears_fen, "recovery": self.recovery_fen}
        act, now = self.act.actor, self.act.now
        version_id = self.version.id
        record(
            session, act="correct-rights", actor=act, now=now, subject_kind="policy", subject_id=version_id, data=data
        )
