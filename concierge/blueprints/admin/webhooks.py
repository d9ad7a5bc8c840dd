"""Addresses outside that are told what an account may see: other systems and the robots of chat groups."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.blueprints.admin.forms import WebhookForm
from concierge.queries.webhooks import webhooks as told
from concierge.rules.roles import Role
from concierge.services.webhooks import HookWish, end_webhook, set_webhook
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.route("/webhooks", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def webhooks() -> Response:
    """Who is told outside; and telling one more."""
    form = WebhookForm()
    if request.method == "POST":
        try:
            wish = HookWish(**{name: value or "" for name, value in form.given().items()})
            allowed = door.settings.internal_hosts
            set_webhook(door.session, actor=door.actor, now=door.now, keys=door.keys, wish=wish, allowed=allowed)
            door.say(_("The address is told from now on."))
            return redirect(url_for("admin.webhooks"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/webhooks_list.html", status=status, hooks=told(door.session), form=form)


@bp.post("/webhooks/<ident:hook_id>/end", endpoint="end_webhook")
@permit(Role.SYSTEM_ADMIN)
def end(hook_id: int) -> Response:
    """Tell an address nothing more."""
    end_webhook(door.session, actor=door.actor, now=door.now, hook_id=hook_id)
    door.say(_("The address is told nothing more."))
    return redirect(url_for("admin.webhooks"))
