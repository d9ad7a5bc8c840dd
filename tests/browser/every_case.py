"""A site on which a case waits for each step that people take: rows are put straight, money comes through services."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from concierge.basics.ids import new_id
from concierge.db import DistrictSession, open_session, transaction
from concierge.engine.declare import Step
from concierge.engine.tables import History
from concierge.models.dispatch import DispatchMember
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.recognition import TalentCategory
from concierge.rules.care import Channel
from concierge.rules.consents import ConsentTo
from concierge.rules.roles import Role
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import load, preview
from concierge.services.consents import keep_answer
from concierge.workflows import CareRequestFlow, CareShareFlow, ClaimFlow, EntitlementFlow, JointOpinionFlow
from concierge.workflows.clawback import ClawbackFlow
from concierge.workflows.dispatch import DispatchOrderFlow
from concierge.workflows.voucher import VoucherFlow
from tests import benefits, campaigns, cases, paying, recognitions
from tests.browser.conftest import DESK, PHONE, Seat
from tests.databases import DISTRICT
from tests.liaisons import write_liaisons
from tests.office import (
    ACCOUNTS,
    EDUCATION,
    EXPERT,
    FINANCE,
    HEALTH,
    HOSPITAL,
    HR,
    NOW,
    OFFICE,
    OTHER_EXPERT,
    TOWNSHIP,
    Office,
    actor,
)
from tests.paying import CHECKER, MAKER, TO_THE_BANK, Paying
from tests.workflows.arranging import arrange, steps

OF_PEOPLE = [step for step in steps() if step.by != (Role.SYSTEM,)]
ITEM_FEN = 1000_00
ON_THE_PHONE = ("claim", "care_request", "consultation", "entitlement", "clawback", "recognition", "voucher")
"""Kinds of matters whose steps the expert takes on the pages of his matters."""
_VERSION = select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == "P12")
"""The rules of the benefit on which the put claims hang; here they name a unit for the joint review."""
RIGHTS_ASKED = {"confirm": "P01", "waive": "P02"}
"""The benefits of which the expert is asked on his phone, found by the match."""


@dataclass(frozen=True)
class Waiting:
    """A case that waits for a step, and who is to take it."""

    step: Step
    case_id: int
    role: Role


def furnish(engine: Engine) -> None:
    """The small office with policies, money, and a right of the other expert on which his claims hang."""
    benefits.fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        campaigns.write_campaign(session)
        write_liaisons(session, EDUCATION)  # a request that several units answer asks up to four
    with open_session(engine, district=DISTRICT) as session:
        recognitions.write_schemes(session)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        paying.add_line(session, paying.HOUSING, paying.PLENTY)
        for person_id, number in paying.ACCOUNT_NUMBERS.items():
            paying.add_account(session, person_id, number)
        for person_id in paying.ACCOUNT_NUMBERS:
            keep_answer(session, cases.act(actor(Role.SPECIALIST)), person_id, ConsentTo.SHARING, True, Channel.PHONE)
        version = session.execute(_VERSION).scalar_one()
        version.schedule = {**version.schedule, "joint": ["health"]}


class Site:
    """The office, with a case for each step."""

    def __init__(self, office: Office) -> None:
        self.office, self.money = office, Paying(office.database)
        with office.session() as session:
            benefits.match(session, actor=actor(Role.SPECIALIST_LEAD), now=NOW)
        self.policies = self._policies()
        self.scheme = self._scheme()
        self.rights: dict[int, int] = {}
        with office.session() as session, transaction(session):
            for person in (EXPERT, OTHER_EXPERT):
                self.rights[person] = self._put(session, EntitlementFlow, "active", _parties(person))
        self.draft = self.money.batch(ITEM_FEN, **self._claimed())
        self.arranged: dict[Step, Waiting] = {}

    def waiting(self, step: Step) -> Waiting:
        """The case that waits for a step, arranged when it is first asked for."""
        if step not in self.arranged:
            own = {"payment_item": self._item, "payment_batch": self._batch}
            case_id = own.get(step.flow.kind, self._plain)(step)
            with self.office.session() as session:
                case = session.get_one(step.flow.subject, case_id)
                people = [role for role in step.by if role is not Role.SYSTEM]
                role = next(r for r in people if step.flow.reach.may_act_here(r, case, actor(r)))
            self.arranged[step] = Waiting(step, case_id, role)
        return self.arranged[step]

    def _plain(self, step: Step) -> int:
        """A case put into the state from which the step leads on, so that every guard lets it pass."""
        flow = step.flow
        person = EXPERT if Role.EXPERT in step.by and flow.kind in ON_THE_PHONE else OTHER_EXPERT
        if flow is EntitlementFlow and step.name in RIGHTS_ASKED:
            return self._identified(RIGHTS_ASKED[step.name])
        given = arrange(flow, [(guard, True) for guard in step.when])
        given = {name: _today(value) for name, value in given.items()}
        given |= _parties(person)
        if flow is ClawbackFlow:
            given |= dict.fromkeys(("total_fen", "paid_fen", "due_fen", "decided_fen", "owed_fen"), ITEM_FEN)
            self._answered("success")
            self.money.prepared(ITEM_FEN, **self._claimed())
        with self.office.session() as session, transaction(session):
            if flow is JointOpinionFlow:
                given |= {"parent_id": self._put(session, ClaimFlow, "joint_review", _parties(person) | {"waits": 1})}
            if flow is CareShareFlow:
                given |= {
                    "parent_id": self._put(session, CareRequestFlow, "with_units", _parties(person) | {"waits": 1})
                }
            if flow is VoucherFlow:
                fen = given.get("cap_fen", ITEM_FEN)
                claim = _parties(person) | {"by_voucher": True, "is_paid": fen > 0}
                given |= {"claim_id": self._put(session, ClaimFlow, "approved", claim)}
                given |= {"used_on": NOW.date(), "used_fen": fen}
            case_id = self._put(session, flow, step.sources[0].name, given)
            if flow is DispatchOrderFlow:
                goes = {"order_id": case_id, "expert_id": campaigns.COLLEAGUE, "home_unit_id": HOSPITAL}
                session.add(DispatchMember(id=new_id(), district_id=DISTRICT, is_lead=True, **goes))
            return case_id

    def _put(self, session: DistrictSession, flow: Any, state: str, given: Mapping[str, Any]) -> int:
        """A case in a state, hanging on what this office has."""
        own = self._here(given["expert_id"])
        columns = {column.name for column in flow.subject.__table__.columns}
        return cases.put(session, flow, state, **{k: v for k, v in own.items() if k in columns} | dict(given))

    def _here(self, person: int) -> dict[str, Any]:
        """What details refer to, by the name of the column."""
        policy, version = self.policies["P12"]
        return {
            "policy_id": policy,
            "policy_version_id": version,
            "person_id": person,
            "entitlement_id": self.rights.get(person),
            "amount_fen": ITEM_FEN,
            "batch_id": getattr(self, "draft", None),
            "sector_id": HEALTH,
            "hr_id": HR,
            "paying_unit_id": FINANCE,
            "unit_id": HEALTH,
            "team_unit_id": OFFICE,
            "handling_unit_id": HEALTH,
            "opinion_unit_id": HEALTH,
            "handler_id": None,
            "bureau_id": HR,
            "scheme_version_id": self.scheme["version"],
            "category_id": self.scheme["category"],
            "granted_id": self.scheme["category"],
            "replaces_id": None,
            "first_contact_id": ACCOUNTS[Role.SPECIALIST],
            "campaign_id": campaigns.CAMPAIGN,
            "field_id": campaigns.DOCTORS,
            "host_unit_id": campaigns.VILLAGE,
            "answering_unit_id": TOWNSHIP,
            "lead_person_id": person,
            "service_unit_id": HEALTH,
            "provider_id": TOWNSHIP,
            "cap_fen": ITEM_FEN,
        }

    def _identified(self, code: str) -> int:
        policy, _version = self.policies[code]
        wanted = select(Entitlement.id).where(Entitlement.policy_id == policy, Entitlement.person_id == EXPERT)
        with self.office.session() as session:
            return int(session.execute(wanted).scalar_one())

    def _policies(self) -> dict[str, tuple[int, int]]:
        wanted = select(Policy.code, Policy.id, PolicyVersion.id).join(
            PolicyVersion, PolicyVersion.policy_id == Policy.id
        )
        with self.office.session() as session:
            return {row[0]: (row[1], row[2]) for row in session.execute(wanted)}

    def _scheme(self) -> dict[str, int]:
        """The version of a scheme of recognition, and its highest category."""
        with self.office.session() as session:
            highest = (
                session.execute(select(TalentCategory).order_by(TalentCategory.rank, TalentCategory.id))
                .scalars()
                .first()
            )
            assert highest is not None
            return {"version": highest.scheme_version_id, "category": highest.id}

    def _claimed(self) -> dict[str, Any]:
        """What makes the claims of the money's helper those of this office."""
        policy, version = self.policies["P12"]
        right = {"entitlement_id": self.rights[OTHER_EXPERT], "policy_id": policy, "policy_version_id": version}
        return right | {"person": OTHER_EXPERT}

    def _item(self, step: Step) -> int:
        """A payment brought to where the step leads on."""
        if step.name == "prepare":
            return self.money.pending(ITEM_FEN, **self._claimed())[0]
        if step.name in ("reissue", "give_up"):
            return self._answered("bounced")[1]
        if step.name == "take_back":
            return self._answered("success")[1]
        [item] = self.money.prepared(ITEM_FEN, **self._claimed())
        if step.name == "release":
            self.money.take("hold", [item], MAKER, {"reason": "账户核对中"})
        return item

    def _batch(self, step: Step) -> int:
        """A batch of one payment brought to where the step leads on."""
        if step.name == "change_lines":
            self.money.approved(ITEM_FEN, **self._claimed())
        if step.sources[0].name in ("result_loaded", "reconciled"):
            batch, _item = self._answered("success")
            if step.name == "close":
                self.money.batch_step(batch, "reconcile", CHECKER, {"statement_fen": str(ITEM_FEN // 100)})
            return batch
        batch = self.money.batch(ITEM_FEN, **self._claimed())
        for name, role, given in TO_THE_BANK:
            if self.money.state(batch) in (source.name for source in step.sources):
                break
            self.money.batch_step(batch, name, role, given)
        return batch

    def _answered(self, outcome: str) -> tuple[int, int]:
        """A batch of which the bank has answered, and its one payment."""
        batch = self.money.sent(ITEM_FEN, **self._claimed())
        [item_id] = self.money.items_of(batch)
        item = self.money.item(item_id)
        line = ResultLine(2, number=item.number, amount_fen=ITEM_FEN, outcome=outcome, paid_on=NOW.date())
        said = {
            "file_name": "回单.csv",
            "sha256": f"{batch:064d}",
            "storage_key": "",
            "lines": [line],
            "batch_id": None,
        }
        with self.office.session() as session:
            seen = preview(session, actor=actor(MAKER), now=NOW, **said)
            assert seen.run_id is not None
            load(session, actor=actor(MAKER), now=NOW, run_id=seen.run_id)
        return batch, item_id


class Walk:
    """The people of the office before their browsers, each called when it is his turn."""

    def __init__(self, site: Site, seat: Callable[..., Seat]) -> None:
        self.site, self.seat = site, seat
        self.people: dict[Role, Seat] = {}

    def person(self, role: Role) -> Seat:
        """Somebody with this role; experts sit before a phone."""
        if role not in self.people:
            self.people[role] = self.seat(role, width=PHONE if role is Role.EXPERT else DESK)
        self.people[role].errors.clear()
        return self.people[role]

    def history(self, case_id: int) -> list[tuple[str, str, str]]:
        """What the case's history says: step, role of who took it, state it led to."""
        h = History
        wanted = select(h.step, h.role, h.to_state).where(h.case_id == case_id).order_by(h.version)
        with self.site.office.session() as session:
            return [tuple(row) for row in session.execute(wanted)]


def _parties(person: int) -> dict[str, Any]:
    parties = {"expert_id": person, "specialist_id": ACCOUNTS[Role.SPECIALIST], "office_id": OFFICE}
    parties |= {"title_zh": "健康体检", "title_en": "Health check"}
    return parties | {"employer_id": HOSPITAL, "opened_at": NOW, "since": NOW}


def _today(value: Any) -> Any:
    """A moment about the arrangers' day as the same moment about ours."""
    return value + (NOW - cases.NOW) if isinstance(value, datetime) else value
