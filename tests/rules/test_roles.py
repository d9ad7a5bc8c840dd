"""Roles, kinds of units and what excludes what (domain §3.3, §7.2)."""

from itertools import combinations

import pytest

from concierge.rules.roles import ADMIN_ROLES, BUSINESS_ROLES, Role, UnitKind, conflicts

CONTRACT = [
    *("specialist", "specialist_lead", "expert", "employer", "hr", "talent_office"),
    *("finance_maker", "finance_checker", "finance_payer", "sector", "supervisor", "press"),
    *("unit_liaison", "lead", "city_lead", "system_admin", "security_admin", "audit_admin"),
]


def codes(*roles: Role) -> list[str]:
    return [reason.code for reason in conflicts(roles)]


def test_roles_are_those_of_the_contract_the_administrator_of_a_unit_and_the_machine():
    assert [str(role) for role in Role] == [*CONTRACT, "unit_admin", "system"]
    assert ADMIN_ROLES | BUSINESS_ROLES | {Role.SYSTEM} == set(Role)


@pytest.mark.parametrize("pair", list(combinations(sorted(ADMIN_ROLES), 2)))
def test_administrators_are_different_people(pair):
    assert codes(*pair) == ["admins_exclude_each_other"]


@pytest.mark.parametrize("admin", sorted(ADMIN_ROLES))
@pytest.mark.parametrize("business", sorted(BUSINESS_ROLES))
def test_no_administrator_holds_a_business_role(admin, business):
    assert codes(admin, business) == ["admin_has_no_business"]
    assert codes(admin) == codes(business) == []


def test_all_reasons_are_told_at_once():
    assert codes(*Role) == ["admins_exclude_each_other", "admin_has_no_business", "system_is_nobody"]


def test_business_roles_may_be_combined_because_each_case_is_judged():
    assert codes(*BUSINESS_ROLES) == []


def test_every_role_and_kind_of_unit_has_a_name_in_both_languages():
    for labelled in (*Role, *UnitKind):
        assert labelled.label.in_language("zh_CN") != labelled.label.in_language("en")
    assert len({role.label for role in Role}) == len(Role)
    assert len({kind.label for kind in UnitKind}) == len(UnitKind)
