"""What nobody of the small office may see: things of another district, and things of this one in foreign hands."""

from datetime import date
from typing import Any

from sqlalchemy import Engine, insert, update

from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.engine.tables import AuditEntry
from concierge.models.absence import Absence
from concierge.models.account import Account, AccountGrant
from concierge.models.campaign import Campaign, ReportingGroup, ServiceField
from concierge.models.care import Rating
from concierge.models.claim import CaseNotice, ClaimMaterial, Document
from concierge.models.comment import Comment
from concierge.models.consent import Consent
from concierge.models.contact import CareContact
from concierge.models.data_request import DataRequest
from concierge.models.district import District, Unit
from concierge.models.handover import Handover
from concierge.models.job import LongAct
from concierge.models.knowledge import CardVersion, KnowledgeCard
from concierge.models.notice import Delivery
from concierge.models.person import Employment, Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.recognition import SchemeVersion, TalentCategory, TalentScheme
from concierge.models.report import ReportSnapshot
from concierge.rules.roles import Role
from concierge.workflows import (
    CareRequestFlow,
    CareShareFlow,
    ClaimFlow,
    ClawbackFlow,
    ConsultationFlow,
    DifferenceFlow,
    DispatchOrderFlow,
    EntitlementFlow,
    FindingFlow,
    JointOpinionFlow,
    MonthlyReportFlow,
    PackageFlow,
    PaymentBatchFlow,
    PaymentItemFlow,
    PlacementFlow,
    PressItemFlow,
    RecognitionFlow,
    SupervisionSheetFlow,
    TopicFlow,
    VoucherFlow,
)
from tests import cases, paying
from tests.databases import DISTRICT
from tests.house import strange_books as books
from tests.house import strange_plans as plans
from tests.house import strange_roster as roster
from tests.house.strange_books import LINE
from tests.house.strange_notices import TOLD, tell_everybody
from tests.house.strange_plans import CLOSING, DEDUCTION, LISTED, PART, put_judgements
from tests.office import EDUCATION, NOW, OFFICE, SCHOOL

OTHER = 2
ABROAD, HERE = 5000, 6000
"""Ids of the other district's things, and of this district's in foreign hands, begin here."""
UNIT, OWNER, EXPERT, POLICY, VERSION = range(1, 6)
RIGHT, CLAIM, ITEM, BATCH, CARE, OPINION = range(7, 13)
PAPER, DOCUMENT, COMMENT, NOTICE, RATING, GRANT = range(13, 19)
CAMPAIGN, GROUP, FIELD, ORDER, PLACEMENT, SNAPSHOT, RETURN, FINDING, CLAWBACK, DIFFERENCE, CONSULTATION = range(19, 30)
SCHEME, SCHEME_VERSION, CATEGORY, RECOGNITION, CARD, SHEET, LETTER, CONTACT, TOPIC, PRESS = range(30, 40)
PACKAGE, ABSENCE, HANDOVER, SHARE, VOUCHER, ASKED, CONSENT, SETTING, SEALED = range(45, 54)
IN_ADDRESS = {
    "case_id": CLAIM,
    "claim_id": CLAIM,
    "expert_id": EXPERT,
    "person_id": EXPERT,
    "policy_id": POLICY,
    "version_id": VERSION,
    "line_id": LINE,
    "item_id": ITEM,
    "batch_id": BATCH,
    "document_id": DOCUMENT,
    "comment_id": COMMENT,
    "notice_id": NOTICE,
    "grant_id": GRANT,
    "account_id": OWNER,
    "unit_id": UNIT,
    **{"order_id": ORDER, "group_id": GROUP, "field_id": FIELD, "placement_id": PLACEMENT},
    "snapshot_id": SNAPSHOT,
    "report_id": RETURN,
    "record_id": FINDING,
    "card_id": CARD,
    "scheme_id": SCHEME,
    "letter_id": LETTER,
    "contact_id": CONTACT,
    "request_id": ASKED,
    **roster.IN_ADDRESS,
}
"""Which of them an address of this parameter asks for; a parameter not named here asks for a claim."""
OF_THING = {
    "claims": CLAIM,
    "entitlements": RIGHT,
    "payment_items": ITEM,
    "payment_batches": BATCH,
    "differences": DIFFERENCE,
    "clawbacks": CLAWBACK,
    "care_requests": CARE,
    "consultations": CONSULTATION,
    "care_shares": SHARE,
    "joint_opinions": OPINION,
    "dispatch_orders": ORDER,
    "placements": PLACEMENT,
    **{"campaigns": CAMPAIGN, "reporting_groups": GROUP, "service_fields": FIELD, "campaign_units": PART},
    "topics": TOPIC,
    "press_items": PRESS,
    "monthly_reports": RETURN,
    "findings": FINDING,
    "packages": PACKAGE,
    "vouchers": VOUCHER,
    "negative_items": LISTED,
    "negative_records": DEDUCTION,
    "assessments": CLOSING,
    "absences": ABSENCE,
    "hand_overs": HANDOVER,
    "supervision_sheets": SHEET,
    "recognitions": RECOGNITION,
    "units": UNIT,
    "users": OWNER,
    "experts": EXPERT,
    "policies": POLICY,
    "talent_categories": CATEGORY,
    "materials": PAPER,
    "postings": CLAIM,
    "budget_lines": LINE,
    "ratings": RATING,
    "notifications": NOTICE,
    "events": CLAIM,
    "districts": 0,
    "contacts": CONTACT,
    "comments": COMMENT,
    "consents": CONSENT,
    "data_requests": ASKED,
    "colleagues": OWNER,
    "grants": GRANT,
    "setting_changes": SETTING,
    "sealed_lists": SEALED,
    **(books.OF_THING | roster.OF_THING | plans.OF_THING),
}
CLAUSES = {"all": [{"fact": "category", "op": "==", "value": "A", "label": {"zh": "甲类", "en": "Category A"}}]}
NEVER = 7777
"""An id that nothing has."""


def fill(engine: Engine) -> None:
    """The office with money, and the strangers."""
    paying.fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        session.execute(update(PolicyVersion).values(kind="one_off", clauses=CLAUSES))
    for district, first in ((OTHER, ABROAD), (DISTRICT, HERE)):
        with open_session(engine, district=district) as session, transaction(session):
            _write(session, district, first)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        tell_everybody(session, HERE, HERE + CLAIM)


def _write(session: Any, district: int, first: int) -> None:
    def put(model: Any, which: int, **given: Any) -> int:
        row: dict[str, Any] = {"id": first + which, "district_id": district} | given
        session.execute(insert(model), [{k: v for k, v in row.items() if k in model.__mapper__.columns}])
        return first + which

    abroad = district == OTHER
    if abroad:
        put(District, 0, id=OTHER, code="999902", name_zh="邻区", name_en="Next District")
    named = {"code": f"u{first}", "kind": "employer", "name_zh": "外单位", "name_en": "Elsewhere"}
    unit = put(Unit, UNIT, **named) if abroad else SCHOOL
    holder = unit if abroad else EDUCATION
    login = {"login": f"owner{first}", "login_key": f"owner{first}", "name": "外人", "person_key": f"p{first}"}
    owner = put(Account, OWNER, **login, password_hash="x", password_set_at=NOW)
    put(AccountGrant, GRANT, account_id=owner, role=Role.SPECIALIST.value, unit_id=unit, starts_on=date(2026, 1, 1))
    person = put(Person, EXPERT, full_name="外人", id_index=f"i{first}", id_last4="0000", specialist_id=owner)
    put(DataRequest, ASKED, person_id=person, kind="correct", asked_by=owner, asked_at=NOW, due_on=date(2026, 12, 1))
    said = {"purpose": "sharing", "is_given": True, "wording": "1", "channel": "visit", "by_id": owner, "at": NOW}
    put(Consent, CONSENT, person_id=person, **said)
    put(AuditEntry, SETTING, act="set-hours", subject_kind="district", at=NOW)
    put(Employment, EXPERT, person_id=person, employer_id=unit, starts_on=date(2025, 1, 1))
    policy = {"code": f"X{first}", "name_zh": "外政策", "name_en": "Elsewhere", "group": "g"}
    put(Policy, POLICY, **policy, unit_id=holder, paying_unit_id=holder)
    rules = {"clauses": CLAUSES, "rates": {}, "schedule": {}, "materials": [], "kind": "one_off"}
    rules |= {"valid_from": date(2026, 1, 1), "state": "published" if abroad else "draft"}
    put(PolicyVersion, VERSION, policy_id=first + POLICY, version=1, **rules)
    books.put_lines(put, first, holder=holder, owner=owner)
    sealed = {"lines": [], "data": {}, "held": {}, "seal": "x", "total": 0, "made_at": NOW, "state": "sealed"}
    put(LongAct, SEALED, account_id=owner, kind="payment_approval", step="approve", **sealed)
    _put_cases(session, district, first, holder=holder, unit=unit, owner=owner)
    books.put_books(put, first, ITEM, EXPERT, CLAIM, holder=holder, owner=owner)
    asked = {"code": "m", "name_zh": "材料", "name_en": "m", "severity": "MAJOR"}
    put(ClaimMaterial, PAPER, claim_id=first + CLAIM, updated_at=NOW, **asked)
    paper = {"file_name": "x.pdf", "media_type": "application/pdf", "size": 1, "sha256": "x"}
    paper |= {"storage_key": f"x{first}"}
    put(Document, DOCUMENT, **paper, person_id=person, case_id=first + CLAIM, uploaded_by=owner, at=NOW)
    for n in (ABSENCE, HANDOVER):
        other = {"login": f"o{first + n}", "login_key": f"o{first + n}", "person_key": f"q{first + n}"}
        put(Account, n, **login | other, password_hash="x", password_set_at=NOW)
    days = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 12, 31), "covers": "all", "made_by": owner}
    days |= {"deputy_id": first + ABSENCE, "fallback_id": first + HANDOVER, "made_at": NOW}
    put(Absence, ABSENCE, account_id=owner, **days)
    put(Handover, HANDOVER, giver_id=owner, taker_id=first + ABSENCE, made_by=owner, made_at=NOW)
    letter = {"kind": "acceptance", "number": f"ST-{first}", "content": {}, "made_by": owner, "at": NOW}
    touch = {"number": f"TF-{first}", "way": "call", "on_day": date(2026, 11, 2), "made_by": owner, "at": NOW}
    put(CareContact, CONTACT, person_id=person, **touch)
    put(CaseNotice, LETTER, case_id=first + CLAIM, **letter)
    put(Comment, COMMENT, case_id=first + CLAIM, author_id=owner, audience="internal", text="内部", at=NOW)
    put(Delivery, NOTICE, account_id=owner, **TOLD)
    put(KnowledgeCard, CARD, keeper_id=owner, released=1)
    words = {"card_id": first + CARD, "version": 1, "question": "?", "answer": "!", "released_at": NOW}
    put(CardVersion, CARD, **words, written_by=owner, written_by_key="p", written_at=NOW)
    put(Rating, RATING, case_id=first + CARE, specialist_id=owner, level=5, at=NOW)


def _put_cases(session: Any, district: int, first: int, *, holder: int, unit: int, owner: int) -> None:
    own = {"district_id": district, "expert_id": first + EXPERT, "specialist_id": owner, "office_id": holder}
    own |= {"employer_id": unit, "subject_key": f"i{first}", "kin_key": None}
    own |= {"title_zh": "外事", "title_en": "Elsewhere"}
    law = {"policy_id": first + POLICY, "policy_version_id": first + VERSION}
    units = {"paying_unit_id": holder, "hr_id": holder, "sector_id": holder}
    right = {"person_id": first + EXPERT, "starts_on": date(2026, 1, 1)}
    cases.put(session, EntitlementFlow, "active", id=first + RIGHT, **own, **law, **right)
    claim = {"entitlement_id": first + RIGHT, **law, **units, "posted_on": date(2026, 11, 1)}
    cases.put(session, ClaimFlow, "sector_review", id=first + CLAIM, **own, **claim)
    batch = own | {"expert_id": None, "paying_unit_id": holder}
    cases.put(session, PaymentBatchFlow, "draft", id=first + BATCH, **batch)
    item = {"claim_id": first + CLAIM, "budget_line_id": first + LINE, "batch_id": None, **units}
    cases.put(session, PaymentItemFlow, "pending", id=first + ITEM, **own, **item, bank_account_id=None)
    cases.put(
        session, DifferenceFlow, "open_", id=first + DIFFERENCE, **own, batch_id=first + BATCH, paying_unit_id=holder
    )
    owed = {"entitlement_id": first + RIGHT, "paying_unit_id": holder}
    cases.put(session, ClawbackFlow, "opened", id=first + CLAWBACK, **own, **owed)
    care = {"handling_unit_id": holder, "handler_id": owner, "first_contact_id": owner}
    cases.put(session, CareRequestFlow, "assigned", id=first + CARE, **own, **care)
    share = {"parent_id": first + CARE, "unit_id": holder, "handler_id": owner}
    cases.put(session, CareShareFlow, "assigned", id=first + SHARE, **own, **share)
    cases.put(session, ConsultationFlow, "opinion", id=first + CONSULTATION, **own, opinion_unit_id=holder)
    cases.put(session, JointOpinionFlow, "requested", id=first + OPINION, **own, unit_id=holder)
    sheet = own | {"expert_id": None, "parent_id": first + CLAIM, "unit_id": holder}
    cases.put(session, SupervisionSheetFlow, "issued", id=first + SHEET, **sheet)
    cases.put(session, PackageFlow, "handling", id=first + PACKAGE, **own)
    served = {"claim_id": first + CLAIM, "service_unit_id": holder, "provider_id": unit, "paying_unit_id": holder}
    cases.put(session, VoucherFlow, "disputed", id=first + VOUCHER, **own, **served)
    _put_recognition(session, district, first, own, holder)
    _put_campaign(session, district, first, own, holder)


def _put_recognition(session: Any, district: int, first: int, own: dict[str, Any], holder: int) -> None:
    here: dict[str, Any] = {"district_id": district}
    name = {"name_zh": "外分类", "name_en": "Elsewhere"}
    session.execute(insert(TalentScheme), [{"id": first + SCHEME, "code": f"x{first}", **name, **here}])
    version = {"id": first + SCHEME_VERSION, "scheme_id": first + SCHEME, "version": 1, "bureau_id": holder}
    version |= {"valid_from": date(2026, 1, 1), "made_by": 1, "made_by_key": "x", "made_at": NOW}
    session.execute(insert(SchemeVersion), [version | here])
    category = {"id": first + CATEGORY, "scheme_version_id": first + SCHEME_VERSION, "rank": 1, "grade": "A"}
    session.execute(insert(TalentCategory), [category | name | here])
    asked = {"scheme_version_id": first + SCHEME_VERSION, "category_id": first + CATEGORY, "bureau_id": holder}
    cases.put(session, RecognitionFlow, "bureau_review", id=first + RECOGNITION, **own, **asked)


def _put_campaign(session: Any, district: int, first: int, own: dict[str, Any], holder: int) -> None:
    here: dict[str, Any] = {"district_id": district}
    name = {"code": f"x{first}", "name_zh": "外行动", "name_en": "Elsewhere"}
    span = {"year": 2026, "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    session.execute(insert(Campaign), [{"id": first + CAMPAIGN, **here, **name, **span}])
    session.execute(insert(ReportingGroup), [{"id": first + GROUP, **here, **name}])
    led = {"group_id": first + GROUP, "unit_id": holder}
    session.execute(insert(ServiceField), [{"id": first + FIELD, **here, **name, **led}])
    known = {"campaign_id": first + CAMPAIGN, "field_id": first + FIELD, "sector_id": holder}
    bare = own | {"expert_id": None, "specialist_id": None}
    order = known | {"host_unit_id": holder, "answering_unit_id": holder, "lead_person_id": first + EXPERT}
    cases.put(session, DispatchOrderFlow, "triaged", id=first + ORDER, **bare, **order)
    if district == OTHER:  # a frozen summary and a topic may be read in their whole district
        copy = {"campaign_id": first + CAMPAIGN, "year": 2026, "body": {}, "digest": "x", "made_by": 1, "made_at": NOW}
        session.execute(insert(ReportSnapshot), [{"id": first + SNAPSHOT, **here, **copy}])
        cases.put(session, TopicFlow, "claimed", id=first + TOPIC, **bare, campaign_id=first + CAMPAIGN, unit_id=holder)
    told = {"campaign_id": first + CAMPAIGN, "unit_id": holder}
    cases.put(session, PressItemFlow, "returned", id=first + PRESS, **bare, **told)
    month = {"campaign_id": first + CAMPAIGN, "unit_id": holder, "year": 2026, "month": 10}
    cases.put(session, MonthlyReportFlow, "open", id=first + RETURN, **bare, **month)
    found = {"campaign_id": first + CAMPAIGN, "unit_id": holder, "team_unit_id": holder}
    cases.put(session, FindingFlow, "issued", id=first + FINDING, **bare, **found)
    cases.put(session, PlacementFlow, "declared", id=first + PLACEMENT, **bare, **known, unit_id=holder)
    hung_on = {"campaign": first + CAMPAIGN, "field": first + FIELD, "matter": first + RETURN, "person": first + EXPERT}
    put_judgements(session, district, first, holder, hung_on)
    roster.put_roster(session, district, first, holder, hung_on)


def public(first: int, which: int) -> str:
    """The public id of a stranger."""
    return public_id(first + which)


__all__ = ["ABROAD", "HERE", "IN_ADDRESS", "NEVER", "OFFICE", "OF_THING", "fill", "public"]
