"""What experts agree to and ask about their own data: consents, and requests that wait, were answered or refused."""

from typing import Any

from concierge.demo.claim_story import person_of
from concierge.demo.scene import Scene, Story
from concierge.rules.consents import ConsentTo
from concierge.rules.data_requests import Wish
from concierge.services.consents import answer
from concierge.services.data_requests import ask, decide

REQUESTS = (
    (
        "expert2",
        9,
        Wish.EXPLAIN,
        "请说明我的体检记录提供给了哪些单位。",
        True,
        "未提供给任何单位，仅服务专员本人可见。",
    ),
    ("expert3", 6, Wish.ERASE_ALL, "", False, "仍有待遇在享受期内，期满或放弃后再办理。"),
    ("expert", 2, Wish.CORRECT, "毕业院校名称有误，请以学信网为准更正。", None, ""),
)
"""Log-in, working days before the present, what is asked, in which words, whether granted (None: waits), the answer."""
BASIS = "《个人信息保护法》第四十七条第二款"
AGREED = (("expert", ConsentTo.PUBLICITY), ("expert2", ConsentTo.SHARING), ("expert3", ConsentTo.PUBLICITY))


def begin_privacy(scene: Scene) -> None:
    """Put consents and requests on the agenda."""
    scene.begin(scene.ago(30), _consents(scene))
    for login, back, wish, words, granted, said in REQUESTS:
        if login in scene.cast:
            scene.begin(scene.ago(back), _request(scene, login, wish, words, granted, said))


def _consents(scene: Scene) -> Story:
    for login, purpose in AGREED:
        actor = scene.cast.get(login)
        if actor is not None and actor.person_id is not None:
            own: dict[str, Any] = {"actor": actor, "person_id": actor.person_id, "purpose": purpose.value}
            answer(scene.db, **own, now=scene.moment, given=True)
    yield from ()


def _request(scene: Scene, login: str, wish: Wish, words: str, granted: bool | None, said: str) -> Story:
    actor = scene.cast[login]
    request = ask(scene.db, actor=actor, now=scene.moment, keys=scene.keys, wish=wish.value, words=words)
    if granted is None or actor.person_id is None:
        return
    yield scene.later(2)
    specialist = person_of(scene, actor.person_id).specialist
    decided: dict[str, Any] = {"granted": granted, "answer": said, "basis": "" if granted else BASIS}
    decide(scene.db, actor=specialist, now=scene.moment, keys=scene.keys, request_id=request, **decided)
