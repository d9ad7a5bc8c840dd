"""What a version adds to a paid month is due as an arrear: what becomes of it when the next version says otherwise."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, update

from concierge.db import transaction
from concierge.engine.run import Act
from concierge.models.clawback import ClawbackLine
from concierge.models.entitlement import Accrual
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.claims import open_claim
from concierge.services.corrections import Corrected, correct_rights
from concierge.services.exclusions import hold_households, rule_anew
from concierge.services.overpayments import open_recoveries
from tests import office
from tests.benefits import Stage, at
from tests.databases import DISTRICT
from tests.locks import waits
from tests.proving import unsound
from tests.servers import wait_for
from tests.services.test_corrections import correct, corrections, new_version, paid_right

pytestmark = pytest.mark.unmatched


def refuse(stage: Stage, right: int) -> None:
    """Refuse what is due under a right."""
    gone = update(Accrual).where(Accrual.entitlement_id == right, Accrual.state == "due").values(state="refused")
    stage.write(lambda s: s.execute(gone))


def test_what_nobody_claimed_of_an_arrear_is_taken_off_it_and_asked_back_from_nobody(stage: Stage):
    right = paid_right(stage)
    new_version(stage, phd=350_000)
    correct(stage)
    stage.now = at(2, 3)
    new_version(stage, phd=340_000, since=date(2025, 12, 1))
    assert correct(stage) == Corrected(moved=1)
    arrears = {row.period: row.amount_fen for row in stage.accruals(right) if row.state == "due"}
    assert arrears == {"2025-10+v2": 50_000, "2025-11+v2": 50_000, "2025-12+v2": 40_000}
    stage.now = at(2, 4)
    new_version(stage, phd=280_000, since=date(2025, 12, 2))
    assert correct(stage).recovery_fen == 18_065, "what December brings now, 281,935 fen, is less than was paid"
    assert {row.period: row.amount_fen for row in stage.accruals(right) if row.state == "due"}["2025-12+v2"] == 0
    assert open_recoveries(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 1
    owed = stage._read(lambda: stage.session.execute(select(ClawbackLine.amount_fen)).scalars().all())
    assert owed == [18_065], "never what was not paid"
    wrong = stage._read(lambda: {check.name for check in unsound(stage.session)})
    assert "arrears_equal_corrections" not in wrong
    assert stage.claim(stage.draft(right)).amount_fen == 100_000


def test_an_arrear_that_was_refused_is_not_asked_back(stage: Stage):
    right = paid_right(stage)
    new_version(stage, phd=350_000)
    correct(stage)
    refuse(stage, right)
    stage.now = at(2, 3)
    new_version(stage, phd=290_000, since=date(2025, 12, 1))
    assert correct(stage) == Corrected(moved=1, recovery_fen=10_000), "of the 300,000 that were paid for December"


def test_what_was_to_be_asked_back_below_a_refused_arrear_is_asked_no_more_when_the_amount_rises(both_stages: Stage):
    stage = both_stages
    right = paid_right(stage)
    for n, (fen, added, asked) in enumerate([(350_000, 50_000, 0), (280_000, 0, 17_742), (290_000, 0, 0)]):
        stage.now = at(2, 2 + n)
        new_version(stage, phd=fen, since=date(2025, 12, 1 + n))
        assert correct(stage) == Corrected(moved=1, arrears_fen=added, recovery_fen=asked)
        if n == 0:
            refuse(stage, right)
    december = round((350_000 + 280_000 + 29 * 290_000) / 31)
    assert sum(row.amount_fen for row in corrections(stage)) == december - 300_000, "recomputed less what was paid"
    found = {row.period: (row.amount_fen, row.state) for row in stage.accruals(right) if "+v" in row.period}
    assert found == {"2025-12+v2": (50_000, "refused")}, "what was refused stays, and nothing had come back"
    wrong = stage._read(lambda: {check.name for check in unsound(stage.session)})
    assert "arrears_equal_corrections" not in wrong


def test_whose_arrear_is_being_examined_is_corrected_once_it_is_decided(both_stages: Stage):
    stage = both_stages
    right = paid_right(stage)
    new_version(stage, phd=350_000, since=date(2025, 12, 1))
    correct(stage)
    claimed = update(Accrual).where(Accrual.entitlement_id == right, Accrual.state == "due").values(state="claimed")
    stage.write(lambda s: s.execute(claimed))
    stage.now = at(2, 3)
    new_version(stage, phd=280_000, since=date(2025, 12, 2))
    assert correct(stage) == Corrected(), "nothing is asked back that may yet be refused"
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.state == "claimed").values(state="refused")))
    assert correct(stage) == Corrected(moved=1, recovery_fen=17_742), "of the 300,000 that were paid for December"


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_whose_arrear_is_claimed_while_a_new_version_waits_for_it_is_corrected_once_it_is_decided(both_stages: Stage):
    stage = both_stages
    right = paid_right(stage)
    new_version(stage, phd=350_000, since=date(2025, 12, 1))
    correct(stage)
    stage.now = at(2, 3)
    new_version(stage, phd=280_000, since=date(2025, 12, 2))

    def corrected() -> Corrected:
        with stage.database.session() as session:
            return correct_rights(session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now)

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            open_claim(session, Act(office.actor(Role.EXPERT), stage.now, calendar_of(session, DISTRICT)), right)
            waiting = pool.submit(corrected)
            wait_for(lambda: waiting.done() or waits(session), "the correction that waits for the right", 20)
        assert waiting.result(20) == Corrected(), "nothing is asked back that may yet be refused"


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_a_new_version_and_what_falls_due_at_the_same_moment_never_stop_each_other(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    new_version(stage, phd=350_000)

    def corrected() -> Corrected:
        with stage.database.session() as session:
            return correct_rights(session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now)

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            hold_households(session, [office.EXPERT])
            waiting = pool.submit(corrected)
            wait_for(lambda: waiting.done() or waits(session), "the correction that waits for the household", 20)
            rule_anew(session, [office.EXPERT])
        assert waiting.result(20) == Corrected(moved=1)
    assert [row.amount_fen for row in stage.accruals(right)] == [300_000] * 7 + [350_000] * 3
