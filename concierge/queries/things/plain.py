"""What programs may read beside cases: districts, units, people, policies, papers, budget lines, what happened."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from concierge.engine.actor import Actor
from concierge.engine.tables import Case, History
from concierge.models.account import Account, AccountGrant
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.district import District, Unit
from concierge.models.notice import Delivery
from concierge.models.person import OF_A_UNIT, Employment, Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.recognition import SchemeVersion, TalentCategory, TalentScheme
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.case_timeline import OUTSIDE
from concierge.queries.expert_card import mask_last4
from concierge.queries.postings import posted_lines
from concierge.queries.things.campaign import OF_CAMPAIGN
from concierge.queries.things.daily import OF_THE_DAY
from concierge.queries.things.kinds import ABOVE, ASKED_UNITS, BY_KIND, CASES, FINANCE, SPECIALISTS
from concierge.queries.things.money import OF_MONEY, lines_of
from concierge.queries.things.people import OF_PEOPLE
from concierge.queries.things.rows import HERE, TODAY, PlainThing, Row
from concierge.queries.things.shown import Filter, Kind, Shown, column, columns_of, equal
from concierge.queries.things.standing import STANDING
from concierge.rules.identifiers import mask_id
from concierge.rules.roles import Role as R
from concierge.rules.roles import UnitKind

EVERYBODY = frozenset(R) - {R.SYSTEM}


def _latest(statement: Select[Any]) -> Any:
    return statement.limit(1).scalar_subquery()


def _of_status(name: str) -> Any:
    rows = select(getattr(TalentStatus, name)).where(
        TalentStatus.person_id == Person.id, TalentStatus.valid_from <= TODAY
    )
    return _latest(rows.correlate(Person).order_by(TalentStatus.valid_from.desc()))


def _of_employment() -> Any:
    rows = select(Employment.employer_id).where(Employment.person_id == Person.id, Employment.starts_on <= TODAY)
    return _latest(rows.correlate(Person).order_by(Employment.starts_on.desc()))


def _of_version(name: str) -> Any:
    rows = select(getattr(PolicyVersion, name)).where(
        PolicyVersion.policy_id == Policy.id, PolicyVersion.state == "published"
    )
    return _latest(rows.correlate(Policy).order_by(PolicyVersion.version.desc()))


def _in_force() -> ColumnElement[bool]:
    """Whether a category is of the version that its scheme now applies by."""
    mine, newer = SchemeVersion, aliased(SchemeVersion, flat=True)
    holds = and_(newer.state == "published", newer.valid_from <= TODAY, newer.scheme_id == mine.scheme_id)
    later = or_(newer.valid_from > mine.valid_from, (newer.valid_from == mine.valid_from) & (newer.id > mine.id))
    replaced = select(newer.id).where(holds, later).correlate(mine).exists()
    return and_(mine.state == "published", mine.valid_from <= TODAY, ~replaced)


def _grants() -> Any:
    held = and_(
        AccountGrant.account_id == Account.id,
        AccountGrant.district_id == HERE,
        AccountGrant.starts_on <= TODAY,
        or_(AccountGrant.ends_on.is_(None), AccountGrant.ends_on >= TODAY),
    )
    return select(func.aggregate_strings(AccountGrant.role, ",")).where(held).correlate(Account).scalar_subquery()


def _name(model: Any, name: str = "name") -> Shown:
    return Shown(name, (model.name_zh, model.name_en), Kind.NAME)


def _write_public_rows(session: Session, _actor: Actor, rows: list[Row], ids: list[int]) -> None:
    """What the public sees of a posting: from the whitelist of columns alone."""
    public = posted_lines(session, ids)
    for row, claim_id in zip(rows, ids, strict=True):
        line = public[claim_id]
        row |= {"name": line.name, "category": line.category, "amount_fen": line.fen}
        row |= {"employer": {"zh": line.employer.zh, "en": line.employer.en}}
        row |= {"item": {"zh": line.item.zh, "en": line.item.en}}


def _keep_inner_words(_session: Session, actor: Actor, rows: list[Row], _ids: list[int]) -> None:
    if actor.roles <= OUTSIDE:
        for row in rows:
            row["reason"] = None


PLAIN: tuple[PlainThing, ...] = (
    PlainThing(
        "districts",
        "District",
        District.id,
        EVERYBODY,
        (
            column(District, "code"),
            _name(District),
            Shown("address", (District.address_zh, District.address_en), Kind.NAME),
            *columns_of(District, "zone hotline is_demo"),
        ),
        lambda actor: District.id == actor.district_id,
    ),
    PlainThing(
        "units",
        "Unit",
        Unit.id,
        EVERYBODY,
        (*columns_of(Unit, "code kind"), _name(Unit), *columns_of(Unit, "parent_id phone is_township remoteness")),
        lambda _actor: true(),
        (Filter("kind", Unit.kind, Kind.TEXT, tuple(UnitKind)), *equal(Unit, "code parent")),
    ),
    PlainThing(
        "users",
        "User",
        Account.id,
        frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN, R.TALENT_OFFICE, R.SPECIALIST_LEAD}),
        (
            *columns_of(Account, "login name language"),
            Shown("is_disabled", Account.disabled_at.is_not(None), Kind.YES),
            Shown("roles", _grants(), Kind.LIST, change=lambda roles: sorted(set((roles or "").split(",")) - {""})),
        ),
        lambda _actor: Account.id.in_(select(AccountGrant.account_id).where(AccountGrant.district_id == HERE)),
        equal(Account, "login"),
    ),
    PlainThing(
        "experts",
        "Expert",
        Person.id,
        SPECIALISTS | {R.TALENT_OFFICE, R.EXPERT, R.EMPLOYER},
        (
            Shown("name", Person.full_name, Kind.TEXT),
            Shown("id_number", Person.id_last4, Kind.TEXT, change=mask_id),
            Shown("phone", Person.phone_last4, Kind.TEXT, change=mask_last4),
            Shown("category", _of_status("category"), Kind.TEXT, nullable=True),
            Shown("valid_to", _of_status("valid_to"), Kind.DATE, nullable=True),
            Shown("employer_id", _of_employment(), Kind.ID, nullable=True),
            *columns_of(Person, "specialist_id deputy_id version"),
        ),
        lambda actor: visible_persons(actor) & (Person.id_kind != OF_A_UNIT),
        (
            Filter("specialist", Person.specialist_id, Kind.ID),
            Filter("name", Person.full_name, Kind.TEXT),
            Filter("category", _of_status("category"), Kind.TEXT, tuple("ABCDEF")),
        ),
    ),
    PlainThing(
        "policies",
        "Policy",
        Policy.id,
        EVERYBODY,
        (
            *columns_of(Policy, "code"),
            Shown("number", _of_version("number"), Kind.TEXT),
            _name(Policy),
            *columns_of(Policy, "group unit_id paying_unit_id"),
            Shown("version", _of_version("version"), Kind.NUMBER),
            Shown("version_id", _of_version("id"), Kind.ID),
            Shown("valid_from", _of_version("valid_from"), Kind.DATE),
            Shown("valid_to", _of_version("valid_to"), Kind.DATE, nullable=True),
        ),
        lambda _actor: Policy.id.in_(select(PolicyVersion.policy_id).where(PolicyVersion.state == "published")),
        equal(Policy, "code group"),
    ),
    PlainThing(
        "talent-categories",
        "TalentCategory",
        TalentCategory.id,
        EVERYBODY,
        (
            Shown("scheme", TalentScheme.code, Kind.TEXT),
            Shown("scheme_name", (TalentScheme.name_zh, TalentScheme.name_en), Kind.NAME),
            _name(TalentCategory),
            *columns_of(TalentCategory, "rank grade scheme_version_id"),
        ),
        lambda _actor: _in_force(),
        (Filter("scheme", TalentScheme.code, Kind.TEXT), *equal(TalentCategory, "grade")),
        (
            (SchemeVersion, SchemeVersion.id == TalentCategory.scheme_version_id),
            (TalentScheme, TalentScheme.id == SchemeVersion.scheme_id),
        ),
    ),
    PlainThing(
        "materials",
        "Material",
        ClaimMaterial.id,
        SPECIALISTS | {R.TALENT_OFFICE, R.EXPERT, R.EMPLOYER, R.HR, R.SECTOR},
        (
            *columns_of(ClaimMaterial, "claim_id code"),
            _name(ClaimMaterial),
            *columns_of(ClaimMaterial, "severity state source document_id note updated_at"),
        ),
        visible_cases,
        equal(ClaimMaterial, "claim state code"),
        ((Case, Case.id == ClaimMaterial.claim_id),),
    ),
    PlainThing(
        "postings",
        "Posting",
        Claim.id,
        SPECIALISTS | ABOVE | {R.PRESS},
        columns_of(Claim, "number state posted_on posting_ends_on"),
        lambda actor: and_(visible_cases(actor), Claim.posted_on.is_not(None)),
        (
            Filter("state", Case.state, Kind.TEXT, tuple(BY_KIND["claim"].flow.states)),
            Filter("ends_before", Claim.posting_ends_on, Kind.DATE, clause=lambda day: Claim.posting_ends_on < day),
        ),
        more=(
            Shown("name", None, Kind.TEXT),
            Shown("employer", None, Kind.NAME),
            Shown("category", None, Kind.TEXT),
            Shown("item", None, Kind.NAME),
            Shown("amount_fen", None, Kind.FEN),
        ),
        finish=_write_public_rows,
    ),
    PlainThing(
        "budget-lines",
        "BudgetLine",
        BudgetLine.id,
        FINANCE | ABOVE,
        (
            *columns_of(BudgetLine, "year number"),
            _name(BudgetLine),
            *columns_of(BudgetLine, "unit_id policy_groups amount_fen reserved_fen spent_fen"),
            Shown("available_fen", BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen, Kind.FEN),
        ),
        lines_of,
        equal(BudgetLine, "year number"),
    ),
    PlainThing(
        "notifications",
        "Notification",
        Delivery.id,
        EVERYBODY,
        columns_of(Delivery, "topic case_id is_urgent at read_at"),
        lambda actor: and_(Delivery.account_id == actor.account_id, Delivery.channel == "inbox"),
        (
            Filter(
                "unread",
                Delivery.read_at,
                Kind.YES,
                clause=lambda yes: Delivery.read_at.is_(None) if yes else Delivery.read_at.is_not(None),
            ),
            *equal(Delivery, "topic"),
        ),
    ),
    PlainThing(
        "events",
        "Event",
        History.id,
        SPECIALISTS | FINANCE | ABOVE | ASKED_UNITS | {R.EXPERT, R.EMPLOYER, R.PRESS},
        (
            column(History, "case_id"),
            Shown("thing", Case.kind, Kind.TEXT, change=lambda kind: BY_KIND[kind].name),
            Shown("number", Case.number, Kind.TEXT),
            *columns_of(History, "version step from_state to_state at actor_id role holder holder_id clock reason"),
        ),
        visible_cases,
        (
            Filter(
                "thing",
                Case.kind,
                Kind.TEXT,
                tuple(thing.name for thing in CASES),
                lambda name: Case.kind == next(t.flow.kind for t in CASES if t.name == name),
            ),
            *equal(History, "case step to_state"),
        ),
        ((Case, Case.id == History.case_id),),
        finish=_keep_inner_words,
    ),
    *OF_CAMPAIGN,
    *OF_PEOPLE,
    *STANDING,
    *OF_THE_DAY,
    *OF_MONEY,
)
