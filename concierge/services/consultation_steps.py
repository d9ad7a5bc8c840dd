"""What the steps of a policy consultation do beside moving it: who answers, who is asked, what an answer rests on."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import new_id, parse_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.entrust import entrust
from concierge.models.account import AccountGrant, in_force
from concierge.models.consultation import Citation, Consultation
from concierge.models.district import Unit
from concierge.queries.citable import check_places
from concierge.rules.consultation import CLAUSES
from concierge.rules.roles import Role, UnitKind
from concierge.services.care_steps import write_ratings
from concierge.services.steps import Taking, after, before
from concierge.workflows.consultation import ConsultationFlow as Flow

NEVER_ASKED = (UnitKind.VILLAGE.value, UnitKind.SUPERVISION.value)


def _write(taking: Taking, ids: list[int], **values: Any) -> None:
    taking.session.execute(
        update(Consultation).where(among(Consultation.id, ids)).values(**values),
        execution_options={"synchronize_session": False},
    )


def _named(taking: Taking, field: str) -> int:
    try:
        return parse_id(str(taking.data.get(field, "")))
    except NotFound:
        return 0


@before(Flow.assign)
def give_to_specialist(taking: Taking, ids: list[int]) -> None:
    """The specialist named answers. Raises Invalid for anybody who is none today."""
    wanted = _named(taking, "specialist")
    today = local_date(taking.act.now, taking.act.calendar.zone)
    grant = AccountGrant
    known = select(grant.account_id).where(
        grant.account_id == wanted, grant.role == Role.SPECIALIST.value, in_force(today)
    )
    if taking.session.execute(known.limit(1)).first() is None:
        raise Invalid.because("no_specialist", _("Please choose a specialist of this district."), "specialist")
    entrust(taking.session, ids, taking.act, specialist=wanted)


@before(Flow.ask_opinion)
def ask_the_unit(taking: Taking, ids: list[int]) -> None:
    """The unit whose reading is wanted. Raises Invalid for a unit not of this district."""
    wanted = _named(taking, "unit")
    known = select(Unit.id).where(Unit.id == wanted, Unit.kind.not_in(NEVER_ASKED))
    if taking.session.execute(known).first() is None:
        raise Invalid.because("unknown_unit", _("Please choose a unit of this district."), "unit")
    _write(taking, ids, opinion_unit_id=wanted, opinion="")


@before(Flow.give_opinion)
def keep_the_opinion(taking: Taking, ids: list[int]) -> None:
    """What the unit says, for the specialist who answers."""
    _write(taking, ids, opinion=taking.data["opinion"])


@before(Flow.reply)
def keep_the_answer(taking: Taking, ids: list[int]) -> None:
    """The answer and every clause it rests on, at least one. Raises Invalid for a place that may not be cited."""
    keys = {name: str(taking.data[name]) for name in CLAUSES if taking.data.get(name)}
    places: list[tuple[int, str]] = []
    for name, key in keys.items():
        try:
            places += check_places(taking.session, [key])
        except NotFound:
            text = _("Please choose a clause of a published policy version.")
            raise Invalid.because("unknown_clause", text, name) from None
    _rest_on(taking, ids, dict.fromkeys(places))
    _keep(taking, ids, none_applies=False)


@before(Flow.reply_none)
def keep_that_none_applies(taking: Taking, ids: list[int]) -> None:
    """An answer that says so: no policy applies to what was asked."""
    _rest_on(taking, ids, ())
    _keep(taking, ids, none_applies=True)


def _keep(taking: Taking, ids: list[int], *, none_applies: bool) -> None:
    next_step = taking.data.get("next_step") or ""
    _write(taking, ids, answer=taking.data["answer"], next_step=next_step, none_applies=none_applies)


def _rest_on(taking: Taking, ids: list[int], places: Iterable[tuple[int, str]]) -> None:
    """The citations of the present answer; those of an earlier one stand in the history."""
    taking.session.execute(delete(Citation).where(among(Citation.case_id, ids)))
    district = taking.act.actor.district_id
    rows = [
        {"id": new_id(), "district_id": district, "case_id": case, "policy_version_id": version, "path": path}
        for case in ids
        for version, path in places
    ]
    if rows:
        taking.session.execute(insert(Citation), rows)


@after(Flow.rate)
def keep_the_rating(taking: Taking, ids: list[int]) -> None:
    """What the asker thinks of the answer, never edited; a poor one opens a visit back by somebody else (好差评)."""
    c = Consultation
    rows = taking.session.execute(select(c.id, c.specialist_id, c.opinion_unit_id, c.expert_id).where(among(c.id, ids)))
    write_ratings(taking, [tuple(row) for row in rows])
