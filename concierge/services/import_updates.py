"""How a row of a file differs from a known person, and how the difference is written."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from concierge.basics.text import _
from concierge.models.person import BankAccount, Employment, Person, PersonFact, TalentStatus
from concierge.rules.identifiers import mask_account, mask_phone
from concierge.services.import_journal import Journal
from concierge.services.import_known import Known
from concierge.services.import_plans import Plan, Setting
from concierge.services.person_rows import NewPerson, account_row, phone_values
from concierge.services.privacy import account_index

Changes = dict[str, list[str]]


def compare(setting: Setting, plan: Plan, known: Known) -> Changes:
    """Column -> [before, after] of what the filled cells would change; contradictions become a conflict."""
    person, given = plan.clean, plan.row.given
    found: Changes = {}
    if given.get("phone") and known.phone != person.phone:
        found["phone"] = [known.phone and mask_phone(known.phone), mask_phone(person.phone)]
    _note(found, given, "email", known.email, person.email)
    _note(found, given, "preference", known.preference, person.preference)
    if given.get("specialist") and person.specialist_id != known.specialist_id:
        found["specialist"] = [known.specialist, given["specialist"]]
    found |= _status_changes(plan, known)
    found |= _post_changes(plan, known)
    found |= _account_changes(setting, plan, known)
    for fact in person.facts:
        if known.facts.get(fact.name) != fact.value:
            found[fact.name] = [str(known.facts.get(fact.name) or ""), str(fact.value)]
    return found


def _note(found: Changes, given: Mapping[str, str], column: str, before: Any, after: Any) -> None:
    if given.get(column) and before != after:
        found[column] = [_shown(before), _shown(after)]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _status_changes(plan: Plan, known: Known) -> Changes:
    found: Changes = {}
    status, given = plan.clean.status, plan.row.given
    if status is None:
        return {}
    held = known.status
    for column in ("category", "kind", "certificate", "valid_from", "valid_to"):
        _note(found, given, column, getattr(held, column, None), getattr(status, column))
    if found and held is not None and held.recognition_id is not None:
        text = _("a certificate is in force; a new recognition changes the category")
        plan.clash("certified", text, "category")
    elif (
        held is not None
        and "category" in found
        and not (given.get("valid_from") and status.valid_from > held.valid_from)
    ):
        text = _("Another category needs the later day from which it holds")
        plan.clash("category_needs_day", text, "valid_from")
    return found


def _post_changes(plan: Plan, known: Known) -> Changes:
    given, found = plan.row.given, {}
    if not plan.clean.posts:
        return {}
    post, held = plan.clean.posts[0], known.post
    if held is None or held.employer_id != post.employer_id:
        found["employer"] = [known.employer, given["employer"]]
        if held is not None and post.starts_on <= held.starts_on:
            text = _("Another employer needs a later day in post")
            plan.clash("post_needs_day", text, "starts_on")
    for column in ("post_zh", "starts_on", "contract_months", "is_formal"):
        _note(found, given, column, getattr(held, column, None), getattr(post, column))
    return found


def _account_changes(setting: Setting, plan: Plan, known: Known) -> Changes:
    """A bank account that is not the present one: it will wait for its checker."""
    account = plan.clean.account
    if account is None:
        return {}
    index = account_index(setting.keys, account.number)
    if index in known.accounts.values():
        return {}
    if "unchecked" in known.accounts:
        plan.clash("account_waiting", _("Another account of this person is still waiting to be checked"), "account")
    return {"account": ["", mask_account(account.number)]}


def write_changes(
    setting: Setting, journal: Journal, person: NewPerson, given: Mapping[str, str], known: Known
) -> None:
    """Write what the filled cells change, through the journal."""
    values: dict[str, Any] = {}
    if given.get("phone") and person.phone != known.phone:
        values |= phone_values(person.phone, known.id, known.data_key, setting.keys)
    for column in ("email", "preference"):
        if given.get(column) and getattr(person, column) != getattr(known, column):
            values[column] = getattr(person, column)
    if given.get("specialist") and person.specialist_id != known.specialist_id:
        values["specialist_id"] = person.specialist_id
    if values:
        journal.change(Person, known.id, **values)
    _write_status(journal, person, given, known)
    _write_post(journal, person, given, known)
    for fact in person.facts:
        if known.facts.get(fact.name) != fact.value:
            _write_fact(setting, journal, fact, known)
    _write_account(setting, journal, person, known)


def _write_status(journal: Journal, person: NewPerson, given: Mapping[str, str], known: Known) -> None:
    status, held = person.status, known.status
    if status is None:
        return
    if held is None or held.category != status.category:
        if held is not None and (held.valid_to is None or held.valid_to >= status.valid_from):
            journal.change(TalentStatus, held.id, valid_to=status.valid_from - timedelta(days=1))
        journal.add(TalentStatus, person_id=known.id, **vars(status))
        return
    columns = ("kind", "certificate", "valid_from", "valid_to")
    _change_filled(journal, TalentStatus, held, status, given, columns)


def _write_post(journal: Journal, person: NewPerson, given: Mapping[str, str], known: Known) -> None:
    if not person.posts:
        return
    post, held = person.posts[0], known.post
    if held is None or held.employer_id != post.employer_id:
        if held is not None:
            journal.change(Employment, held.id, ends_on=post.starts_on - timedelta(days=1))
        journal.add(Employment, person_id=known.id, **vars(post))
        return
    columns = ("post_zh", "starts_on", "contract_months", "is_formal")
    _change_filled(journal, Employment, held, post, given, columns)


def _change_filled(
    journal: Journal, table: type[Any], held: Any, wanted: Any, given: Mapping[str, str], columns: tuple[str, ...]
) -> None:
    """Change the columns whose cells are filled and differ."""
    values = {
        name: getattr(wanted, name)
        for name in columns
        if given.get(name) and getattr(held, name) != getattr(wanted, name)
    }
    if values:
        journal.change(table, held.id, **values)


def _write_fact(setting: Setting, journal: Journal, fact: Any, known: Known) -> None:
    """The fact as of its day; the same fact of that day is corrected."""
    same = select(PersonFact.id).where(
        PersonFact.person_id == known.id, PersonFact.name == fact.name, PersonFact.as_of == fact.as_of
    )
    found = setting.session.execute(same).scalar_one_or_none()
    values = {"value": {"value": fact.value}, "source": fact.source, "proof": fact.proof}
    if found is not None:
        journal.change(PersonFact, found, **values)
    else:
        journal.add(PersonFact, person_id=known.id, name=fact.name, as_of=fact.as_of, **values)


def _write_account(setting: Setting, journal: Journal, person: NewPerson, known: Known) -> None:
    if person.account is None or account_index(setting.keys, person.account.number) in known.accounts.values():
        return
    row = account_row(person.account, known.data_key, setting.actor, setting.now, setting.keys)
    # The sealed number is bound to its row's id, so the journal keeps that id.
    journal.add(BankAccount, person_id=known.id, **row)
