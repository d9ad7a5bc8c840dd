"""What programs may read of a day's care and of those who administrate: contacts, words, consents, grants, settings."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true

from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant
from concierge.models.care import Rating, RatingAppeal
from concierge.models.comment import Comment
from concierge.models.consent import Consent
from concierge.models.contact import CareContact
from concierge.models.data_request import DataRequest
from concierge.models.person import Person, Relative
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.case_timeline import OUTSIDE
from concierge.queries.colleagues import of_the_units
from concierge.queries.data_requests import visible_requests
from concierge.queries.settings_history import SETTINGS
from concierge.queries.things.kinds import ABOVE, ASKED_UNITS, FINANCE, SPECIALISTS
from concierge.queries.things.rows import HERE, PlainThing
from concierge.queries.things.shown import Filter, Kind, Shown, column, columns_of, equal
from concierge.rules.cadence import Contact
from concierge.rules.consents import ConsentTo
from concierge.rules.data_requests import STATES, Wish
from concierge.rules.roles import Role as R

FILE_READERS = SPECIALISTS | {R.TALENT_OFFICE}
ADMINS = frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN})


def _of_persons_seen(column: Any, actor: Actor) -> ColumnElement[bool]:
    seen: ColumnElement[bool] = column.in_(select(Person.id).where(visible_persons(actor)))
    return seen


def _requests(actor: Actor) -> ColumnElement[bool]:
    """An expert's own, copies among them; staff those that wait for people."""
    return visible_requests(actor) if actor.has(*FILE_READERS) else DataRequest.person_id == actor.person_id


def _words(actor: Actor) -> ColumnElement[bool]:
    """Inner notes are for the district's own offices."""
    shared = Comment.audience != "internal" if actor.roles <= OUTSIDE else true()
    return and_(visible_cases(actor), shared)


def _grants(actor: Actor) -> ColumnElement[bool]:
    """An administrator's own, which say what he may hand on, and those in his unit but his peers'."""
    own = or_(AccountGrant.account_id == actor.duty, AccountGrant.role != R.UNIT_ADMIN.value)
    return and_(AccountGrant.unit_id.in_(actor.units(R.UNIT_ADMIN)), own)


def _changes(data: dict[str, Any] | None) -> list[dict[str, Any]]:
    changed = (data or {}).get("changed", {})
    return [{"field": name, "old": old, "new": new} for name, (old, new) in changed.items()]


def _appeal() -> Shown:
    """What became of an appeal against a rating: accepted, rejected, or null where none is decided."""
    decided = select(RatingAppeal.is_accepted).where(RatingAppeal.rating_id == Rating.id).correlate(Rating)
    return Shown("appeal_accepted", decided.limit(1).scalar_subquery(), Kind.YES, nullable=True)


OF_THE_DAY: tuple[PlainThing, ...] = (
    PlainThing(
        "ratings",
        "Rating",
        Rating.id,
        SPECIALISTS | ABOVE | {R.EXPERT},
        (*columns_of(Rating, "case_id specialist_id unit_id level words at"), _appeal()),
        visible_cases,
        (*equal(Rating, "case specialist"), Filter("level", Rating.level, Kind.NUMBER)),
        ((Case, Case.id == Rating.case_id),),
    ),
    PlainThing(
        "contacts",
        "Contact",
        CareContact.id,
        FILE_READERS,
        (
            column(CareContact, "number"),
            Shown("expert_id", CareContact.person_id, Kind.ID),
            column(CareContact, "way"),
            Shown("on", CareContact.on_day, Kind.DATE),
            *columns_of(CareContact, "words wish at"),
            Shown("made_by_id", CareContact.made_by, Kind.ID),
        ),
        lambda actor: _of_persons_seen(CareContact.person_id, actor),
        (
            Filter("expert", CareContact.person_id, Kind.ID),
            Filter("way", CareContact.way, Kind.TEXT, tuple(Contact)),
        ),
    ),
    PlainThing(
        "comments",
        "Comment",
        Comment.id,
        SPECIALISTS | FINANCE | ABOVE | ASKED_UNITS | {R.PRESS, R.SUPERVISOR, R.EXPERT},
        columns_of(Comment, "case_id author_id audience text at"),
        _words,
        equal(Comment, "case"),
        ((Case, Case.id == Comment.case_id),),
    ),
    PlainThing(
        "household-members",
        "HouseholdMember",
        Relative.id,
        FILE_READERS,
        (Shown("expert_id", Relative.person_id, Kind.ID), *columns_of(Relative, "relation birth_on left_on")),
        lambda actor: _of_persons_seen(Relative.person_id, actor),
        (Filter("expert", Relative.person_id, Kind.ID), *equal(Relative, "relation")),
    ),
    PlainThing(
        "consents",
        "Consent",
        Consent.id,
        FILE_READERS | {R.EXPERT},
        (
            Shown("expert_id", Consent.person_id, Kind.ID),
            *columns_of(Consent, "purpose is_given wording channel relative_id at"),
        ),
        lambda actor: _of_persons_seen(Consent.person_id, actor),
        (
            Filter("expert", Consent.person_id, Kind.ID),
            Filter("purpose", Consent.purpose, Kind.TEXT, tuple(ConsentTo)),
        ),
    ),
    PlainThing(
        "data-requests",
        "DataRequest",
        DataRequest.id,
        FILE_READERS | {R.EXPERT},
        (
            Shown("expert_id", DataRequest.person_id, Kind.ID),
            Shown("wish", DataRequest.kind, Kind.TEXT),
            *columns_of(DataRequest, "state asked_at due_on decided_at basis expires_on"),
        ),
        _requests,
        (
            Filter("expert", DataRequest.person_id, Kind.ID),
            Filter("wish", DataRequest.kind, Kind.TEXT, tuple(Wish)),
            Filter("state", DataRequest.state, Kind.TEXT, tuple(STATES)),
        ),
    ),
    PlainThing(
        "colleagues",
        "Colleague",
        Account.id,
        frozenset({R.UNIT_ADMIN}),
        (*columns_of(Account, "login name"), Shown("is_disabled", Account.disabled_at.is_not(None), Kind.YES)),
        lambda actor: of_the_units(actor.units(R.UNIT_ADMIN)),
        equal(Account, "login"),
    ),
    PlainThing(
        "grants",
        "Grant",
        AccountGrant.id,
        frozenset({R.UNIT_ADMIN}),
        columns_of(AccountGrant, "account_id unit_id role starts_on ends_on delegates"),
        _grants,
        (*equal(AccountGrant, "account unit"), Filter("role", AccountGrant.role, Kind.TEXT, tuple(R))),
    ),
    PlainThing(
        "setting-changes",
        "SettingChange",
        AuditEntry.id,
        ADMINS,
        (
            *columns_of(AuditEntry, "act at actor_id subject_kind subject_id"),
            Shown("changes", AuditEntry.data, Kind.CHANGES, change=_changes),
        ),
        lambda _actor: and_(
            AuditEntry.district_id == HERE, AuditEntry.act.in_(tuple(SETTINGS)), AuditEntry.result == "done"
        ),
        (Filter("act", AuditEntry.act, Kind.TEXT, tuple(SETTINGS)),),
    ),
)
