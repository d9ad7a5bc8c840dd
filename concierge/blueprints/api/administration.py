"""What programs may administrate: the accounts and roles of one's own unit, and how the district calls itself."""

from datetime import date
from typing import Any

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.rules.identifiers import check_resident_id
from concierge.rules.roles import DELEGABLE, Role
from concierge.services import colleagues as services
from concierge.services import ways_back
from concierge.services.accounts import own_key
from concierge.services.districts import LONGEST_ADDRESS, LONGEST_NAME, DistrictNames, rename_district
from concierge.web.doors import door

_GRANTS = next(thing for thing in PLAIN if thing.name == "grants")
_DUTY: dict[str, Schema] = {
    "unit_id": IDENT,
    "role": {"type": "string", "enum": [role.value for role in DELEGABLE]},
    "starts_on": {**DAY, "description": "Left out: today."},
    "ends_on": {**DAY, "description": "Its last day; left out: until it is ended."},
}
_WHO: dict[str, Schema] = {
    "login": words(60),
    "name": words(100),
    "id_number": words(18, "Of whom it is; only a blind index is kept."),
    "password": words(200, "The first one; it is changed at the first log-in."),
    "email": words(200, least=0),
}
_ADDRESSES = dict.fromkeys(("address_zh", "address_en"), words(LONGEST_ADDRESS, least=0))
_NAMES = dict.fromkeys(("name_zh", "name_en"), words(LONGEST_NAME))


def _today() -> date:
    return local_date(door.now, SHANGHAI)


def _duty(body: Body) -> services.Duty:
    given: dict[str, Any] = {"unit_id": body.ident("unit_id", required=True)}
    role = body.one_of("role", tuple(DELEGABLE))
    given |= {"starts_on": body.day("starts_on") or _today(), "ends_on": body.day("ends_on")}
    body.check()
    return services.Duty(**given, role=Role(role))


def _by(account_id: int) -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "account_id": account_id}


def _add(_new: int, body: Body) -> int:
    """An account for somebody of the unit, with its first role."""
    said = {name: body.text(name, required=name != "email", longest=200) for name in _WHO}
    duty = _duty(body)
    number = check_resident_id(said.pop("id_number"), today=_today(), field="id_number").number
    who = services.NewColleague(**said, person_key=own_key(door.keys, number))
    key = sent_key()
    return services.add_colleague(door.session, actor=door.actor, now=door.now, who=who, duty=duty, key=key)


def _give(account_id: int, body: Body) -> int:
    key = sent_key()
    services.give_role(door.session, **_by(account_id), duty=_duty(body), key=key)
    return account_id


def _end_role(grant_id: int, _body: Body) -> int:
    grant = one_plain(door.session, _GRANTS, door.actor, _today(), grant_id)
    services.end_role(door.session, **_by(parse_id(grant["account_id"])), grant_id=grant_id)
    return grant_id


def _end(account_id: int, _body: Body) -> int:
    services.end_account(door.session, **_by(account_id))
    return account_id


def _reset(account_id: int, body: Body) -> int:
    """The password comes from whoever asks, so that no answer that is kept or sent again holds one."""
    password = body.text("password", required=True, longest=200)
    body.check()
    ways_back.reset_by_two(door.session, **_by(account_id), keys=door.keys, password=password)
    return account_id


def _let_in(account_id: int, _body: Body) -> int:
    ways_back.let_in_again(door.session, **_by(account_id))
    return account_id


def _rename(district_id: int, body: Body) -> int:
    if district_id != door.actor.district_id:
        raise NotFound()
    longest = LONGEST_ADDRESS
    given = {name: body.text(name, required=name in _NAMES, longest=longest) for name in (*_NAMES, *_ADDRESSES)}
    names = DistrictNames(**given, hotline=body.text("hotline", longest=30))
    body.check()
    rename_district(door.session, actor=door.actor, now=door.now, names=names)
    return district_id


_ADMIN = (Role.UNIT_ADMIN,)
ADMINISTRATING = (
    ApiAct(
        "colleagues", "", _ADMIN, "Make an account for somebody of the unit, with its first role", _add,
        a_body("login name id_number password unit_id role", **_WHO, **_DUTY), keyed=True,
    ),
    ApiAct(
        "colleagues", "roles", _ADMIN, "Grant another role that was delegated", _give,
        a_body("unit_id role", **_DUTY), keyed=True,
    ),
    ApiAct("colleagues", "end", _ADMIN, "Disable an account whose every duty lies in the unit", _end),
    ApiAct("grants", "end", _ADMIN, "End a role in the unit from now on", _end_role),
    ApiAct(
        "users", "reset", (Role.SYSTEM_ADMIN,),
        "Give an account a new first password; it is out of use until a security administrator lets it in", _reset,
        a_body("password", password=words(200, "The first one; it is changed at the first log-in.")),
    ),
    ApiAct("users", "readmission", (Role.SECURITY_ADMIN,), "Let in an account that was disabled or reset", _let_in),
    ApiAct(
        "districts", "names", (Role.SYSTEM_ADMIN,), "Change how the district is called and reached", _rename,
        a_body("name_zh name_en", **_NAMES, **_ADDRESSES, hotline=words(30, least=0)),
    ),
)  # fmt: skip
