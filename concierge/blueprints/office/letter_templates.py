"""Word templates of letters: taken home, changed, and put in the place of ours."""

import io
from datetime import date

from flask import redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual, _
from concierge.blueprints.office import bp
from concierge.documents.letters import letter_docx, plain_template
from concierge.queries.case_facts import NOTICES
from concierge.queries.letters import LEADS, Letter, templates_used
from concierge.rules.attachments import MEDIA_TYPES
from concierge.rules.roles import Role
from concierge.services.archives import replace_template, template_for
from concierge.web.doors import door
from concierge.web.forms import FileField, Form, SelectField, as_choices
from concierge.web.permits import permit


class TemplateForm(Form):
    """A template for one kind of letter."""

    kind = SelectField(_("Kind of letter"), choices=as_choices(list(NOTICES.items())), validate_choice=False)
    file = FileField(_("Word file (docx)"), render_kw={"accept": ".docx"})


@bp.route("/office/letter-templates", methods=["GET", "POST"])
@permit(Role.TALENT_OFFICE)
def letter_templates() -> Response:
    """The kinds of letters with the template each uses; another one is put in its place here."""
    if (kind := request.args.get("kind", "")) in NOTICES:
        data = template_for(door.session, storage=door.storage, kind=kind) or plain_template()
        name = f"{kind}.docx"
        return send_file(
            io.BytesIO(data), mimetype=MEDIA_TYPES["docx"], as_attachment=True, download_name=name, etag=False
        )
    form, status = TemplateForm(), 200
    if request.method == "POST":
        try:
            _replace(form)
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("Letters of this kind are written with it from now on."))
            return redirect(url_for("office.letter_templates"))
    used = templates_used(door.session)
    rows = [(kind, label, used.get(kind)) for kind, label in NOTICES.items()]
    return door.render(
        "pages/office/letter_templates.html", status=status, form=form, rows=rows, has_errors=status != 200
    )


def _replace(form: TemplateForm) -> None:
    given = request.files.get("file")
    if form.kind.data not in NOTICES:
        raise Invalid.because("kind", _("Please choose a kind."), "kind")
    if given is None or not given.filename:
        raise Invalid.because("missing", _("Please choose a file."), "file")
    replace_template(
        door.session, actor=door.actor, now=door.now, storage=door.storage, kind=form.kind.data,
        file_name=given.filename, data=given.read(), proof=lambda data: _prove(form.kind.data, data),
    )  # fmt: skip


def _prove(kind: str, data: bytes) -> None:
    """Write a letter that says everything a letter can say."""
    words = Bilingual("示例", "Example")
    letter = Letter(
        id=0, case_id=0, kind=kind, title=NOTICES[kind], number="SL-2026-000000", at=_today(), answer_by=_today(),
        person="王一", district=words, office=words, case_number="SL-2026-000000", case_title=words,
        lead=LEADS.get(kind, ""), points=(words,), lines=((_("Reason"), words),), closing=words, handler="王一",
    )  # fmt: skip
    letter_docx(letter, data)


def _today() -> date:
    return local_date(door.now, SHANGHAI)
