"""Experts: the list, the file, and the logged look at a masked number."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Text, _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS, SPECIALISTS, STAFF
from concierge.queries.contacts import contacts_of
from concierge.queries.dispatch_orders import orders_in_sight
from concierge.queries.expert_file import expert_file
from concierge.queries.experts import ExpertFilter, expert_list
from concierge.queries.field_service import services_of
from concierge.rules.care import Channel
from concierge.rules.purposes import Purpose, purpose_label
from concierge.rules.talent import CATEGORIES
from concierge.services import privacy
from concierge.services.consents import BY_HAND, answer
from concierge.services.documents import READERS as PAPER_READERS
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.web.shell import exists as has_page
from concierge.web.shell import link

RECENT = 3
"""So many of the latest contacts stand in the file itself."""
FIELDS: dict[str, Text] = {
    "id_number": _("ID number"),
    "phone": _("Telephone number"),
    "account": _("Bank account number"),
    "relative": _("Name of the family member"),
    "care_note": _("Health or family note"),
}


@bp.get("/experts")
@permit(*FILE_READERS)
def experts() -> Response:
    """The experts in scope, with search and conditions in the address."""
    found = expert_list(door.session, actor=door.actor, now=door.now, wanted=ExpertFilter.read(request.args))
    may_register = door.actor.has(*SPECIALISTS)
    return door.render(
        "pages/desk/expert_list.html",
        found=found,
        wanted=found.wanted,
        categories=[(word.code, word.label) for word in CATEGORIES],
        employers=[("", _("All employers"))] + [(public_id(unit), name) for unit, name in found.employers],
        register_url=link("desk.register_expert") if may_register else "",
        import_url=link("desk.import_experts") if may_register else "",
    )


@bp.get("/experts/<ident:expert_id>")
@permit(*FILE_READERS)
def expert(expert_id: int) -> Response:
    """The file of one expert."""
    today = local_date(door.now, SHANGHAI)
    file = expert_file(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    services = services_of(door.session, person_id=expert_id, today=today)
    served = (*services.mine, *services.under_way, *services.over)
    return door.render(
        "pages/desk/expert_show.html",
        file=file,
        half_days=services.half_days,
        served=served,
        opened=orders_in_sight(door.session, actor=door.actor, ids=[order.id for order in served]),
        contacts=contacts_of(door.session, actor=door.actor, person_id=expert_id)[:RECENT],
        purposes=[(p.value, p.label) for p in Purpose],
        may_read_papers=door.actor.has(*PAPER_READERS),
        may_ask=door.actor.has(*SPECIALISTS),
        channels=[(c.value, c.label) for c in BY_HAND],
        links=_links(expert_id),
    )


@bp.post("/experts/<ident:expert_id>/consents")
@permit(*SPECIALISTS)
def answer_consent(expert_id: int) -> Response:
    """Write down a consent, or its withdrawal, as the expert told it by telephone or in a visit."""
    channel = request.form.get("channel", "")
    answer(
        door.session,
        actor=door.actor,
        now=door.now,
        person_id=expert_id,
        purpose=request.form.get("purpose", ""),
        given=request.form.get("answer") == "yes",
        channel=Channel(channel) if channel in list(Channel) else Channel.PORTAL,
    )
    door.say(_("The answer is written down; the expert can read and change it."))
    return redirect(url_for("desk.expert", expert_id=expert_id))


def _links(expert_id: int) -> dict[str, str]:
    """Pages of other rooms about this expert, where they exist."""
    pages = {"edit": "desk.edit_expert", "account": "desk.bank_account", "household": "desk.expert_household"}
    return {name: url_for(page, expert_id=expert_id) for name, page in pages.items() if has_page(page)}


@bp.post("/experts/<ident:expert_id>/reveal")
@permit(*STAFF)
def reveal(expert_id: int) -> Response:
    """Show one masked number, with a purpose; the look is kept and the expert can read it."""
    field, purpose = request.form.get("field", ""), request.form.get("purpose", "")
    row = request.form.get("row", "")
    back = door.back(url_for("desk.expert", expert_id=expert_id))
    plain, reasons = "", []
    try:
        plain = privacy.reveal(
            door.session,
            actor=door.actor,
            now=door.now,
            keys=door.keys,
            person_id=expert_id,
            field=field,
            purpose=purpose,
            row_id=parse_id(row) if row else None,
            request_id=door.request_id,
            address=door.address,
        )
    except Refusal as refused:
        reasons = [reason.text for reason in refused.reasons]
        status = 422 if isinstance(refused, Invalid) else 409
    answer = door.render(
        "pages/desk/reveal_show.html",
        status=status if reasons else 200,
        label=FIELDS.get(field, field),
        plain=plain,
        purpose=purpose_label(purpose),
        reasons=reasons,
        back_url=back,
        has_errors=bool(reasons),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
