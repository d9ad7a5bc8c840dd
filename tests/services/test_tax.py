"""Gross, withheld and net: what the policy's treatment keeps back, and what the year came to."""

import pytest
from sqlalchemy import update

from concierge.db import transaction
from concierge.models.policy import PolicyVersion
from concierge.queries.rosters import roster_rows
from concierge.queries.year_statement import year_statement
from concierge.rules.tax import Tax, withheld
from concierge.services.verify_money import verify_money
from tests.office import EXPERT
from tests.paying import VERSION, Paying
from tests.services.test_bank_results import answer, apply, look


@pytest.mark.parametrize(
    ("tax", "gross", "kept"),
    [
        ("incidental", 10_000_00, 2_000_00),
        ("incidental", 103, 21),
        ("wages", 10_000_00, 0),
        ("exempt", 5, 0),
        ("", 5, 0),
    ],
)
def test_only_incidental_income_is_taxed_at_the_source(tax: str, gross: int, kept: int) -> None:
    assert withheld(Tax(tax), gross) == kept


def taxed(paying: Paying, version: int, tax: str) -> None:
    with paying.session() as session, transaction(session):
        session.execute(update(PolicyVersion).where(PolicyVersion.id == version).values(schedule={"tax": tax}))


def test_tax_is_kept_back_shown_on_the_roster_and_told_for_the_year(paying: Paying) -> None:
    taxed(paying, VERSION, "incidental")
    taxed(paying, VERSION + 1, "wages")
    batch = paying.sent(10_000_00)
    wages = paying.sent(3_000_00, policy=1, line=342)
    with paying.session() as session:
        [row] = roster_rows(session, batch)
    assert (row.amount_fen, row.withheld_fen, row.net_fen) == (10_000_00, 2_000_00, 8_000_00)
    for number, (one, fen) in enumerate(((batch, 8_000_00), (wages, 3_000_00))):
        said = answer(paying, paying.items_of(one)[0], "success", amount_fen=fen, serial=str(number))
        apply(paying, look(paying, [said], file=f"{number}-", batch=one).run_id)
    with paying.session() as session, transaction(session):
        page, before = (year_statement(session, person_id=EXPERT, year=year) for year in (2026, 2025))
        assert [check.name for check in verify_money(session) if not check.ok] == []
    figures = [(g.tax, g.total("gross_fen"), g.total("withheld_fen"), g.total("net_fen")) for g in page.groups]
    assert figures == [(Tax.WAGES, 3_000_00, 0, 3_000_00), (Tax.INCIDENTAL, 10_000_00, 2_000_00, 8_000_00)]
    assert (page.total("gross_fen"), page.total("net_fen")) == (13_000_00, 11_000_00)
    assert before.groups == ()
