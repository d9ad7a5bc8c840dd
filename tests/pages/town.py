"""The district's people at their pages: forms filled in by everybody with a part in a claim and its money."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from concierge.basics.ids import public_id
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from tests.benefits import House
from tests.office import PASSWORD, Visitor, check_page
from tests.papers import a_pdf, a_png

SEAL = re.compile(r'name="seal" value="([0-9a-f]+)"')
MAKER, CHECKER, PAYER = Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER


class Town:
    """Everybody logged in once; after the clock has moved they log in again."""

    def __init__(self, house: House) -> None:
        self.house, self.stage = house, house.stage
        self.people: dict[Role, Visitor] = {}

    def wait_until(self, moment: datetime) -> None:
        """Time passes."""
        self.stage.now = moment
        self.people.clear()

    def as_(self, role: Role) -> Visitor:
        """Somebody with a role at his pages."""
        if role not in self.people:
            self.people[role] = self.house.as_(role)
        return self.people[role]

    def send(self, role: Role, path: str, status: int = 302, **typed: Any) -> TestResponse:
        """Send a form and see it answered with a status."""
        answer = self.as_(role).post(path, typed)
        assert answer.status_code == status, answer.get_data(as_text=True)[-3000:]
        return answer

    def take(self, role: Role, case_id: int, step: str, status: int = 302, **typed: Any) -> TestResponse:
        """Take a step with the form of the case's page, as it stands there."""
        place = "/me/progress" if role is Role.EXPERT else "/cases"
        version = str(self.stage.case(case_id).version)
        return self.send(role, f"{place}/{public_id(case_id)}/steps/{step}", status, version=version, **typed)

    def read(self, wanted: Any) -> list[Any]:
        """One column of the tables as they are now."""
        return list(self.stage._read(lambda: self.stage.session.execute(wanted).scalars().all()))

    def shown(self, role: Role, path: str) -> str:
        """A page's text."""
        return check_page(self.as_(role).get(path))

    def confirmed(self, code: str) -> str:
        """The address of a benefit that the expert has confirmed and the specialist has put into effect."""
        [policy] = self.read(select(Policy.id).where(Policy.code == code))
        there, right = f"/me/benefits/{public_id(policy)}", self.stage.right(code)
        self.send(Role.EXPERT, f"{there}/confirm", version=str(right.version))
        if self.stage.right(code).state == "confirmed":
            self.take(Role.SPECIALIST, right.id, "activate")
        return there

    def filed(self, code: str) -> int:
        """A claim for what has fallen due of a benefit, with its papers handed in on the phone."""
        self.send(Role.EXPERT, f"{self.confirmed(code)}/claim")
        [claim] = self.read(select(Claim.id).order_by(Claim.id.desc()).limit(1))
        m = ClaimMaterial
        for paper in self.read(select(m.code).where(m.claim_id == claim, m.state == "missing")):
            file = (io.BytesIO(a_pdf()), f"{paper}.pdf")
            self.send(Role.EXPERT, f"/me/progress/{public_id(claim)}/papers/{paper}", file=file)
        self.take(Role.EXPERT, claim, "submit")
        return int(claim)

    def accepted(self, claim: int) -> int:
        """The specialist looks at every paper and accepts the claim."""
        m = ClaimMaterial
        for paper in self.read(select(m.code).where(m.claim_id == claim, m.state == "unchecked")):
            self.send(Role.SPECIALIST, f"/cases/{public_id(claim)}/papers/{paper}/verify")
        self.take(Role.SPECIALIST, claim, "accept")
        return claim

    def posted(self, claim: int, yuan: str) -> int:
        """Employer and HR bureau pass it, the talent office determines, another one checks, it is posted."""
        self.take(Role.SPECIALIST, claim, "to_employer")
        self.take(Role.EMPLOYER, claim, "employer_pass_to_hr", reason="在岗属实")
        self.take(Role.HR, claim, "hr_pass", reason="条件符合")
        self.take(Role.TALENT_OFFICE, claim, "determine", approved_fen=yuan, minutes_number="望人才纪〔2026〕1号")
        self.take(Role.PRESS, claim, "check_mask")
        self.take(Role.TALENT_OFFICE, claim, "post")
        return claim

    def settle_account(self, holder: str, number: str) -> None:
        """The expert names an account on the phone, and the specialists' lead checks it."""
        given = {"holder_name": holder, "bank_name": "望川农商银行", "branch_code": "", "account": number}
        given |= {"file": (io.BytesIO(a_png()), "银行卡.png")}
        self.send(Role.EXPERT, "/me/bank-account", **given)
        [account] = self.read(select(BankAccount.id).where(BankAccount.state == "unchecked"))
        self.send(Role.SPECIALIST_LEAD, f"/bank-accounts/{public_id(account)}/check", answer="accept")

    def waiting_payments(self, state: str = "pending") -> list[int]:
        """The payments in a state."""
        return self.read(select(PaymentItem.id).where(PaymentItem.state == state).order_by(PaymentItem.id))

    def prepared(self, items: Sequence[int]) -> list[str]:
        """The preparer takes the proposed budget lines; the payments as lists name them."""
        chosen = [public_id(item) for item in items]
        self.send(MAKER, "/finance/prepare", item=chosen)
        return chosen

    def approve(self, chosen: Sequence[str], yuan: str, role: Role = CHECKER) -> TestResponse:
        """The approver seals the list, types its total and his code."""
        there = self.send(role, "/finance/confirm", item=list(chosen)).headers["Location"]
        seal = SEAL.search(self.shown(role, there))
        assert seal is not None
        given = {"seal": seal[1], "agreed": "1", "total": yuan, "code": PASSWORD}
        return self.as_(role).post(there, given)

    def at_the_bank(self, chosen: Sequence[str], day: str) -> str:
        """The address of a batch that was made, checked, frozen, applied for and sent by different people."""
        there = str(self.send(MAKER, "/finance/batches", item=list(chosen)).headers["Location"])
        ways: list[tuple[Role, str, dict[str, str]]] = [
            (CHECKER, "check", {}),
            (CHECKER, "freeze", {}),
            (MAKER, "apply", {"application_number": f"望支{day}"}),
            (CHECKER, "fiscal_approve", {}),
            (PAYER, "send", {"sent_on": day}),
        ]
        for role, step, typed in ways:
            self.send(role, f"{there}/steps/{step}", go="1", version="", **typed)
        return there

    def answered(self, batch: str, outcome: str, reason: str, day: str) -> None:
        """The bank's answer, one for every line of its file, is looked at and loaded."""
        file = self.send(PAYER, f"{batch}/bank-file", 200, kind="csv")
        head, *rows = file.data.decode("utf-8-sig").splitlines()
        lines = [f"{head},结果,失败原因,交易日期", *(f"{row},{outcome},{reason},{day}" for row in rows if row)]
        upload = {"file": (io.BytesIO("\r\n".join(lines).encode()), "回单.csv"), "batch": ""}
        seen = self.send(MAKER, "/finance/bank", **upload).headers["Location"]
        self.shown(MAKER, seen)
        self.send(MAKER, seen)

    def closed(self, batch: str, yuan: str) -> None:
        """The batch is reconciled with the bank's statement and closed."""
        for step, typed in (("reconcile", {"statement_fen": yuan}), ("close", {})):
            self.send(CHECKER, f"{batch}/steps/{step}", go="1", version="", **typed)
