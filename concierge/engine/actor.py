"""Who acts: a natural person, through an account, with roles in units of one district."""

from dataclasses import dataclass, field

from concierge.rules.roles import Role

MACHINE_ACCOUNT = 0
MACHINE_PERSON = "machine"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in a unit (None: in the district as a whole)."""

    role: Role
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person at the door.

    `person_key` is the blind index of the person's ID number: two accounts of one person share it, so that duties
    are separated by natural person. `for_account` and `for_person_key` name whom the actor stands in for.
    """

    account_id: int
    person_key: str
    district_id: int
    name: str
    grants: frozenset[Grant] = field(default_factory=frozenset)
    person_id: int | None = None
    language: str = "zh_CN"
    for_account: int | None = None
    for_person_key: str | None = None
    roles: frozenset[Role] = field(init=False, compare=False, repr=False)
    """Every role held now."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", frozenset(grant.role for grant in self.grants))

    @property
    def duty(self) -> int:
        """The account whose work this is: one's own, or that of the person stood in for."""
        return self.for_account or self.account_id

    def has(self, *roles: Role) -> bool:
        """Whether any of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def units(self, *roles: Role) -> list[int]:
        """The units in which any of these roles is held (all roles when none is named)."""
        wanted = set(roles) or self.roles
        return sorted({g.unit_id for g in self.grants if g.unit_id is not None and g.role in wanted})

    @property
    def person_keys(self) -> list[str]:
        """The natural persons whose duties this act counts for."""
        return [key for key in (self.person_key, self.for_person_key) if key]


def machine(district_id: int) -> Actor:
    """The system itself: it takes the steps that follow from other steps, and those the clock owes."""
    grants = frozenset({Grant(Role.SYSTEM, None)})
    return Actor(MACHINE_ACCOUNT, MACHINE_PERSON, district_id, "system", grants)
