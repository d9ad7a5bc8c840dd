"""Registering an expert, changing what is known of him, and where he is paid."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FINANCE, SPECIALISTS
from concierge.queries.people_forms import PersonForm as KnownPerson
from concierge.queries.people_forms import account_rows, employer_choices, person_form, specialist_choices
from concierge.rules.roles import Role
from concierge.rules.talent import CATEGORIES, DEGREES, KINDS, TITLES, Words
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.import_facts import FACT_WORDS
from concierge.services.people import assign_specialist, edit_person, register_person
from concierge.services.profile_forms import add_typed_post, end_typed_post, set_typed_fact, set_typed_status
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, as_choices
from concierge.web.permits import permit
from concierge.web.uploads import WithProof, upload_in

REGISTRARS = (*SPECIALISTS, Role.TALENT_OFFICE)
ASSIGNERS = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
ACCOUNT_CHECKERS = (*REGISTRARS, *FINANCE[:2])
DATE = {"type": "date"}
NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


def _words(words: Words, empty: Any = None) -> list[Any]:
    first = [("", empty)] if empty is not None else []
    return as_choices([*first, *((word.code, word.label) for word in words)])


class StatusPart(Form):
    """A talent category with its certificate and validity."""

    category = SelectField(_("Category"), validate_choice=False)
    kind = SelectField(_("Kind of recruitment"), validate_choice=False)
    certificate = StringField(_("Certificate"))
    valid_from = StringField(_("Valid from"), render_kw=DATE)
    valid_to = StringField(_("Valid to"), render_kw=DATE)

    def offer_words(self) -> None:
        """Fill the pick-lists of categories."""
        self.category.choices = _words(CATEGORIES, _("Not recognised yet"))
        self.kind.choices = _words(KINDS)


class PostPart(Form):
    """A post with an employer."""

    employer = SelectField(_("Employer"), validate_choice=False)
    post_zh = StringField(_("Post"))
    starts_on = StringField(_("In post since"), render_kw=DATE)
    contract_months = StringField(_("Contract months"), render_kw=NUMBER)
    is_formal = BooleanField(_("Formal post"))

    def offer_employers(self) -> None:
        """Fill the pick-list of employers."""
        self.employer.choices = as_choices([("", _("None at present")), *employer_choices(door.session)])


class SpecialistPart(Form):
    """Who answers for the expert."""

    specialist = SelectField(_("Talent service specialist"), validate_choice=False)


class EndPart(Form):
    """The end of the present post."""

    ends_on = StringField(_("Last day in the post"), render_kw={**DATE, "required": True})


class FactPart(Form):
    """One fact that policies ask for, with what shows it."""

    fact = SelectField(_("Fact"), choices=_words(FACT_WORDS), validate_choice=False)
    value = StringField(
        _("Value"), description=_("yes or no, a number, a day, or the word, as the fact asks"),
        render_kw={"required": True, "autocomplete": "off"},
    )  # fmt: skip
    as_of = StringField(_("As of (empty: today)"), render_kw=DATE)
    proof = StringField(
        _("Proof"), description=_("the paper or the register it was seen in"), render_kw={"required": True}
    )


class RegisterForm(StatusPart, PostPart):
    """Everything about a new expert; only name and number must be there."""

    full_name = StringField(_("Name"), render_kw={"required": True, "autocomplete": "off"})
    id_kind = SelectField(
        _("Kind of document"),
        choices=as_choices([("resident", _("Identity card")), ("passport", _("Passport"))]),
        validate_choice=False,
    )
    id_number = StringField(
        _("ID number"), render_kw={"required": True, "autocomplete": "off"}, description=_("Kept sealed, shown masked.")
    )
    phone = StringField(_("Phone"), render_kw={"autocomplete": "off", "inputmode": "tel"})
    email = StringField(_("Mail"), render_kw={"autocomplete": "off"})
    preference = StringField(_("How to reach"))
    degree = SelectField(_("Degree"), validate_choice=False)
    title = SelectField(_("Professional title"), validate_choice=False)
    specialist = SelectField(_("Talent service specialist"), validate_choice=False)
    bank_name = StringField(_("Bank"))
    branch_code = StringField(_("Bank branch code"), render_kw=NUMBER)
    account = StringField(
        _("Bank account"), render_kw=NUMBER, description=_("Another person checks it before anything is paid.")
    )

    def offer(self) -> None:
        """Fill every pick-list."""
        self.offer_words()
        self.offer_employers()
        self.degree.choices = _words(DEGREES, _("Not known"))
        self.title.choices = _words(TITLES, _("Not known"))
        own = _("Myself") if door.actor.has(Role.SPECIALIST) else _("Nobody yet")
        self.specialist.choices = as_choices([("", own), *specialist_choices(door.session, door.now)])


class PersonForm(Form):
    """Name, phone, mail, preference."""

    full_name = StringField(_("Name"), render_kw={"required": True, "autocomplete": "off"})
    phone = StringField(_("New phone"), description=_("Leave it empty to keep the present one."))
    email = StringField(_("Mail"))
    preference = StringField(_("How to reach"))


class AccountForm(WithProof):
    """A new bank account."""

    holder_name = StringField(_("Account holder"), render_kw={"required": True})
    bank_name = StringField(_("Bank"), render_kw={"required": True})
    branch_code = StringField(_("Bank branch code"), render_kw=NUMBER)
    account = StringField(_("Bank account"), render_kw={"required": True, **NUMBER})


@bp.route("/experts/new", methods=["GET", "POST"])
@permit(*REGISTRARS)
def register_expert() -> Response:
    """Register an expert, once; whoever is known already is found, not doubled."""
    form, known = RegisterForm(), None
    form.offer()
    if request.method == "POST":
        given = form.given() | {"is_formal": "yes" if form.is_formal.data else "no"}
        try:
            person_id = register_person(door.session, actor=door.actor, now=door.now, keys=door.keys, given=given)
        except Refusal as wrong:
            known = _known(wrong)
            form.take_errors(wrong)
        else:
            said = _("The expert is registered. For a log-in the system administrator needs name and ID number.")
            door.say(said)
            return redirect(url_for("desk.expert", expert_id=person_id))
    status = 422 if request.method == "POST" else 200
    return door.render("pages/desk/register_new.html", status, form=form, known=known)


def _known(wrong: Refusal) -> int | None:
    """Whom the refusal leads to, where the actor may see him."""
    found = [reason.text.params["person"] for reason in wrong.reasons if "person" in reason.text.params]
    return parse_id(str(found[0])) if found else None


@bp.route("/experts/<ident:expert_id>/edit", methods=["GET", "POST"])
@permit(*REGISTRARS)
def edit_expert(expert_id: int) -> Response:
    """Change what is known of an expert: himself, his category, his post. Each part is a form of its own."""
    person = person_form(door.session, actor=door.actor, person_id=expert_id)
    part = request.form.get("part", "")
    forms = {
        "person": PersonForm(formdata=request.form if part == "person" else None, obj=person),
        "status": StatusPart(formdata=request.form if part == "status" else None, obj=person),
        "post": PostPart(formdata=request.form if part == "post" else None),
    }
    forms |= {"left": EndPart(), "fact": FactPart(), "specialist": SpecialistPart()}
    forms["specialist"].specialist.choices = as_choices(specialist_choices(door.session, door.now))
    forms["status"].offer_words()
    forms["post"].offer_employers()
    if request.method == "POST" and part in forms:
        try:
            _change(person, part, forms[part])
        except Refusal as wrong:
            forms[part].take_errors(wrong)
        else:
            door.say(_("The change is kept."))
            return redirect(url_for("desk.expert", expert_id=expert_id))
    status = 422 if request.method == "POST" else 200
    may_assign = door.actor.has(*ASSIGNERS) and not person.has_specialist
    return door.render(
        "pages/desk/register_edit.html", status, person=person, parts=forms, part=part, may_assign=may_assign
    )


def _change(person: KnownPerson, part: str, form: Form) -> None:
    """Keep one part of the page. Raises Refusal."""
    common: dict[str, Any] = {"actor": door.actor, "now": door.now, "person_id": person.id}
    given = form.given()
    if part == "person":
        if not given.get("phone"):
            given.pop("phone", None)
        edit_person(door.session, **common, keys=door.keys, version=door.version(), given=given)
    elif part == "status":
        set_typed_status(door.session, **common, given=given)
    elif part == "fact":
        set_typed_fact(door.session, **common, given=given)
    elif part == "specialist":
        _assign(person.id, str(given["specialist"] or ""))
    elif part == "left":
        if person.post_id is None:
            raise NotFound()
        end_typed_post(door.session, actor=door.actor, now=door.now, post_id=person.post_id, given=given)
    else:
        given["is_formal"] = "yes" if given.get("is_formal") else "no"
        add_typed_post(door.session, **common, given=given)


def _assign(person_id: int, chosen: str) -> None:
    if not door.actor.has(*ASSIGNERS) or not chosen.isdecimal():
        raise NotFound()
    assign_specialist(
        door.session, actor=door.actor, now=door.now, person_ids=[person_id], specialist_id=int(chosen)
    )  # fmt: skip


@bp.route("/experts/<ident:expert_id>/bank-account", methods=["GET", "POST"])
@permit(*REGISTRARS)
def bank_account(expert_id: int) -> Response:
    """The bank accounts of an expert; a new one waits for another person's check."""
    person = person_form(door.session, actor=door.actor, person_id=expert_id)
    form = AccountForm()
    if request.method == "GET":
        form.holder_name.data = person.full_name
    elif door.actor.has(*SPECIALISTS):
        given = form.given()
        try:
            propose_bank_account(
                door.session, actor=door.actor, now=door.now, keys=door.keys, person_id=expert_id,
                number=given["account"] or "", holder_name=given["holder_name"] or "",
                bank_name=given["bank_name"] or "", branch_code=given["branch_code"] or "",
                storage=door.storage, proof=upload_in(),
            )  # fmt: skip
        except Refusal as wrong:
            form.take_errors(wrong)
        else:
            door.say(_("The account is kept; another person has to check it."))
            return redirect(url_for("desk.bank_account", expert_id=expert_id))
    rows = account_rows(door.session, actor=door.actor, person_id=expert_id)
    status = 422 if request.method == "POST" else 200
    may_propose = door.actor.has(*SPECIALISTS)
    return door.render(
        "pages/desk/register_account.html", status, person=person, form=form, rows=rows, may_propose=may_propose
    )


@bp.post("/bank-accounts/<ident:account_id>/check")
@permit(*ACCOUNT_CHECKERS)
def check_account(account_id: int) -> Response:
    """Settle or refuse a proposed account."""
    accept = request.form.get("answer") == "accept"
    reason = request.form.get("reason", "")
    try:
        check_bank_account(
            door.session, actor=door.actor, now=door.now, account_id=account_id, accept=accept, reason=reason
        )
    except Invalid:
        raise
    except Refusal as refused:
        for one in refused.reasons:
            door.say(one.text, kind="error")
    else:
        door.say(_("The account is settled.") if accept else _("The account is refused."))
    return redirect(door.back(url_for("desk.experts")))
