"""A claim that the office does not answer in time counts as accepted (一次性告知, domain §4)."""

from sqlalchemy import select, update

from concierge.engine.hand_over import hand_over
from concierge.engine.run import Act
from concierge.engine.tables import History, Outbox
from concierge.models.claim import CaseNotice, Claim
from concierge.rules.roles import Role
from concierge.services.claim_deadlines import accept_unanswered
from concierge.workflows.claim import ClaimFlow
from tests import office
from tests.benefits import Stage, at
from tests.cases import CALENDAR


def test_what_nobody_answers_within_five_working_days_is_deemed_accepted(both_stages: Stage):
    stage = both_stages
    machine, giver = office.actor(Role.SPECIALIST_LEAD), office.ACCOUNTS[Role.SPECIALIST]
    claim, answered = stage.draft(stage.active_right("P02")), stage.submitted(stage.active_right("P01"))
    stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    stage.step(ClaimFlow.ask_correction, answered, Role.SPECIALIST, {"items": "缺页"})
    act = Act(machine, at(2, 6), CALENDAR)
    stage.write(lambda rows: hand_over(rows, [claim], act, giver=giver, taker=office.ACCOUNTS[Role.SPECIALIST_LEAD]))
    assert accept_unanswered(stage.session, actor=machine, now=at(2, 9)) == 0
    stage.write(lambda rows: rows.execute(update(Claim).where(Claim.id == claim).values(is_suspended=True)))
    assert accept_unanswered(stage.session, actor=machine, now=at(2, 10)) == 0  # a fact has stopped the benefit
    stage.write(lambda rows: rows.execute(update(Claim).where(Claim.id == claim).values(is_suspended=False)))
    assert [accept_unanswered(stage.session, actor=machine, now=at(2, 10)) for _twice in range(2)] == [1, 0]
    assert (stage.case(claim).state, stage.case(answered).state) == ("accepted", "correction")
    lines = select(History.step, History.role, History.reason).where(History.case_id == claim)
    last = stage._read(lambda: stage.session.execute(lines.order_by(History.version.desc())).first())
    assert (last.step, last.role, last.reason[:2]) == ("deem_accepted", "system", "5个")
    papers = select(CaseNotice.kind).where(CaseNotice.case_id == claim)
    assert stage._read(lambda: stage.session.execute(papers).scalars().all()) == ["deemed_acceptance"]
    told = select(Outbox.subject_id).where(Outbox.topic == "claim-deemed")
    assert stage._read(lambda: stage.session.execute(told).scalars().all()) == [claim]
    stage.step(ClaimFlow.resubmit_to_submitted, answered, Role.EXPERT, now=at(2, 10))
    assert accept_unanswered(stage.session, actor=machine, now=at(2, 14)) == 0  # the papers came on the tenth
