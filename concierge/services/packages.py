"""Packages (一件事一次办, domain §4): one form opens the recognition and the claims, their results come in one letter.

While a recognition is under way the package waits for it, since the category decides what can be claimed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Refusal, within
from concierge.basics.formats import money
from concierge.basics.ids import new_id
from concierge.basics.text import Text, _
from concierge.db import add_rows, among, transaction
from concierge.engine.actor import Actor
from concierge.engine.judge import NOT_YOURS
from concierge.engine.opening import open_cases
from concierge.engine.run import Act, Wanted
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.entitlement import Entitlement
from concierge.models.match_turn import MatchTurn
from concierge.models.package import Package, PackageItem
from concierge.models.person import Person
from concierge.models.policy import Policy
from concierge.models.scope import visible_persons
from concierge.rules.packages import PACKAGES, RECOGNITION, RESULTS, chosen_of
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.care import office_of
from concierge.services.claims import open_claim
from concierge.services.exclusions import hold_rights
from concierge.services.match_rules import match_rules
from concierge.services.matching import match_chunk
from concierge.services.notices import Notice, send_notices
from concierge.services.recognitions import Application, open_recognition
from concierge.services.repeats import recall, remember
from concierge.services.steps import Taking, after, follow, take
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.package import STAFF
from concierge.workflows.package import PackageFlow as Flow
from concierge.workflows.recognition import RecognitionFlow

GRANTED = (ClaimFlow.approve, ClaimFlow.determine_and_approve)
NOT_GRANTED = (ClaimFlow.reject, ClaimFlow.refuse, ClaimFlow.not_accept, ClaimFlow.withdraw, ClaimFlow.cancel)
CHUNK, LONGEST_AUTHORISATION = 200, 500
_QUIET = {"synchronize_session": False}


@dataclass(frozen=True, kw_only=True)
class PackageWish:
    """The one form. `category`, `recruitment`, `grounds` are for those who are to be recognised first."""

    person_id: int
    package: str = "new_arrival"
    policies: tuple[str, ...] = field(default=())
    category: str = ""
    recruitment: str = "full_time"
    grounds: str = ""
    authorisation: str = ""


def open_package(session: Session, *, actor: Actor, now: datetime, wish: PackageWish, key: str | None = None) -> int:
    """Open a package; its id. With a category the recognition is opened first, and submitted once its papers are in.

    By the expert for himself, by staff with his authorisation. Raises NotFound, Invalid naming every field that is
    wrong, Refusal while another package is under way.
    """
    kind = PACKAGES[wish.package]
    chosen = chosen_of(kind, wish.policies)
    body = {name: str(value) for name, value in vars(wish).items()}
    with transaction(session):
        known = recall(session, actor, "open-package", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        person = _person(session, actor, wish.person_id)
        package_id = open_cases(session, Flow, [_row(session, person, kind.title, wish)], act)[0]
        items: dict[str, int | None] = dict.fromkeys(chosen)
        if wish.category:
            application = Application(
                person_id=person.id, category=wish.category, grounds=wish.grounds, recruitment=wish.recruitment,
                authorisation=wish.authorisation,
            )  # fmt: skip
            made = open_recognition(session, act, application, parent_id=package_id)
            take(session, RecognitionFlow.submit, [Wanted(made)], act)  # held where papers are still to be handed in
            items[RECOGNITION] = made
        here: dict[str, Any] = {"district_id": actor.district_id, "package_id": package_id}
        rows = [here | {"id": new_id(), "code": code, "case_id": case_id} for code, case_id in items.items()]
        add_rows(session, PackageItem, rows)
        if RECOGNITION not in items:
            _begin(session, act, package_id)
        remember(session, actor, "open-package", key, body, {"id": package_id}, now)
    return package_id


def _person(session: Session, actor: Actor, person_id: int) -> Person:
    """The person, with rights and household held.

    Raises NotFound, or Refusal for who may not apply or has a package under way.
    """
    hold_rights(session, [person_id])  # the claims rule on them: of a couple that applies at once one waits
    wanted = select(Person).where(Person.id == person_id, visible_persons(actor))
    person = session.execute(wanted).scalar_one_or_none()
    if person is None:
        raise NotFound()
    if not (actor.has(*STAFF) or (actor.has(Role.EXPERT) and actor.person_id == person_id)):
        raise Refusal(NOT_YOURS)
    under_way = select(Case.id).where(Case.kind == Flow.kind, Case.expert_id == person_id, Case.is_open)
    if session.execute(under_way.limit(1)).first() is not None:
        raise Refusal.because("package_under_way", _("another package is under way"))
    return person


def _row(session: Session, person: Person, title: Text, wish: PackageWish) -> dict[str, Any]:
    return {
        "title_zh": f"一件事一次办：{title.in_language('zh_CN')}",
        "title_en": f"Package: {title.in_language('en')}",
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "office_id": office_of(session),
        "employer_id": None,
        "parent_id": None,
        "waits": 0,
        "package": wish.package,
        "authorisation": within(wish.authorisation, LONGEST_AUTHORISATION, "authorisation"),
    }


def advance(session: Session, *, actor: Actor, now: datetime) -> int:
    """Go on with the packages whose recognition has an answer; how many. For the clock, every few minutes."""
    i = PackageItem
    moved = 0
    with transaction(session):
        waiting = (
            select(i.package_id, Case.state, Case.expert_id)
            .join(Case, Case.id == i.case_id)
            .where(i.code == RECOGNITION, i.result == "")
            .where(Case.state.in_((RecognitionFlow.certified.name, "refused", "withdrawn")))
            .order_by(i.package_id)
            .limit(CHUNK)
        )
        answered = list(session.execute(waiting))
    for package_id, state, person_id in answered:
        with transaction(session):
            hold_rights(session, [person_id])
            act = Act(actor, now, calendar_of(session, actor.district_id))
            certified = state == RecognitionFlow.certified.name
            _settle(session, package_id, [RECOGNITION], "granted" if certified else "refused")
            _begin(session, act, package_id)
            moved += 1
    return moved


def _begin(session: Session, act: Act, package_id: int) -> None:
    """Open a claim under each right that was asked for; what cannot be claimed is written down with its reason."""
    package = session.get_one(Package, package_id)
    if package.state != Flow.asked.name or package.expert_id is None:
        return
    person_id = package.expert_id
    rules = match_rules(session, local_date(act.now, act.calendar.zone))
    match_chunk(session, actor=act.actor, now=act.now, rules=rules, whom=MatchTurn.id == person_id, after=0)
    follow(session, Flow.begin, [package_id], act)
    i = PackageItem
    wanted = session.execute(select(i.code).where(i.package_id == package_id, i.result == "", i.case_id.is_(None)))
    for code in sorted(wanted.scalars()):
        try:
            with session.begin_nested():
                claim_id = _claim(session, act, package_id, person_id, code)
        except Refusal as refused:
            _settle(session, package_id, [code], "none", refused.reasons[0].text)
        else:
            session.execute(_of(package_id, [code]).values(case_id=claim_id), execution_options=_QUIET)
    _finish(session, act, [package_id])


def _claim(session: Session, act: Act, package_id: int, person_id: int, code: str) -> int:
    """Put the right into effect, as the form asked, and open its claim. Raises Refusal where there is none."""
    e = Entitlement
    living = select(e.id, e.state).join(Policy, Policy.id == e.policy_id).where(e.person_id == person_id, e.is_open)
    right = session.execute(living.where(Policy.code == code).with_for_update(of=e)).first()
    if right is None:
        raise Refusal.because("no_right", _("the conditions of the policy are not met at present"))
    if right.state in [state.name for state in EntitlementFlow.grant_at_once.sources]:
        follow(session, EntitlementFlow.grant_at_once, [right.id], act)
    elif right.state == EntitlementFlow.confirmed.name:
        follow(session, EntitlementFlow.activate, [right.id], act)
    claim_id = open_claim(session, act, right.id, parent_id=package_id)
    follow(session, ClaimFlow.submit, [claim_id], act)
    return claim_id


@after(*GRANTED)
def note_what_is_granted(taking: Taking, ids: list[int]) -> None:
    """A claim of a package is decided."""
    _note(taking, ids, "granted")


@after(*NOT_GRANTED)
def note_what_is_not(taking: Taking, ids: list[int]) -> None:
    """A claim of a package came to nothing."""
    _note(taking, ids, "refused")


def _note(taking: Taking, ids: list[int], result: str) -> None:
    """Write the result once, and look at each package with its row locked: of two last answers one sees the other."""
    session, i = taking.session, PackageItem
    open_ = select(i.package_id).where(among(i.case_id, ids), i.result == "").distinct()
    packages = sorted(session.execute(open_).scalars())
    if not packages:
        return
    decided = update(i).where(among(i.case_id, ids), i.result == "").values(result=result)
    session.execute(decided, execution_options=_QUIET)
    _finish(session, taking.act, packages)


def _settle(session: Session, package_id: int, codes: Iterable[str], result: str, why: Text | None = None) -> None:
    words = {"words_zh": why.in_language("zh_CN"), "words_en": why.in_language("en")} if why is not None else {}
    session.execute(_of(package_id, codes).values(result=result, **words), execution_options=_QUIET)


def _of(package_id: int, codes: Iterable[str]) -> Any:
    return update(PackageItem).where(PackageItem.package_id == package_id, PackageItem.code.in_(sorted(codes)))


def _finish(session: Session, act: Act, packages: list[int]) -> None:
    """Move on the packages of which nothing is open any more."""
    case = Case.__table__.c
    locked = select(Case.id).where(among(Case.id, packages), Case.state == Flow.handling.name).order_by(Case.id)
    here = sorted(session.execute(locked.with_for_update(of=case.id.table)).scalars())
    i = PackageItem
    left = set(session.execute(select(i.package_id).where(among(i.package_id, here), i.result == "")).scalars())
    done = [package_id for package_id in here if package_id not in left]
    if done:
        follow(session, Flow.finish, done, act)


@after(Flow.send_result)
def write_the_letter(taking: Taking, ids: list[int]) -> None:
    """One letter with the result of each matter."""
    rows = taking.session.execute(
        select(PackageItem, Policy.name_zh, Policy.name_en, Claim.approved_fen, Claim.is_paid)
        .outerjoin(Policy, Policy.code == PackageItem.code)
        .outerjoin(Claim, Claim.id == PackageItem.case_id)
        .where(among(PackageItem.package_id, ids))
        .order_by(PackageItem.code)
    ).all()
    each: dict[int, Mapping[str, Any]] = {
        package_id: {"items": [_line(row) for row in rows if row[0].package_id == package_id]} for package_id in ids
    }
    send_notices(taking.session, taking.act, Notice.RESULT, ids, {}, each=each)


def _line(row: Any) -> dict[str, str]:
    """What became of one matter, in both languages."""
    item, said = row[0], RESULTS[row[0].result]
    fen = f" {money(row.approved_fen)}" if row.approved_fen and row.is_paid and item.result == "granted" else ""
    names = {"zh_CN": row.name_zh or "人才认定", "en": row.name_en or "Recognition"}
    words = {"zh_CN": item.words_zh, "en": item.words_en}
    told = {}
    for language, name in names.items():
        why = f" ({words[language]})" if words[language] else ""
        told[language] = f"{name}: {said.in_language(language)}{fen}{why}"
    return {"zh": told["zh_CN"], "en": told["en"]}
