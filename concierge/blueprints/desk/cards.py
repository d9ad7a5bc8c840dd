"""Keeping knowledge cards: written from an answer or anew, released by a second person, taken out of use."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.queries.citable import clause_groups
from concierge.queries.knowledge import CardStart, start_from
from concierge.rules.consultation import CLAUSES
from concierge.services import knowledge
from concierge.services.knowledge import CardText
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField
from concierge.web.permits import permit


class CardForm(Form):
    """A question and its answer as everybody may read them."""

    question = StringField(_("Question"), render_kw={"required": True, "maxlength": knowledge.LONGEST_QUESTION})
    answer = TextAreaField(
        _("Answer"),
        description=_("Nothing may tell of whom it speaks: no names, no units, no numbers of papers or phones."),
        render_kw={"required": True, "rows": 8, "maxlength": knowledge.LONGEST_ANSWER},
    )
    clause = SelectField(
        _("What it rests on"), description=_("Left empty where no policy applies."), validate_choice=False
    )
    clause_2 = SelectField(_("Further clause"), validate_choice=False)
    clause_3 = SelectField(_("Further clause, if any"), validate_choice=False)


def _ident(name: str) -> int | None:
    typed = request.values.get(name, "")
    return parse_id(typed) if typed else None


@bp.route("/knowledge/write", methods=["GET", "POST"])
@permit(*FILE_READERS)
def write_card() -> Response:
    """A new card, from an answered question or from nothing, or the next wording of a card."""
    case_id, card_id = _ident("case"), _ident("card")
    start = start_from(door.session, actor=door.actor, case_id=case_id, card_id=card_id)
    form, status = _form(start), 200
    if request.method == "POST":
        text = CardText(
            question=form.question.data or "",
            answer=form.answer.data or "",
            clauses=[form[name].data for name in CLAUSES if form[name].data],
        )
        try:
            written = knowledge.write_card(
                door.session, actor=door.actor, now=door.now, text=text, card_id=card_id, case_id=case_id
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The card is written. Another person releases it."))
            return redirect(url_for("public.card", card_id=written))
    return door.render(
        "pages/desk/card_write.html",
        status=status,
        form=form,
        case=request.values.get("case", ""),
        card=request.values.get("card", ""),
        has_errors=status != 200,
    )


def _form(start: CardStart) -> CardForm:
    clauses = dict(zip(CLAUSES, start.clauses, strict=False))
    form = CardForm(data={"question": start.question, "answer": start.answer, **clauses})
    groups = {_("Please choose"): [("", "")]} | {g.label: g.choices for g in clause_groups(door.session)}
    for name in CLAUSES:
        form[name].choices = groups
    return form


@bp.post("/knowledge/<ident:card_id>/release")
@permit(*FILE_READERS)
def release_card(card_id: int) -> Response:
    """Show the newest wording to everybody."""
    knowledge.release_card(door.session, actor=door.actor, now=door.now, card_id=card_id)
    door.say(_("The card is released: everybody who is logged in finds it."))
    return redirect(url_for("public.card", card_id=card_id))


@bp.post("/knowledge/<ident:card_id>/retire")
@permit(*FILE_READERS)
def retire_card(card_id: int) -> Response:
    """Take the card out of use."""
    reason = request.form.get("reason", "")
    knowledge.retire_card(door.session, actor=door.actor, now=door.now, card_id=card_id, reason=reason)
    door.say(_("The card is out of use."))
    return redirect(url_for("public.card", card_id=card_id))
