"""The policies of work in the field and of a household: service days, travel, stipend, spouse (domain §2.6)."""

from concierge.basics.text import Bilingual
from concierge.demo.policy_words import (
    ID_CARD,
    SINCE,
    Written,
    amounts,
    both,
    employed,
    excludes,
    in_category,
    major,
    minor,
    must,
)
from concierge.services.policies import VersionContent

DISPATCHED = must(
    "recruitment", "==", "dispatched", ("下派专家", "Dispatched expert"), 2, upload=("下派通知", "Order of dispatch")
)
ORDER = major("host_order", "受援单位确认的派单", "Dispatch order confirmed by the host", source="shared")

FIELD_DAYS = Written(
    code="P07",
    name=Bilingual("下乡服务补助", "Field Service Day Subsidy"),
    group="FIELD",
    unit="office",
    icon="route",
    content=VersionContent(
        number="望组通〔2025〕9号",
        kind="per_day",
        valid_from=SINCE,
        clauses={"all": [DISPATCHED]},
        rates={
            "by": "item",
            "amounts": amounts(near=100, far=150),
            "names": {
                "near": both("一、二类地区一天", "A day in class I or II"),
                "far": both("三类地区一天", "A day in class III"),
            },
        },
        schedule={
            "rhythm": "month",
            "days_a_month": 15,
            "halves": True,
            "one_a_day": True,
            "orders": {"items": {"1": "near", "2": "near", "3": "far"}},
            "tax": "wages",
            "exclusions": [excludes("same_day", ["P08 meals", "HOME_UNIT_TRAVEL"], 4)],
        },
        materials=(ORDER,),
        limits={"claim": 5, "correction": 10, "sector_review": 2},
        article=Bilingual("《望川区下派专家服务补助办法》第二条至第四条", "Field Service Rules, Articles 2 to 4"),
        needs_employer=False,
        needs_sector=True,
        needs_hr=False,
        needs_publicity=False,
        guide=Bilingual(
            "对象：经受援单位确认服务的下派专家。\n"
            "标准：每天100元，三类地区150元，半天减半，每月不超过15天，按月发放。\n"
            "同一天不与伙食补助和派出单位差旅补助重复。5个工作日内审定。",
            "For: dispatched experts whose service the host has confirmed.\n"
            "Amount: 100 yuan a day, 150 in class III, half for half a day, at most 15 days a month, monthly.\n"
            "Not beside meal money or travel pay of the home unit for the same day. Within 5 working days.",
        ),
    ),
)

TRAVEL = Written(
    code="P08",
    name=Bilingual("交通食宿补助", "Travel and Lodging"),
    group="TRAVEL",
    unit="finance",
    icon="car",
    content=VersionContent(
        number="望财行〔2025〕4号",
        kind="per_day",
        valid_from=SINCE,
        clauses={"all": [DISPATCHED]},
        rates={
            "by": "item",
            "amounts": amounts(transport=80, lodging=260),
            "at_cost": ["lodging"],
            "names": {"transport": both("交通", "Transport"), "lodging": both("住宿（据实）", "Lodging, at cost")},
        },
        schedule={
            "rhythm": "month",
            "orders": {"items": {"1": "transport", "2": "transport", "3": "transport"}, "away": True},
            "tax": "exempt",
            "exclusions": [excludes("same_day", ["HOME_UNIT_TRAVEL"], 4)],
        },
        materials=(ORDER, minor("tickets", "车票、住宿发票或村委会证明", "Tickets, invoice, or the village's proof")),
        limits={"claim": 5, "correction": 10, "employer_review": 2},
        article=Bilingual("《望川区下派专家交通食宿补助办法》第二条至第四条", "Travel Rules, Articles 2 to 4"),
        needs_hr=False,
        needs_publicity=False,
        guide=Bilingual(
            "对象：到本人所在乡镇以外服务的下派专家。\n标准：交通每天80元；住宿据实，每晚不超过260元，无发票的由村委会证明。\n"
            "同一天不与派出单位差旅补助重复。5个工作日内审定。",
            "For: dispatched experts who serve outside their own township.\n"
            "Amount: 80 yuan a day for transport; lodging at cost up to 260 a night, with the village's proof where "
            "there is no invoice.\nNot beside travel pay of the home unit for the same day. Within 5 working days.",
        ),
    ),
)

STIPEND = Written(
    code="P09",
    name=Bilingual("拔尖人才津贴", "Outstanding Talent Stipend"),
    group="LIVING",
    unit="office",
    icon="star",
    content=VersionContent(
        number="望人才发〔2025〕3号",
        kind="monthly",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2, ["D", "E", "F"]),
                employed(2),
                must(
                    "stipend_from",
                    ">=",
                    SINCE,
                    ("列入拔尖人才名单", "On the list of outstanding talents"),
                    3,
                    upload=("入选文件", "The list"),
                ),
            ]
        },
        rates={"by": "category", "amounts": amounts(D=800, E=500, F=300)},
        schedule={
            "starts_with": "stipend_from",
            "rhythm": "half_year",
            "months": 36,
            "tax": "wages",
            "auto_match": True,
            "exclusions": [excludes("take_higher", ["LIVING"], 5)],
            "suspend_when": must("assessment", "in", ["basic"], ("年度考核基本合格", "Graded barely competent"), 6),
            "end_when": {
                "any": [
                    must("assessment", "in", ["fail"], ("年度考核不合格", "Graded not competent"), 6),
                    must("employed", "==", False, ("已离开区内用人单位", "Has left the employers of the district"), 6),
                ]
            },
        },
        materials=(ID_CARD, major("assessment", "年度考核结果", "Result of the assessment", source="employer")),
        limits={"claim": 15, "correction": 10, "publicity": 5},
        article=Bilingual("《望川区拔尖人才管理办法》第二条至第六条", "Outstanding Talent Rules, Articles 2 to 6"),
        guide=Bilingual(
            "对象：列入拔尖人才名单的D–F类人才，管理期三年。\n标准：D类每月800元、E类500元、F类300元，每半年发放一次。\n"
            "与引进人才生活补贴就高不重复；年度考核不合格的终止。15个工作日内审定（不含公示）。",
            "For: talents of categories D to F on the list of outstanding talents, for three years.\n"
            "Amount: D 800, E 500, F 300 yuan a month, every half year.\n"
            "The higher of this and the living allowance is paid; it ends with the grade not competent. Within 15 "
            "working days (posting extra).",
        ),
    ),
)

SPOUSE = Written(
    code="P15",
    name=Bilingual("配偶就业", "Spouse Placement"),
    group="SPOUSE",
    unit="hr",
    icon="users",
    joint=("staffing",),
    content=VersionContent(
        number="望人社发〔2025〕18号",
        kind="monthly",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2, ["A", "B", "C", "D", "E"]),
                must("has_spouse", "==", True, ("已婚", "Married"), 2),
                must(
                    "spouse_registered_on",
                    ">=",
                    SINCE,
                    ("配偶已登记求职", "The spouse is registered for placement"),
                    3,
                    upload=("求职登记表", "Registration form"),
                ),
                {
                    "not": must(
                        "spouse_placed",
                        "==",
                        True,
                        ("配偶已就业", "The spouse has a job"),
                        4,
                        upload=("配偶未就业证明", "Proof that the spouse has no job"),
                    )
                },
            ]
        },
        rates={"flat": 120000},
        schedule={
            "starts_with": "spouse_registered_on",
            "rhythm": "quarter",
            "months": 12,
            "tax": "wages",
            "end_when": must("spouse_placed", "==", True, ("配偶已就业", "The spouse has a job"), 4),
        },
        materials=(ID_CARD, major("spouse", "配偶求职登记表", "The spouse's registration form")),
        limits={"claim": 60, "correction": 10, "hr_review": 30},
        article=Bilingual("《望川区人才配偶就业服务办法》第二条至第四条", "Spouse Placement Rules, Articles 2 to 4"),
        needs_publicity=False,
        guide=Bilingual(
            "对象：A–E类人才的配偶。\n标准：优先推荐岗位；未就业期间每月1200元，最长12个月。\n"
            "就业后停发。60个工作日内答复。",
            "For: the spouses of talents of categories A to E.\n"
            "Given: posts are offered first; without one 1,200 yuan a month, at most 12 months.\n"
            "It ends with employment. Within 60 working days.",
        ),
    ),
)
