"""A query is built once for all actors who are alike, and each of them sees his own rows."""

from typing import Any

from sqlalchemy import Select, select

from concierge.db import read
from concierge.engine.actor import Actor, Grant
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case
from concierge.models.scope import visible_cases, visible_orders, visible_persons
from concierge.rules.roles import Role
from tests.cases import EXPERT, SPECIALIST_ACCOUNT, UNITS
from tests.databases import Database


@built_once
def _mine(actor: Anybody, kind: str) -> Select[Any]:
    return select(Case.id).where(Case.kind == kind, visible_cases(actor)).order_by(Case.id)


def somebody(*grants: tuple[Role, int | None], account: int = 1, person: int | None = None) -> Actor:
    return Actor(account, f"key-{account}", 1, "x", frozenset(Grant(*grant) for grant in grants), person)


def test_actors_who_are_alike_share_a_query_and_bring_their_own_numbers() -> None:
    (first, hers), (second, his) = (_mine(somebody((Role.HR, 11), account=n), "claim") for n in (1, 2))
    assert first is second
    assert hers == his == {"actor_units_finance_checker_finance_maker_finance_payer_hr_press_sector_unit_liaison": [11]}
    other_unit, values = _mine(somebody((Role.HR, 12)), "claim")
    assert other_unit is first
    assert list(values.values()) == [[12]]


def test_another_role_another_holding_or_another_form_is_another_query() -> None:
    plain = _mine(somebody((Role.HR, 11)), "claim")[0]
    for actor, kind in (
        (somebody((Role.HR, None)), "claim"),
        (somebody((Role.HR, 11), (Role.LEAD, None)), "claim"),
        (somebody((Role.HR, 11)), "care_request"),
        (somebody((Role.EXPERT, None)), "claim"),
        (somebody((Role.EXPERT, None), person=7), "claim"),
    ):
        assert _mine(actor, kind)[0] is not plain


def test_a_kept_query_shows_to_everybody_what_the_plain_one_does(office: Database) -> None:
    accounts = (SPECIALIST_ACCOUNT, 99)
    actors = [somebody((Role.SPECIALIST, None), account=account, person=EXPERT) for account in accounts]
    actors += [
        somebody((role, unit), person=person) for role in Role for unit in (None, *UNITS) for person in (EXPERT, 9)
    ]
    seen = set()
    with office.session() as session:
        for actor in actors:
            plain = select(Case.id).where(Case.kind == "claim", visible_cases(actor)).order_by(Case.id)
            kept = tuple(read(session, *_mine(actor, "claim")).scalars())
            assert kept == tuple(session.execute(plain).scalars()), actor
            seen.add(kept)
    assert len(seen) == 2  # some see the claim, some do not


def test_every_scope_can_be_built_for_anybody() -> None:
    for role in Role:
        for placed in (frozenset[Role](), frozenset({role})):
            anybody = Anybody(frozenset({role}), placed, is_person=True)
            for scope in (visible_cases, visible_persons, visible_orders):
                assert scope(anybody) is not None
