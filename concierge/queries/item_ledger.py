"""The entries of one payment in the ledger, what corrects what, and the lines it could be charged to instead."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, LedgerCorrection
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem, Posting
from concierge.models.policy import Policy
from concierge.rules.purses import Purse, movement_named
from concierge.rules.roles import Role

PAID = ("success", "closed")
_CLAIM = aliased(Claim, flat=True)


@dataclass(frozen=True)
class ItemEntry:
    """One balanced entry: what it did to reserved and spent of its line (fen), and which entries it is linked with."""

    id: int
    at: datetime
    label: Text
    line: Bilingual
    line_id: int
    reserved_fen: int
    spent_fen: int
    actor: str
    corrects: int | None
    corrected_by: int | None


@dataclass(frozen=True)
class ItemCorrection:
    """A correction with its two persons; `is_open` waits for the second one."""

    id: int
    kind: str
    from_line: Bilingual
    to_line: Bilingual
    amount_fen: int
    reason: str
    made_by: str
    confirmed_by: str
    at: datetime
    is_open: bool
    may_answer: bool


@dataclass(frozen=True)
class ItemLedger:
    """The ledger of one payment; `lines` are those it may be charged to instead, for who may propose it."""

    entries: tuple[ItemEntry, ...]
    corrections: tuple[ItemCorrection, ...]
    lines: tuple[tuple[int, str], ...]


def item_ledger(session: Session, actor: Actor, item_id: int) -> ItemLedger:
    """The ledger of a payment that the actor was found to see; four statements."""
    corrections = _corrections(session, actor, item_id)
    waits = any(each.is_open for each in corrections)
    lines = () if waits else tuple(_lines(session, actor, item_id))
    return ItemLedger(tuple(_entries(session, item_id)), tuple(corrections), lines)


def _entries(session: Session, item_id: int) -> list[ItemEntry]:
    p, c = Posting, LedgerCorrection
    rows = session.execute(
        select(p.entry_id, p.at, p.act, p.account, p.amount_fen, p.budget_line_id, BudgetLine.name_zh)
        .add_columns(BudgetLine.name_en, Account.name.label("actor"))
        .join(BudgetLine, BudgetLine.id == p.budget_line_id)
        .outerjoin(Account, Account.id == p.actor_id)
        .where(p.case_id == item_id)
        .order_by(p.at.desc(), p.entry_id.desc())
    ).all()
    links = session.execute(
        select(c.entry_id, c.out_entry_id, c.in_entry_id).where(c.item_id == item_id, c.out_entry_id.is_not(None))
    ).all()
    corrected = {link.entry_id: link.out_entry_id for link in links}
    corrects = {entry: link.entry_id for link in links for entry in (link.out_entry_id, link.in_entry_id)}
    sums: dict[int, dict[str, int]] = {}
    for row in rows:
        sums.setdefault(row.entry_id, {})[row.account] = row.amount_fen
    first = {row.entry_id: row for row in reversed(rows)}
    return [
        ItemEntry(
            id=entry,
            at=first[entry].at,
            label=movement_named(first[entry].act).label,
            line=Bilingual(first[entry].name_zh, first[entry].name_en),
            line_id=first[entry].budget_line_id,
            reserved_fen=found.get(Purse.RESERVED.value, 0),
            spent_fen=found.get(Purse.SPENT.value, 0),
            actor=first[entry].actor or "",
            corrects=corrects.get(entry),
            corrected_by=corrected.get(entry),
        )
        for entry, found in sums.items()
    ]


def _corrections(session: Session, actor: Actor, item_id: int) -> list[ItemCorrection]:
    c, answer, old, new = LedgerCorrection, aliased(LedgerCorrection), aliased(BudgetLine), aliased(BudgetLine)
    maker, second = aliased(Account), aliased(Account)
    rows = session.execute(
        select(c, old.name_zh, old.name_en, new.name_zh.label("to_zh"), new.name_en.label("to_en"))
        .add_columns(maker.name.label("maker"), second.name.label("second"), answer.id.label("answered"))
        .join(old, old.id == c.from_line_id)
        .join(new, new.id == c.to_line_id)
        .outerjoin(maker, maker.id == c.made_by)
        .outerjoin(second, second.id == c.confirmed_by)
        .outerjoin(answer, answer.proposal_id == c.id)
        .where(c.item_id == item_id)
        .order_by(c.at.desc(), c.id.desc())
    )
    return [
        ItemCorrection(
            id=row[0].id,
            kind=row[0].kind,
            from_line=Bilingual(row.name_zh, row.name_en),
            to_line=Bilingual(row.to_zh, row.to_en),
            amount_fen=row[0].amount_fen,
            reason=row[0].reason,
            made_by=row.maker or "",
            confirmed_by=row.second or "",
            at=row[0].at,
            is_open=row[0].kind == "proposed",
            may_answer=actor.has(Role.FINANCE_CHECKER) and row[0].made_by_key not in actor.person_keys,
        )
        for row in rows
        if row[0].kind != "proposed" or row.answered is None
    ]


def _lines(session: Session, actor: Actor, item_id: int) -> list[tuple[int, str]]:
    """Open lines of the same unit and year for the policy's group; none unless the payment is paid."""
    present, line = aliased(BudgetLine), BudgetLine
    found = session.execute(
        select(line.id, line.number, line.name_zh, line.name_en, line.policy_groups, Policy.group)
        .select_from(PaymentItem)
        .join(present, present.id == PaymentItem.budget_line_id)
        .join(line, (line.unit_id == present.unit_id) & (line.year == present.year) & (line.id != present.id))
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .where(PaymentItem.id == item_id, PaymentItem.state.in_(PAID), func.coalesce(PaymentItem.settled_fen, 0) > 0)
        .where(present.closed_at.is_(None), line.closed_at.is_(None))
        .order_by(line.number)
    ).all()
    if not actor.has(Role.FINANCE_MAKER):
        return []
    fits = [row for row in found if not row.policy_groups or row.group in row.policy_groups]
    return [(row.id, f"{row.number} {Bilingual(row.name_zh, row.name_en)}") for row in fits]
