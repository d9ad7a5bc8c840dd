"""What is done on a case beside its steps: words, reminders, marks, claims under a right, papers."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.case import NoteForm, show_case
from concierge.blueprints.desk.staff import LIST_OWNERS, SPECIALISTS, STAFF, WRITERS
from concierge.services import comments, marks, materials
from concierge.services.claims import start_claim
from concierge.web.doors import door
from concierge.web.permits import permit


def _back(case_id: int, anchor: str = "") -> Response:
    url = door.back(url_for("desk.case", case_id=case_id))
    return redirect(f"{url}#{anchor}" if anchor and "#" not in url else url)


def _tell(refused: Refusal) -> None:
    door.say_why(refused)


@bp.post("/cases/<ident:case_id>/comments")
@permit(*WRITERS)
def comment(case_id: int) -> Response:
    """Write an inner note, or words that the expert may read."""
    form = NoteForm()
    audience = comments.FOR_EXPERT if form.visibility.data == "shared" else comments.INTERNAL
    try:
        made = comments.comment(
            door.session,
            actor=door.actor,
            now=door.now,
            case_id=case_id,
            text=form.text.data or "",
            audience=audience,
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return show_case(case_id, note=form)
    undo = url_for("desk.take_back_comment", comment_id=made, next=door.back(url_for("desk.case", case_id=case_id)))
    told = _("The expert can read it now.") if audience == comments.FOR_EXPERT else _("The note is kept.")
    door.say(told, undo_url=undo)
    return _back(case_id, "timeline")


@bp.post("/comments/<ident:comment_id>/withdrawal")
@permit(*WRITERS)
def take_back_comment(comment_id: int) -> Response:
    """Take back one's own words within ten minutes."""
    case_id = comments.take_back_comment(door.session, actor=door.actor, now=door.now, comment_id=comment_id)
    door.say(_("Your words were taken back."))
    return _back(case_id, "timeline")


@bp.post("/cases/<ident:case_id>/nudge")
@permit(*LIST_OWNERS)
def nudge(case_id: int) -> Response:
    """Remind whoever has this case."""
    report = comments.nudge(
        door.session,
        actor=door.actor,
        now=door.now,
        case_ids=[case_id],
        text=request.form.get("text", ""),
        key=door.request_key(),
    )
    for reason in report.held.values():
        door.say(reason.text, "warn")
    if report.sent:
        door.say(_("The reminder was sent."))
    return _back(case_id)


@bp.post("/cases/<ident:case_id>/follow")
@permit(*STAFF)
def follow(case_id: int) -> Response:
    """Follow a case."""
    marks.follow(door.session, actor=door.actor, now=door.now, case_id=case_id)
    door.say(_("You follow this case now."), undo_url=url_for("desk.unfollow", case_id=case_id))
    return _back(case_id)


@bp.post("/cases/<ident:case_id>/unfollow")
@permit(*STAFF)
def unfollow(case_id: int) -> Response:
    """Follow a case no longer."""
    marks.unfollow(door.session, actor=door.actor, now=door.now, case_id=case_id)
    door.say(_("You no longer follow this case."), undo_url=url_for("desk.follow", case_id=case_id))
    return _back(case_id)


@bp.post("/cases/<ident:case_id>/tags")
@permit(*LIST_OWNERS)
def tag(case_id: int) -> Response:
    """Put a word on a case."""
    try:
        marks.tag(door.session, actor=door.actor, now=door.now, case_ids=[case_id], word=request.form.get("word", ""))
    except Invalid as wrong:
        _tell(wrong)
    return _back(case_id)


@bp.post("/cases/<ident:case_id>/tags/removal")
@permit(*LIST_OWNERS)
def untag(case_id: int) -> Response:
    """Take a word off a case."""
    marks.untag(door.session, actor=door.actor, now=door.now, case_ids=[case_id], word=request.form.get("word", ""))
    return _back(case_id)


@bp.post("/cases/<ident:case_id>/claim")
@permit(*SPECIALISTS)
def claim_under(case_id: int) -> Response:
    """Open a draft claim for what is due under a right in force: for a unit, or for whoever does not claim himself."""
    try:
        claim_id = start_claim(door.session, actor=door.actor, now=door.now, entitlement_id=case_id)
    except Refusal as refused:
        _tell(refused)
        return _back(case_id)
    door.say(_("The claim is open; hand it in when its papers are complete."))
    return redirect(url_for("desk.case", case_id=claim_id))


@bp.post("/cases/<ident:case_id>/papers/<code>/verify")
@permit(*SPECIALISTS)
def verify_paper(case_id: int, code: str) -> Response:
    """The paper was compared and is right."""
    try:
        materials.verify_materials(door.session, actor=door.actor, now=door.now, claim_id=case_id, codes=[code])
        door.say(_("The paper is verified."))
    except Refusal as refused:
        _tell(refused)
    return _back(case_id, "papers")


@bp.post("/cases/<ident:case_id>/papers/<code>/refusal")
@permit(*SPECIALISTS)
def refuse_paper(case_id: int, code: str) -> Response:
    """The paper will not do; the note tells the expert why."""
    note = request.form.get("note", "")
    try:
        materials.refuse_material(door.session, actor=door.actor, now=door.now, claim_id=case_id, code=code, note=note)
        door.say(_("The paper needs correction; the note will be part of the one-time notice."))
    except Refusal as refused:
        _tell(refused)
    return _back(case_id, "papers")
