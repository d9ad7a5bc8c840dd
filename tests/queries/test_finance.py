"""What the finance office sees: the check tells beforehand what the gate will say, and lists cost the same always."""

from sqlalchemy import event

from concierge.queries.finance import PayFilter, PayList, matching_ids, payment_list
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from tests.databases import DISTRICT
from tests.office import OTHER_EXPERT, actor
from tests.paying import CHECKER, LIVING, MAKER, NOW, Paying

YUAN = 100


def shown(paying: Paying, who: Role = CHECKER, **wanted: object) -> PayList:
    with paying.session() as session:
        calendar = calendar_of(session, DISTRICT)
        return payment_list(session, actor(who), PayFilter(**wanted), now=NOW, calendar=calendar)


def test_tabs_hold_what_waits_for_whom(paying: Paying) -> None:
    paying.pending(100)
    paying.prepared(200, 300)
    paying.approved(400)
    assert [row.amount_fen for row in shown(paying, tab="prepare").rows] == [100]
    page = shown(paying)
    assert [row.amount_fen for row in page.rows] == [200, 300]
    assert (page.counts["prepare"], page.counts["review"], page.counts["batching"]) == (1, 2, 1)
    assert [row.amount_fen for row in shown(paying, tab="batching").rows] == [400]


def test_a_row_tells_policy_clause_payee_account_and_who_prepared_it(paying: Paying) -> None:
    paying.prepared(60_000 * YUAN)
    [row] = shown(paying).rows
    assert (row.policy_number, str(row.article), row.payee_name) == ("望人才发〔2025〕1号", "第六条", "沈知远")
    assert (row.account_last4, row.category, row.maker) == ("0014", "D", "甲finance_maker")
    assert row.verdict.kind == "passed"
    assert row.made_at == NOW


def test_the_check_blocks_exactly_what_the_gate_refuses(paying: Paying) -> None:
    items = paying.prepared(100) + paying.prepared(500_000_000_00)
    page = shown(paying)
    said = {row.id: {reason.code for reason in row.verdict.reasons} for row in page.rows}
    report = paying.take("approve", items, CHECKER)
    refused = {i: {reason.code for reason in reasons} for i, reasons in report.held.items()}
    assert said[items[1]] == {"budget_short"}
    assert refused[items[1]] == {"budget_short"}
    assert page.checks == {"passed": 1, "hint": 0, "blocked": 1}


def test_who_prepared_a_line_sees_that_another_must_approve_it(paying: Paying) -> None:
    paying.prepared(100)
    [row] = shown(paying, MAKER).rows
    assert [reason.code for reason in row.verdict.reasons] == ["same_person"]


def test_filters_narrow_the_list_and_its_figures(paying: Paying) -> None:
    paying.prepared(5_000 * YUAN, 50_000 * YUAN)
    paying.prepared(3_000 * YUAN, policy=1, line=LIVING, person=OTHER_EXPERT)
    assert [row.amount_fen for row in shown(paying, amount="middle").rows] == [50_000 * YUAN]
    assert [row.amount_fen for row in shown(paying, line=LIVING).rows] == [3_000 * YUAN]
    assert len(shown(paying, text="沈").rows) == 2
    assert shown(paying, text="%").rows == ()
    assert len(shown(paying, check="blocked").rows) == 0


def test_selecting_all_leaves_blocked_lines_out(paying: Paying) -> None:
    items = paying.prepared(100, 500_000_000_00, 200)
    with paying.session() as session:
        found = matching_ids(session, actor(CHECKER), PayFilter(), now=NOW)
    assert found == [items[0], items[2]]


def test_a_page_costs_the_same_for_one_row_and_for_many(paying: Paying) -> None:
    counts = []
    for amounts in ((100,), tuple([100] * 24)):
        paying.prepared(*amounts)
        seen: list[str] = []

        def note(*told: object, seen: list[str] = seen) -> None:
            seen.append(str(told[2]))

        event.listen(paying.database.engine, "before_cursor_execute", note)
        assert len(shown(paying).rows) >= len(amounts)
        event.remove(paying.database.engine, "before_cursor_execute", note)
        counts.append(len([sql for sql in seen if sql.startswith(("SELECT", "WITH"))]))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_pages_follow_each_other_without_gap_or_repetition(paying: Paying) -> None:
    items = paying.prepared(*[100] * 30)
    first = shown(paying)
    second = shown(paying, after=first.next)
    assert [row.id for row in (*first.rows, *second.rows)] == sorted(items)
    assert second.next is None
