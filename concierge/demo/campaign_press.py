"""What was reported of the fictional campaign, who was honoured, and with which units the talent office spoke."""

from concierge.demo.campaign_plans import days_ago
from concierge.demo.campaign_setup import Given, Year
from concierge.demo.scene import Story
from concierge.services.assessment_years import close_year
from concierge.services.outreach import NewContact, contact_unit
from concierge.services.press import NewHonour, NewItem, record_honour, write_item
from concierge.workflows.press_item import PressItemFlow as Flow

OUT = ("clear", "publish")
ITEMS: tuple[tuple[str, str, str, str, bool, int, tuple[str, ...]], ...] = (
    ("agriculture", "new_media", "田间地头来了“土专家”", "农技专家进村指导玉米病虫害防治。", True, 150, OUT),
    ("health", "broadcast", "家门口的专家门诊", "区医院团队在青山镇义诊，服务群众百余人。", False, 120, OUT),
    ("education", "newspaper", "送教下乡点亮山村课堂", "骨干教师服务团与乡镇学校同课异构。", False, 90, OUT),
    ("science", "website", "光伏提灌解了燃眉之急", "科技特派员三天修复提灌设备。", True, 60, OUT),
    ("agriculture", "outdoors", "秋收秋管技术要点", "印发各村宣传栏张贴。", False, 25, OUT),
    ("health", "new_media", "“云端会诊”走进乡镇卫生院", "远程会诊平台全年服务基层。", False, 4, ("clear",)),
    ("education", "newspaper", "一堂公开课带来的变化", "记农村学校青年教师成长。", True, 2, ()),
    ("science", "website", "设备改造前后对比", "企业内部图片，不宜公开。", False, 30, ("withdraw",)),
    ("agriculture", "broadcast", "合作社的冬储课", "请补充专家姓名与授课场次。", False, 3, ("give_back",)),
)  # fmt: skip
"""Bureau, channel, headline, words, whether it tells of an expert, working days ago, and what became of it."""
SAID = {"withdraw": {"reason": "涉及企业内部情况。"}, "give_back": {"reason": "请补充授课时间和地点。"}}
HONOURS = (
    ("优秀农牧民技术辅导员", "district", "望人才发〔2026〕11号"),
    ("最美科技工作者", "city", "市科协发〔2026〕6号"),
)
TALKS = (
    ("science", "点单响应慢，派单多次超时", "建立值班表，专人盯办，逾期即改派。", 40),
    ("culture", "尚未明确第一责任人", "尽快明确责任人，主动对接下派专家宣传需求。", 12),
)


def tell(year: Year) -> None:
    """Close the year before; put items, honours and talks on the agenda."""
    for at, (code, channel, title, words, names, days, way) in enumerate(ITEMS):
        expert = year.experts[code][-1 - at] if names else None
        item = NewItem(
            campaign_id=year.campaign_id, unit_id=year.scene.units[code], channel=channel, title=title, words=words,
            expert_id=expert, consent="已签署宣传报道同意书" if names else "",
        )  # fmt: skip
        year.scene.begin(days_ago(year, days), _item(year, code, item, days, way))
    for at, (name, level, basis) in enumerate(HONOURS[: len(year.scene.experts)]):
        year.scene.begin(days_ago(year, 15 - at), _honour(year, at, name, level, basis))
    office = Given(actor=year.scene.cast["talent_office"], now=year.scene.moment)
    close_year(year.scene.db, year=year.first.year - 1, **office)
    for unit, reason, advice, days in TALKS:
        year.scene.begin(days_ago(year, days), _talk(year, unit, reason, advice))


def _item(year: Year, code: str, item: NewItem, days: int, way: tuple[str, ...]) -> Story:
    scene = year.scene
    item_id = write_item(scene.db, actor=year.actor(code), now=scene.moment, item=item)
    for at, act in enumerate(way, 1):
        yield days_ago(year, days - at)
        said = {"publish": {"link": f"https://wangchuan.example/news/{days}"}} | SAID
        scene.take(scene.cast["press"], Flow.steps[act], item_id, **said.get(act, {}))


def _honour(year: Year, at: int, name: str, level: str, basis: str) -> Story:
    scene, person = year.scene, year.scene.experts[at][1].person
    honour = NewHonour(
        full_name=person.full_name, id_last4=person.id_number[-4:], name=name, level=level, basis=basis,
        awarded_on=scene.day,
    )  # fmt: skip
    record_honour(scene.db, actor=scene.cast["talent_office"], now=scene.moment, honour=honour)
    yield from ()


def _talk(year: Year, unit: str, reason: str, advice: str) -> Story:
    scene = year.scene
    contact = NewContact(
        campaign_id=year.campaign_id, unit_id=scene.units[unit], happened_on=scene.day, reason=reason, advice=advice
    )
    contact_unit(scene.db, actor=scene.cast["talent_office"], now=scene.moment, contact=contact)
    yield from ()
