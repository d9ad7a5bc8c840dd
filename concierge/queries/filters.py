"""What a worklist shows, read from the address and written back to it: view, band, conditions, place in the list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.engine.declare import FLOWS

VIEWS = ("all", "mine", "out", "followed", "unassigned")
BANDS = ("overdue", "today", "soon", "ample", "correction", "paused")
LONGEST = 60


@dataclass(frozen=True)
class Place:
    """A place between two rows of a list in its order: waiting clocks last, then due date, then id."""

    rank: int
    due_on: date
    id: int

    def __str__(self) -> str:
        return f"{self.rank}.{self.due_on.isoformat()}.{public_id(self.id)}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """A place from an address; None for anything that is none."""
        rank, _, rest = text.partition(".")
        day, _, ident = rest.partition(".")
        try:
            return cls(int(rank) if rank in ("0", "1") else 0, date.fromisoformat(day), parse_id(ident))
        except (ValueError, NotFound):
            return None


@dataclass(frozen=True)
class WorkFilter:
    """The state of a worklist. All of it is in the address, so that it can be kept and sent to a colleague."""

    view: str = "all"
    band: str = ""
    text: str = ""
    kind: str = ""
    state: str = ""
    holder: int | None = None
    tag: str = ""
    after: Place | None = None
    before: Place | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], *, view: str = "all") -> "WorkFilter":
        """The filter an address asks for; unknown values are left out, never an error."""
        kind = given.get("kind", "")
        flow = FLOWS.get(kind)
        state = given.get("state", "")
        return cls(
            view=_one_of(given.get("view", ""), VIEWS) or view,
            band=_one_of(given.get("band", ""), BANDS),
            text=_short(given.get("q", "")),
            kind=kind if flow is not None else "",
            state=state if flow is not None and state in flow.states else "",
            holder=_ident(given.get("holder", "")),
            tag=_short(given.get("tag", "")),
            after=Place.read(given.get("after", "")),
            before=Place.read(given.get("before", "")),
        )

    def params(self, **changes: Any) -> dict[str, Any]:
        """The words of the address for this filter with some things changed; a change forgets the place."""
        new = replace(self, **({"after": None, "before": None} | changes))
        said = {
            "view": new.view if new.view != "all" else "",
            "band": new.band,
            "q": new.text,
            "kind": new.kind,
            "state": new.state,
            "holder": public_id(new.holder) if new.holder is not None else "",
            "tag": new.tag,
            "after": str(new.after) if new.after is not None else "",
            "before": str(new.before) if new.before is not None else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether conditions beside the view leave something out."""
        return bool(self.band or self.text or self.kind or self.state or self.holder or self.tag)

    @property
    def is_typed(self) -> bool:
        """Whether it holds what somebody typed or picked out of many: no query is kept for that."""
        return bool(self.text or self.tag or self.holder)


def _one_of(given: str, known: tuple[str, ...]) -> str:
    return given if given in known else ""


def _short(given: str) -> str:
    return " ".join(given.replace("\x00", "").split())[:LONGEST]


def _ident(given: str) -> int | None:
    try:
        return parse_id(given)
    except NotFound:
        return None
