"""The one next act of a case on a list: what the reader can do about it, without loading the case."""

from dataclasses import dataclass
from typing import Any

from concierge.basics.text import Text, _
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Earlier, Step
from concierge.rules.roles import Role

HANDLE = _("Handle it")
NUDGE = _("Nudge")
LOOK = _("View")


@dataclass(frozen=True)
class NextAct:
    """`take` posts a step at once, `open` leads to the case page, `nudge` reminds whoever has it, `view` just looks."""

    way: str
    label: Text
    step: str = ""

    @property
    def is_mine(self) -> bool:
        """Whether it is the reader's turn."""
        return self.way in ("take", "open")


def next_act(row: Any, actor: Actor, *, mine: bool) -> NextAct:
    """The next act for a row with the columns of a case; `mine` says that it is in the reader's hands.

    Guards are not asked here: a step that asks for nothing and stands under no condition is taken at once, everything
    else leads to the page, where every condition is shown.
    """
    steps = main_steps(row, actor)
    if steps and (mine or not _is_specialist(actor)):
        return _mine(steps, row)
    if row.is_open and row.holder not in ("expert", "nobody") and not mine:
        return NextAct("nudge", NUDGE)
    return NextAct("view", LOOK)


def _is_specialist(actor: Actor) -> bool:
    return actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD)


def _mine(steps: list[Step], row: Any) -> NextAct:
    if len(steps) > 1 and all(any(guard.routes for guard in step.when) for step in steps):
        return NextAct("open", HANDLE)
    first = next((step for step in steps if not any(guard.routes for guard in step.when)), steps[0])
    barred = any(_concerns(earlier, row) for earlier in first.not_by)
    marked = getattr(row, "is_marked", None) is True  # on the credit list: to be looked into on the case's page
    plain = first.ask is None and not (first.when or barred or first.danger or marked) and len(steps) == 1
    return NextAct("take" if plain else "open", first.label, first.name)


def _concerns(earlier: Earlier, row: Any) -> bool:
    """Whether a bar can hold this row: one that looks at another case needs a row that points to one."""
    return earlier.at is None or getattr(row, earlier.at.key, earlier) is not None


def main_steps(row: Any, actor: Actor) -> list[Step]:
    """The steps on the main way out of a row's state that the actor's role and hands allow."""
    flow = FLOWS.get(row.kind)
    if flow is None:
        return []
    found = []
    for step in flow.steps.values():
        if step.side or step.retired or row.state not in (source.name for source in step.sources):
            continue
        held = [role for role in step.by if role is not Role.SYSTEM and actor.has(role)]
        if any(flow.reach.may_act_here(role, row, actor) for role in held):
            found.append(step)
    return found
