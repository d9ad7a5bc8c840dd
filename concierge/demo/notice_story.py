"""What people were told in the last days: notices in the inboxes, the older ones read; remarks on open cases."""

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.scene import Scene, Story
from concierge.engine.tables import Case
from concierge.notifications.expand import expand
from concierge.services import outbox
from concierge.services.comments import comment, nudge
from concierge.services.deliveries import mark_read
from concierge.services.marks import tag
from concierge.services.supervision import morning_digests

DAYS_KEPT = 5  # working days of notices in the inboxes
REMARKS = (
    "已电话联系本人，材料周三前补齐。", "单位人事科已收到，正在核对在岗天数。", "本人出差，周五返回后签字。",
    "请财政局同事帮忙看一下指标余额。", "与主管部门沟通，今天下午答复。", "已提醒用人单位尽快审核。",
)  # fmt: skip
FOR_EXPERT = "您的材料已转至下一环节，预计三个工作日内有结果。"


def begin_notices(scene: Scene) -> None:
    """Put the notices and remarks of the last days on the agenda."""
    scene.begin(scene.ago(DAYS_KEPT).replace(hour=8, minute=31), _mornings(scene))
    for back in range(1, 7):
        scene.begin(scene.ago(back), _remarks(scene))


def _mornings(scene: Scene) -> Story:
    """Every morning what waits is told; what is older than the first morning was told long ago."""
    while _empty(scene, is_told=False):
        pass
    for back in range(DAYS_KEPT - 1, -1, -1):
        yield max(scene.ago(back).replace(hour=8, minute=31) if back else scene.now, scene.moment)
        if back < 2:
            morning_digests(scene.db, actor=scene.machine, now=scene.moment)
        while _empty(scene, is_told=True):
            pass
        if back > 1:
            for actor in scene.cast.values():
                mark_read(scene.db, actor=actor, now=scene.moment, ids=None)


def _empty(scene: Scene, *, is_told: bool) -> bool:
    """Take what waits in the outbox, as much as goes at once, and tell it or not. Whether there was anything."""
    with outbox.taken(scene.db, now=scene.moment, most=500) as told:
        if is_told:
            expand(scene.db, told=told, now=scene.moment)
    return bool(told)


def _remarks(scene: Scene) -> Story:
    """Specialists write on open cases, and remind those who are slow."""
    for login in ("specialist", "specialist2", "specialist3"):
        actor = scene.cast[login]
        mine = select(Case.id, Case.holder).where(
            Case.specialist_id == actor.account_id, Case.is_open, Case.kind.in_(("claim", "care_request")),
            Case.state.not_in(("paid", "draft")),
        )  # fmt: skip
        with transaction(scene.db):
            cases = list(scene.db.execute(mine.order_by(Case.id.desc()).limit(12)).all())
        if cases:
            case = scene.random.choice(cases)
            words, audience = scene.random.choice(REMARKS), "internal"
            if scene.chance(0.25):
                words, audience = FOR_EXPERT, "expert"
            comment(scene.db, actor=actor, now=scene.moment, case_id=case.id, text=words, audience=audience)
            tag(
                scene.db,
                actor=actor,
                now=scene.moment,
                case_ids=[case.id],
                word=scene.random.choice(("重点", "加急", "年底前")),
            )
            slow = [c.id for c in cases if c.holder in ("employer", "hr", "handler", "office")]
            if slow:
                nudge(scene.db, actor=actor, now=scene.moment, case_ids=slow[:1], text="请尽快办理。")
        yield scene.later(0)
