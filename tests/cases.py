"""A small fictional district for tests, and cases put straight into any state of any flow.

Rows are written directly, not through services, so that a test begins exactly where it wants to.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from concierge import models
from concierge.basics.ids import new_id
from concierge.db import open_session
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.declare import State, Workflow
from concierge.engine.run import Act
from concierge.engine.tables import Case, History
from concierge.rules.calendars import shipped_calendar
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow, EntitlementFlow, PaymentBatchFlow, PaymentItemFlow
from tests.databases import DISTRICT, make_tables

CALENDAR = shipped_calendar()
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
OTHER_DISTRICT = 2
OFFICE, HR, FINANCE, SECTOR, EMPLOYER, TOWNSHIP = range(10, 16)
UNITS = {OFFICE: "office", HR: "hr", FINANCE: "finance", SECTOR: "sector", EMPLOYER: "employer", TOWNSHIP: "township"}
POLICY, POLICY_VERSION, EXPERT, LINE, ENTITLEMENT, CLAIM, BATCH = 20, 21, 30, 40, 50, 51, 52
SPECIALIST_ACCOUNT = 60
CAMPAIGN, GROUP, FIELD = 70, 71, 72
SCHEME, SCHEME_VERSION, CATEGORY = 80, 81, 82
EXPERT_KEY, KIN_KEY = "key-of-the-expert", "key-of-the-spouse"
PLENTY = 10**12
_count = count(1)

UNIT_OF = {
    Role.HR: HR,
    Role.SECTOR: SECTOR,
    Role.FINANCE_MAKER: FINANCE,
    Role.FINANCE_CHECKER: FINANCE,
    Role.FINANCE_PAYER: FINANCE,
    Role.EMPLOYER: EMPLOYER,
    Role.UNIT_LIAISON: TOWNSHIP,
    Role.PRESS: OFFICE,
    Role.SUPERVISOR: OFFICE,
}


def furnish(engine: Engine) -> None:
    """Tables, two districts of the same shape (ids of the second are larger by 100), and what cases hang on."""
    make_tables(engine)
    with open_session(engine, district=DISTRICT) as session, session.begin():
        for number, shift in ((DISTRICT, 0), (OTHER_DISTRICT, 100)):
            _furnish(session, number, shift)


def _furnish(session: Session, district: int, shift: int) -> None:
    here: dict[str, Any] = {"district_id": district}
    person = {"id": EXPERT + shift, "full_name": "张伟", "id_index": EXPERT_KEY, "id_last4": "0000"}
    policy = {"id": POLICY + shift, "code": "P01", "name_zh": "政策", "name_en": "Policy"}
    policy |= {"group": "g", "unit_id": OFFICE + shift, "paying_unit_id": FINANCE + shift}
    version = {
        "id": POLICY_VERSION + shift,
        "policy_id": POLICY + shift,
        "version": 1,
        "number": "〔2026〕1",
        "valid_from": date(2026, 1, 1),
    }
    version |= {"kind": "once", "clauses": {}, "rates": {}, "schedule": {}, "materials": []}
    line = {"id": LINE + shift, "year": 2026, "number": "1", "name_zh": "指标", "name_en": "Line", "policy_groups": []}
    line |= {"unit_id": FINANCE + shift, "amount_fen": PLENTY}
    session.execute(
        insert(models.district.District),
        [{"id": district, "code": f"99990{district}", "name_zh": "区", "name_en": "District"}],
    )
    units = [
        {"id": n + shift, "code": kind, "kind": kind, "name_zh": kind, "name_en": kind} for n, kind in UNITS.items()
    ]
    session.execute(insert(models.district.Unit), [unit | here for unit in units])
    campaign = {"id": CAMPAIGN + shift, "code": "c", "year": 2026, "name_zh": "专项行动", "name_en": "Campaign"}
    campaign |= {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    group = {"id": GROUP + shift, "code": "health", "name_zh": "卫健", "name_en": "Health"}
    field = {"id": FIELD + shift, "code": "health", "name_zh": "卫健", "name_en": "Health"}
    field |= {"group_id": GROUP + shift, "unit_id": SECTOR + shift}
    scheme = {"id": SCHEME + shift, "code": "letters", "name_zh": "A-F", "name_en": "A-F"}
    scheme_version = {"id": SCHEME_VERSION + shift, "scheme_id": SCHEME + shift, "version": 1, "bureau_id": HR + shift}
    scheme_version |= {"valid_from": date(2026, 1, 1), "made_by": 1, "made_by_key": "key-of-the-maker", "made_at": NOW}
    category = {"id": CATEGORY + shift, "scheme_version_id": SCHEME_VERSION + shift, "rank": 4, "grade": "D"}
    category |= {"name_zh": "D类", "name_en": "Category D"}
    for table, row in (
        (models.campaign.Campaign, campaign),
        (models.campaign.ReportingGroup, group),
        (models.campaign.ServiceField, field),
        (models.person.Person, person),
        (models.policy.Policy, policy),
        (models.policy.PolicyVersion, version),
        (models.budget.BudgetLine, line),
        (models.recognition.TalentScheme, scheme),
        (models.recognition.SchemeVersion, scheme_version),
        (models.recognition.TalentCategory, category),
    ):
        session.execute(insert(table), [row | here])
    put(session, EntitlementFlow, "active", id=ENTITLEMENT + shift, district_id=district)
    put(session, ClaimFlow, "approved", id=CLAIM + shift, district_id=district)
    put(session, PaymentBatchFlow, "draft", id=BATCH + shift, district_id=district)


def put(session: Session, flow: type[Workflow[Any]], state: str | State, **given: Any) -> int:
    """Put one case into a state, with its first line of history; columns may be given. Its id."""
    return put_many(session, flow, state, [given])[0]


def put_many(
    session: Session, flow: type[Workflow[Any]], state: str | State, rows: Sequence[dict[str, Any]]
) -> list[int]:
    """Put many cases into a state at once; their ids."""
    place = flow.states[state] if isinstance(state, str) else state
    return put_each(session, flow, [(place, given) for given in rows])


def put_each(session: Session, flow: type[Workflow[Any]], rows: Sequence[tuple[State, dict[str, Any]]]) -> list[int]:
    """Put cases of one flow into a state each; their ids."""
    made = [_case(flow, place, given) for place, given in rows]
    session.execute(insert(flow.subject), made)
    session.execute(insert(History), [_opened(row, place) for row, (place, _given) in zip(made, rows, strict=True)])
    return [row["id"] for row in made]


def _case(flow: type[Workflow[Any]], place: State, given: dict[str, Any]) -> dict[str, Any]:
    district = given.get("district_id", DISTRICT)
    row = _parties(district) | detail(flow.kind, district) | given
    nth = CALENDAR.nth_of(row.get("since", NOW))
    row |= {"kind": flow.kind, "state": place.name, "is_open": not place.final, "clock": place.clock.value}
    row |= {"holder": place.holder.name, "holder_id": _of(place.holder.unit, row)}
    row |= {"assignee_id": _of(place.holder.account, row)}
    if flow is PaymentItemFlow and place.name in ("success", "closed"):  # what arrived was paid out by the bank
        row.setdefault("settled_fen", row["amount_fen"])
    if flow is PaymentBatchFlow:  # the database insists that a batch adds up
        row.setdefault("total_fen", sum(row.get(f"{part}_fen", 0) for part in ("success", "bounced", "pending")))
    row.setdefault("trail", f",{place.name},")
    row.setdefault("prior_state", None)
    row.setdefault("since_nth", nth)
    row.setdefault("paused_nth", nth if place.clock.value == "paused" else None)
    return row


def plain_row(flow: type[Workflow[Any]]) -> dict[str, Any]:
    """A case of a flow as it would be with nothing given, the models' defaults filled in."""
    columns = [c for table in (Case.__table__, flow.subject.__table__) for c in table.columns]
    defaults = {c.name: c.default.arg for c in columns if c.default is not None and c.default.is_scalar}
    return defaults | _parties(DISTRICT) | detail(flow.kind)


def _parties(district: int) -> dict[str, Any]:
    shift = 0 if district == DISTRICT else 100
    since = NOW - timedelta(hours=1)
    return {
        "id": new_id(),
        "district_id": district,
        "number": f"T-{next(_count)}",
        "version": 1,
        "opened_at": since,
        "since": since,
        "expert_id": EXPERT + shift,
        "subject_key": EXPERT_KEY,
        "kin_key": KIN_KEY,
        "specialist_id": SPECIALIST_ACCOUNT,
        "office_id": OFFICE + shift,
        "employer_id": EMPLOYER + shift,
        "case_due_nth": None,
        "step_due_nth": None,
        "due_nth": None,
        "due_on": None,
        "due_at": None,
        "paused_days": 0,
        "calendar_version": CALENDAR.version,
        "waits": 0,
    }


def detail(kind: str, district: int = DISTRICT) -> dict[str, Any]:
    """The columns of a kind's detail table."""
    shift, n = (0 if district == DISTRICT else 100), next(_count)
    policy = {"policy_id": POLICY + shift, "policy_version_id": POLICY_VERSION + shift}
    units = {"sector_id": SECTOR + shift, "hr_id": HR + shift, "paying_unit_id": FINANCE + shift}
    campaign = {"campaign_id": CAMPAIGN + shift, "field_id": FIELD + shift, "sector_id": SECTOR + shift}
    known = {
        "entitlement": policy | {"person_id": EXPERT + shift, "starts_on": date(2000, 1, 1) + timedelta(days=n)},
        "claim": policy | units | {"entitlement_id": ENTITLEMENT + shift, "period": str(n), "amount_fen": 100_00},
        "joint_opinion": {"unit_id": SECTOR + shift},
        "payment_item": {"claim_id": CLAIM + shift, "payee_name": "张伟", "amount_fen": 100_00}
        | {"paying_unit_id": FINANCE + shift, "budget_line_id": LINE + shift},
        "payment_batch": {"paying_unit_id": FINANCE + shift},
        "clawback": {
            "entitlement_id": ENTITLEMENT + shift,
            "paying_unit_id": FINANCE + shift,
            "formula": "full_return",
        },
        "difference": {"batch_id": BATCH + shift, "paying_unit_id": FINANCE + shift, "cause": "amount"},
        "care_request": {"category": "housing", "channel": "phone", "limit_days": 3, "text": "?"}
        | {"handling_unit_id": TOWNSHIP + shift, "handler_id": SPECIALIST_ACCOUNT, "first_contact_id": 1},
        "care_share": {"unit_id": SECTOR + shift, "handler_id": None, "limit_days": 3},
        "consultation": {"channel": "phone", "question": "?", "limit_days": 3, "opinion_unit_id": SECTOR + shift},
        "dispatch_order": campaign
        | {
            "host_unit_id": TOWNSHIP + shift,
            "answering_unit_id": TOWNSHIP + shift,
            "channel": "phone",
            "need": "?",
            "starts_on": date(2026, 3, 1),
        }
        | {"lead_person_id": EXPERT + shift, "served_on": None},
        "finding": {"campaign_id": CAMPAIGN + shift, "unit_id": SECTOR + shift, "team_unit_id": OFFICE + shift}
        | {"visited_on": date(2026, 3, 1), "grade": "minor", "words": "?", "asked": "?", "limit_days": 10},
        "package": {"package": "new_arrival"},
        "supervision_sheet": {"unit_id": SECTOR + shift, "colour": "yellow", "cause": "step_late", "asked": "?"}
        | {"limit_days": 3, "evidence": {"light": "red", "due_on": None, "late_days": 3}},
        "recognition": {"scheme_version_id": SCHEME_VERSION + shift, "category_id": CATEGORY + shift}
        | {"bureau_id": HR + shift, "applied_by": "expert"},
        "monthly_report": {"campaign_id": CAMPAIGN + shift, "unit_id": SECTOR + shift, "year": n, "month": 1},
        "topic": {"campaign_id": CAMPAIGN + shift, "deliverable": "?", "deliver_by": date(2026, 12, 1)}
        | {"unit_id": SECTOR + shift},
        "press_item": {"campaign_id": CAMPAIGN + shift, "unit_id": SECTOR + shift, "channel": "website", "words": "?"},
        "voucher": {"claim_id": CLAIM + shift, "service_unit_id": SECTOR + shift, "provider_id": TOWNSHIP + shift}
        | {"paying_unit_id": FINANCE + shift, "cap_fen": 100_00, "valid_days": 120},
        "placement": campaign
        | {"form": "visit", "programme": "p", "host": "h", "person_name": "n", "unit_id": TOWNSHIP + shift}
        | {"declared_on": date(2026, 3, 1)},
    }
    assert kind in known, f"write in tests/cases.py, detail(), what a {kind} holds"
    return known[kind]


def _of(column: Any, row: dict[str, Any]) -> Any:
    """The value of a holder's column; where the row itself decides with whom it is, it is to be paid in money."""
    return None if column is None else row[column.key or "paying_unit_id"]


def _opened(row: dict[str, Any], place: State) -> dict[str, Any]:
    return line(row["id"], 1, "open", None, row["state"], district_id=row["district_id"], holder=row["holder"]) | {
        "holder_id": row["holder_id"],
        "clock": row["clock"],
        "cause": place.cause.msgid if place.cause is not None else None,
        "nth": row["since_nth"],
        "at": row["since"],
    }


def line(case_id: int, version: int, step: str, was: str | None, now: str, **given: Any) -> dict[str, Any]:
    """A line of history."""
    return {
        "id": new_id(),
        "district_id": DISTRICT,
        "case_id": case_id,
        "version": version,
        "step": step,
        "from_state": was,
        "to_state": now,
        "actor_id": 999,
        "actor_key": "key-of-the-opener",
        "role": "system",
        "at": NOW,
        "nth": 0,
        "worked": 0,
        "holder": "",
        "clock": "running",
        "flow_version": 1,
    } | given


def official(*roles: Role, key: str = "", account: int = 0, district: int = DISTRICT, **given: Any) -> Actor:
    """Somebody with these roles, in the units where our cases lie, and with the key of nobody else."""
    if roles == (Role.SYSTEM,):
        return machine(district)
    shift = 0 if district == DISTRICT else 100
    grants = frozenset(Grant(role, UNIT_OF[role] + shift if role in UNIT_OF else None) for role in roles)
    is_expert = Role.EXPERT in roles
    number = account or (SPECIALIST_ACCOUNT if Role.SPECIALIST in roles else new_id())
    name = "-".join(roles)
    given.setdefault("person_id", EXPERT + shift if is_expert else None)
    return Actor(number, key or (EXPERT_KEY if is_expert else f"key-{name}"), district, name, grants, **given)


def act(actor: Actor, now: datetime = NOW, **given: Any) -> Act:
    """An act of somebody at a moment, on the shipped calendar."""
    return Act(actor, now, CALENDAR, **given)


def did(session: Session, case_id: int, step: str, keys: Iterable[str], *, version: int = 100) -> None:
    """Write into a case's history that persons took a step, without moving the case."""
    lines = [line(case_id, version + i, step, "x", "x", actor_key=key) for i, key in enumerate(keys)]
    session.execute(insert(History), lines)
