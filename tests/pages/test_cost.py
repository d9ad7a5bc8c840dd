"""What the main pages ask of the database: few statements, the same number however many cases there are."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from concierge.basics.ids import public_id
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from concierge.web.database import database
from tests.office import EXPERT, HEALTH, NOW, Office, actor, key_ring
from tests.queries.statements import counted

PAGES = {
    "/desk": (Role.SPECIALIST, 10),
    "/experts": (Role.SPECIALIST, 6),
    "/inbox": (Role.SPECIALIST, 8),
    "/unit-work": (Role.SECTOR, 10),
    "/hr/reviews": (Role.HR, 8),
    "/account": (Role.HR, 6),
    "/employer": (Role.EMPLOYER, 8),
    "/office/reviews": (Role.TALENT_OFFICE, 8),
    "/finance": (Role.FINANCE_CHECKER, 11),
    "/me/progress": (Role.EXPERT, 8),
    "/me": (Role.EXPERT, 33),
    "/dashboard": (Role.LEAD, 28),
}
"""Who opens the page, and the statements it may cost. These figures fall only."""
SPECIALIST = actor(Role.SPECIALIST)


@contextmanager
def sent_by_pages(office: Office) -> Iterator[list[list[str]]]:
    """The statements of each engine of the application."""
    with office.app.app_context():
        engines = list(database.engines.values())
    with ExitStack() as stack:
        yield [stack.enter_context(counted(engine)) for engine in engines]


def handed_out(office: Office) -> None:
    """A care request that the health bureau has in hand."""
    wish = CareWish("medical", "请帮忙", Channel.PHONE)
    with office.session() as session:
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)
        assign, unit = step_named("care_request", "assign"), {"unit": public_id(HEALTH)}
        take_step(session, actor=SPECIALIST, now=NOW, step=assign, case_id=case_id, version=None, given=unit)


def test_main_pages_cost_few_statements_and_no_more_among_many_cases(office: Office) -> None:
    visitors = {role: office.as_(role) for role, _most in PAGES.values()}
    costs: list[dict[str, int]] = []
    for more in (2, 10):
        for _ in range(more):
            handed_out(office)
        visitors[Role.SPECIALIST].get("/desk")  # the first who comes reads the calendar
        costs.append({})
        for page, (role, _most) in PAGES.items():
            with sent_by_pages(office) as sent:
                assert visitors[role].get(page).status_code == 200, page
            costs[-1][page] = sum(map(len, sent))
    assert costs[0] == costs[1]
    assert {page: cost for page, cost in costs[1].items() if cost > PAGES[page][1]} == {}
