"""Calls and visits of the fictional specialists, the latest months of them; some are still to be made.

Its chance is its own, so that the other stories are the same with it and without it.
"""

from datetime import timedelta
from random import Random

from concierge.demo.claim_story import person_of
from concierge.demo.scene import Scene, Story
from concierge.rules.cadence import Contact
from concierge.services.contacts import Touch, record_contact

BACK = 130  # days
MOST = 120  # experts
CALLED = ("近况良好，工作已步入正轨。", "项目进展顺利，暂无困难。", "正在准备职称材料。", "家中安好，感谢关心。")
VISITED = ("到单位走访，看望本人，了解工作环境。", "节前慰问，座谈交流。", "走访住处，生活已安顿。")
WISHES = ("", "", "", "希望了解明年的疗休养安排。", "想参加学术交流活动。")


def begin_contacts(scene: Scene) -> None:
    """Put the months on the agenda, each contact on a day of its own."""
    chance = Random(11)
    for index in range(min(len(scene.experts), MOST)):
        for back in range(BACK, 0, -30):
            if chance.random() < 0.7:
                days = back - chance.randrange(25)
                way = Contact.VISIT if chance.random() < 0.3 else Contact.CALL
                words = chance.choice(VISITED if way is Contact.VISIT else CALLED)
                moment = scene.now - timedelta(days=max(days, 1), hours=chance.randrange(8))
                scene.begin(moment, _contact(scene, index, way, words, chance.choice(WISHES)))


def _contact(scene: Scene, index: int, way: Contact, words: str, wish: str) -> Story:
    person_id, expert = scene.experts[index]
    if expert.known_from < scene.day:
        touch = Touch(person_id=person_id, way=way.value, on=scene.day, words=words, wish=wish)
        record_contact(scene.db, actor=person_of(scene, person_id).specialist, now=scene.moment, touch=touch)
    yield from ()
