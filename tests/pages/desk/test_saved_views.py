"""What a specialist keeps of the worklist: conditions under a name, and its rows as a sheet."""

import io
import re

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from concierge.basics.ids import public_id
from concierge.models.comment import SavedView
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from tests.office import EXPERT, NOW, Office, actor, check_page, key_ring

LATE = "/desk?view=mine&kind=care_request"


def save(office: Office, name: str, words: str = "?view=mine&kind=care_request") -> int:
    return office.as_(Role.SPECIALIST).post(f"/desk/views{words}", data={"name": name}).status_code


def kept(office: Office) -> int:
    with office.session() as session:
        return int(session.scalar(select(func.count(SavedView.id))) or 0)


def request_care(office: Office) -> None:
    wish = CareWish(category="medical", text="请帮忙联系专家号", channel=Channel.PHONE)
    with office.session() as session:
        register_care(session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)


def test_conditions_kept_under_a_name_become_a_tab_that_leads_back_to_them(office: Office) -> None:
    page = office.as_(Role.SPECIALIST)
    assert "保存为视图" in check_page(page.get(LATE))
    answer = page.post("/desk/views?view=mine&kind=care_request", data={"name": " 我的  关怀 "})
    assert answer.headers["Location"] == LATE
    shown = check_page(page.get(LATE))
    assert re.search(r'aria-current="page" href="/desk\?[^"]*kind=care_request[^"]*">我的 关怀', shown)
    assert "保存为视图" not in shown
    assert "删除此视图" in shown
    assert "我的 关怀" in page.get("/desk").text


def test_the_same_name_again_replaces_the_conditions(office: Office) -> None:
    assert save(office, "急") == save(office, "急", "?band=overdue") == 302
    assert kept(office) == 1
    assert "/desk?band=overdue" in office.as_(Role.SPECIALIST).get("/desk").text


@pytest.mark.parametrize(("name", "words"), [("", "?band=today"), ("字" * 21, "?band=today"), ("全部", "")])
def test_a_view_needs_a_short_name_and_conditions(office: Office, name: str, words: str) -> None:
    assert save(office, name, words) == 422
    assert kept(office) == 0


def test_a_ninth_view_is_refused(office: Office) -> None:
    assert {save(office, f"视图{n}", "?band=today") for n in range(8)} == {302}
    assert save(office, "第九个", "?band=today") == 409
    assert kept(office) == 8


def test_nobody_sees_or_removes_the_view_of_another(office: Office) -> None:
    save(office, "只给我")
    with office.session() as session:
        view = session.execute(select(SavedView.id)).scalar_one()
    address = f"/desk/views/{public_id(view)}/remove"
    lead = office.as_(Role.SPECIALIST_LEAD)
    assert "只给我" not in lead.get("/desk").text
    assert lead.post(address).status_code == 404
    assert office.as_(Role.SPECIALIST).post(address).status_code == 302
    assert kept(office) == 0


def test_the_sheet_holds_the_rows_that_the_conditions_leave(office: Office) -> None:
    request_care(office)
    page = office.as_(Role.SPECIALIST)

    def numbers(words: str) -> list[str]:
        answer = page.get(f"/desk.xlsx{words}")
        assert answer.headers["Cache-Control"] == "no-store"
        table = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert table[0][:2] == ["编号", "事项类型"]
        return [str(row[0]) for row in table[1:]]

    assert numbers("") == ["SQ-2026-000001"]
    assert numbers("?kind=claim") == []
