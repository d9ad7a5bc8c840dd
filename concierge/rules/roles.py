"""Who acts: roles, kinds of units, and which roles one person may not hold together (domain §3.3, §7.2)."""

from collections.abc import Collection
from enum import StrEnum

from concierge.basics.errors import Reason
from concierge.basics.text import Text, _


class Role(StrEnum):
    """What an account may be granted in a district; the values are the contract's codes."""

    SPECIALIST = "specialist"
    SPECIALIST_LEAD = "specialist_lead"
    EXPERT = "expert"
    EMPLOYER = "employer"
    HR = "hr"
    TALENT_OFFICE = "talent_office"
    FINANCE_MAKER = "finance_maker"
    FINANCE_CHECKER = "finance_checker"
    FINANCE_PAYER = "finance_payer"
    SECTOR = "sector"
    SUPERVISOR = "supervisor"
    PRESS = "press"
    UNIT_LIAISON = "unit_liaison"
    LEAD = "lead"
    CITY_LEAD = "city_lead"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    UNIT_ADMIN = "unit_admin"
    SYSTEM = "system"

    @property
    def label(self) -> Text:
        """The role's name for people."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.SPECIALIST: _("Talent service specialist"),
    Role.SPECIALIST_LEAD: _("Lead of the specialists"),
    Role.EXPERT: _("Expert"),
    Role.EMPLOYER: _("Employer"),
    Role.HR: _("HR reviewer"),
    Role.TALENT_OFFICE: _("Talent office"),
    Role.FINANCE_MAKER: _("Finance preparer"),
    Role.FINANCE_CHECKER: _("Finance checker"),
    Role.FINANCE_PAYER: _("Finance payer"),
    Role.SECTOR: _("Sector bureau"),
    Role.SUPERVISOR: _("Supervision team"),
    Role.PRESS: _("Publicity officer"),
    Role.UNIT_LIAISON: _("Unit liaison"),
    Role.LEAD: _("District leader"),
    Role.CITY_LEAD: _("City leader"),
    Role.SYSTEM_ADMIN: _("System administrator"),
    Role.SECURITY_ADMIN: _("Security administrator"),
    Role.AUDIT_ADMIN: _("Audit administrator"),
    Role.UNIT_ADMIN: _("Administrator of a unit"),
    Role.SYSTEM: _("The system itself"),
}

ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.UNIT_ADMIN})
TWO_FACTORS = ADMIN_ROLES | {
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.FINANCE_PAYER,
    Role.LEAD,
    Role.CITY_LEAD,
}
"""Whoever handles money, sees the whole district or administrates it proves himself twice (domain §7.2)."""
BUSINESS_ROLES = frozenset(Role) - ADMIN_ROLES - {Role.SYSTEM}
OF_A_UNIT = frozenset(
    {
        Role.EMPLOYER,
        Role.HR,
        Role.SECTOR,
        Role.FINANCE_MAKER,
        Role.FINANCE_CHECKER,
        Role.FINANCE_PAYER,
        Role.UNIT_LIAISON,
        Role.UNIT_ADMIN,
        Role.PRESS,
    }
)
"""Who acts on what his unit holds, and so sees nothing where no unit is named."""
DELEGABLE = (Role.SPECIALIST, Role.EMPLOYER, Role.HR, Role.SECTOR, Role.PRESS, Role.UNIT_LIAISON)
"""What an administrator of a unit may be allowed to grant there: duties that end with the unit or the own experts.

Money, the whole district and administration itself stay with the district's security administrator.
"""


def conflicts(roles: Collection[Role]) -> list[Reason]:
    """Why one natural person may not hold all these roles; empty if he may.

    The three administrators and those of units exclude one another and every business duty; nobody may be the machine.
    Duties that exclude each other only on one case or batch are judged there (domain §3.3).
    """
    held = set(roles)
    reasons = []
    if len(held & ADMIN_ROLES) > 1:
        reasons.append(Reason("admins_exclude_each_other", _("The administrators must be different people")))
    if held & ADMIN_ROLES and held & BUSINESS_ROLES:
        reasons.append(Reason("admin_has_no_business", _("An administrator may not hold a business role")))
    if Role.SYSTEM in held:
        reasons.append(Reason("system_is_nobody", _("The role of the system itself cannot be granted to a person")))
    return reasons


class UnitKind(StrEnum):
    """What part a unit plays; the units themselves are data (domain §1)."""

    PARTY = "party"
    GOVERNMENT = "government"
    OFFICE = "office"
    HR = "hr"
    FINANCE = "finance"
    SECTOR = "sector"
    SUPPORT = "support"
    SUPERVISION = "supervision"
    TOWNSHIP = "township"
    VILLAGE = "village"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    EMPLOYER = "employer"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _UNIT_LABELS[self]


_UNIT_LABELS = {
    UnitKind.PARTY: _("Party committee"),
    UnitKind.GOVERNMENT: _("Government"),
    UnitKind.OFFICE: _("Organization Department (talent office)"),
    UnitKind.HR: _("HR & Social Security Bureau"),
    UnitKind.FINANCE: _("Finance Bureau"),
    UnitKind.SECTOR: _("Sector bureau"),
    UnitKind.SUPPORT: _("Participating department"),
    UnitKind.SUPERVISION: _("Supervision team"),
    UnitKind.TOWNSHIP: _("Township"),
    UnitKind.VILLAGE: _("Village"),
    UnitKind.HOSPITAL: _("Hospital"),
    UnitKind.SCHOOL: _("School"),
    UnitKind.EMPLOYER: _("Employer"),
}
