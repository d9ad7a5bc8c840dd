"""What becomes of a certificate: it expires, is renewed, replaced, revoked, and changed by nothing else."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.db import DistrictSession, transaction
from concierge.models.claim import CaseNotice
from concierge.models.entitlement import Entitlement
from concierge.models.person import TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.certificates import expire_certificates
from concierge.services.facts import facts_of
from concierge.services.foresight import warn_of_expiring_categories
from concierge.services.person_records import set_status
from concierge.services.person_rows import NewStatus
from concierge.workflows.entitlement import EntitlementFlow
from tests.cases import put
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import EXPERT, HR, NUMBERS, actor
from tests.proving import unsound
from tests.recognitions import DAY, NOW, SECOND, THIRD, Recognising, fill
from tests.services.test_imports import csv, errors, preview

SPECIALIST, EMPLOYER, OFFICE = Role.SPECIALIST, Role.EMPLOYER, Role.TALENT_OFFICE
DECISION = {"reason": "不符合条件", "basis": "望人才发〔2026〕2号第五条", "remedy": "可自收到之日起申请复核"}
MINUTES = {"minutes_number": "望人才会纪〔2026〕3号"}


@pytest.fixture
def office(new_database: NewDatabase) -> Recognising:
    return Recognising(new_database("sqlite", "recognitions", fill))


@pytest.fixture(params=KINDS)
def both_offices(request: pytest.FixtureRequest, new_database: NewDatabase) -> Recognising:
    return Recognising(new_database(request.param, "recognitions", fill))


def statuses(office: Recognising, person: int = EXPERT) -> list[tuple[str, date, date | None]]:
    t = TalentStatus
    with office.session() as session:
        rows = select(t.category, t.valid_from, t.valid_to).where(t.person_id == person).order_by(t.valid_from, t.id)
        return [tuple(row) for row in session.execute(rows)]


def refused(work: object) -> set[str]:
    with pytest.raises(Refusal) as error:
        work()
    return {reason.code for reason in error.value.reasons}


def test_a_certificate_expires_the_day_after_its_last_and_its_category_with_it(both_offices: Recognising) -> None:
    office = both_offices
    case = office.certified("四类")
    last = office.row(case).valid_to
    assert last == date(2031, 11, 22)
    then = NOW + timedelta(days=(last - NOW.date()).days)
    with office.session() as session:
        assert expire_certificates(session, actor=SECOND, now=then) == 0
        assert expire_certificates(session, actor=SECOND, now=then + DAY) == 1
        assert "category" not in facts_of(session, person_ids=[EXPERT], as_of=last + DAY)[EXPERT]
    assert office.row(case).state == "expired"


def test_a_renewal_begins_when_the_certificate_before_it_ends(office: Recognising) -> None:
    first = office.certified("四类")
    near_its_end = NOW + timedelta(days=5 * 365 - 20)
    second = office.certified("四类", near_its_end)
    assert (office.row(first).state, office.row(second).replaces_id) == ("renewed", first)
    assert office.row(second).valid_from == office.row(first).valid_to + DAY
    assert [each[1] for each in statuses(office)][-2:] == [date(2026, 11, 23), date(2031, 11, 23)]


def test_a_higher_recognition_replaces_the_lower_from_its_own_day(office: Recognising) -> None:
    first = office.certified("四类")
    second = office.certified("二类", NOW + 30 * DAY)
    assert (office.row(first).state, office.row(second).replaces_id) == ("upgraded", first)
    assert statuses(office)[-2:] == [
        ("D", date(2026, 11, 23), date(2026, 12, 22)),
        ("B", date(2026, 12, 23), date(2031, 12, 22)),
    ]


def test_an_upgrade_leaves_no_renewal_to_begin_later(office: Recognising) -> None:
    office.certified("四类")
    office.certified("四类", NOW + timedelta(days=5 * 365 - 20))
    office.certified("一类", NOW + timedelta(days=5 * 365 - 10))
    assert [each[0] for each in statuses(office)][-2:] == ["D", "A"]


def test_a_revoked_certificate_gives_no_category_from_that_day_and_another_person_revokes(office: Recognising) -> None:
    case = office.certified("四类")
    later = NOW + 40 * DAY
    assert office.take(case, "revoke", SECOND, later, **DECISION) == {"same_person"}
    assert not office.take(case, "revoke", THIRD, later, **DECISION)
    assert statuses(office)[-1][2] == date(2027, 1, 1)
    with office.session() as session:
        kind = session.execute(select(CaseNotice.kind).where(CaseNotice.case_id == case)).scalar_one()
    assert kind == "revocation"


def enjoyed(session: DistrictSession, code: str, kind: str, starts_with: str) -> int:
    """A right in force under a policy of its own, which was to last until 2030."""
    policy, version = {"id": new_id(), "district_id": DISTRICT}, {"id": new_id(), "district_id": DISTRICT}
    unit = {"unit_id": HR, "paying_unit_id": HR, "name_zh": code, "name_en": code, "group": code}
    session.execute(insert(Policy), [policy | unit | {"code": code}])
    rules = {"kind": kind, "rates": {}, "schedule": {"starts_with": starts_with}}
    rules |= {"materials": [], "valid_from": date(2025, 1, 1), "state": "published", "version": 1}
    clauses = {"fact": "category", "op": "in", "value": ["D"], "label": {"zh": "人才", "en": "Talent"}}
    session.execute(insert(PolicyVersion), [version | rules | {"policy_id": policy["id"], "clauses": clauses}])
    own = {"expert_id": EXPERT, "person_id": EXPERT, "policy_id": policy["id"], "policy_version_id": version["id"]}
    days = {"starts_on": date(2026, 11, 23), "ends_on": date(2030, 12, 31), "total_fen": None}
    return put(session, EntitlementFlow, "active", **own, **days)


def test_what_lasts_as_long_as_the_recognition_ends_when_it_is_revoked(both_offices: Recognising) -> None:
    office = both_offices
    case = office.certified("四类")
    kinds = [
        ("M1", "monthly", "category_from"),
        ("Y1", "reimburse_capped", "category_from"),
        ("H1", "monthly", "hired_on"),
    ]
    with office.session() as session, transaction(session):
        rights = [enjoyed(session, *kind) for kind in kinds]
    assert not office.take(case, "revoke", THIRD, NOW + 40 * DAY, **DECISION)
    with office.session() as session:
        ends = [session.get_one(Entitlement, right).ends_on for right in rights]
    assert ends == [date(2027, 1, 31), date(2027, 1, 1), date(2030, 12, 31)]


def test_what_is_certified_is_not_changed_by_hand(office: Recognising) -> None:
    office.certified("四类")
    status = NewStatus(category="A", kind="full_time", certificate="", valid_from=date(2026, 12, 1), valid_to=None)
    with office.session() as session:
        entered = {"actor": actor(SPECIALIST), "now": NOW, "person_id": EXPERT, "status": status}
        assert refused(lambda: set_status(session, **entered)) == {"certified"}


def test_an_import_that_contradicts_a_certificate_is_a_conflict(office: Recognising) -> None:
    office.certified("四类")
    row = ["沈知远", NUMBERS[EXPERT], "", "A", *[""] * 5]
    assert errors(office.database, preview(office.database, csv(row)))[0][1] == "certified"


def test_the_proof_names_a_certificate_whose_category_was_touched(office: Recognising) -> None:
    case = office.certified("四类")
    with office.session() as session:
        assert unsound(session) == []
    with office.session() as session, session.begin():
        status = update(TalentStatus).where(TalentStatus.recognition_id == case)
        session.execute(status.values(category="A"), execution_options={"synchronize_session": False})
    with office.session() as session:
        broken = [check.name for check in unsound(session)]
    assert broken == ["certificates_give_categories"]


def test_holder_and_specialist_are_told_once_before_a_certificate_ends(office: Recognising) -> None:
    office.certified("四类")
    then = NOW + timedelta(days=5 * 365 - 50)
    with office.session() as session:
        told = [warn_of_expiring_categories(session, actor=SECOND, now=when) for when in (NOW, then, then + DAY)]
    assert told == [0, 1, 0]
