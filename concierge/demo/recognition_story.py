"""How experts of the fictional district are recognised: two schemes side by side, and a case in every state.

Moments follow from the calendar alone, so that these stories leave the course of all others as it was.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI
from concierge.db import transaction
from concierge.demo.claim_reviews import BASIS, EMPLOYER_OF, REMEDY
from concierge.demo.claim_story import Person, person_of
from concierge.demo.papers import paper
from concierge.demo.policy_words import ID_CARD, major, minor
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.recognition import Recognition, RecognitionPaper
from concierge.queries.recognitions import categories_in_force
from concierge.services.certificates import certify_posted, expire_certificates
from concierge.services.recognitions import Application, hand_in_paper, start_recognition
from concierge.services.schemes import NewCategory, SchemeContent, add_scheme, publish_scheme, save_draft
from concierge.workflows.recognition import RecognitionFlow as Flow

LETTERS, CLASSES = "A–F人才分类", "人才一至六类"
CRITERIA = (
    ("顶尖人才：国家最高科学技术奖获得者、两院院士等", "Top talent: highest national awards, academicians"),
    ("国家级领军人才", "National leading talent"),
    ("自治区级领军人才", "Regional leading talent"),
    ("正高级职称、博士，或市级以上拔尖人才", "Senior title, doctorate, or outstanding talent of a city"),
    ("副高级职称、硕士，或高级技师", "Associate senior title, master, or senior technician"),
    ("基层骨干、急需紧缺专业本科", "Grass-roots backbone, bachelor of a shortage subject"),
)
MATERIALS = (
    ID_CARD | {"source": "expert"},
    major("degree", "学历学位证书", "Degree certificate"),
    minor("honour", "荣誉、职称或技能等级证书", "Honour, title or skill certificate"),
)
UNTIL_POSTED = ("submit", "accept", "employer_pass", "bureau_pass", "determine", "check_mask", "post")
AT_ONCE = ("submit", "accept", "bureau_pass", "determine_and_certify")
WAYS: tuple[tuple[int, str, str, int, tuple[str, ...]], ...] = (
    (0, LETTERS, "D", 60, UNTIL_POSTED),
    (20, CLASSES, "E", 320, AT_ONCE),
    (20, CLASSES, "E", 100, AT_ONCE),
    (21, CLASSES, "F", 318, AT_ONCE),
    (22, CLASSES, "E", 110, AT_ONCE),
    (22, CLASSES, "D", 50, AT_ONCE),
    (23, CLASSES, "D", 90, (*AT_ONCE, "revoke")),
    (11, LETTERS, "E", 40, UNTIL_POSTED),
    (12, LETTERS, "D", 35, (*UNTIL_POSTED[:4], "refuse")),
    (13, LETTERS, "C", 20, ("submit", "withdraw")),
    (14, LETTERS, "C", 12, (*UNTIL_POSTED, "object_")),
    (15, LETTERS, "E", 8, UNTIL_POSTED),
    (16, LETTERS, "D", 6, UNTIL_POSTED[:5]),
    (17, LETTERS, "E", 5, UNTIL_POSTED[:4]),
    (18, LETTERS, "F", 4, UNTIL_POSTED[:3]),
    (19, LETTERS, "F", 3, UNTIL_POSTED[:2]),
    (10, LETTERS, "E", 4, ("submit", "ask_correction")),
    (5, LETTERS, "C", 1, ("submit",)),
    (1, LETTERS, "C", 1, ()),
)
"""The expert's place, scheme, letter, how many working days ago it began, and the steps taken, one a day."""
GIVEN: dict[str, dict[str, str]] = {
    "withdraw": {"reason": "先行参加职称评审，下批再报。"},
    "ask_correction": {"items": "学位证书扫描件不清晰，请重新上传\n请补充聘用合同"},
    "employer_pass": {"reason": "在岗情况属实，同意推荐。"},
    "bureau_pass": {"reason": "学历、职称已核验，符合条件。"},
    "determine": {"minutes_number": "望人才会纪〔2026〕6号"},
    "determine_and_certify": {"minutes_number": "望人才会纪〔2026〕4号"},
    "refuse": {"reason": "所列成果不在认定目录内。", "basis": BASIS, "remedy": REMEDY},
    "revoke": {"reason": "所交荣誉证书经核实无效。", "basis": BASIS, "remedy": REMEDY},
    "object_": {"reason": "群众来电反映其奖项署名有误。", "raised_by": "来电群众"},
}
HANDS = {"bureau_pass": "hr", "check_mask": "talent_office3", "revoke": "talent_office3", "post": "press"}


def begin_recognitions(scene: Scene) -> None:
    """The schemes first, then whoever applies; the clock ends postings and certificates."""
    scene.begin(scene.start + timedelta(days=5), _schemes(scene))
    earliest, people = scene.start + timedelta(days=9), _people(scene)
    for place, scheme, grade, days, steps in WAYS:
        moment = _on(scene, scene.ago_day(days), 9)
        if moment > earliest and place in people:
            scene.begin(moment, _recognition(scene, people[place], scheme, grade, steps))
    scene.begin(earliest, _clock(scene))


def _people(scene: Scene) -> dict[int, int]:
    """Whom each place of WAYS means: somebody of his own who was known here when his first story begins."""
    found: dict[int, int] = {}
    for place, _scheme, _grade, days, _steps in WAYS:
        day = _on(scene, scene.ago_day(days), 9).date()
        others = (*range(place, len(scene.experts)), *range(min(place, len(scene.experts))))
        known = [n for n in others if n not in found.values() and scene.experts[n][1].known_from < day]
        if place not in found and known:
            found[place] = known[0]
    return found


def _on(scene: Scene, nth: int, hour: int) -> datetime:
    """An hour of the nth working day."""
    day, _provisional = scene.calendar.provisional_day(nth)
    return datetime(day.year, day.month, day.day, hour, 20, tzinfo=SHANGHAI)


def _tomorrow(scene: Scene, hour: int = 10) -> datetime:
    return _on(scene, scene.calendar.nth(scene.day) + 1, hour)


def _schemes(scene: Scene) -> Story:
    """A to F with publicity; the six classes on trial for a year, then for three."""
    maker, publisher = scene.cast["talent_office"], scene.cast["talent_office2"]
    ids = {}
    for code, zh, en in (("letters", LETTERS, "Categories A to F"), ("classes", CLASSES, "Classes one to six")):
        ids[code] = add_scheme(scene.db, actor=maker, now=scene.moment, code=code, name_zh=zh, name_en=en)
        content = _content(scene, code, 36 if code == "letters" else 12)
        save_draft(scene.db, actor=maker, now=scene.moment, scheme_id=ids[code], content=content)
        publish_scheme(scene.db, actor=publisher, now=scene.moment, scheme_id=ids[code])
    yield _on(scene, scene.ago_day(130), 11)
    content = _content(scene, "classes", 36)
    save_draft(scene.db, actor=maker, now=scene.moment, scheme_id=ids["classes"], content=content)
    publish_scheme(scene.db, actor=publisher, now=scene.moment, scheme_id=ids["classes"])
    yield _on(scene, scene.ago_day(6), 15)
    content = _content(scene, "letters", 60)
    save_draft(scene.db, actor=maker, now=scene.moment, scheme_id=ids["letters"], content=content)


def _content(scene: Scene, code: str, months: int) -> SchemeContent:
    by_letter = code == "letters"
    names = [(f"{letter}类", f"Category {letter}") for letter in "ABCDEF"]
    if not by_letter:
        names = [(f"{zh}类人才", f"Class {en}") for zh, en in zip("一二三四五六", range(1, 7), strict=True)]
    classes = [
        NewCategory(grade=grade, name_zh=zh, name_en=en, criteria_zh=criteria[0], criteria_en=criteria[1])
        for grade, (zh, en), criteria in zip("ABCDEF", names, CRITERIA, strict=True)
    ]
    return SchemeContent(
        number="望人才发〔2025〕1号" if by_letter else "望人才发〔2025〕2号（试行）",
        valid_from=scene.day,
        bureau_id=scene.units["hr"],
        categories=classes,
        valid_months=months,
        needs_employer=by_letter,
        needs_publicity=by_letter,
        materials=MATERIALS,
    )


def _recognition(scene: Scene, place: int, scheme: str, grade: str, steps: tuple[str, ...]) -> Story:
    person_id, expert = scene.experts[place]
    if expert.known_from >= scene.day:
        return
    person = person_of(scene, person_id)
    with transaction(scene.db):
        offered = categories_in_force(scene.db, scene.day)
    category = next(key for key, name in offered if name.zh.startswith(scheme) and name.zh.endswith(f"（{grade}）"))
    application = Application(
        person_id=person_id, category=category, grounds="学历、职称与业绩见所附材料。", authorisation="书面委托书"
    )
    case_id = start_recognition(scene.db, actor=person.expert, now=scene.moment, application=application)
    if steps:
        _hand_in(scene, case_id, person)
    for name in steps:
        yield _tomorrow(scene)
        _step(scene, case_id, person, name)


def _hand_in(scene: Scene, case_id: int, person: Person) -> None:
    p = RecognitionPaper
    wanted = select(p.code, p.name_zh).where(p.recognition_id == case_id, p.document_id.is_(None)).order_by(p.id)
    with transaction(scene.db):
        missing = scene.db.execute(wanted).tuples().all()
    for code, name in missing:
        hand_in_paper(
            scene.db, actor=person.expert, now=scene.moment, storage=scene.storage, recognition_id=case_id, code=code,
            upload=paper(name, code),
        )  # fmt: skip


def _step(scene: Scene, case_id: int, person: Person, name: str) -> None:
    with transaction(scene.db):
        asks_employer = scene.db.execute(
            select(Recognition.needs_employer).where(Recognition.id == case_id)
        ).scalar_one()
    if name == "employer_pass" and not asks_employer:
        return
    step = Flow.accept_to_bureau if name == "accept" and not asks_employer else Flow.steps[name]
    scene.take(_hand(scene, person, name), step, case_id, **_given(name))


def _given(name: str) -> dict[str, Any]:
    return dict(GIVEN.get(name, {}))


def _hand(scene: Scene, person: Person, name: str) -> Actor:
    if name in ("submit", "withdraw"):
        return person.expert
    if name in ("accept", "ask_correction", "object_"):
        return person.specialist
    if name == "employer_pass":
        return scene.cast[EMPLOYER_OF[person.field]]
    return scene.cast[HANDS.get(name, "talent_office2")]


def _clock(scene: Scene) -> Story:
    """Every working morning postings end, and certificates whose last day is over."""
    while True:
        if scene.has_any("recognition", "publicity"):
            certify_posted(scene.db, actor=scene.machine, now=scene.moment)
        if scene.has_any("recognition", "certified"):
            expire_certificates(scene.db, actor=scene.machine, now=scene.moment)
        yield _tomorrow(scene, 8)
