"""The campaign of the fictional district in numbers and words: what its bureaus recorded in one year."""

from dataclasses import dataclass

from concierge.basics.text import Bilingual


@dataclass(frozen=True)
class FieldYear:
    """A field's year: bureau and reporting group, its experts, orders and person-times, and what they do."""

    code: str
    name: Bilingual
    group: str
    bureau: str
    homes: tuple[str, ...]
    experts: int
    orders: int
    people: int
    specialties: tuple[str, ...]
    needs: tuple[str, ...]
    mode: str


GROUPS = (
    ("education", Bilingual("教育领域", "Education")),
    ("health", Bilingual("卫健领域", "Health")),
    ("science-agriculture", Bilingual("科技和农牧领域", "Science, technology and agriculture")),
)

FIELDS = (
    FieldYear(
        "education", Bilingual("教育", "Education"), "education", "education",
        ("teaching-centre", "school-1", "school-2"), 43, 20, 83,
        ("语文", "数学", "英语", "物理", "化学", "科学", "音乐", "体育", "美术", "信息技术"),
        ("农村学校骨干教师送教下乡", "集体教研评课", "名师助教与现场示范课", "新课标课堂教学指导"), "team",
    ),
    FieldYear(
        "health", Bilingual("卫健", "Health"), "health", "health",
        ("hospital", "maternity"), 96, 8, 298,
        ("内科", "外科", "妇产科", "儿科", "急诊", "超声", "放射", "检验", "护理", "康复"),
        ("急救能力培训与义诊", "妇幼健康义诊与带教", "基层急需紧缺专科带教", "慢病管理下乡义诊"), "team",
    ),
    FieldYear(
        "science", Bilingual("科技", "Science & technology"), "science-agriculture", "science",
        ("energy", "materials"), 14, 56, 62,
        ("新能源", "农产品加工", "智慧农业", "节水灌溉", "环保"),
        ("光伏提灌设备维护", "合作社烘干设备改造", "温室自动控制调试", "农产品加工工艺指导"), "on_site_prescription",
    ),
    FieldYear(
        "agriculture", Bilingual("农牧", "Agriculture"), "science-agriculture", "agriculture",
        ("agri-centre", "livestock", "seed"), 86, 760, 789,
        ("玉米", "马铃薯", "蔬菜", "果树", "植保", "土肥", "奶牛", "肉羊", "兽医", "饲草"),
        (
            "玉米大斑病防治", "马铃薯晚疫病会诊", "羔羊腹泻诊治", "设施蔬菜白粉虱防治", "春播测土配方施肥",
            "奶牛乳房炎诊治", "果树修剪技术指导", "青贮制作技术培训", "滴灌带堵塞处理", "草地贪夜蛾排查",
        ), "field_clinic",
    ),
)  # fmt: skip

TEAMS = (
    ("education", Bilingual("骨干教师服务团", "Backbone teachers' service team"), "teaching-centre"),
    ("health", Bilingual("急诊急救专家团队", "Emergency care team"), "hospital"),
    ("health", Bilingual("慢病管理专家团队", "Chronic disease team"), "hospital"),
    ("health", Bilingual("妇幼健康专家团队", "Maternal and child team"), "maternity"),
    ("health", Bilingual("儿科专家团队", "Paediatric team"), "maternity"),
)

LESSONS, MENTEES, TEACHERS_SEEN = 64, 343, 43
SERVED, TRAINED, REMOTE = 2046, 73, 17120
FARMERS, COPIES = 69000, 7384
PRINCIPALS, SHADOWING = 5, 52

MEETINGS = (
    ("mobilisation", "“三服务一促进”专项行动动员会", "部署全年任务，明确各领域时限和目标。"),
    ("progress", "第一次调度会", "教育、卫健领域进展较快，农牧领域要抓春播前培训。"),
    ("progress", "第二次调度会", "点单派单平台试运行，要求两个工作日内接单。"),
    ("promotion", "春耕技术服务推进会", "百名农技专家下沉村组。"),
    ("progress", "第三次调度会", "个别单位与日常工作联系不够紧密，组织部联系指导。"),
    ("progress", "第四次调度会", "完善受援方确认和评单。"),
    ("promotion", "卫健领域下派服务推进会", "依托区人民医院和区妇幼保健院组建团队。"),
    ("progress", "第五次调度会", "通报上半年进展和存在问题。"),
    ("progress", "第六次调度会", "送教下乡向偏远学校倾斜。"),
    ("promotion", "秋收秋管技术服务推进会", "病虫害会诊实行当日响应。"),
    ("progress", "第七次调度会", "督导发现的问题逐项销号。"),
    ("progress", "第八次调度会", "汇总全年数据，准备年度总结。"),
)

ATTENDEES = "领导小组成员、各牵头和配合单位分管领导"
ASKED = {
    4: ("science", "完善点单值班制度，专人盯办。", "农业和社会发展科负责人"),
    7: ("hr", "梳理下派专家待兑现待遇并逐项落实。", "专业技术人员管理科负责人"),
    8: ("education", "制定偏远学校送教计划。", "人事科负责人"),
    9: ("agriculture", "公布病虫害会诊值班表。", "农技站站长"),
    11: ("publicity", "汇总全年典型事例。", "新闻科负责人"),
}
"""What some meetings asked, by their place in the year: of which unit, and of whom there."""

PARTS = (
    ("office", "lead"), ("education", "domain"), ("health", "domain"), ("science", "domain"),
    ("agriculture", "domain"), ("staffing", "support"), ("finance", "support"), ("hr", "support"),
    ("publicity", "participant"), ("commerce", "participant"), ("justice", "participant"),
    ("culture", "participant"),
)  # fmt: skip

WORDS_OF_HOSTS = ("专家讲得明白，管用。", "来得及时，问题解决了。", "老师们很受启发。", "")
MATERIALS = ("《玉米密植滴灌技术手册》", "《肉羊常见病防治》", "《设施蔬菜病虫害图谱》", "《马铃薯种薯处理要点》")
