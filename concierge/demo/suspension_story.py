"""Benefits that stop and may go on: a review of the year that nobody answered, an absence of more than 30 days.

Each is told of a right that the facts of this story alone have found, so that no other story claims under it; nothing
is drawn from the scene's chance.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.demo.claim_reviews import EMPLOYER_OF
from concierge.demo.policies_of_money import GRASS_ROOTS
from concierge.demo.review_story import MAY_BE_LISTED, OF_NO_LOGIN, STIPEND, found_by_facts, know, put_in_effect
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.person import Employment
from concierge.rules.roles import Role
from concierge.services.annual_review import last_day
from concierge.services.certifying import Certificate, certify
from concierge.services.outbox import put_new
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.topics import Topic

LISTED_BEFORE = 70
"""Days before the year on which somebody came on the stipend list."""
POSTED = {"in_township": True, "is_formal": True, "remoteness": 2}
"""What makes the grass-roots allowance of somebody whose employer has sent him to a township."""


def begin_suspensions(scene: Scene) -> None:
    """Put both on the agenda; a review of before the district was there is not told."""
    new_year = datetime(scene.today.year, 1, 1, 9, tzinfo=SHANGHAI)
    listed = new_year - timedelta(days=LISTED_BEFORE)
    if listed > scene.start + timedelta(days=10):
        scene.begin(listed, _unanswered(scene, new_year.date()))
    scene.begin(scene.now - timedelta(days=95, hours=3), _away(scene))


def _unanswered(scene: Scene, new_year: date) -> Story:
    """No certificate within twenty working days suspends a stipend; it comes late, and the talent office goes on."""
    found = _certified_by_a_log_in(scene)
    if found is None:
        return
    person_id, post, employer = found
    right = _right(scene, person_id, STIPEND, {"stipend_from": scene.day.isoformat()}, "拔尖人才名单")
    if right is None:
        return
    yield scene.moment + timedelta(hours=2)
    put_in_effect(scene, person_id, right)
    yield _morning(scene.calendar.next_working_day(new_year))
    closes = last_day(scene.calendar, new_year)
    facts = {"year": new_year.year, "until": closes.isoformat()}
    with transaction(scene.db):
        opened = [(Topic.REVIEW_OPENED.value, right, new_year.year, facts)]
        put_new(scene.db, opened, district_id=scene.district_id, now=scene.moment)
    yield _morning(scene.calendar.next_working_day(closes))
    _stop(scene, right, _("The annual review was not answered in time.").in_language("zh_CN"))
    yield scene.moment + timedelta(days=6)
    certify(scene.db, actor=employer, now=scene.moment, certificates=[Certificate(post)])
    yield scene.moment + timedelta(days=1)
    scene.take(scene.cast["talent_office"], EntitlementFlow.resume, right, reason="用人单位已补交年审证明。")


def _away(scene: Scene) -> Story:
    """Away from the post for more than 30 days, so that the allowance has stopped and waits for a decision."""
    for person_id, expert in reversed(scene.experts[OF_NO_LOGIN:]):
        posts = expert.person.posts
        if not posts or posts[0].is_formal or expert.known_from >= scene.day:
            continue
        right = _right(scene, person_id, GRASS_ROOTS.code, POSTED, "派驻苏木乡镇任职通知")
        if right is not None:
            break
    else:
        return
    yield scene.moment + timedelta(hours=2)
    put_in_effect(scene, person_id, right)
    yield scene.now - timedelta(days=16, hours=6)
    know(scene, person_id, {"away_over_30_days": True}, "用人单位考勤记录")
    yield scene.moment + timedelta(hours=16)
    why = GRASS_ROOTS.content.schedule["suspend_when"]["label"]["zh"]
    _stop(scene, right, _("The policy suspends the benefit: %(why)s", why=why).in_language("zh_CN"))


def _stop(scene: Scene, right: int, words: str) -> None:
    """As the night does it, for this right alone: the others of the year go their own ways."""
    scene.take(scene.machine, EntitlementFlow.suspend, right, reason=words)


def _right(scene: Scene, person_id: int, code: str, facts: Mapping[str, Any], proof: str) -> int | None:
    right = found_by_facts(scene, person_id, code, facts, proof)
    if right is not None:
        scene.planned.add(right)
    return right


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def _certified_by_a_log_in(scene: Scene) -> tuple[int, int, Actor] | None:
    """The last expert who may come on the stipend list and whose employer has a log-in; his post, and that log-in."""
    e = Employment
    for person_id, expert in reversed(scene.experts[OF_NO_LOGIN:]):
        status, employer = expert.person.status, scene.cast[EMPLOYER_OF[expert.place.field]]
        if status is None or status.category not in MAY_BE_LISTED or expert.known_from >= scene.day:
            continue
        held = select(e.id).where(e.person_id == person_id, e.starts_on <= scene.day, e.ends_on.is_(None))
        with transaction(scene.db):
            mine = held.where(among(e.employer_id, employer.units(Role.EMPLOYER))).order_by(e.id)
            post = scene.db.execute(mine).scalar()
        if post is not None:
            return person_id, post, employer
    return None
