"""One row of a worklist: the columns read in one statement, and what the page shows of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.comment import CaseTag, Comment, Follow, Selection
from concierge.models.district import Unit
from concierge.models.person import Person, PersonFact, TalentStatus
from concierge.queries.course import Position, position, state_of
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.hands import BY_PERSON, in_hands
from concierge.queries.next_acts import NextAct, next_act
from concierge.queries.worklist_scope import RANK, Desk, SomeDesk
from concierge.rules.lights import band

_EMPLOYER, _HOLDER, _LINE, _SAID = aliased(Unit), aliased(Unit), aliased(History), aliased(Comment)
_ASSIGNEE, _DOER = aliased(Account), aliased(Account)


@dataclass(frozen=True)
class WorkRow:
    """A case as the list shows it. `stayed` are working days with whoever has it now."""

    id: int
    version: int
    number: str
    kind: Text
    title: Bilingual
    band: str
    lamp: Lamp
    due_on: date | None
    expert_id: int | None
    expert: str
    category: str
    employer: Bilingual
    state: Text
    position: Position
    who: Text | Bilingual | str
    is_mine: bool
    stayed: int
    latest: Text | str
    latest_on: datetime
    nudges: int
    act: NextAct
    tags: tuple[str, ...]
    is_selected: bool
    is_followed: bool

    @property
    def is_hot(self) -> bool:
        """Whether the deadline is near or over."""
        return self.lamp.light in ("red", "yellow")


def columns(desk: SomeDesk) -> Select[Any]:
    """Everything a row shows, in one statement: parties by join, the rest by small correlated look-ups."""
    me, today = desk.actor.account_id, desk.today
    employer, holder, line, said, assignee, doer = _EMPLOYER, _HOLDER, _LINE, _SAID, _ASSIGNEE, _DOER
    newest = select(func.max(Comment.id)).where(Comment.case_id == Case.id).correlate(Case).scalar_subquery()
    nudged = select(func.count()).where(Comment.case_id == Case.id, Comment.audience == "nudge").correlate(Case)
    tags = select(func.aggregate_strings(CaseTag.word, "\x1f")).where(CaseTag.case_id == Case.id).correlate(Case)
    category = (
        select(TalentStatus.category)
        .where(
            TalentStatus.person_id == Case.expert_id,
            TalentStatus.valid_from <= today,
            or_(TalentStatus.valid_to.is_(None), TalentStatus.valid_to >= today),
        )
        .order_by(TalentStatus.valid_from.desc())
        .limit(1)
        .correlate(Case)
    )
    ticked = select(Selection.id).where(
        Selection.case_id == Case.id, Selection.account_id == me, Selection.list_name == desk.name
    )
    followed = select(Follow.id).where(Follow.case_id == Case.id, Follow.account_id == me)
    marks = select(PersonFact.value["value"].as_boolean()).correlate(Case)
    marks = marks.where(PersonFact.person_id == Case.expert_id, PersonFact.name == "credit_flagged")
    marked = marks.order_by(PersonFact.as_of.desc()).limit(1).scalar_subquery()
    confirmed = and_(Case.kind == "entitlement", Case.state == "confirmed")  # a mark is looked for beside these alone
    plain = (
        Case.id, Case.version, Case.number, Case.kind, Case.title_zh, Case.title_en, Case.state, Case.trail,
        Case.is_open, Case.clock, Case.holder, Case.holder_id, Case.assignee_id, Case.specialist_id, Case.employer_id,
        Case.expert_id, Case.parent_id, Case.since, Case.since_nth, Case.due_on, Case.due_nth, Case.paused_nth,
        RANK.label("rank"),
    )  # fmt: skip
    return (
        select(
            *plain,
            Person.full_name.label("expert"),
            employer.name_zh.label("employer_zh"),
            employer.name_en.label("employer_en"),
            holder.name_zh.label("holder_zh"),
            holder.name_en.label("holder_en"),
            assignee.name.label("assignee"),
            line.step.label("step"),
            line.at.label("step_at"),
            doer.name.label("doer"),
            said.text.label("said"),
            said.audience.label("audience"),
            said.at.label("said_at"),
            nudged.scalar_subquery().label("nudges"),
            tags.scalar_subquery().label("tags"),
            category.scalar_subquery().label("category"),
            ticked.correlate(Case).exists().label("is_selected"),
            followed.correlate(Case).exists().label("is_followed"),
            case((confirmed, marked)).label("is_marked"),
        )
        .outerjoin(Person, Person.id == Case.expert_id)
        .outerjoin(employer, employer.id == Case.employer_id)
        .outerjoin(holder, holder.id == Case.holder_id)
        .outerjoin(assignee, assignee.id == Case.assignee_id)
        .outerjoin(line, and_(line.case_id == Case.id, line.version == Case.version))
        .outerjoin(doer, doer.id == line.actor_id)
        .outerjoin(said, said.id == newest)
    )


def make_row(row: Any, desk: Desk) -> WorkRow:
    """What the page shows of one row."""
    mine = in_hands(row, desk.actor)
    place = band(
        now_nth=desk.now_nth, due_nth=row.due_nth, paused=row.clock == "paused", paused_nth=row.paused_nth
    ).value
    state = state_of(row.kind, row.state)
    latest, latest_on = _latest(row)
    return WorkRow(
        id=row.id,
        version=row.version,
        number=row.number,
        kind=FLOWS[row.kind].title,
        title=Bilingual(row.title_zh, row.title_en),
        band="correction" if place == "paused" and row.holder == "expert" else place,
        lamp=lamp(row, now=desk.now, calendar=desk.calendar),
        due_on=row.due_on,
        expert_id=row.expert_id,
        expert=row.expert or "",
        category=row.category or "",
        employer=Bilingual(row.employer_zh or "", row.employer_en or ""),
        state=state.label if state is not None else Text(row.state),
        position=position(row.kind, row.state, row.trail),
        who=_("Me") if row.assignee_id == desk.actor.account_id else _who(row),
        is_mine=mine,
        stayed=max(desk.now_nth - row.since_nth, 0),
        latest=latest,
        latest_on=latest_on,
        nudges=row.nudges,
        act=next_act(row, desk.actor, mine=mine),
        tags=tuple(sorted(row.tags.split("\x1f"))) if row.tags else (),
        is_selected=row.is_selected,
        is_followed=row.is_followed,
    )


def _who(row: Any) -> Text | Bilingual:
    """With whom it is: the unit with the person in it if one is named, the kind of party otherwise."""
    state = state_of(row.kind, row.state)
    label = state.holder.label if state is not None else Text(row.holder)
    if row.holder == "expert":
        return label
    unit = Bilingual(row.holder_zh or "", row.holder_en or "")
    if row.holder in BY_PERSON:
        return _("%(party)s · %(name)s", party=label, name=row.assignee) if row.assignee else _("Nobody yet")
    if not str(unit):
        return label
    return _("%(party)s · %(name)s", party=unit, name=row.assignee) if row.assignee else unit


def _latest(row: Any) -> tuple[Text | str, datetime]:
    """The newest event: a remark if one was made after the last step, the step otherwise."""
    if row.said_at is not None and (row.step_at is None or row.said_at >= row.step_at):
        if row.audience == "nudge":
            return _("Nudges sent: %(n)s", n=row.nudges), row.said_at
        return row.said, row.said_at
    flow = FLOWS[row.kind]
    step = flow.steps.get(row.step or "")
    label = step.label if step is not None else _("Opened")
    who = row.doer or _("the system")
    return _("%(who)s: %(what)s", who=who, what=label), row.step_at or row.since
