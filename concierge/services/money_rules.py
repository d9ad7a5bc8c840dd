"""Setting the money rules: one person of the talent office proposes with a document, another one confirms."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.audit import old_and_new, record
from concierge.engine.judge import SAME_PERSON
from concierge.models.claim import Claim
from concierge.models.district import District
from concierge.models.money_rules import MoneyRule
from concierge.models.two_persons import CONFIRMED, PROPOSED, REFUSED
from concierge.queries.money_rules import rules_in_force
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules
from concierge.services.people import only
from concierge.services.repeats import once

LONGEST_HOLD = 60


def propose_rules(session: Session, *, actor: Actor, now: datetime, rules: MoneyRules, key: str | None = None) -> int:
    """Propose tiers (fen) and hold (working days) with their basis; nothing changes yet. Raises Invalid."""
    only(actor, Role.TALENT_OFFICE)
    wrong = []
    if not 0 < rules.director_fen < rules.meeting_fen:
        text = _("The meeting determines higher amounts than the director, and the director some.")
        wrong.append(Reason("tiers_rise", text, "meeting"))
    if not 0 <= rules.hold_days <= LONGEST_HOLD:
        wrong.append(Reason("hold", _("The hold is between 0 and %(n)s working days.", n=LONGEST_HOLD), "hold_days"))
    if not rules.basis.strip():
        wrong.append(Reason("basis_missing", _("Name the document this is based on."), "basis"))
    if wrong:
        raise Invalid(*wrong)
    with once(session, actor, now, "propose-money-rules", key, asdict(rules)) as told:
        if told.id:
            return told.id
        made: dict[str, Any] = {"kind": PROPOSED, "confirmed_by": None, "proposal_id": None}
        made |= {"made_by": actor.account_id, "made_by_key": actor.person_key}
        told.id = _write(session, actor, now, rules, made)
    return told.id


def answer_rules(
    session: Session, *, actor: Actor, now: datetime, proposal_id: int, accept: bool, key: str | None = None
) -> None:
    """The second person's answer; confirmed rules hold from now on, for what is decided from now on.

    Raises NotFound, and Refusal for the proposer himself and for an answered proposal.
    """
    only(actor, Role.TALENT_OFFICE)
    with once(session, actor, now, "answer-money-rules", key, {"proposal": proposal_id, "accept": accept}) as told:
        if told.id:
            return
        # The district is locked first, so that two answers come one after the other.
        session.execute(select(District.id).where(District.id == actor.district_id).with_for_update())
        wanted = select(MoneyRule).where(MoneyRule.id == proposal_id, MoneyRule.kind == PROPOSED)
        proposal = session.execute(wanted).scalar_one_or_none()
        if proposal is None:
            raise NotFound()
        if proposal.made_by_key in actor.person_keys:
            raise Refusal(SAME_PERSON)
        answered = select(MoneyRule.id).where(MoneyRule.proposal_id == proposal_id)
        if session.execute(answered).first() is not None:
            raise Refusal(Reason("already_answered", _("this proposal has been answered already")))
        rules = MoneyRules(proposal.director_fen, proposal.meeting_fen, proposal.hold_days, proposal.basis)
        made = {"kind": CONFIRMED if accept else REFUSED, "confirmed_by": actor.account_id, "proposal_id": proposal_id}
        made |= {"made_by": proposal.made_by, "made_by_key": proposal.made_by_key}
        _write(session, actor, now, rules, made)
        told.id = proposal_id
        if accept:
            _sort_anew(session, rules)


def _sort_anew(session: Session, rules: MoneyRules) -> None:
    """What is not determined yet is decided by the new tiers."""
    fen = Claim.amount_fen
    tier = case((fen <= rules.director_fen, "director"), (fen <= rules.meeting_fen, "meeting"), else_="leading_group")
    undecided = update(Claim).where(Claim.approved_fen.is_(None)).values(tier=tier)
    session.execute(undecided, execution_options={"synchronize_session": False})


def minutes_missing(rules: MoneyRules) -> Reason:
    """Why an amount above the director's tier is not decided without minutes."""
    text = _("An amount above %(sum)s needs the number of the meeting minutes.", sum=money(rules.director_fen))
    return Reason("minutes_missing", text, "minutes_number")


def _write(session: Session, actor: Actor, now: datetime, rules: MoneyRules, made: dict[str, Any]) -> int:
    figures = {"director_fen": rules.director_fen, "meeting_fen": rules.meeting_fen, "hold_days": rules.hold_days}
    row: dict[str, Any] = {"id": new_id(), "district_id": actor.district_id, "basis": rules.basis.strip(), "at": now}
    held = rules_in_force(session)
    session.execute(insert(MoneyRule), [row | figures | made])
    act, kind = f"{made['kind']}-money-rules", "money_rule"
    data = figures | old_and_new({name: getattr(held, name) for name in figures}, figures)
    record(session, act=act, actor=actor, now=now, subject_kind=kind, subject_id=row["id"], data=data)
    return int(row["id"])
