"""The campaign's room, the expert's phone and the host's link, walked by the people who use them."""

import re

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.dispatch import DispatchOrder
from concierge.queries.campaign_figures import Span, count_all
from concierge.rules.roles import Role
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTORS, VILLAGE, Orders
from tests.office import NOW, Office, actor, check_page

LINK = re.compile(r'href="http://localhost(/s/[0-9a-z]+)"')


def url(order_id: int) -> str:
    return f"/campaign/orders/{public_id(order_id)}"


def test_a_call_becomes_an_order_on_one_screen(office: Office) -> None:
    hotline = office.as_(Role.SECTOR)
    check_page(hotline.get("/campaign/orders/new"))
    wrong = hotline.post("/campaign/orders/new", {"field": public_id(DOCTORS), "need": "", "starts_on": "2026-11-24"})
    assert wrong.status_code == 422
    assert "请选择本区的单位" in check_page(wrong)
    typed = {"field": public_id(DOCTORS), "host": public_id(VILLAGE), "need": "慢病义诊", "caller": "王婶"}
    made = hotline.post(
        "/campaign/orders/new", typed | {"starts_on": "2026-11-23", "half_days": "1", "channel": "phone"}
    )
    assert made.status_code == 302
    text = check_page(hotline.get(made.headers["Location"]))
    assert "慢病义诊" in text
    assert "王婶" in text
    assert "慢病义诊" in check_page(hotline.get("/campaign/orders"))
    assert "Dispatch orders" in check_page(office.as_(Role.LEAD, "en").get("/campaign/orders?view=all"))


def test_experts_are_named_and_taken_off_on_the_orders_page(office: Office) -> None:
    with office.session() as session:
        order_id = Orders(session).raised()
    bureau = office.as_(Role.SECTOR)
    bureau.post(f"{url(order_id)}/members", {"expert": public_id(COLLEAGUE)})
    assert "前往专家：2 人次" in check_page(bureau.get(url(order_id)))
    bureau.post(f"{url(order_id)}/members/{public_id(COLLEAGUE)}/removal", {"reason": ""})
    assert "请填写原因" in check_page(bureau.get(url(order_id)))
    bureau.post(f"{url(order_id)}/members/{public_id(COLLEAGUE)}/removal", {"reason": "出差"})
    assert "前往专家：1 人次" in check_page(bureau.get(url(order_id)))


def dispatched(office: Office) -> int:
    """An order that the expert is asked to take."""
    with office.session() as session:
        orders = Orders(session)
        order_id = orders.raised()
        orders.take(order_id, Flow.triage, mode="field_clinic")
        orders.take(order_id, Flow.dispatch)
    return order_id


def test_an_expert_who_declines_says_why_and_keeps_his_words_where_they_are_refused(office: Office) -> None:
    phone, page = office.as_(Role.EXPERT), f"/me/services/{public_id(dispatched(office))}"
    empty = phone.post(f"{page}/refusal", {"reason": " "})
    assert (empty.status_code, 'id="reason-error"' in check_page(empty)) == (422, True)
    words = "因" * 501
    long = phone.post(f"{page}/refusal", {"reason": words})
    assert (long.status_code, words in check_page(long)) == (422, True)
    assert phone.post(f"{page}/refusal", {"reason": "当日坐诊"}).status_code == 302


def test_the_expert_accepts_serves_and_the_host_confirms_without_an_account(office: Office) -> None:
    phone = office.as_(Role.EXPERT)
    order_id = dispatched(office)
    page = f"/me/services/{public_id(order_id)}"
    assert "能否接单" in check_page(phone.get(page))
    assert "前进村" in check_page(phone.get("/me"))
    phone.post(f"{page}/acceptance")
    assert "服务登记" in check_page(phone.get(page))
    wrong = phone.post(f"{page}/record", {"served_on": "2026-11-23", "kind_1": "clinic", "amount_1": "x"})
    assert wrong.status_code == 422
    check_page(wrong)
    typed = {"served_on": "2026-11-23", "half_days": "1", "kind_1": "clinic", "amount_1": "42", "problem": "血压偏高"}
    assert phone.post(f"{page}/record", typed | {"advice": "低盐饮食，按时服药"}).status_code == 302
    text = check_page(phone.get(page))
    found = LINK.search(text)
    assert found is not None
    host = office.visitor()
    shown = check_page(host.get(found[1]))
    assert "低盐饮食" in shown
    assert "42" in shown
    assert host.post(found[1], {"answer": "yes", "name": ""}, page=found[1]).status_code == 422
    done = host.post(found[1], {"answer": "yes", "name": "王村长", "level": "5"}, page=found[1])
    assert "已确认并评价" in check_page(done)
    kept = check_page(host.get(found[1]))
    assert "已经确认过" in kept
    assert "低盐饮食" in kept, "the written advice can still be read and printed"
    assert "5 分" in check_page(office.as_(Role.SECTOR).get(url(order_id)))
    with office.session() as session:
        order = session.execute(select(DispatchOrder).where(DispatchOrder.id == order_id)).scalar_one()
        assert (order.state, order.half_days, order.served_on) == ("rated", 1, NOW.date())


def test_the_bureau_writes_down_how_much_was_done_until_the_host_has_confirmed_it(office: Office) -> None:
    with office.session() as session:
        order_id = Orders(session).accepted()
    bureau, there = office.as_(Role.SECTOR), url(order_id)
    line = {"kind": "clinic", "amount": "30", "title": "慢病义诊"}
    assert "服务数量" in check_page(bureau.post(f"{there}/done", line, follow_redirects=True)), "it is not served yet"
    assert f'action="{there}/done"' not in check_page(bureau.get(there))
    with office.session() as session:
        Orders(session).take(order_id, Flow.serve)
    for wrong in ({"kind": ""}, {"amount": "many"}, {"amount": "0"}):
        bureau.post(f"{there}/done", line | wrong)
    for _twice in range(2):
        bureau.post(f"{there}/done", line | {"idempotency_key": "once"})
    bureau.post(f"{there}/done", line | {"kind": "material", "amount": "5"})
    assert figures(office) == {"served": 30, "materials": 5}
    page = check_page(bureau.get(there))
    removals = re.findall(r'action="([^"]+/removal)"', page.split('id="done"')[1])
    assert len(removals) == 2
    assert f"{there}/done/" not in check_page(office.as_(Role.UNIT_LIAISON).get(there))
    bureau.post(removals[1])
    assert figures(office) == {"served": 30}
    assert bureau.post(f"{there}/done/{public_id(7)}/removal").status_code == 404
    with office.session() as session:
        Orders(session).take(order_id, Flow.confirm, by=actor(Role.UNIT_LIAISON), confirmed_by="王村长")
    bureau.post(removals[0])
    assert figures(office) == {"served": 30}, "the host has confirmed it"
    bureau.post(f"{there}/done", line)
    assert figures(office) == {"served": 30}, "nor is there more of it"


def figures(office: Office) -> dict[str, int]:
    """What was done in the campaign's year, by measure."""
    with office.session() as session:
        told = count_all(session, Span.of_year((CAMPAIGN,), 2026))
    return {name: told[name] for name in ("served", "materials") if name in told}


def test_somebody_elses_order_is_not_on_my_phone(office: Office) -> None:
    with office.session() as session:
        order_id = Orders(session).raised(members=(COLLEAGUE,))
    phone = office.as_(Role.EXPERT)
    assert phone.get(f"/me/services/{public_id(order_id)}").status_code == 404
    assert phone.post(f"/me/services/{public_id(order_id)}/acceptance").status_code == 404


def test_orders_stand_on_the_bureaus_own_list_with_the_next_act(office: Office) -> None:
    with office.session() as session:
        Orders(session).raised()
        Orders(session).served()
    bureau = office.as_(Role.SECTOR)
    text = check_page(bureau.get("/unit-work", follow_redirects=True))
    assert "慢病义诊" in text
    assert "分诊" in text
    check_page(office.as_(Role.UNIT_LIAISON).get("/unit-work", follow_redirects=True))
