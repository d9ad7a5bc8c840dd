"""Gross, withheld and net: what the policy's treatment keeps back, and what the year came to."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from concierge.db import transaction
from concierge.models.payment import PaymentItem
from concierge.models.policy import PolicyVersion
from concierge.models.settlement import Difference
from concierge.queries.rosters import roster_rows
from concierge.queries.year_statement import year_statement
from concierge.rules.tax import Tax, withheld
from concierge.services.steps import Wanted, step_named, take_steps
from concierge.services.verify_money import verify_money
from tests.office import EXPERT, actor
from tests.paying import CHECKER, MAKER, VERSION, Paying
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


def test_a_part_that_arrives_carries_its_part_of_the_tax_and_the_rest_brings_its_own(paying: Paying) -> None:
    taxed(paying, VERSION, "incidental")
    batch = paying.sent(10_000_00)
    [item] = paying.items_of(batch)
    day = paying.now.date()
    for serial, fen, on in (("1", 3_000_00, day), ("2", 2_000_00, day.replace(year=2027))):
        paying.now = paying.now.replace(year=on.year)
        said = replace(answer(paying, item, "success", amount_fen=fen, serial=serial), paid_on=on)
        apply(paying, look(paying, [said], file=f"part-{serial}-", batch=batch).run_id)
    apply(paying, look(paying, [answer(paying, item, "bounced", amount_fen=3_000_00)], file="rest", batch=batch).run_id)
    with paying.session() as session:
        difference = session.execute(select(Difference.id)).scalar_one()
    for name, who in (("explain", MAKER), ("issue_again", CHECKER)):
        with paying.session() as session:
            step, wanted = step_named("difference", name), [Wanted(difference)]
            given = {"reason": "限额退回，另行补发"}
            assert take_steps(session, actor=actor(who), now=paying.now, step=step, wanted=wanted, given=given).moved
    with paying.session() as session:
        years = [year_statement(session, person_id=EXPERT, year=year) for year in (2026, 2027)]
        new = session.execute(select(PaymentItem).where(PaymentItem.reissue_of_id == item)).scalar_one()
        assert [check.name for check in verify_money(session) if not check.ok] == []
    told = [(y.total("gross_fen"), y.total("withheld_fen"), y.total("net_fen")) for y in years]
    assert told == [(3_750_00, 750_00, 3_000_00), (2_500_00, 500_00, 2_000_00)]
    assert (new.amount_fen, new.withheld_fen, new.net_fen) == (3_750_00, 750_00, 3_000_00), "together what was granted"
    assert paying.line()[2] == 6_250_00, "the tax on what did not arrive is not spent"
