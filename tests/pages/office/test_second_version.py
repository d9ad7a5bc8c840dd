"""A second version of a policy is published while a claim is under way under the first."""

import re

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.db import DistrictSession
from concierge.engine.actor import machine
from concierge.models.claim import Claim
from concierge.models.entitlement import Accrual
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.corrections import correct_rights
from tests import paying
from tests.benefits import House, at
from tests.databases import DISTRICT
from tests.office import EXPERT, Visitor, check_page
from tests.officers import add_second_officer
from tests.pages.office.test_office_room import SEAL, form_of
from tests.pages.town import Town
from tests.proving import unsound

FIRST, SECOND = "望人社发〔2025〕12号", "望人社发〔2026〕9号"


def _money(session: DistrictSession) -> None:
    paying.add_line(session, 9001, 100_000_000, groups=["LIVING"], zh="生活补贴", en="Living")
    paying.add_account(session, EXPERT, "9999990000000000014")
    add_second_officer(session)


def _send(officer: Visitor, path: str, **typed: str) -> None:
    """The form of a page as it stands, with what is typed besides."""
    page = check_page(officer.get(path))
    answer = officer.post(path, form_of(page) | _chosen(page) | typed, page=path)
    assert answer.status_code == 302, answer.get_data(as_text=True)[-2000:]


def _chosen(page: str) -> dict[str, str]:
    found = {}
    # What begins another table of amounts stands in a form of its own.
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]* selected', options)
        if chosen is not None and name != "by":
            found[name] = chosen[1]
    return found


def _second_version(town: Town) -> None:
    """500 yuan more for doctors since November, for who enjoys it already too; written by one, published by another."""
    officer = town.as_(Role.TALENT_OFFICE)
    [first] = town.read(
        select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == "P02")
    )
    edit = officer.post(f"/office/policies/{public_id(first)}/drafts", page="/office/policies").headers["Location"]
    draft = edit.removesuffix("/edit")
    _send(officer, edit, number=SECOND, valid_from="2025-11-01")
    _send(officer, f"{draft}/write/amounts", **{"rate-phd": "3500"})
    _send(officer, f"{draft}/write/periods", for_all="1")
    second = town.house.office.visitor()
    second.log_in("second")
    seal = SEAL.findall(check_page(second.get(draft)))[0]
    assert second.post(f"{draft}/publish", {"seal": seal}, page=draft).status_code == 302


def test_a_claim_under_way_is_paid_by_the_first_version_and_the_difference_by_the_second(house: House) -> None:
    town, stage = Town(house), house.stage
    stage.write(_money)
    claim = town.accepted(town.filed("P02"))
    before = stage.claim(claim)
    assert (before.amount_fen, before.period) == (3_000_000, "2025-03..2025-12")
    _second_version(town)
    stage.match()
    assert correct_rights(stage.session, actor=machine(DISTRICT), now=stage.now).arrears_fen == 2 * 50_000
    town.posted(claim, "30000")
    page = town.shown(Role.SPECIALIST, f"/cases/{public_id(claim)}")
    assert FIRST in page
    assert SECOND not in page
    town.wait_until(at(2, 12))
    town.take(Role.TALENT_OFFICE, claim, "approve")
    chosen = town.prepared(town.waiting_payments())
    town.wait_until(at(2, 13))
    assert town.approve(chosen, "30000").status_code == 302
    batch = town.at_the_bank(chosen, "2026-02-13")
    town.answered(batch, "成功", "", "2026-02-13")
    town.closed(batch, "30000")
    after = stage.claim(claim)
    assert (after.state, after.amount_fen, after.policy_version_id) == ("paid", 3_000_000, before.policy_version_id)
    due = town.read(
        select(Accrual.amount_fen).where(Accrual.person_id == EXPERT, Accrual.state == "due").order_by(Accrual.id)
    )
    assert due == [50_000, 50_000], "November and December at the new rate, less what was paid"
    town.send(Role.EXPERT, f"/me/benefits/{public_id(stage._read(lambda: stage.claim(claim)).policy_id)}/claim")
    [second] = town.read(select(Claim.id).order_by(Claim.id.desc()).limit(1))
    assert (stage.claim(second).amount_fen, stage.claim(second).policy_version_id != before.policy_version_id) == (
        100_000,
        True,
    )
    assert SECOND in town.shown(Role.SPECIALIST, f"/cases/{public_id(second)}")
    assert unsound(stage.session) == []
