"""The two worklists: a specialist's desk and the work of a unit. All state is in the address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import local_date
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS, UNIT_STAFF, the_desk
from concierge.engine.declare import FLOWS
from concierge.queries.filters import WorkFilter
from concierge.queries.saved_views import KeptView, kept_views
from concierge.queries.worklist import Worklist, states_of, worklist
from concierge.rules.lights import Band
from concierge.web.doors import door
from concierge.web.permits import permit

BANDS = {
    "overdue": _("Overdue"),
    "today": _("Due today"),
    "soon": _("Within 3 working days"),
    "ample": _("More time"),
    "correction": _("Waiting for the expert's correction"),
    "paused": _("Clock paused"),
}
LIGHTS = {"overdue": "red", "today": "yellow", "soon": "yellow"}
VIEWS = {
    "all": _("All open"),
    "mine": _("Mine to do"),
    "out": _("With other units"),
    "followed": _("Followed"),
    "unassigned": _("To be assigned"),
}
GROUPS = BANDS | {"none": Band.NONE.label}


@dataclass(frozen=True)
class Shown:
    """A worklist with its addresses."""

    page: Worklist
    endpoint: str
    kept: tuple[KeptView, ...] = ()

    def url(self, **changes: Any) -> str:
        """The address of this list with some things changed."""
        return url_for(self.endpoint, **self.page.wanted.params(**changes))

    @property
    def query(self) -> str:
        """The state of this list as the words of an address."""
        return urlencode(self.page.wanted.params())

    @property
    def strip(self) -> list[dict[str, Any]]:
        """The six deadline counts; each leads to its rows among everything open."""
        wanted = self.page.wanted
        return [
            {
                "count": str(self.page.bands[name]),
                "text": text,
                "light": LIGHTS.get(name, "") if self.page.bands[name].n else "",
                "url": url_for(self.endpoint, band=None if wanted.band == name else name),
                "current": wanted.band == name,
            }
            for name, text in BANDS.items()
        ]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """The views with their counts, then the reader's own."""
        own = self.own
        everybodys = [
            {
                "text": VIEWS[name],
                "url": url_for(self.endpoint, view=name if name != "all" else None),
                "count": str(count),
                "current": own is None and self.page.wanted.view == name,
                "hot": False,
            }
            for name, count in self.page.views.items()
        ]
        return everybodys + [
            {"text": view.name, "url": url_for(self.endpoint, **view.query), "current": view is own}
            for view in self.kept
        ]

    @property
    def own(self) -> KeptView | None:
        """The reader's own view that this list shows now."""
        return next((view for view in self.kept if view.query == self.conditions), None)

    @property
    def may_be_kept(self) -> bool:
        """Whether there is something to keep that is not kept yet."""
        return self.own is None and bool(self.conditions)

    @property
    def conditions(self) -> dict[str, Any]:
        """What this list leaves out, in the words of an address; not the place in it."""
        return self.page.wanted.params(after=None)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """The conditions that are on, each with the address without it."""
        wanted = self.page.wanted
        holder = next((str(name) for unit, name in self.page.holders if unit == wanted.holder), "")
        on: list[tuple[str, Text | str | None, dict[str, Any]]] = [
            ("band", BANDS.get(wanted.band), {"band": ""}),
            ("text", _("“%(text)s”", text=wanted.text) if wanted.text else None, {"text": ""}),
            ("kind", FLOWS[wanted.kind].title if wanted.kind else None, {"kind": "", "state": ""}),
            ("state", FLOWS[wanted.kind].states[wanted.state].label if wanted.state else None, {"state": ""}),
            ("holder", _("With %(unit)s", unit=holder) if holder else None, {"holder": None}),
            ("tag", _("Tag: %(word)s", word=wanted.tag) if wanted.tag else None, {"tag": ""}),
        ]
        return [{"text": text, "remove_url": self.url(**change)} for _name, text, change in on if text]

    @property
    def kinds(self) -> list[tuple[str, Any]]:
        """The kinds to choose from."""
        return [("", _("All kinds"))] + [(kind, FLOWS[kind].title) for kind in self.page.kinds]

    @property
    def states(self) -> list[tuple[str, Any]]:
        """The states to choose from, once a kind is chosen."""
        return [("", _("All steps")), *states_of(self.page.wanted.kind)]

    @property
    def units(self) -> list[tuple[str, Any]]:
        """The holders to choose from."""
        return [("", _("Anybody's turn"))] + [(public_id(unit), name) for unit, name in self.page.holders]

    @property
    def tags(self) -> list[tuple[str, Any]]:
        """The tags to choose from."""
        return [("", _("All tags"))] + [(word, word) for word in self.page.tags]

    def group(self, band: str) -> str:
        """The heading of a band, with its count where the list shows all of it."""
        wanted = self.page.wanted
        whole = wanted.view == "all" and not (wanted.text or wanted.kind or wanted.holder or wanted.tag)
        label = GROUPS[band]
        if not whole or band not in self.page.bands:
            return str(label)
        return str(_("%(band)s · %(n)s", band=label, n=str(self.page.bands[band])))


@bp.get("/desk", endpoint="worklist")
@permit(*SPECIALISTS)
def desk_list() -> Response:
    """Everything open for my experts, most urgent first."""
    return show(unit=False)


@bp.get("/unit-work")
@permit(*UNIT_STAFF)
def unit_work() -> Response:
    """Everything my unit has in hand."""
    return show(unit=True)


def show(*, unit: bool) -> Response:
    """The page, or only its region when htmx asks for that."""
    desk = the_desk(unit=unit)
    page = worklist(door.session, desk, WorkFilter.read(request.args))
    shown = Shown(page, "desk.unit_work" if unit else "desk.worklist", kept_views(door.session, door.actor, desk.name))
    region = request.headers.get("HX-Target") == "work"
    today = local_date(door.now, desk.calendar.zone)
    answer = door.render(
        "bits/desk/worklist_region.html" if region else "pages/desk/worklist_list.html",
        list=shown,
        page=page,
        today=today,
        is_working_day=desk.calendar.is_working(today),
        counted_for=desk.calendar.received(desk.now),
        may_assign=door.actor.has(*SPECIALISTS),
    )
    answer.headers["Vary"] = "HX-Request, HX-Target"
    return answer
