"""Load the fictional district of Wangchuan: the same for the same seed, built through services with a moved clock."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, MovedClock, local_date
from concierge.basics.crypto import KeyRing, Profile, hash_password
from concierge.basics.errors import Refusal
from concierge.basics.ids import counting_from
from concierge.basics.text import _
from concierge.db import open_session
from concierge.demo.experts import Expert, ExpertMaker
from concierge.demo.places import DEPARTMENTS, HOTEL, TOWNSHIPS, Place, employers, unit_code, villages
from concierge.demo.scene import Say, Scene
from concierge.demo.staff import PASSWORD, Hiring, Printed, hire, hire_expert, posts, specialists
from concierge.demo.year import tell_the_year
from concierge.engine.actor import machine
from concierge.engine.tables import Case
from concierge.models.person import BankAccount
from concierge.rules.roles import Role
from concierge.services.calendars import load_shipped
from concierge.services.districts import found_district, has_districts
from concierge.services.household import add_relative
from concierge.services.person_rows import NewRelative
from concierge.services.privacy import person_index
from concierge.services.registering_many import check_bank_accounts, register_people
from concierge.services.units import NewUnit, add_unit
from concierge.storage import Storage

CHUNK = 2000
DAYS = 500
"""So many days before the present the story begins."""
EXPERT_LOGINS = 10


@dataclass(frozen=True)
class Loaded:
    """What was loaded."""

    district: str
    year: int
    experts: int
    cases: int
    accounts: tuple[Printed, ...]
    refused: tuple[str, ...] = ()
    """Acts of the stories that the rules refused; for those who write stories."""

    def as_json(self) -> str:
        """The contract's object."""
        told = {name: value for name, value in asdict(self).items() if name != "refused"}
        return json.dumps(told, ensure_ascii=False)


def load_demo(
    engine: Engine,
    keys: KeyRing,
    *,
    storage: Storage,
    now: datetime,
    experts: int = 200,
    seed: int = 1,
    days: int = DAYS,
    profile: Profile = Profile.STRONG,
    say: Say = lambda _text: None,
) -> Loaded:
    """Load the district into a site that has none. Raises Refusal when the site is already filled."""
    start = now - timedelta(days=days)
    with counting_from(int(start.timestamp() * 1000), seed) as ids:
        with open_session(engine, district=None) as session:
            if has_districts(session):
                raise Refusal.because("filled", _("this site is already filled; the demo needs an empty one"))
            load_shipped(session, now=start)
            names = {"name_zh": "望川区", "name_en": "Wangchuan District", "hotline": "0999-6600000"}
            names |= {
                "address_zh": "望川区人民路 1 号政务服务中心",
                "address_en": "1 Renmin Road, Wangchuan",
            }
            district_id = found_district(session, now=start, code="999901", is_demo=True, **names)
        chance = Random(seed)
        scene = Scene(engine, keys, storage, MovedClock(start), ids, chance, start, now, district_id, say)
        with closing(scene):
            hiring = build(scene, scene.db, profile)
            _fill(scene, scene.db, experts)
            printed = _printed(scene, scene.db, hiring)
            tell_the_year(scene)
            return _summary(scene, printed)


def build(scene: Scene, session: Session, profile: Profile) -> Hiring:
    """Units, then the staff; what the experts' accounts will be made with, too."""
    now, actor = scene.clock.now(), machine(scene.district_id)
    for serial, place in enumerate((*DEPARTMENTS, *TOWNSHIPS, *employers(), *villages(), HOTEL), 1):
        unit = _unit(place, scene.units, serial)
        scene.units[place.code] = add_unit(session, actor=actor, now=now, unit=unit)
    scene.say("units and staff")
    # One hash serves all: the password is printed at every start, so that telling its bearers apart hides nothing.
    since = local_date(scene.start, SHANGHAI)
    hiring = Hiring(scene.district_id, scene.units, scene.keys, hash_password(PASSWORD, profile), since)
    scene.cast |= hire(session, hiring, now=now, random=Random(0))
    return hiring


def _unit(place: Place, units: dict[str, int], serial: int) -> NewUnit:
    in_township = bool(place.field and place.remoteness)
    return NewUnit(
        code=unit_code(place, serial),
        kind=place.kind,
        name_zh=place.zh,
        name_en=place.en,
        parent_id=units.get(place.parent) if place.parent else None,
        phone=f"0999-66{serial:05d}",
        is_township=in_township or place in TOWNSHIPS,
        remoteness=place.remoteness,
    )


def _fill(scene: Scene, session: Session, count: int) -> None:
    """The experts, in the order in which the district learned of them, month by month and in chunks."""
    serving = [scene.cast[post.login].account_id for post in specialists()]
    today = local_date(scene.now, SHANGHAI)
    earliest = local_date(scene.start + timedelta(days=5), SHANGHAI)
    maker = ExpertMaker(scene.random, today, earliest, scene.units, serving)
    drawn = list(maker.draw(count))
    numbered = sorted(enumerate(drawn), key=lambda pair: (pair[1].known_from, pair[0]))
    ids: dict[int, int] = {}
    for chunk in _chunks(numbered):
        known = max(pair[1].known_from for pair in chunk)
        scene.at(datetime(known.year, known.month, known.day, 10, tzinfo=SHANGHAI))
        made = _register(scene, session, [expert for _n, expert in chunk])
        ids |= {n: person_id for (n, _expert), person_id in zip(chunk, made, strict=True)}
        scene.say(f"experts {len(ids)} of {count}")
    scene.experts += [(ids[n], expert) for n, expert in enumerate(drawn)]
    _marry(scene, session, drawn, ids)


def _chunks(numbered: Sequence[tuple[int, Expert]]) -> list[list[tuple[int, Expert]]]:
    """Experts of one month together, at most CHUNK of them."""
    found: list[list[tuple[int, Expert]]] = []
    for pair in numbered:
        month = pair[1].known_from.replace(day=1)
        if not found or len(found[-1]) >= CHUNK or found[-1][0][1].known_from.replace(day=1) != month:
            found.append([])
        found[-1].append(pair)
    return found


def _register(scene: Scene, session: Session, chunk: list[Expert]) -> list[int]:
    """Register a chunk by the lead; a finance officer settles most of the accounts the next day."""
    lead, checker = scene.cast["specialist_lead"], scene.cast["finance_maker"]
    people = [expert.person for expert in chunk]
    made = register_people(session, actor=lead, now=scene.clock.now(), keys=scene.keys, people=people)
    later = scene.at(scene.clock.now() + timedelta(days=1))
    waiting = session.execute(
        select(BankAccount.id).where(BankAccount.state == "unchecked").order_by(BankAccount.id)
    ).scalars()
    checked = [account_id for account_id in waiting if scene.random.random() < 0.96]
    check_bank_accounts(session, actor=checker, now=later, account_ids=checked)
    return made


def _marry(scene: Scene, session: Session, drawn: Sequence[Expert], ids: dict[int, int]) -> None:
    for n, expert in enumerate(drawn):
        if expert.spouse_of is None:
            continue
        first = drawn[expert.spouse_of].person
        relative = NewRelative(relation="spouse", name=first.full_name, birth_on=first.birth_on)
        add_relative(
            session, actor=scene.cast["specialist_lead"], now=scene.clock.now(), keys=scene.keys, person_id=ids[n],
            relative=relative, id_number=first.id_number,
        )  # fmt: skip


def _printed(scene: Scene, session: Session, hiring: Hiring) -> list[Printed]:
    """The staff's log-ins, and those of the first experts, who get accounts now."""
    now = scene.at(scene.start + timedelta(days=3))
    for n, (person_id, expert) in enumerate(scene.experts[:EXPERT_LOGINS], 1):
        login = "expert" if n == 1 else f"expert{n}"
        key = person_index(scene.keys, expert.person.id_number)
        scene.cast[login] = hire_expert(
            session, hiring, login=login, name=expert.person.full_name, key=key, person_id=person_id, now=now
        )
    role_of = {post.login: post.role for post in (*specialists(), *posts())}
    return [
        Printed(role_of.get(login, Role.EXPERT).value, login, PASSWORD, actor.name)
        for login, actor in scene.cast.items()
    ]


def _summary(scene: Scene, printed: Sequence[Printed]) -> Loaded:
    cases = scene.db.execute(select(func.count()).select_from(Case)).scalar_one()
    order = [role.value for role in Role]
    accounts = sorted(printed, key=lambda one: (order.index(one.role), len(one.login), one.login))
    return Loaded(
        "望川区", local_date(scene.now, SHANGHAI).year, len(scene.experts), cases, tuple(accounts), tuple(scene.refused)
    )


def write_accounts(file: Path, loaded: Loaded) -> None:
    """Leave the log-ins of a demo site beside its data, for `up` to print."""
    file.write_text(loaded.as_json(), encoding="utf-8")
    file.chmod(0o600)
