"""What programs of finance may read beside cases: sealed lists, what was given to budget lines and taken from them,
corrections of the ledger, and the accounts to which money goes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import public_id
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine, BudgetMovement, LedgerCorrection, YearClosing
from concierge.models.district import Unit
from concierge.models.invoice import Invoice
from concierge.models.job import LongAct
from concierge.models.money_rules import MoneyRule
from concierge.models.person import BankAccount, Person
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.sealed_reports import KIND
from concierge.queries.things.kinds import ABOVE, FINANCE, SPECIALISTS
from concierge.queries.things.rows import PlainThing, Row
from concierge.queries.things.shown import Filter, Kind, Shown, columns_of, equal
from concierge.queries.year_closing import unit_years
from concierge.rules.identifiers import mask_account
from concierge.rules.roles import Role as R

STATES = ("sealed", "running", "done")
_ANSWER, _CORRECTED, _RULED = aliased(BudgetMovement), aliased(LedgerCorrection), aliased(MoneyRule)
_FILE_READERS, _CHECKERS = SPECIALISTS | {R.TALENT_OFFICE}, (R.FINANCE_MAKER, R.FINANCE_CHECKER)


def _own_lists(actor: Actor) -> ColumnElement[bool]:
    """The lists that the reader sealed; nobody approves another's."""
    return and_(LongAct.kind == KIND, LongAct.account_id == actor.account_id)


def lines_of(actor: Actor) -> ColumnElement[bool]:
    """The budget lines of the units whose money the reader handles; the whole district for those who lead it."""
    whole = actor.has(*ABOVE, R.SPECIALIST_LEAD)
    return true() if whole else among(BudgetLine.unit_id, actor.units(*FINANCE))


def _ids(held: dict[str, Any] | None) -> list[str]:
    return [public_id(int(item)) for item in held or {}]


def _is_open() -> ColumnElement[bool]:
    """A proposal that no second person has answered."""
    answered = select(_ANSWER.id).where(_ANSWER.proposal_id == BudgetMovement.id).correlate(BudgetMovement)
    return and_(BudgetMovement.confirmed_by.is_(None), BudgetMovement.proposal_id.is_(None), ~answered.exists())


def _is_unanswered() -> ColumnElement[bool]:
    """A correction that no second person has answered."""
    answered = select(_CORRECTED.id).where(_CORRECTED.proposal_id == LedgerCorrection.id).correlate(LedgerCorrection)
    return and_(LedgerCorrection.proposal_id.is_(None), ~answered.exists())


def _rules_unanswered() -> ColumnElement[bool]:
    """Rules that were proposed and that no second person has answered."""
    answered = select(_RULED.id).where(_RULED.proposal_id == MoneyRule.id).correlate(MoneyRule)
    return and_(MoneyRule.proposal_id.is_(None), ~answered.exists())


def _own_years(actor: Actor) -> ColumnElement[bool]:
    return among(YearClosing.unit_id, actor.units(*FINANCE))


def _what_closing_does(session: Session, actor: Actor, rows: list[Row], _ids: list[int]) -> None:
    """What the closing would do if it were confirmed now, as the page tells the second person; null once it is done."""
    years = {row["year"] for row in rows if row["closed_at"] is None}
    found = {(public_id(unit.unit_id), year): unit for year in years for unit in unit_years(session, actor, year)}
    for row in rows:
        unit = found.get((row["unit_id"], row["year"])) if row["closed_at"] is None else None
        count, fen = unit.goes_over if unit is not None else (None, None)
        row |= {
            "goes_over": count,
            "goes_over_fen": fen,
            "goes_back_fen": unit.taken_back if unit is not None else None,
        }


def _accounts(actor: Actor) -> ColumnElement[bool]:
    """Finance sees the queue of the whole bureau, staff the accounts of the people they see, others their own or their
    unit's."""
    if actor.has(*_CHECKERS):
        return true()
    units = select(Unit.payee_id).where(among(Unit.id, actor.units(R.EMPLOYER)))
    own = or_(BankAccount.person_id == actor.person_id, BankAccount.person_id.in_(units))
    if not actor.has(*_FILE_READERS):
        return own
    return or_(own, BankAccount.person_id.in_(select(Person.id).where(visible_persons(actor))))


OF_MONEY: tuple[PlainThing, ...] = (
    PlainThing(
        "sealed-lists",
        "SealedList",
        LongAct.id,
        frozenset({R.FINANCE_CHECKER}),
        (
            *columns_of(LongAct, "state seal total total_fen done made_at ended_at"),
            Shown("held", LongAct.held, Kind.LIST, change=_ids),
        ),
        _own_lists,
        (Filter("state", LongAct.state, Kind.TEXT, STATES),),
    ),
    PlainThing(
        "budget-movements",
        "BudgetMovement",
        BudgetMovement.id,
        FINANCE | ABOVE,
        (
            *columns_of(BudgetMovement, "budget_line_id kind amount_fen basis from_line_id proposal_id at"),
            Shown("made_by_id", BudgetMovement.made_by, Kind.ID),
            Shown("confirmed_by_id", BudgetMovement.confirmed_by, Kind.ID, nullable=True),
            Shown("is_open", _is_open(), Kind.YES),
        ),
        lines_of,
        equal(BudgetMovement, "budget_line"),
        ((BudgetLine, BudgetLine.id == BudgetMovement.budget_line_id),),
    ),
    PlainThing(
        "ledger-corrections",
        "LedgerCorrection",
        LedgerCorrection.id,
        FINANCE | ABOVE,
        (
            Shown("payment_id", LedgerCorrection.item_id, Kind.ID),
            *columns_of(LedgerCorrection, "from_line_id to_line_id kind amount_fen reason proposal_id"),
            *columns_of(LedgerCorrection, "entry_id out_entry_id in_entry_id at"),
            Shown("made_by_id", LedgerCorrection.made_by, Kind.ID),
            Shown("confirmed_by_id", LedgerCorrection.confirmed_by, Kind.ID, nullable=True),
            Shown("is_open", _is_unanswered(), Kind.YES),
        ),
        lines_of,
        (Filter("payment", LedgerCorrection.item_id, Kind.ID), *equal(LedgerCorrection, "from_line to_line")),
        ((BudgetLine, BudgetLine.id == LedgerCorrection.from_line_id),),
    ),
    PlainThing(
        "year-closings",
        "YearClosing",
        YearClosing.id,
        FINANCE,
        (
            *columns_of(YearClosing, "unit_id year basis made_at closed_at carried carried_fen taken_back_fen"),
            Shown("made_by_id", YearClosing.made_by, Kind.ID),
            Shown("closed_by_id", YearClosing.closed_by, Kind.ID, nullable=True),
        ),
        _own_years,
        equal(YearClosing, "year unit"),
        more=(
            Shown("goes_over", None, Kind.NUMBER, nullable=True),
            Shown("goes_over_fen", None, Kind.FEN, nullable=True),
            Shown("goes_back_fen", None, Kind.FEN, nullable=True),
        ),
        finish=_what_closing_does,
    ),
    PlainThing(
        "bank-accounts",
        "BankAccount",
        BankAccount.id,
        _FILE_READERS | {R.EXPERT, R.EMPLOYER, *_CHECKERS},
        (
            *columns_of(BankAccount, "person_id holder_name bank_name branch_code"),
            Shown("account", BankAccount.account_last4, Kind.TEXT, change=mask_account),
            *columns_of(BankAccount, "state made_at checked_at held_until"),
            Shown("made_by_id", BankAccount.made_by, Kind.ID),
            Shown("checked_by_id", BankAccount.checked_by, Kind.ID, nullable=True),
        ),
        _accounts,
        (
            Filter("state", BankAccount.state, Kind.TEXT, ("unchecked", "settled", "refused", "replaced")),
            *equal(BankAccount, "person"),
        ),
    ),
    PlainThing(
        "invoices",
        "Invoice",
        Invoice.id,
        _FILE_READERS | {R.EXPERT, R.EMPLOYER, R.HR, R.SECTOR},
        columns_of(Invoice, "claim_id code number issued_on seller amount_fen at released_at"),
        visible_cases,
        equal(Invoice, "claim number"),
        ((Case, Case.id == Invoice.claim_id),),
    ),
    PlainThing(
        "money-rules",
        "MoneyRules",
        MoneyRule.id,
        FINANCE | {R.TALENT_OFFICE},
        (
            *columns_of(MoneyRule, "kind director_fen meeting_fen hold_days basis proposal_id at"),
            Shown("made_by_id", MoneyRule.made_by, Kind.ID),
            Shown("confirmed_by_id", MoneyRule.confirmed_by, Kind.ID, nullable=True),
            Shown("is_open", _rules_unanswered(), Kind.YES),
        ),
        lambda _actor: true(),
        equal(MoneyRule, "kind"),
    ),
)
