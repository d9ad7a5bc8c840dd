"""The kinds of cases under the names of the API: who may ask for them, and what is shown of their details."""

from dataclasses import dataclass
from typing import Any

from concierge.engine.declare import FLOWS, Step, Workflow
from concierge.engine.tables import Case
from concierge.models.campaign import Placement
from concierge.models.care import CareRequest, CareShare
from concierge.models.claim import Claim, JointOpinion
from concierge.models.clawback import Clawback
from concierge.models.consultation import Consultation
from concierge.models.dispatch import DispatchOrder
from concierge.models.entitlement import Entitlement
from concierge.models.package import Package
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.plan import Topic
from concierge.models.press import PressItem
from concierge.models.recognition import Recognition
from concierge.models.report import MonthlyReport
from concierge.models.settlement import Difference
from concierge.models.supervision import Finding, SupervisionSheet
from concierge.models.voucher import Voucher
from concierge.queries.things.shown import Filter, Kind, Shown, columns_of, equal
from concierge.rules.roles import Role as R

SPECIALISTS = frozenset({R.SPECIALIST, R.SPECIALIST_LEAD})
FINANCE = frozenset({R.FINANCE_MAKER, R.FINANCE_CHECKER, R.FINANCE_PAYER})
ABOVE = frozenset({R.TALENT_OFFICE, R.LEAD})
ASKED_UNITS = frozenset({R.SECTOR, R.HR, R.UNIT_LIAISON})
OWN_DOORS = {("payment_batch", "change_lines"), ("payment_batch", "load_result")}
"""Steps that are more than a step: they come with lines or a file, through use cases of their own."""

COMMON = "number state version is_open due_on since opened_at holder holder_id assignee_id"
PARTIES = "expert_id specialist_id employer_id parent_id"


@dataclass(frozen=True)
class CaseThing:
    """A kind of case under the name of the API, who may ask for it, and what is shown of its detail."""

    name: str
    one: str
    model: type[Case]
    roles: frozenset[R]
    columns: str
    narrowed_by: str = ""

    @property
    def flow(self) -> type[Workflow[Any]]:
        """The flow of these cases."""
        return next(flow for flow in FLOWS.values() if flow.subject is self.model)

    @property
    def steps(self) -> dict[str, Step]:
        """The steps a program may take."""
        return {
            name: step
            for name, step in self.flow.steps.items()
            if not step.retired and set(step.by) != {R.SYSTEM} and (self.flow.kind, name) not in OWN_DOORS
        }

    @property
    def detail(self) -> tuple[Shown, ...]:
        """What is shown beside that which every case has."""
        return columns_of(self.model, f"{PARTIES} {self.columns}")

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The conditions by which a list of these may be narrowed."""
        return (
            Filter("state", Case.state, Kind.TEXT, tuple(self.flow.states)),
            Filter("open", Case.is_open, Kind.YES),
            Filter("number", Case.number, Kind.TEXT),
            Filter("expert", Case.expert_id, Kind.ID),
            Filter("specialist", Case.specialist_id, Kind.ID),
            Filter("employer", Case.employer_id, Kind.ID),
            Filter("holder", Case.holder_id, Kind.ID),
            Filter("assignee", Case.assignee_id, Kind.ID),
            Filter("due_before", Case.due_on, Kind.DATE, clause=lambda day: Case.due_on < day),
            *equal(self.model, self.narrowed_by),
        )


CASES: tuple[CaseThing, ...] = (
    CaseThing(
        "claims",
        "Claim",
        Claim,
        SPECIALISTS | FINANCE | ABOVE | ASKED_UNITS | {R.EXPERT, R.EMPLOYER, R.PRESS},
        "entitlement_id policy_id policy_version_id period amount_fen approved_fen sector_id hr_id paying_unit_id "
        "majors_open minors_open objections_open is_suspended account_settled promise_due_on posted_on posting_ends_on "
        "tier minutes_number queued_at",
        "policy entitlement period",
    ),
    CaseThing(
        "entitlements",
        "Entitlement",
        Entitlement,
        SPECIALISTS | ABOVE | {R.EXPERT, R.EMPLOYER},
        "person_id policy_id policy_version_id starts_on ends_on total_fen accounts_settled",
        "policy",
    ),
    CaseThing(
        "payment-items",
        "PaymentItem",
        PaymentItem,
        SPECIALISTS | FINANCE | ABOVE | {R.EXPERT},
        "claim_id budget_line_id payee_name account_last4 bank_name amount_fen withheld_fen tax_back_fen settled_fen "
        "offset_fen clawback_id paying_unit_id batch_id "
        "reissue_of_id account_settled account_changed is_suspended papers_missing bounce_reason paid_on confirmed_fen "
        "confirmed_at",
        "claim batch budget_line",
    ),
    CaseThing(
        "payment-batches",
        "PaymentBatch",
        PaymentBatch,
        FINANCE | ABOVE,
        "paying_unit_id count total_fen success_fen bounced_fen pending_fen statement_fen differences_open "
        "roster_hash application_number fiscal_note "
        "sent_on",
        "paying_unit",
    ),
    CaseThing(
        "clawbacks",
        "Clawback",
        Clawback,
        SPECIALISTS | FINANCE | ABOVE | {R.EXPERT},
        "entitlement_id paying_unit_id formula ground served_until total_fen paid_fen term_months served_months "
        "due_fen statement heard_until decided_fen basis recovered_fen written_off_fen owed_fen",
        "entitlement formula",
    ),
    CaseThing(
        "differences",
        "Difference",
        Difference,
        FINANCE | ABOVE,
        "batch_id item_id paying_unit_id cause approved_fen returned_fen confirmed_fen missing_fen told",
        "batch item cause",
    ),
    CaseThing(
        "care-requests",
        "CareRequest",
        CareRequest,
        SPECIALISTS | ABOVE | ASKED_UNITS | {R.EXPERT},
        "category channel is_urgent limit_days text handling_unit_id handler_id on_behalf was_extended extension_days "
        "reply is_rated",
        "category",
    ),
    CaseThing(
        "care-shares",
        "CareShare",
        CareShare,
        SPECIALISTS | ABOVE | ASKED_UNITS,
        "unit_id handler_id limit_days asked answer",
        "unit parent",
    ),
    CaseThing(
        "consultations",
        "Consultation",
        Consultation,
        SPECIALISTS | ABOVE | ASKED_UNITS | {R.EXPERT, R.EMPLOYER},
        "channel question limit_days opinion_unit_id opinion answer next_step none_applies",
        "channel",
    ),
    CaseThing(
        "joint-opinions",
        "JointOpinion",
        JointOpinion,
        SPECIALISTS | ABOVE | ASKED_UNITS,
        "unit_id opinion",
        "parent",
    ),
    CaseThing(
        "dispatch-orders",
        "DispatchOrder",
        DispatchOrder,
        ABOVE | ASKED_UNITS,
        "campaign_id field_id sector_id host_unit_id channel mode need place starts_on half_days named served_on "
        "solved words is_rated",
        "campaign field",
    ),
    CaseThing(
        "placements",
        "Placement",
        Placement,
        ABOVE | {R.SECTOR},
        "campaign_id field_id form programme host person_name unit_id declared_on",
        "campaign form",
    ),
    CaseThing(
        "monthly-reports",
        "MonthlyReport",
        MonthlyReport,
        ABOVE | {R.SECTOR},
        "campaign_id unit_id year month progress problems plan is_written snapshot_id",
        "campaign unit month",
    ),
    CaseThing(
        "findings",
        "Finding",
        Finding,
        ABOVE | ASKED_UNITS | {R.SUPERVISOR},
        "campaign_id unit_id visited_on grade words asked limit_days reply",
        "campaign unit grade",
    ),
    CaseThing(
        "topics",
        "Topic",
        Topic,
        ABOVE | ASKED_UNITS | {R.SUPERVISOR},
        "campaign_id deliverable deliver_by unit_id report",
        "campaign unit",
    ),
    CaseThing(
        "press-items",
        "PressItem",
        PressItem,
        ABOVE | ASKED_UNITS | {R.PRESS, R.SUPERVISOR},
        "campaign_id unit_id channel words of_expert_id of_team_id consent published_on link",
        "campaign unit channel",
    ),
    CaseThing("packages", "Package", Package, SPECIALISTS | ABOVE | {R.EXPERT}, "package authorisation"),
    CaseThing(
        "supervision-sheets",
        "SupervisionSheet",
        SupervisionSheet,
        SPECIALISTS | FINANCE | ABOVE | ASKED_UNITS | {R.SUPERVISOR},
        "unit_id colour cause asked limit_days feedback",
        "colour unit parent",
    ),
    CaseThing(
        "vouchers",
        "Voucher",
        Voucher,
        SPECIALISTS | FINANCE | ABOVE | ASKED_UNITS | {R.EXPERT},
        "claim_id service_unit_id provider_id paying_unit_id cap_fen valid_until used_on used_fen settled_at",
        "claim provider",
    ),
    CaseThing(
        "recognitions",
        "Recognition",
        Recognition,
        SPECIALISTS | ABOVE | ASKED_UNITS | {R.EXPERT, R.EMPLOYER, R.PRESS},
        "scheme_version_id category_id granted_id bureau_id replaces_id applied_by recruitment grounds papers_missing "
        "minutes_number posted_on posting_ends_on certificate valid_from valid_to",
        "scheme_version granted",
    ),
)
BY_KIND = {thing.flow.kind: thing for thing in CASES}
