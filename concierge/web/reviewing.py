"""What the reviewers' rooms share: a list of what waits, a page with evidence and conditions, decide and go on."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import Text, _
from concierge.engine.declare import Step
from concierge.engine.run import Report, Wanted
from concierge.queries.filters import Place
from concierge.queries.review_case import ReviewCase, review_case
from concierge.queries.reviews import BANDS, STATE_OF, ReviewFilter, Reviews, next_review, reviews
from concierge.queries.worklist_scope import Desk
from concierge.rules.lights import Band
from concierge.rules.roles import Role
from concierge.rules.tiers import Tier
from concierge.services.calendars import calendar_of
from concierge.services.reviews import pass_review, pass_steps, pass_together
from concierge.services.steps import take_step
from concierge.web.doors import door
from concierge.web.forms import Form, form_for

MARK = "mark-"
SUMMARY = "checked"
LIGHTS = {"overdue": "red", "today": "yellow", "soon": "yellow"}


@dataclass(frozen=True)
class Room:
    """A room in which claims are reviewed: its role, its blueprint, and whether every condition is marked there."""

    role: Role
    name: str
    title: Text
    marks: bool = False
    tiers: bool = False
    together: bool = True

    def url(self, endpoint: str = "reviews", **given: Any) -> str:
        """An address of this room."""
        return url_for(f"{self.name}.{endpoint}", **given)


@dataclass(frozen=True)
class Shown:
    """A list of reviews with its addresses."""

    room: Room
    page: Reviews

    def url(self, **changes: Any) -> str:
        """The address of this list with some things changed."""
        wanted = self.page.wanted
        said = {"band": wanted.band, "q": wanted.text, "tier": wanted.tier} | changes
        return self.room.url(**{name: value for name, value in said.items() if value})

    @property
    def strip(self) -> list[dict[str, Any]]:
        """The deadline counts, which are filters."""
        return [
            {
                "count": str(self.page.bands[name]),
                "text": Band(name).label,
                "light": LIGHTS.get(name, "") if self.page.bands[name].n else "",
                "url": self.url(band="" if self.page.wanted.band == name else name),
                "current": self.page.wanted.band == name,
            }
            for name in BANDS
        ]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """The tiers of amounts with their counts."""
        every: list[dict[str, Any]] = [
            {"text": _("All amounts"), "url": self.url(tier=""), "current": not self.page.wanted.tier, "count": ""}
        ]
        return every + [
            {
                "text": _("%(tier)s, %(span)s", tier=tier.label, span=self.page.rules.span(tier)),
                "url": self.url(tier=tier.value),
                "current": self.page.wanted.tier == tier.value,
                "count": str(self.page.tiers[tier.value]),
            }
            for tier in Tier
        ]

    @property
    def pager(self) -> dict[str, Any]:
        """The pages before and after."""
        earlier, later = self.page.earlier, self.page.later
        return {
            "text": _("%(n)s claims wait", n=str(self.page.found)),
            "prev_url": self.url(before=str(earlier)) if earlier is not None else "",
            "next_url": self.url(after=str(later)) if later is not None else "",
        }


def _desk() -> Desk:
    return Desk(door.actor, door.now, calendar_of(door.session, door.actor.district_id), unit=True)


def list_page(room: Room) -> Response:
    """What waits for this room, most urgent first."""
    given = request.args
    tier = given.get("tier", "")
    wanted = ReviewFilter(
        band=given.get("band", "") if given.get("band") in BANDS else "",
        text=" ".join(given.get("q", "").replace("\x00", "").split())[:60],
        tier=tier if tier in [t.value for t in Tier] else "",
        after=Place.read(given.get("after", "")),
        before=Place.read(given.get("before", "")),
    )
    page = reviews(door.session, _desk(), room.role, wanted)
    return door.render(f"pages/{room.name}/review_list.html", room=room, list=Shown(room, page), page=page, key=_key())


def show_page(room: Room, claim_id: int, *, attempt: "Attempt | None" = None) -> Response:
    """One claim for review. It stays readable when it has moved on; then nothing can be decided here."""
    case = review_case(door.session, _desk(), claim_id)
    step = pass_steps(door.session, actor=door.actor, role=room.role, claim_ids=[claim_id])[claim_id]
    here = case.state == STATE_OF[room.role]
    return door.render(
        f"pages/{room.name}/review_show.html",
        status=200 if attempt is None else 422,
        room=room,
        case=case,
        step=step,
        asked=[field.name for field in step.ask.fields if field.name != SUMMARY] if step.ask is not None else [],
        way=case.way(step.name) if here else None,
        exits=_exits(case, step) if here else [],
        form=attempt.form if attempt is not None else form_for(step)(**_typed(case)),
        marks=attempt.marks if attempt is not None else {},
        wrong=attempt.wrong if attempt is not None else {},
        summary=attempt.summary if attempt is not None else [],
        key=_key(),
        version=door.version() or case.version,
        has_errors=attempt is not None,
    )


@dataclass(frozen=True)
class Attempt:
    """What was typed and refused: the form, the marks, and what is wrong with single conditions."""

    form: Form
    marks: dict[int, str]
    wrong: dict[str, str]

    @classmethod
    def of(cls, form: Form, marks: dict[int, str], wrong: Invalid) -> "Attempt":
        """Sort the reasons: those of conditions stand beside them, the others in the form."""
        of_marks = {r.field: str(r.text) for r in wrong.reasons if r.field is not None and r.field.startswith(MARK)}
        others = [reason for reason in wrong.reasons if reason.field not in of_marks]
        if others:
            form.take_errors(Invalid(*others))
        return cls(form, marks, of_marks)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Every fault with the field it belongs to, in the order of the page."""
        found = [(f"{name}-met", text) for name, text in self.wrong.items()]
        found += [("", str(text)) for text in self.form.general_errors]
        for field in self.form:
            found += [(field.id, str(_("%(field)s: %(text)s", field=field.label.text, text=e))) for e in field.errors]
        return found


def _typed(case: ReviewCase) -> dict[str, Any]:
    """What a fresh form already says, in yuan: the amount that is due, of invoices what they come to at most."""
    yuan, cents = divmod(case.amount_fen if case.invoices is None else case.invoices.most_fen, 100)
    return {"approved_fen": f"{yuan}.{cents:02}"}


def _exits(case: ReviewCase, step: Step) -> list[dict[str, Any]]:
    """The other ways out, each through its own form; what cannot be done now says why."""
    back = request.full_path.rstrip("?")
    return [
        {
            "text": way.step.label,
            "url": url_for("desk.step_form", case_id=case.id, name=way.step.name, next=back),
            "danger": way.step.danger,
            "reasons": [str(reason.text) for reason in way.reasons],
        }
        for way in case.ways
        if way.step is not step
    ]


def decide(room: Room, claim_id: int) -> Response:
    """Pass the claim on and open the next one. Wrong input comes back with the page; nothing typed is lost."""
    step = pass_steps(door.session, actor=door.actor, role=room.role, claim_ids=[claim_id]).get(claim_id)
    if step is None:
        raise NotFound()
    number = review_case(door.session, _desk(), claim_id).number
    form, marks = form_for(step)(), _marks()
    try:
        _take(room, claim_id, step, form.given(), marks)
    except Invalid as wrong:
        return show_page(room, claim_id, attempt=Attempt.of(form, marks, wrong))
    door.say(_("%(number)s: %(step)s, done.", number=number, step=step.label))
    following = next_review(door.session, _desk(), room.role, beside=claim_id)
    return redirect(room.url("review", claim_id=following) if following is not None else room.url())


def _take(room: Room, claim_id: int, step: Step, given: dict[str, Any], marks: dict[int, str]) -> None:
    who: dict[str, Any] = {"actor": door.actor, "now": door.now, "version": door.version(), "key": door.request_key()}
    if room.role is Role.TALENT_OFFICE:
        take_step(door.session, step=step, case_id=claim_id, given=given, **who)
        return
    opinion = str(given.get("reason") or "")
    pass_review(
        door.session, role=room.role, claim_id=claim_id, opinion=opinion, marks=marks if room.marks else None, **who
    )


def _marks() -> dict[int, str]:
    found = {}
    for name, value in request.form.items():
        number = name.removeprefix(MARK)
        if name.startswith(MARK) and number.isascii() and number.isdigit() and len(number) < 4:
            found[int(number)] = value
    return found


def pass_many(room: Room) -> Response:
    """Pass the ticked claims together: only those of which every condition is met."""
    wanted = []
    for ticked in request.form.getlist("ids"):
        ident, _sep, version = ticked.partition(".")
        known = version.isascii() and version.isdigit() and len(version) < 10
        try:
            wanted.append(Wanted(parse_id(ident), int(version) if known else None))
        except NotFound:
            continue
    if not wanted:
        door.say(_("Nothing is selected."), "warn")
        return redirect(room.url())
    report = pass_together(
        door.session, actor=door.actor, now=door.now, role=room.role, wanted=wanted, key=door.request_key()
    )
    _tell(report)
    return redirect(room.url())


def _tell(report: Report) -> None:
    if report.moved:
        door.say(_("%(n)s claims were passed on.", n=len(report.moved)))
    texts = sorted({str(reason.text) for reasons in report.held.values() for reason in reasons})
    for text in texts:
        n = sum(1 for reasons in report.held.values() if text in [str(reason.text) for reason in reasons])
        door.say(_("%(n)s were left out: %(why)s", n=n, why=text), "warn")


def _key() -> str:
    return uuid4().hex
