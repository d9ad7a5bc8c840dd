"""A real district comes to its first payment with nothing but its pages: from the day of its founding to a told expert.

Whoever acts is first offered it: a link or a form is looked for on the page that he would see, and only then used.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from concierge.basics.clock import SHANGHAI
from concierge.basics.crypto import first_password
from concierge.db import open_session
from concierge.jobs.due import run_due
from concierge.jobs.places import Place
from concierge.rules.roles import Role
from concierge.services.verify import verify_district
from tests.founded import Founded, sent
from tests.office import Office, Visitor, check_page, settings_for
from tests.papers import a_jpeg
from tests.sinks import Sink, mail_sink

UNITS = {
    "office": ("office", "区委组织部"), "hr": ("hr", "区人社局"), "finance": ("finance", "区财政局"),
    "hosp": ("hospital", "区医院"),
}  # fmt: skip
STAFF = {
    "zhang": (Role.SPECIALIST, "office"), "wang": (Role.TALENT_OFFICE, "office"),
    "zhao": (Role.TALENT_OFFICE, "office"), "qian": (Role.HR, "hr"), "zheng": (Role.EMPLOYER, "hosp"),
    "sun": (Role.FINANCE_MAKER, "finance"), "zhou": (Role.FINANCE_CHECKER, "finance"),
    "wu": (Role.FINANCE_PAYER, "finance"),
}  # fmt: skip
ENDED = datetime(2026, 12, 1, 9, 5, tzinfo=SHANGHAI)
"""The posting has ended the day before."""
MORNING = datetime(2026, 12, 2, 9, 5, tzinfo=SHANGHAI)


def number_of(nth: int) -> str:
    """The ID number of the nth person, of an area that nobody is born in."""
    seventeen = f"99990219800101{nth:03}"
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(seventeen))
    return seventeen + "10X98765432"[total % 11]


class People(Founded):
    """The people of the new district, each logged in once a day."""

    def __init__(self, office: Office, sink: Sink, folder: Path) -> None:
        super().__init__(office)
        self.inside: dict[str, Visitor] = {}
        self.known: set[str] = set()
        self.place = Place(replace(settings_for(office.database, folder), smtp_url=sink.url))

    def __getitem__(self, login: str) -> Visitor:
        if login not in self.inside:
            self.inside[login] = self.again(login) if login in self.known else self.in_(login)
            self.known.add(login)
        return self.inside[login]

    def engage(self, login: str, nth: int, role: Role, unit: str) -> None:
        """An account by one administrator, a role by the other."""
        self.passwords[login] = first_password()
        account = {"login": login, "name": login, "id_number": number_of(nth), "password": self.passwords[login]}
        account["email"] = f"{login}@example.org"
        sent(self["first.system_admin"], "/admin/accounts/new", **account)
        security = self["first.security_admin"]
        assert f"login={login}#grant" in check_page(security.get("/admin/grants")), "she sees who waits"
        where = self.unit(unit) if unit else ""
        sent(security, "/admin/grants", login=login, role=role.value, unit=where, starts_on="2026-11-23")

    def wait_until(self, moment: datetime) -> None:
        """Time passes; a log-in does not outlive it."""
        self.office.clock.move_to(moment)
        self.inside.clear()

    def night(self) -> None:
        """What the clock and the workers do by now."""
        run_due(self.place, self.office.clock.now())


@pytest.fixture
def people(office: Office, tmp_path: Path) -> Iterator[tuple[People, Sink]]:
    """A district beside the small office, with units and staff, all made by page; and its mail server."""
    with mail_sink() as sink:
        district = People(office, sink, tmp_path)
        for code, (kind, name) in UNITS.items():
            given = {"code": code, "kind": kind, "name_zh": name, "name_en": code, "remoteness": "0"}
            sent(district["first.system_admin"], "/admin/units", **given)
        for nth, (login, (role, unit)) in enumerate(STAFF.items(), 100):
            district.engage(login, nth, role, unit)
        yield district, sink


def found(visitor: Visitor, path: str, pattern: str) -> str:
    """What a page offers: the first group of a pattern, which must be there."""
    page = check_page(visitor.get(path))
    seen = re.search(pattern, page)
    assert seen is not None, f"{path} does not offer {pattern}: {re.sub('<[^>]+>', ' ', page)[:3000]}"
    return seen[1]


def take(visitor: Visitor, case: str, step: str, **typed: str) -> None:
    """A step that the case's page offers, in place or behind a link."""
    there = found(visitor, case, rf'(?:action|href)="({case}/steps/{step})[?"]')
    version = re.search(r'name="version" value="(\d+)"', visitor.get(case).get_data(as_text=True))
    behind = re.search(r'name="version" value="(\d+)"', visitor.get(there).get_data(as_text=True))
    held = version or behind
    assert held is not None
    sent(visitor, there, version=held[1], go="1", **typed)


def register(people: People) -> str:
    """A specialist registers an expert, who gets a log-in; his account is checked by somebody else."""
    zhang = people["zhang"]
    employer = found(zhang, "/experts/new", r'<option value="(\d+)">区医院')
    told = {"full_name": "沈知远", "id_number": number_of(500), "phone": "13812342671", "category": "D"}
    told |= {"valid_from": "2025-03-01", "employer": employer, "starts_on": "2025-03-01", "contract_months": "60"}
    file = sent(zhang, "/experts/new", **told, degree="phd", bank_name="工商银行", account="9999990000000000014")
    people.engage("shen", 500, Role.EXPERT, "")
    waiting = found(people["zhou"], "/unit-accounts", r'name="ids" value="(\w+)"')
    sent(people["zhou"], "/unit-accounts/first", ids=waiting)
    return file


def enact(people: People) -> None:
    """One officer writes a policy, another publishes it."""
    wang = people["wang"]
    units = dict.fromkeys(("unit", "payer"), found(wang, "/office/policies/new", r'<option value="(\d+)">区委组织部'))
    units["payer"] = found(wang, "/office/policies/new", r'<option value="(\d+)">区财政局')
    head = {"code": "A01", "name_zh": "高层次人才安家补助", "name_en": "Settlement grant", "group": "HOUSING"}
    written = sent(wang, "/office/policies/new", **head, **units, number="青人发〔2026〕1号", kind="one_off")
    policy = written.rsplit("/write", 1)[0]
    mark = r'name="mark" value="(\w+)"'
    rates = {"mark": found(wang, f"{policy}/write/amounts", mark), "rate-": "50000"}
    sent(wang, f"{policy}/write/amounts", **rates)
    paper = {"name_zh": "学位证书", "name_en": "Degree certificate", "severity": "major", "source": "expert"}
    sent(wang, f"{policy}/write/papers", mark=found(wang, f"{policy}/write/papers", mark), **paper)
    ways = {"needs_employer": "1", "needs_hr": "1", "needs_publicity": "1", "is_paid": "1"}
    words = {"number": "青人发〔2026〕1号", "valid_from": "2026-11-01", "guide_zh": "办事指南", "guide_en": "Guide"}
    sent(wang, f"{policy}/edit", mark=found(wang, f"{policy}/edit", mark), **ways, **words)
    zhao = people["zhao"]
    assert policy in check_page(zhao.get("/office/policies"))
    sent(zhao, f"{policy}/publish", seal=found(zhao, policy, r'name="seal" value="(\w+)"'))


def fund(people: People) -> None:
    """The maker writes a budget line and proposes its amount, the checker confirms it."""
    sun, zhou = people["sun"], people["zhou"]
    payer = found(sun, "/finance/budget/new", r'<option[^>]* value="(\w+)">区财政局')
    head = {"year": "2026", "number": "2026-001", "name_zh": "人才专项", "name_en": "Talents", "unit": payer}
    classes = {"document": "青财〔2026〕8号", "function_class": "2080116", "economic_class": "30305"}
    line = sent(sun, "/finance/budget/new", **head, **classes)
    proposed = {"kind": "appropriation", "amount": "80000", "basis": "青财〔2026〕8号"}
    sent(sun, f"{line}/movements", **proposed, key=found(sun, line, r'name="key" value="(\w+)"'))
    assert "待第二人确认" in check_page(zhou.get("/finance/budget")), "the list says what waits"
    sent(zhou, found(zhou, line, rf'action="({line}/movements/\w+)"'), answer="confirm")


def claim(people: People) -> str:
    """The match finds the right, the expert says yes and claims, her specialist puts it into effect and accepts."""
    sent(people["first.system_admin"], "/admin/jobs/match/run")
    people.night()
    shen, zhang = people["shen"], people["zhang"]
    benefit = found(shen, "/me", r'href="(/me/benefits/\w+)"')
    sent(shen, f"{benefit}/confirm", version=found(shen, benefit, r'name="version" value="(\d+)"'))
    take(zhang, found(zhang, "/desk?view=mine", r'href="(/cases/\w+)(?:\?[^"]*)?"[^>]*>高层次人才安家补助'), "activate")
    people.night()
    assert "您的待遇已生效" in check_page(shen.get("/inbox"))
    mine = sent(shen, f"{benefit}/claim")
    paper = found(shen, mine, rf'href="({mine}/papers/[\w-]+)"')
    sent(shen, paper, file=(io.BytesIO(a_jpeg()), "学位.jpg"))
    take(shen, mine, "submit")
    case = mine.replace("/me/progress", "/cases")
    assert case in check_page(zhang.get("/desk?view=mine"))
    sent(zhang, found(zhang, case, rf'action="({case}/papers/[\w-]+/verify)"'))
    take(zhang, case, "accept")
    take(zhang, case, "to_employer")
    return case


def decide(people: People, case: str) -> None:
    """Employer, HR bureau and talent office decide, another officer looks at the posting, and it is posted."""
    number = case.rsplit("/", 1)[1]
    for login, room, typed in (
        ("zheng", "/employer/reviews", {"reason": "在岗属实"}),
        ("qian", "/hr/reviews", {"reason": "条件符合", "mark-0": "met"}),
        ("wang", "/office/reviews", {"approved_fen": "50000", "reason": "同意"}),
    ):
        review = found(people[login], room, rf'href="({room}/{number})"')
        sent(people[login], review, version=found(people[login], review, r'name="version" value="(\d+)"'), **typed)
    for login, tab, act in (("zhao", "check", "check-mask"), ("wang", "post", "post")):
        ticked = found(people[login], f"/office/postings?tab={tab}", r'name="ids" value="([\w.]+)"')
        sent(people[login], f"/office/postings/{act}", ids=ticked)
    public = check_page(people.office.visitor().get("/public/postings?district=999902"))
    assert "沈*远" in public
    assert "沈知远" not in public


def pay(people: People) -> str:
    """Finance names the line, approves, batches, checks, freezes, applies, sends, and loads what the bank says."""
    sun, zhou, wu = people["sun"], people["zhou"], people["wu"]
    item = r'name="item" value="([\w.]+)"'
    sent(sun, "/finance/prepare", item=found(sun, "/finance?tab=prepare", item))
    seal = sent(zhou, "/finance/confirm", item=found(zhou, "/finance?tab=review", item), tab="review")
    people.office.clock.advance(timedelta(minutes=1))  # a code of the device is used once
    typed = {"seal": found(zhou, seal, r'name="seal" value="(\w+)"'), "agreed": "1", "total": "50000"}
    sent(zhou, seal, **typed, code=people.code("zhou"))
    batch = sent(sun, "/finance/batches", item=found(sun, "/finance?tab=batching", item))
    take(zhou, batch, "check")
    take(sun, batch, "freeze")
    take(sun, batch, "apply", application_number="青支〔2026〕88号")
    take(zhou, batch, "fiscal_approve")
    file = wu.post(found(wu, batch, rf'action="({batch}/bank-file)"'), {"kind": "csv"})
    take(wu, batch, "send", sent_on="2026-12-02")
    head, row = [line for line in file.data.decode("utf-8-sig").splitlines() if line]
    answer = f"{head},结果,交易日期\r\n{row},成功,2026-12-02"
    seen = sent(sun, "/finance/bank", file=(io.BytesIO(answer.encode("gb18030")), "回单.csv"), batch="")
    assert "发放成功" in check_page(sun.get(seen))
    sent(sun, seen)
    take(zhou, batch, "reconcile", statement_fen="50000")
    take(sun, batch, "close")
    return batch


@pytest.mark.slow
@pytest.mark.timeout(400)  # forty passwords are hashed as slowly as real ones, which a busy machine feels
def test_a_founded_district_comes_to_a_reconciled_payment_and_a_told_expert_by_page_alone(
    people: tuple[People, Sink],
) -> None:
    district, sink = people
    assert check_page(district["zhang"].get("/desk"))
    register(district)
    enact(district)
    fund(district)
    case = claim(district)
    decide(district, case)
    for moment in (ENDED, MORNING):
        district.wait_until(moment)
        district.night()
    batch = pay(district)
    district.night()
    assert "已办结" in check_page(district["sun"].get(batch))
    shen = check_page(district["shen"].get("/me"))
    assert "5 万元" in shen, "what arrived this year"
    assert "款项到账了吗" in shen
    told = [str(mail["Subject"]) for mail in sink.mails if mail["To"] == "shen@example.org"]
    assert any("款项已发放" in subject for subject in told), told
    assert any("区财政局" in str(mail["Subject"]) for mail in sink.mails), "finance got its digest in the morning"
    assert "5.0" in check_page(district["wang"].get("/dashboard"))
    with open_session(district.office.database.engine, district=district.district_id) as session:
        assert [check.name for check in verify_district(session) if not check.ok] == []
