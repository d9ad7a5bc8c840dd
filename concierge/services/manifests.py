"""A step with a whole set, under a manifest: what moved and what is held can be read again, and held rows retried."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.declare import Step
from concierge.engine.run import Act, Report, Wanted
from concierge.models.job import LongAct
from concierge.services.calendars import calendar_of
from concierge.services.repeats import recall, remember
from concierge.services.steps import take

KIND = "step_set"
MOST = 20_000
ABSENT = Reason("not_found", _("There is no such thing, or you may not see it."))


@dataclass(frozen=True)
class SetReport:
    """What became of each row of a set, and the manifest under which that is kept."""

    moved: list[int]
    held: dict[int, tuple[Reason, ...]]
    manifest: int


def take_set(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    step: Step,
    ids: Collection[int] = (),
    manifest: int | None = None,
    given: Mapping[str, Any],
    key: str | None = None,
) -> SetReport:
    """Take one step with a set of cases, in one transaction, and keep the report under a manifest.

    With `manifest` the rows that an earlier set left held are tried again, and the answer covers that whole set.
    Absent rows and rows out of sight are held alike. Raises Invalid for wrong input, NotFound for another's manifest.
    """
    asked = list(dict.fromkeys(ids))
    if len(asked) > MOST:
        raise Invalid(Reason("too_many", _("At most %(n)s rows at once.", n=MOST), "ids"))
    data = step.ask.clean(given) if step.ask is not None else {}
    reason = data.pop("reason", None)
    body = {"step": step.name, "ids": asked, "manifest": manifest, "data": data, "reason": reason}
    name = f"{step.flow.kind}.{step.name}.set"
    with transaction(session):
        known = recall(session, actor, name, key, body)
        if known is not None:
            return _report(session.get_one(LongAct, known["manifest"]))
        kept = _begun(session, actor, step, asked, now) if manifest is None else _own(session, actor, step, manifest)
        act = Act(actor, now, calendar_of(session, actor.district_id), reason, data or None)
        report = take(session, step, [Wanted(i) for i in _left(kept)], act)
        kept.held = _words(report)
        kept.ended_at = now
        remember(session, actor, name, key, body, {"manifest": kept.id}, now)
        return _report(kept)


def _begun(session: Session, actor: Actor, step: Step, ids: Sequence[int], now: datetime) -> LongAct:
    made = LongAct(
        id=new_id(),
        district_id=actor.district_id,
        account_id=actor.account_id,
        kind=KIND,
        step=f"{step.flow.kind}.{step.name}",
        lines=ids,
        data={},
        seal=hashlib.sha256(json.dumps(ids).encode()).hexdigest(),
        total=len(ids),
        done=len(ids),
        held={str(i): [] for i in ids},
        state="done",
        made_at=now,
    )
    session.add(made)
    return made


def _own(session: Session, actor: Actor, step: Step, manifest: int) -> LongAct:
    found = session.execute(
        select(LongAct)
        .where(
            LongAct.id == manifest,
            LongAct.kind == KIND,
            LongAct.account_id == actor.account_id,
            LongAct.step == f"{step.flow.kind}.{step.name}",
        )
        .with_for_update()
    ).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _left(kept: LongAct) -> list[int]:
    return [i for i in kept.lines if str(i) in kept.held]


def _words(report: Report) -> dict[str, Any]:
    """What is held, in a form that can be kept."""
    held = dict.fromkeys(report.absent, (ABSENT,)) | report.held
    return {str(i): [[r.code, r.text.msgid, dict(r.text.params), r.field] for r in held[i]] for i in held}


def _report(kept: LongAct) -> SetReport:
    held = {
        int(i): tuple(Reason(code, Text(msgid, params), field) for code, msgid, params, field in reasons)
        for i, reasons in kept.held.items()
    }
    return SetReport([i for i in kept.lines if i not in held], held, kept.id)
