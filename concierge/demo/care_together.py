"""Care requests that one unit alone cannot answer: several are asked at once, and the specialist puts it together."""

from datetime import datetime

from sqlalchemy import bindparam, select

from concierge.basics.clock import SHANGHAI
from concierge.basics.ids import public_id
from concierge.db import fixed
from concierge.demo.care_story import next_morning
from concierge.demo.claim_reviews import LOGIN_OF_UNIT
from concierge.demo.claim_story import person_of
from concierge.demo.scene import Scene, Story
from concierge.models.care import CareShare
from concierge.models.district import Unit
from concierge.rules.care import Channel
from concierge.services.care import CareWish, register_care
from concierge.workflows.care import CareRequestFlow
from concierge.workflows.care_share import CareShareFlow as Flow

WISH = CareWish(
    "convenience", "全家搬到区里，住房、孩子的学位和爱人的工作希望一并安排。", Channel.PHONE, guardian_consent=True
)
UNITS = {"unit": "education", "unit_2": "housing", "unit_3": "hr"}
ANSWERS = {"education": "学位已预留，开学前一周报到。", "housing": "人才公寓有一套两居室，本周可看房。"}
MATTERS = {"resting": 2, "answered": 5, "called off": 30}
"""What becomes of each, and how many working days ago it began."""
_SHARES = fixed(
    select(Unit.code, CareShare.id)
    .join(CareShare, CareShare.unit_id == Unit.id)
    .where(CareShare.parent_id == bindparam("request"))
    .order_by(CareShare.id)
)


def begin_together(scene: Scene) -> None:
    """One request for each ending, of the first expert, without a throw of dice."""
    for ending, days in MATTERS.items():
        day = scene.calendar.day(scene.ago_day(days))
        scene.begin(datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI), _matter(scene, ending))


def _matter(scene: Scene, ending: str) -> Story:
    """Asked together; one unit signs, one answers at once, of the third the specialist asks no more."""
    expert_id = scene.experts[0][0]
    specialist = person_of(scene, expert_id).specialist
    request = register_care(
        scene.db, actor=specialist, now=scene.moment, keys=scene.keys, expert_id=expert_id, wish=WISH
    )
    named = {field: public_id(scene.units[code]) for field, code in UNITS.items()}
    scene.take(specialist, CareRequestFlow.ask_units, request, **named, reason="请各单位分别答复，由专员汇总告知专家。")
    shares: dict[str, int] = dict(scene.look(_SHARES, request=request))
    yield next_morning(scene)
    for code, answer in ANSWERS.items():
        scene.take(scene.cast[LOGIN_OF_UNIT[code]], Flow.sign, shares[code])
        if ending == "resting":
            return
        scene.take(scene.cast[LOGIN_OF_UNIT[code]], Flow.give_answer, shares[code], answer=answer)
    if ending == "answered":
        return
    scene.take(specialist, Flow.withdraw, shares["hr"], reason="爱人已自行找到工作，不再需要。")
    yield next_morning(scene)
    scene.take(specialist, CareRequestFlow.reply, request, reply="学位和住房都已落实，详情见各单位答复。")
    yield next_morning(scene)
    scene.take(specialist, CareRequestFlow.call_back, request, outcome="satisfied", reason="已电话回访。")
    scene.take(specialist, CareRequestFlow.close, request)
