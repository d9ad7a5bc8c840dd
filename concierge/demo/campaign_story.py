"""The campaign's year: set up once, then entered month by month from the bureaus' lists, as the bureaus do it.

Its chance is its own, so that the other stories are the same with it and without it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from concierge.basics.clock import SHANGHAI, local_date
from concierge.demo import campaign_words as words
from concierge.demo.campaign_findings import begin_findings
from concierge.demo.campaign_last_year import enter_last_year
from concierge.demo.campaign_plans import organise
from concierge.demo.campaign_press import tell as tell_the_press
from concierge.demo.campaign_returns import begin_returns
from concierge.demo.campaign_setup import EMPLOYS, Year, set_up
from concierge.demo.campaign_words import FIELDS, FieldYear
from concierge.demo.scene import Scene, Story
from concierge.demo.words import Words
from concierge.engine.actor import Actor
from concierge.engine.declare import Step
from concierge.engine.run import Wanted
from concierge.rules.dispatch import ActivityKind as Kind
from concierge.rules.dispatch import Done, OrderChannel
from concierge.services import missions
from concierge.services.dispatch import Need, raise_order
from concierge.services.mentorships import follow_mentees
from concierge.services.missions import Line, Mission
from concierge.services.offers import offer_order
from concierge.services.steps import take_steps
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

SETTLED = timedelta(days=60)
"""In the first weeks of a year the campaign told is that of the year before."""
AT_THE_DESK = timedelta(minutes=20)
"""What a bureau does at once: the present may be a rest day, and the next office hours are not in this story."""
NOBODY_NAMED = ("raised", "triaged")
"""Orders for which the ranking still names the candidates."""

Taken = tuple[Step, dict[str, str]]
SORTED: Taken = (Flow.triage, {"mode": "field_clinic"})
SENT: tuple[Taken, ...] = (SORTED, (Flow.dispatch, {}))
WAYS: dict[str, tuple[Taken, ...]] = {
    "raised": (),
    "triaged": (SORTED,),
    "dispatched": SENT,
    "accepted": (*SENT, (Flow.accept, {})),
    "declined": (*SENT, (Flow.decline, {"reason": "当日已有三单在途，请改派。"})),
    "cancelled": ((Flow.cancel, {"reason": "农户来电说问题已解决。"}),),
}
"""The ways of the orders that are open on the last day."""


def begin_campaign(scene: Scene) -> None:
    """Put the campaign on the agenda: its beginning, and the end of each of its months."""
    today = scene.today
    year = (today - SETTLED).year
    first = max(date(year, 1, 5), local_date(scene.start, SHANGHAI) + timedelta(days=7))
    told = Year(scene, first, min(date(year, 12, 30), today - timedelta(days=1)))
    if told.first < told.last:
        scene.begin(scene.on(first), _campaign(told))


def _campaign(year: Year) -> Story:
    set_up(year)
    enter_last_year(year)
    organise(year)
    tell_the_press(year)
    for stop in WAYS:
        year.scene.begin(year.scene.ago(1), _open_order(year, stop))
    if year.scene.experts:
        year.scene.begin(year.scene.now - timedelta(hours=4), _offered_order(year))
    begin_returns(year, _month_ends(year)[:-1])
    begin_findings(year)
    planned = _planned(year)
    for month_end in _month_ends(year):
        yield year.scene.on(month_end, 9)
        for each in FIELDS:
            due = [m for m in planned[each.code] if m.need.starts_on <= month_end]
            planned[each.code] = planned[each.code][len(due) :]
            yield from _enter(year, each, due, is_last=month_end == year.last)


def _month_ends(year: Year) -> list[date]:
    days = [year.first + timedelta(days=n) for n in range((year.last - year.first).days + 1)]
    return [day for day, after in zip(days, days[1:], strict=False) if day.month != after.month] + [year.last]


def _planned(year: Year) -> dict[str, list[Mission]]:
    """The orders of every field, in the order of their days."""
    return {each.code: list(_missions(year, each)) for each in FIELDS}


def _missions(year: Year, each: FieldYear) -> Iterator[Mission]:
    sizes = share(each.people, each.orders, year.random)
    turn = Turn(year.experts[each.code])
    shares = {kind: share(total, each.orders, year.random) for kind, total in _totals(each).items()}
    for n, day in enumerate(year.days(each.orders)):
        need = Need(
            campaign_id=year.campaign_id, field_id=year.fields[each.code], channel=_channel(year, each),
            host_unit_id=_host(year, each), need=year.random.choice(each.needs), starts_on=day, mode=each.mode,
            half_days=2 if each.code != "agriculture" else 1, members=turn.next(sizes[n]),
        )  # fmt: skip
        yield Mission(
            need, tuple(Done(kind, parts[n], _title(year, kind)) for kind, parts in shares.items() if parts[n])
        )


def _totals(each: FieldYear) -> dict[Kind, int]:
    """What is done on the orders of a field in the whole year."""
    match each.code:
        case "education":
            return {Kind.LESSON: words.LESSONS, Kind.DEMONSTRATION: 20, Kind.SEMINAR: 20}
        case "health":
            return {Kind.CLINIC: words.SERVED, Kind.TRAINING: words.TRAINED, Kind.MENTORING: 8}
        case "agriculture":
            return {Kind.TRAINING: words.FARMERS - 3000, Kind.MATERIAL: words.COPIES - 384}
    return {Kind.TRAINING: 3000, Kind.MATERIAL: 384}


def _title(year: Year, kind: Kind) -> str:
    return year.random.choice(words.MATERIALS) if kind is Kind.MATERIAL else ""


def _channel(year: Year, each: FieldYear) -> OrderChannel:
    if each.mode == "team":
        return OrderChannel.PLAN
    return year.random.choice((OrderChannel.PHONE, OrderChannel.PHONE, OrderChannel.REPORTER))


def _host(year: Year, each: FieldYear) -> int:
    kind = {"education": "school", "health": "clinic"}.get(each.code)
    if kind is None:
        return year.random.choice(year.villages)
    town = year.random.choice(("qingshan", "yunling", "baihuahe", "hongshiliang", "donggou", "liushuying"))
    return year.scene.units[f"{town}-{kind}"]


def _enter(year: Year, each: FieldYear, due: Sequence[Mission], *, is_last: bool) -> Story:
    """One bureau enters its month: the orders, the log of remote help, the mentees; the talent office checks."""
    scene, actor = year.scene, year.actor(each.code)
    ids = missions.record_missions(scene.db, actor=actor, now=scene.moment, missions=due) if due else []
    if each.code == "health":
        _remote_log(year, actor, is_last=is_last)
    if each.code == "education" and is_last:
        _mentees(year, actor)
    yield scene.moment + timedelta(minutes=20)
    _confirm(year, actor, ids[:-3] if is_last else ids, leave=3 if is_last else 0)


def _remote_log(year: Year, actor: Actor, *, is_last: bool) -> None:
    """The system of the hospitals writes one line for each week and clinic."""
    month = year.scene.day.month if not is_last else year.last.month
    months = [end.month for end in _month_ends(year)]
    parts = share(share(words.REMOTE, len(months), Random(14))[months.index(month)], 40, Random(15))
    day = year.scene.day
    lines = [
        Line(
            kind=Kind.REMOTE, happened_on=max(year.first, day - timedelta(days=n % 20)), amount=amount,
            title="远程会诊平台", reference=f"{day:%Y%m}-{n:03d}",
        )
        for n, amount in enumerate(parts) if amount
    ]  # fmt: skip
    missions.record_lines(
        year.scene.db, actor=actor, now=year.scene.moment, campaign_id=year.campaign_id,
        field_id=year.fields["health"], lines=lines,
    )  # fmt: skip


def _mentees(year: Year, actor: Actor) -> None:
    schools = [unit for code, unit in year.scene.units.items() if code.endswith("-school")]
    names, mentors = Words(Random(16)), year.experts["education"]
    pairs = [
        (mentors[n % len(mentors)], schools[n % len(schools)], names.name(is_male=n % 3 == 0))
        for n in range(words.MENTEES)
    ]
    follow_mentees(
        year.scene.db, actor=actor, now=year.scene.moment, campaign_id=year.campaign_id,
        field_id=year.fields["education"], pairs=pairs, starts_on=year.first,
    )  # fmt: skip


def _confirm(year: Year, actor: Actor, ids: Sequence[int], *, leave: int) -> None:
    """The talent office enters the hosts' countersigned lists and ratings; the bureau closes all but the last few."""
    scene, office = year.scene, year.scene.cast["talent_office"]
    given = {"confirmed_by": "受援单位负责人"}
    take_steps(scene.db, actor=office, now=scene.moment, step=Flow.confirm, wanted=map(Wanted, ids), given=given)
    rated = [order for n, order in enumerate(ids) if n % 3]
    levels = {order: year.random.choices((5, 4, 3), (80, 17, 3))[0] for order in rated}
    for level in (5, 4, 3):
        chosen = [order for order in rated if levels[order] == level]
        given = {"level": str(level), "words": year.random.choice(words.WORDS_OF_HOSTS)}
        take_steps(scene.db, actor=office, now=scene.moment, step=Flow.rate, wanted=map(Wanted, chosen), given=given)
    done = ids[: len(ids) - leave]
    take_steps(scene.db, actor=actor, now=scene.moment, step=Flow.close, wanted=map(Wanted, done), given={})


def _open_order(year: Year, stop: str) -> Story:
    """An order of the last days that rests in a state before the service, so that each can be seen."""
    scene, actor = year.scene, year.actor("agriculture")
    need = Need(
        campaign_id=year.campaign_id, field_id=year.fields["agriculture"], channel=OrderChannel.PHONE,
        host_unit_id=year.random.choice(year.villages), need=year.random.choice(FIELDS[3].needs),
        starts_on=scene.day, half_days=1, caller="村民代表",
        members=() if stop in NOBODY_NAMED else tuple(year.random.sample(year.experts["agriculture"], 1)),
    )  # fmt: skip
    order = raise_order(scene.db, actor=actor, now=scene.moment, need=need)
    yield scene.moment + AT_THE_DESK
    for step, given in WAYS[stop]:
        scene.take(actor, step, order, **given)


def _offered_order(year: Year) -> Story:
    """An order that is offered to the first expert of the district, who has a log-in, and to two colleagues."""
    scene = year.scene
    _person, first = scene.experts[0]
    each = next(each for each in FIELDS if EMPLOYS[each.code] == first.place.field)
    need = Need(
        campaign_id=year.campaign_id, field_id=year.fields[each.code], channel=OrderChannel.REPORTER,
        host_unit_id=_host(year, each), need=each.needs[0], starts_on=scene.day + timedelta(days=4), half_days=1,
        caller="村级信息员",
    )  # fmt: skip
    actor = year.actor(each.code)
    order = raise_order(scene.db, actor=actor, now=scene.moment, need=need)
    yield scene.moment + AT_THE_DESK
    scene.take(actor, Flow.triage, order, mode=each.mode)
    asked = year.experts[each.code][:3]
    offer_order(scene.db, actor=actor, now=scene.moment, order_id=order, version=None, expert_ids=asked)


@dataclass
class Turn:
    """Everybody of a list in turn, so that each has gone before anybody goes again more than once."""

    everybody: Sequence[int]
    at: int = 0

    def next(self, many: int) -> tuple[int, ...]:
        """The next ones, each once."""
        chosen = tuple(self.everybody[(self.at + n) % len(self.everybody)] for n in range(many))
        self.at += many
        return chosen


def share(total: int, parts: int, random: Random) -> list[int]:
    """A total in so many whole parts that differ a little; they sum to the total."""
    even, rest = divmod(total, parts)
    made = [even + (n < rest) for n in range(parts)]
    for n in range(0, parts - 1, 2):
        moved = random.randint(0, max(0, made[n] // 3 if made[n] > 1 else 0))
        moved = min(moved, made[n] - 1 if made[n] else 0)
        made[n], made[n + 1] = made[n] - moved, made[n + 1] + moved
    return made
