"""The fictional campaign's organisation: bases, persons who answer, plans with tasks, topics, contributions."""

from datetime import datetime, time
from random import Random

from concierge.basics.clock import SHANGHAI
from concierge.demo import campaign_words as words
from concierge.demo.campaign_setup import Given, Year
from concierge.demo.scene import Story
from concierge.demo.words import Words
from concierge.rules.plans import Post
from concierge.rules.roles import Role
from concierge.services import organisation, plans, topics
from concierge.services.organisation import NewContribution, NewPost
from concierge.services.plans import NewBasis, NewPlan, NewTask
from concierge.services.topics import NewTopic
from concierge.workflows.campaign_topic import TopicFlow

BASES = (
    ("central", "示发〔2021〕1号", "关于乡村人才振兴的意见"),
    ("region", "示党办发〔2022〕9号", "“万名专家人才服务基层”活动实施方案"),
    ("district", "望党办发〔{year}〕8号", "“三服务一促进”专项行动实施方案"),
)
TASKS = {
    "education": (("送教下乡", "batches", 20), ("送课", "lessons", 60), ("跟踪指导青年教师", "mentees", 360)),
    "health": (("下派医疗团队", "people", 280), ("义诊服务群众", "served", 2000), ("远程帮扶", "remote", 18000)),
    "science": (("科技特派员接单", "batches", 55), ("技术培训", "trained", 3500)),
    "agriculture": (("订单式服务", "batches", 750), ("培训农民", "trained", 66000), ("印发资料", "materials", 7000)),
}
"""What is counted of each field, and how much of it is asked until the end of the year."""
GROUP = ((Post.GROUP_LEADER, "committee"), (Post.GROUP_DEPUTY, "government"), (Post.GROUP_MEMBER, "office"))
WITHOUT = ("culture",)
"""Units that have named nobody yet."""
TOPICS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("羔羊腹泻综合防控", "防控规程和培训课件", "sector_agriculture", ("claim", "deliver", "accept")),
    ("乡镇卫生院急救能力提升", "培训方案、题库和考核记录", "sector", ("claim", "deliver")),
    ("温室大棚自动控制改造", "改造方案和示范点", "sector_science", ("claim",)),
    ("农村学校实验教学", "实验课例和器材清单", "sector_education", ()),
    ("农产品线上展销", "展销方案", "liaison_commerce", ("withdraw",)),
)
WORDS = {
    "deliver": {"report": "成果已形成并在两个乡镇试用。"},
    "accept": {"reason": "同意结题。"},
    "withdraw": {"reason": "与商务局年度项目重复。"},
}
CONTRIBUTIONS = (
    ("liaison_commerce", "commerce", "为下派专家联系的合作社举办产销对接会。"),
    ("liaison_justice", "justice", "组织律师随团下乡，开展法律咨询。"),
    ("liaison_staffing", "staffing", "为引进的两名专家落实周转编制。"),
    ("hr", "hr", "为下派专家办理基层服务证明。"),
    ("finance_maker", "finance", "落实下乡服务补助资金。"),
)


def organise(year: Year) -> None:
    """Name bases and persons, write the plans, and put topics and contributions on the agenda."""
    basis = _cite(year)
    _appoint(year)
    for code, tasks in TASKS.items():
        _plan(year, code, tasks, basis)
    for at, (title, deliverable, login, way) in enumerate(TOPICS):
        year.scene.begin(days_ago(year, 40 - at), _topic(year, title, deliverable, login, way))
    for at, (login, unit, text) in enumerate(CONTRIBUTIONS):
        year.scene.begin(days_ago(year, 30 - 4 * at), _contribution(year, login, unit, text))


def _office(year: Year) -> Given:
    return Given(actor=year.scene.cast["talent_office"], now=year.scene.moment)


def _cite(year: Year) -> int:
    """The documents; the id of the district's own."""
    made = 0
    for level, number, title in BASES:
        basis = NewBasis(
            campaign_id=year.campaign_id, level=level, number=number.format(year=year.first.year), title=title,
            issued_on=year.first,
        )  # fmt: skip
        made = plans.cite_basis(year.scene.db, basis=basis, **_office(year))
    return made


def days_ago(year: Year, days: int) -> datetime:
    """Ten o'clock so many working days before the present; no chance is drawn, so that other stories stay."""
    scene = year.scene
    day = max(scene.calendar.day(scene.ago_day(days)), year.first)
    return datetime.combine(day, time(10), SHANGHAI)


def _appoint(year: Year) -> None:
    names = Words(Random(16))
    for post, unit in GROUP:
        _name(year, post, unit, names.name(is_male=True), post.label.in_language("zh_CN"))
    for unit, _part in words.PARTS:
        if unit not in WITHOUT:
            _name(year, Post.FIRST, unit, names.name(is_male=True), "党组书记")
            _name(year, Post.DEPUTY, unit, names.name(is_male=False), "副职分管领导")


def _name(year: Year, post: Post, unit: str, name: str, duty: str) -> None:
    held = NewPost(
        campaign_id=year.campaign_id, unit_id=year.scene.units[unit], post=post.value, person_name=name, duty=duty,
        starts_on=year.first,
    )  # fmt: skip
    organisation.appoint(year.scene.db, post=held, **_office(year))


def _plan(year: Year, code: str, tasks: tuple[tuple[str, str, int], ...], basis: int) -> None:
    given = Given(actor=year.actor(code), now=year.scene.moment)
    field = next(each for each in words.FIELDS if each.code == code)
    plan = NewPlan(
        campaign_id=year.campaign_id, field_id=year.fields[code], basis_id=basis,
        title=f"{field.name.zh}领域实施方案", starts_on=year.first, ends_on=year.first.replace(month=12, day=31),
    )  # fmt: skip
    plan_id = plans.write_plan(year.scene.db, plan=plan, **given)
    for text, measure, target in tasks:
        task = NewTask(
            plan_id=plan_id, unit_id=year.scene.units[field.bureau], words=text, measure=measure, target=target,
            due_on=plan.ends_on,
        )  # fmt: skip
        plans.set_task(year.scene.db, task=task, **given)


def _topic(year: Year, title: str, deliverable: str, login: str, way: tuple[str, ...]) -> Story:
    scene = year.scene
    topic = NewTopic(
        campaign_id=year.campaign_id, title=title, deliverable=deliverable,
        deliver_by=scene.calendar.day(scene.ago_day(-20)),
    )  # fmt: skip
    topic_id = topics.post_topic(scene.db, topic=topic, **_office(year))
    for at, act in enumerate(way):
        yield days_ago(year, 30 - 9 * at)
        step = TopicFlow.steps[act]
        actor = scene.cast[login if Role.SECTOR in step.by else "talent_office"]
        scene.take(actor, step, topic_id, **WORDS.get(act, {}))


def _contribution(year: Year, login: str, unit: str, text: str) -> Story:
    scene = year.scene
    contribution = NewContribution(
        campaign_id=year.campaign_id, unit_id=scene.units[unit], happened_on=scene.day, words=text
    )
    given = Given(actor=scene.cast[login], now=scene.moment)
    organisation.contribute(scene.db, contribution=contribution, **given)
    yield from ()
