"""What a case is about, kind by kind: the facts on its page, its papers, its notices, what hangs together with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.formats import long_day, money
from concierge.basics.text import Bilingual, Text, _
from concierge.db import fixed, read
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.care import CareRequest, CareShare, Rating
from concierge.models.claim import CaseNotice, Claim, ClaimMaterial, Document, JointOpinion
from concierge.models.clawback import Clawback
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.person import PersonFact
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.recognition import Recognition
from concierge.queries.case_campaign import CAMPAIGN_TELLERS
from concierge.queries.case_money import MONEY_TELLERS
from concierge.queries.case_recognition import recognition_facts, recognition_papers
from concierge.queries.case_supervision import SUPERVISION_TELLERS
from concierge.queries.claimed_days import ClaimedDay, claimed_days, is_of_days
from concierge.queries.consultations import tell_consultation
from concierge.queries.doubles import granted_elsewhere
from concierge.queries.vouchers import tell_voucher
from concierge.rules.care import LEVELS, Channel, label_of
from concierge.rules.periods import said
from concierge.rules.roles import Role

Fact = tuple[Text, Any]


@dataclass(frozen=True)
class Policed:
    """The policy behind a claim or a right."""

    id: int
    name: Bilingual
    number: str
    version: int
    article: Bilingual


_BEHIND = fixed(
    select(Policy.id, Policy.name_zh, Policy.name_en)
    .add_columns(PolicyVersion.number, PolicyVersion.version, PolicyVersion.article_zh, PolicyVersion.article_en)
    .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
    .where(PolicyVersion.id == bindparam("version"))
)


def policy_behind(session: Session, case: Any) -> Policed | None:
    """The policy and version that rule a claim or a right."""
    if not isinstance(case, Claim | Entitlement):
        return None
    found = read(session, _BEHIND, version=case.policy_version_id).first()
    if found is None:
        return None
    name, article = Bilingual(found.name_zh, found.name_en), Bilingual(found.article_zh, found.article_en)
    return Policed(found.id, name, found.number, found.version, article)


def facts(session: Session, case: Any, policy: Policed | None) -> list[Fact]:
    """The facts of a case in the order in which they are read."""
    teller = _TELLERS.get(case.kind)
    told = [(_("Policy"), policy.name), (_("Document number"), policy.number)] if policy is not None else []
    return told + (teller(session, case) if teller is not None else [])


def _claim(session: Session, case: Claim) -> list[Fact]:
    found: list[Fact] = [(_("Period"), said(case.period))]
    if is_of_days(case.period):
        found += [(_("%(day)s", day=long_day(day.on)), _told_day(day)) for day in claimed_days(session, case.id)]
    found.append((_("Amount claimed"), money(case.amount_fen) if case.is_paid else _("granted in kind")))
    if case.approved_fen is not None:
        found.append((_("Amount granted"), money(case.approved_fen)))
    if case.minutes_number:
        found.append((_("Meeting minutes"), case.minutes_number))
    if case.posting_ends_on is not None:
        found.append((_("Posted until"), long_day(case.posting_ends_on)))
    if case.promise_due_on is not None:
        found.append((_("Papers promised by"), long_day(case.promise_due_on)))
    if case.is_paid:
        found.append((_("Bank account"), _("checked") if case.account_settled else _("not checked yet")))
    return found + granted_elsewhere(session, case.entitlement_id)


def _told_day(day: ClaimedDay) -> Text:
    """One day of service that is claimed: on which order and where, and what it brings."""
    if not day.number:
        return _("entered by the office: %(amount)s", amount=money(day.fen))
    return _("%(place)s, order %(number)s: %(amount)s", place=day.host, number=day.number, amount=money(day.fen))


def _entitlement(session: Session, case: Entitlement) -> list[Fact]:
    found: list[Fact] = [(_("From"), long_day(case.starts_on))]
    found += [(_("Until"), long_day(case.ends_on))] if case.ends_on is not None else []
    if case.total_fen is not None:
        found.append((_("Total"), money(case.total_fen)))
    return [*found, *granted_elsewhere(session, case.id)]


_CREDIT = fixed(
    select(PersonFact.value, PersonFact.as_of)
    .where(PersonFact.person_id == bindparam("person"), PersonFact.name == "credit_flagged")
    .order_by(PersonFact.as_of.desc())
    .limit(1)
)
_DECIDERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)


def credit_mark(session: Session, case: Any, actor: Actor) -> list[Fact]:
    """That the expert of an open right is on the credit list: the mark may be newer than the day he was told.

    For whoever puts rights into effect alone; an employer, who sees the right too, is not told of it.
    """
    if not (isinstance(case, Entitlement) and case.is_open and actor.has(*_DECIDERS)):
        return []
    newest = read(session, _CREDIT, person=case.expert_id).first()
    if newest is None or newest.value.get("value") is not True:
        return []
    day = long_day(newest.as_of)
    return [(_("On the credit list"), _("yes, since %(day)s: look into it before the benefit takes effect", day=day))]


_NAME = fixed(select(Account.name).where(Account.id == bindparam("account")))
_RATING = fixed(select(Rating.level, Rating.words).where(Rating.case_id == bindparam("case")))

_ANSWERS = fixed(
    select(Unit.name_zh, Unit.name_en, CareShare.answer)
    .join(Unit, Unit.id == CareShare.unit_id)
    .where(CareShare.parent_id == bindparam("case"), CareShare.answer != "")
    .order_by(CareShare.id)
)
"""What units asked in parallel have answered."""
_REQUEST = fixed(select(CareRequest.category, CareRequest.text).where(CareRequest.id == bindparam("case")))


def _care(session: Session, case: CareRequest) -> list[Fact]:
    found: list[Fact] = [(_("About"), label_of(case.category)), (_("What is asked"), case.text)]
    found.append((_("Came in by"), Channel(case.channel).label))
    found.append((_("Limit"), _("same day") if case.limit_days == 0 else _("working days: %(n)s", n=case.limit_days)))
    if case.on_behalf:
        found.append((_("Authorisation of the agent"), case.authorisation))
    if case.reply:
        found.append((_("Reply"), case.reply))
    for row in read(session, _ANSWERS, case=case.id):
        found.append((_("Answer of: %(unit)s", unit=Bilingual(row.name_zh, row.name_en)), row.answer))
    if case.category != "poor_rating":  # nobody was asked: it is opened by the rating itself
        first = read(session, _NAME, account=case.first_contact_id).scalar_one_or_none()
        found.append((_("First asked"), first or ""))
    rating = read(session, _RATING, case=case.id).first()
    if rating is not None:
        found.append((_("Rating"), LEVELS[rating.level]))
        found += [(_("Words of the expert"), rating.words)] if rating.words else []
    return found


def _share(session: Session, case: CareShare) -> list[Fact]:
    request = read(session, _REQUEST, case=case.parent_id).one()
    found: list[Fact] = [(_("About"), label_of(request.category)), (_("What is asked"), request.text)]
    found += [(_("What is asked of the unit"), case.asked)] if case.asked else []
    found += [(_("Answer of the unit"), case.answer)] if case.answer else []
    return found


def _opinion(session: Session, case: JointOpinion) -> list[Fact]:
    return [(_("Opinion"), case.opinion)]


_TELLERS: dict[str, Callable[[Session, Any], list[Fact]]] = {
    "claim": _claim,
    "entitlement": _entitlement,
    "care_request": _care,
    "consultation": tell_consultation,
    "care_share": _share,
    "joint_opinion": _opinion,
    "voucher": tell_voucher,
    **MONEY_TELLERS,
    **CAMPAIGN_TELLERS,
    **SUPERVISION_TELLERS,
    "recognition": recognition_facts,
}


@dataclass(frozen=True)
class Paper:
    """One paper asked for by a claim, and what became of it."""

    code: str
    name: Bilingual
    is_major: bool
    status: str
    source: str
    document_id: int | None
    file: Text | None
    checked_by: str
    checked_at: datetime | None
    note: str


def papers(session: Session, case: Any) -> tuple[Paper, ...]:
    """The papers of a claim or a recognition: required ones first."""
    if isinstance(case, Recognition):
        return tuple(Paper(**paper) for paper in recognition_papers(session, case))
    if not isinstance(case, Claim):
        return ()
    m, d = ClaimMaterial, Document
    rows = session.execute(
        select(m, d.media_type, d.pages, d.at, Account.name.label("checker"))
        .outerjoin(d, d.id == m.document_id)
        .outerjoin(Account, Account.id == m.checked_by)
        .where(m.claim_id == case.id)
        .order_by(m.severity.desc(), m.id)
    ).all()
    found = []
    for row in rows:
        paper: ClaimMaterial = row[0]
        kind = (row.media_type or "").rpartition("/")[2].upper()
        file = _("%(kind)s, pages: %(n)s", kind=kind, n=row.pages) if row.media_type else None
        found.append(
            Paper(
                code=paper.code,
                name=Bilingual(paper.name_zh, paper.name_en),
                is_major=paper.severity.lower() == "major",
                status=paper.state,
                source=paper.source,
                document_id=paper.document_id,
                file=file,
                checked_by=row.checker or "",
                checked_at=paper.checked_at,
                note=paper.note,
            )
        )
    return tuple(sorted(found, key=lambda paper: not paper.is_major))


@dataclass(frozen=True)
class Notice:
    """A numbered paper sent to the person."""

    id: int
    kind: Text
    number: str
    at: datetime
    answer_by: date | None


NOTICES: dict[str, Text] = {
    "acceptance": _("Acceptance notice"),
    "deemed_acceptance": _("Notice of acceptance by lapse of time"),
    "one_time_notice": _("One-time notice"),
    "promise_letter": _("Promise letter"),
    "promise_stop": _("Notice that a promise was not kept"),
    "non_acceptance": _("Notice of non-acceptance"),
    "rejection": _("Decision of rejection"),
    "extension": _("Notice of extension"),
    "result": _("Letter of result"),
    "visit_record": _("Record of a visit"),
    "termination": _("Notice of termination"),
    "service_certificate": _("Certificate of grass-roots service"),
    "clawback_notice": _("Notice of clawback"),
    "clawback_decision": _("Decision on the clawback"),
    "revocation": _("Decision to revoke the certificate"),
}


_NOTICES = fixed(
    select(CaseNotice.id, CaseNotice.kind, CaseNotice.number, CaseNotice.at, CaseNotice.answer_by)
    .where(CaseNotice.case_id == bindparam("case"))
    .order_by(CaseNotice.id.desc())
)


def notices(session: Session, case: Any) -> tuple[Notice, ...]:
    """The papers sent about a claim or a right, newest first."""
    if not isinstance(case, Claim | Entitlement | Clawback | Recognition | CareRequest):
        return ()
    rows = read(session, _NOTICES, case=case.id)
    return tuple(
        Notice(row.id, NOTICES.get(row.kind, Text(row.kind)), row.number, row.at, row.answer_by) for row in rows
    )
