"""Every page of the finance office with something on it, in both languages, each as a page should be."""

import io
from pathlib import Path

import pytest

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests import paying as money
from tests.databases import NewDatabase
from tests.office import HOSPITAL, NOW, Office, check_page, settings_for
from tests.paying import CHECKER, HOUSING, MAKER, PAYER, TODAY, Paying
from tests.services.test_vouchers import CAP, step, used, vouchers

YUAN = 100
THERE = (
    (MAKER, "?tab=review"), (MAKER, "?tab=batching"), (CHECKER, "?tab=review&check=blocked"), (PAYER, "?tab=done"),
    (CHECKER, "/payments/{paid}"), (MAKER, "/payments/{waiting}"), (CHECKER, "/payments/steps/hold?item={waiting}"),
    (CHECKER, "/confirm/{sealed}"), (MAKER, "/batches"), (MAKER, "/batches/{draft}"), (MAKER, "/batches/{draft}/lines"),
    (CHECKER, "/batches/{draft}/steps/check"), (CHECKER, "/batches/{answered}"), (CHECKER, "/batches/{answered}/print"),
    (CHECKER, "/batches/{answered}/steps/reconcile"), (MAKER, "/bank"), (MAKER, "/bank/{file}"), (MAKER, "/bounced"),
    (CHECKER, "/differences"), (CHECKER, "/budget"), (CHECKER, "/budget?at=2026-11-22"), (MAKER, "/budget/new"),
    (MAKER, "/budget/{line}"), (CHECKER, "/budget/{line}"), (MAKER, "/budget/closing"), (CHECKER, "/clawbacks"),
    (MAKER, "/vouchers?provider={hotel}&month={month}"),
)  # fmt: skip


@pytest.fixture(scope="module")
def office(shared_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The finance office's pages."""
    database = shared_database("sqlite", "paying", money.fill)
    folder: Path = tmp_path_factory.mktemp("finance")
    return Office(
        create_app(settings_for(database, folder), clock=MovedClock(NOW), bell=[].extend), database, MovedClock(NOW)
    )


@pytest.fixture(scope="module")
def named(office: Office) -> dict[str, str]:
    """Something in every state that has a page, by a word."""
    paying = Paying(office.database)
    [waiting], [prepared] = paying.pending(900 * YUAN), paying.prepared(1_000 * YUAN)
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    there = {
        "waiting": waiting,
        "draft": paying.batch(100 * YUAN),
        "answered": paying.sent(300 * YUAN, 200 * YUAN, 100 * YUAN),
    }
    lines = [paying.item(item).number for item in paying.items_of(there["answered"])]
    said = ("300,成功,", "150,成功,", "100,失败,户名不符")
    content = "明细编号,金额,结果,失败原因\r\n" + "\r\n".join(
        f"{n},{words}" for n, words in zip(lines, said, strict=True)
    )
    file = maker.post("/finance/bank", {"file": (io.BytesIO(content.encode()), "回单.csv")}).headers["Location"]
    maker.post(file, {"idempotency_key": "k"})
    [voucher] = vouchers(paying, CAP)
    step(paying, "accept", used(paying, voucher), Role.EXPERT)
    sealed = checker.post("/finance/confirm", {"item": [public_id(prepared)]}).headers["Location"]
    maker.post(
        f"/finance/budget/{public_id(HOUSING)}/movements", {"kind": "adjustment", "amount": "1", "basis": "望财预"}
    )
    there |= {"paid": paying.items_of(there["answered"])[0], "line": HOUSING, "hotel": HOSPITAL}
    ends = {"file": file, "sealed": sealed}
    words = {name: path.rpartition("/")[2] for name, path in ends.items()} | {"month": f"{TODAY:%Y-%m}"}
    return {name: public_id(number) for name, number in there.items()} | words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_finance_is_clean_with_rows_on_it(office: Office, named: dict[str, str], language: str) -> None:
    people = {role: office.as_(role, language) for role in (MAKER, CHECKER, PAYER)}
    for role, path in THERE:
        answer = people[role].get("/finance" + path.format(**named))
        assert answer.status_code == 200, (path, answer.status)
        assert f'<html lang="{language}' in check_page(answer), path
