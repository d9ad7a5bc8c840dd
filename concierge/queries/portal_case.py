"""One matter for its expert: who has it now, its steps, its papers, what was said, and what the expert may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.explain import explain
from concierge.engine.tables import Case
from concierge.models.account import Account
from concierge.models.care import CareRequest, Rating
from concierge.models.claim import CaseNotice, Claim, ClaimMaterial
from concierge.models.comment import Comment
from concierge.models.consultation import Consultation
from concierge.models.recognition import Recognition, RecognitionPaper
from concierge.models.voucher import Voucher
from concierge.queries.case_recognition import paper_status
from concierge.queries.consultations import Asked, asked
from concierge.queries.holders import holder_names
from concierge.queries.letters import points_of
from concierge.queries.portal_cases import Matter, details_of, matter_of
from concierge.queries.portal_course import Share, StepLine, history_of, steps, time_shares
from concierge.queries.portal_money import Payment, payments_of_claim
from concierge.queries.portal_needs import PAPERS_OUT
from concierge.queries.recognitions import papers_of
from concierge.queries.stages import stages_of
from concierge.queries.vouchers import TO_BE_USED, Fact, tell_voucher
from concierge.queries.waiting import Turn, turn_of
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.care import LEVELS, label_of
from concierge.rules.nudges import why_not_nudge
from concierge.rules.roles import Role

SETTLED = ("verified", "exempt")
FREE = ("draft", "correction")


@dataclass(frozen=True)
class PaperLine:
    """One paper asked for. `may_hand_in`: the expert may hand it in, or exchange it, now."""

    code: str
    name: Bilingual
    is_major: bool
    status: str
    note: str
    document_id: int | None
    may_hand_in: bool
    is_out: bool


@dataclass(frozen=True)
class Said:
    """A remark both sides can read."""

    who: str
    is_mine: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class NoticeLine:
    """A numbered paper sent to the expert, with its points, reason, basis and remedy."""

    id: int
    kind: str
    number: str
    points: tuple[Bilingual, ...]
    reason: str
    basis: str
    remedy: str
    lawful: Bilingual
    answer_by: date | None
    at: datetime


@dataclass(frozen=True)
class WayOut:
    """A step the expert may take, or why not now."""

    name: str
    label: Text
    allowed: bool
    reasons: tuple[Text, ...]
    is_side: bool
    asks: bool


@dataclass(frozen=True)
class Care:
    """What only a care request has: the request, the answer, the rating."""

    category: Text
    text: str
    reply: str
    level: Text | None
    words: str
    on_behalf: bool
    authorisation: str


@dataclass(frozen=True)
class CasePage:
    """The whole page of one matter."""

    matter: Matter
    kind: str
    state: str
    state_label: Text
    version: int
    policy_id: int | None
    nothing_to_do: bool
    promised: date | None
    steps: tuple[StepLine, ...]
    shares: tuple[Share, ...]
    papers: tuple[PaperLine, ...]
    talk: tuple[Said, ...]
    notices: tuple[NoticeLine, ...]
    payments: tuple[Payment, ...]
    ways: tuple[WayOut, ...]
    nudge_refused: Text | None
    nudged_at: datetime | None
    care: Care | None
    question: Asked | None
    turn: Turn | None
    voucher: tuple[Fact, ...]

    def way(self, *names: str) -> WayOut | None:
        """The first of these steps that the expert could take from here."""
        return next((way for way in self.ways if way.name in names), None)

    @property
    def back_in(self) -> WayOut | None:
        """The step that hands the papers of a correction back in, to wherever it was asked."""
        return next((way for way in self.ways if way.name.startswith("resubmit_to_")), None)


def case_page(session: Session, *, actor: Actor, case_id: int, now: datetime, calendar: WorkingCalendar) -> CasePage:
    """The page of one of the expert's own matters. Raises NotFound for any other, as for none."""
    case = _own(session, actor, case_id)
    rows, detail = history_of(session, case_id), details_of(session, [case]).get(case_id)
    names = holder_names(session, [*rows, case])
    matter = matter_of(case, detail, names, now, calendar)
    papers = _papers(session, case)
    nudged_at = _last_nudge(session, case_id)
    refused = _why_not_nudge(case, nudged_at, now, calendar)
    return CasePage(
        matter=matter,
        kind=case.kind,
        state=case.state,
        state_label=FLOWS[case.kind].states[case.state].label,
        version=case.version,
        policy_id=getattr(detail, "policy_id", None),
        nothing_to_do=not (matter.with_me or any(p.is_out for p in papers) or case.state == TO_BE_USED),
        promised=(case.step_due_on or case.due_on) if matter.expected is not None else None,
        steps=tuple(steps(case.kind, stages_of(case.kind, detail), matter, rows, names, now, calendar)),
        shares=tuple(time_shares(rows, names, now, calendar)),
        papers=tuple(papers),
        talk=tuple(_talk(session, actor, case_id)),
        notices=tuple(_notices(session, case_id)),
        payments=tuple(payments_of_claim(session, actor.person_id or 0, case_id)) if case.kind == "claim" else (),
        ways=tuple(_ways(session, case, actor, now)),
        nudge_refused=refused.text if refused is not None else None,
        nudged_at=nudged_at,
        care=_care(session, case) if isinstance(case, CareRequest) else None,
        question=asked(session, case) if isinstance(case, Consultation) else None,
        voucher=tuple(tell_voucher(session, case)) if isinstance(case, Voucher) else (),
        turn=turn_of(session, case) if isinstance(case, Claim) and not case.is_paid else None,
    )


def _own(session: Session, actor: Actor, case_id: int) -> Case:
    for kind in (Claim, CareRequest, Consultation, Recognition, Voucher):
        wanted = select(kind).where(kind.id == case_id, kind.expert_id == actor.person_id)
        found: Case | None = session.execute(wanted).scalar_one_or_none()
        if found is not None and actor.person_id is not None:
            return found
    raise NotFound()


def _papers(session: Session, case: Case) -> list[PaperLine]:
    if isinstance(case, Recognition):
        return [_of_recognition(case, row) for row in papers_of(session, case.id)]
    if not isinstance(case, Claim):
        return []
    wanted = select(ClaimMaterial).where(ClaimMaterial.claim_id == case.id)
    rows = session.execute(wanted.order_by(ClaimMaterial.severity, ClaimMaterial.id)).scalars()
    return [
        PaperLine(
            code=row.code,
            name=Bilingual(row.name_zh, row.name_en),
            is_major=row.severity == "major",
            status=row.state,
            note=row.note,
            document_id=row.document_id,
            may_hand_in=case.is_open and row.state != "exempt" and (row.state not in SETTLED or case.state in FREE),
            is_out=row.state in PAPERS_OUT and case.is_open,
        )
        for row in rows
    ]


def _of_recognition(case: Recognition, row: RecognitionPaper) -> PaperLine:
    is_free = case.state in FREE
    return PaperLine(
        code=row.code,
        name=Bilingual(row.name_zh, row.name_en),
        is_major=row.severity == "major",
        status=paper_status(case, row),
        note="",
        document_id=row.document_id,
        may_hand_in=is_free,
        is_out=is_free and row.document_id is None and row.severity == "major",
    )


def _talk(session: Session, actor: Actor, case_id: int) -> list[Said]:
    c = Comment
    wanted = (
        select(c.author_id, Account.name, c.text, c.at)
        .join(Account, Account.id == c.author_id)
        .where(c.case_id == case_id, c.audience == "expert")
        .order_by(c.id)
        .limit(200)
    )
    return [Said(r.name, r.author_id == actor.account_id, r.text, r.at) for r in session.execute(wanted)]


def _notices(session: Session, case_id: int) -> list[NoticeLine]:
    wanted = select(CaseNotice).where(CaseNotice.case_id == case_id).order_by(CaseNotice.id.desc()).limit(20)
    return [_notice(row) for row in session.execute(wanted).scalars()]


def _notice(row: CaseNotice) -> NoticeLine:
    content = row.content or {}
    lawful = content.get("lawful_remedy") or {}
    return NoticeLine(
        id=row.id,
        kind=row.kind,
        number=row.number,
        points=points_of(content),
        reason=str(content.get("reason") or ""),
        basis=str(content.get("basis") or ""),
        remedy=str(content.get("remedy") or ""),
        lawful=Bilingual(lawful.get("zh", ""), lawful.get("en", "")),
        answer_by=row.answer_by,
        at=row.at,
    )


def _last_nudge(session: Session, case_id: int) -> datetime | None:
    last = select(func.max(Comment.at)).where(Comment.case_id == case_id, Comment.audience == "nudge")
    return session.execute(last).scalar_one()


def _why_not_nudge(case: Case, last: datetime | None, now: datetime, calendar: WorkingCalendar) -> Reason | None:
    return why_not_nudge(
        is_open=case.is_open,
        is_waiting=case.holder != "expert",
        due_on=case.due_on,
        last_on=local_date(last or case.since, calendar.zone),
        today=local_date(now, calendar.zone),
        by_expert=True,
    )


def _ways(session: Session, case: Case, actor: Actor, now: datetime) -> Sequence[WayOut]:
    return [
        WayOut(
            name=way.step.name,
            label=way.step.label,
            allowed=way.allowed,
            reasons=tuple(reason.text for reason in way.reasons),
            is_side=way.step.side,
            asks=way.step.ask is not None,
        )
        for way in explain(session, case, actor, now=now)
        if Role.EXPERT in way.step.by
    ]


def _care(session: Session, case: CareRequest) -> Care:
    rated = session.execute(select(Rating.level, Rating.words).where(Rating.case_id == case.id)).one_or_none()
    return Care(
        category=label_of(case.category),
        text=case.text,
        reply=case.reply,
        level=LEVELS[rated.level] if rated is not None else None,
        words=rated.words if rated is not None else "",
        on_behalf=case.on_behalf,
        authorisation=case.authorisation,
    )
