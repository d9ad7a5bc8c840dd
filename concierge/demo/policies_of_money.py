"""The policies of regular money: settlement allowance, living allowance, grass-roots post allowance (domain §2.6)."""

from collections.abc import Mapping

from concierge.basics.text import Bilingual
from concierge.demo.policy_words import (
    ID_CARD,
    SINCE,
    WAN,
    YUAN,
    Written,
    employed,
    excludes,
    in_category,
    major,
    minor,
    must,
)
from concierge.services.policies import VersionContent

FULL_TIME = must(
    "recruitment",
    "==",
    "full_time",
    ("全职引进", "Recruited full time"),
    2,
    upload=("引进备案表", "Record of the recruitment"),
)
CONTRACT = major("contract", "劳动（聘用）合同", "Employment contract")

SETTLEMENT = Written(
    code="P01",
    name=Bilingual("安家补贴", "Settlement Allowance"),
    group="HOUSING",
    unit="office",
    icon="home",
    joint=("staffing", "housing"),
    content=VersionContent(
        number="望人才发〔2025〕1号",
        kind="instalment",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                FULL_TIME,
                employed(2),
                must("hired_on", ">=", SINCE, ("2025年1月1日以后到岗", "In post since 1 January 2025 or later"), 2),
                must(
                    "contract_months",
                    ">=",
                    60,
                    ("合同（协议）期限不少于60个月", "Contract of at least 60 months"),
                    3,
                    upload=("劳动（聘用）合同", "Employment contract"),
                ),
                {
                    "any": [
                        must("age_at_hire", "<=", 55, ("到岗时不超过55周岁", "Aged 55 at most when hired"), 3),
                        must("category", "in", ["A", "B"], ("A、B类不受年龄限制", "Categories A and B at any age"), 3),
                    ]
                },
            ]
        },
        rates={
            "by": "category",
            "amounts": {"A": 100 * WAN, "B": 50 * WAN, "C": 30 * WAN, "D": 15 * WAN, "E": 8 * WAN, "F": 3 * WAN},
            "case_by_case": ["A"],
        },
        schedule={
            "starts_with": "hired_on",
            "shares": [40, 30, 30],
            "at_months": [0, 24, 48],
            "term_months": 60,
            "exclusions": [excludes("take_higher", ["HOUSING"], 5)],
            "clawback": "earned_difference",
            "auto_match": True,
        },
        materials=(
            ID_CARD,
            CONTRACT,
            major("post_proof", "在岗证明", "Proof of being in post", source="employer"),
            major("certificate", "人才认定证书", "Certificate of recognition"),
            minor("account_proof", "本人银行账户证明", "Proof of the bank account"),
        ),
        limits={"claim": 20, "correction": 10, "hr_review": 5, "determination": 5, "publicity": 5},
        article=Bilingual(
            "《望川区引进人才安家补贴办法》第二条至第六条",
            "Settlement Allowance Rules of Wangchuan District, Articles 2 to 6",
        ),
        guide=Bilingual(
            "对象：2025年1月1日以后全职引进、合同不少于60个月、到岗时不超过55周岁的A–F类人才（A、B类年龄不限）。\n"
            "标准：A类一事一议，最高100万元；B类50万元、C类30万元、D类15万元、E类8万元、F类3万元。\n"
            "发放：到岗发40%，满24个月、48个月各发30%。服务期60个月，提前离开的，按未服务部分追回差额。\n"
            "办理：本人申请，用人单位、人社局审核，人才办审定，公示5个工作日，20个工作日内审定（不含公示）。",
            "For: talents of categories A to F recruited full time since 1 January 2025 with a contract of at least 60 "
            "months, aged 55 at most when hired (A and B at any age).\n"
            "Amount: A case by case up to 1,000,000 yuan; B 500,000; C 300,000; D 150,000; E 80,000; F 30,000.\n"
            "Paid: 40% on post, 30% after 24 and 30% after 48 months. Service term 60 months; who leaves earlier "
            "returns what service has not earned.\n"
            "Way: apply; employer and HR bureau review, talent office determines, posting for 5 working days; within "
            "20 working days (posting extra).",
        ),
    ),
)

LIVING_AMOUNTS = {"phd": 3000 * YUAN, "master": 1500 * YUAN, "bachelor": 800 * YUAN}


def living_guide(amounts: Mapping[str, int]) -> Bilingual:
    """What the public reads of the living allowance whose version grants these amounts by degree (fen a month)."""
    phd, master, bachelor = (amounts[degree] // YUAN for degree in ("phd", "master", "bachelor"))
    return Bilingual(
        "对象：在本区就业参保的博士、硕士和急需紧缺专业本科毕业生。\n"
        f"标准：博士每月{phd}元、硕士每月{master}元、本科每月{bachelor}元，60个月内累计不超过36个月，每半年发放一次。\n"
        "与拔尖人才津贴就高不重复；离开本区次月起停发。15个工作日内审定（不含公示）。",
        "For: doctors, masters and bachelors of a shortage major, employed and insured in the district.\n"
        f"Amount: {phd:,}, {master:,} or {bachelor:,} yuan a month, at most 36 months within 60, paid every half "
        "year.\n"
        "The higher of this and the talent stipend is paid; it stops in the month after leaving. Within 15 working "
        "days (posting extra).",
    )


LIVING = Written(
    code="P02",
    name=Bilingual("引进人才生活补贴", "Living Allowance"),
    group="LIVING",
    unit="hr",
    icon="cash",
    content=VersionContent(
        number="望人社发〔2025〕12号",
        kind="monthly",
        valid_from=SINCE,
        clauses={
            "all": [
                employed(2),
                must(
                    "insured",
                    "is_true",
                    None,
                    ("当月在本区参加社会保险", "Insured in the district that month"),
                    2,
                    upload=("社会保险参保证明", "Proof of social insurance"),
                ),
                {
                    "any": [
                        must(
                            "degree",
                            "in",
                            ["phd", "master"],
                            ("博士、硕士研究生学历学位", "Doctor's or master's degree"),
                            3,
                            upload=("学历学位证书", "Degree certificate"),
                        ),
                        {
                            "all": [
                                must(
                                    "degree",
                                    "==",
                                    "bachelor",
                                    ("本科学历学士学位", "Bachelor's degree"),
                                    3,
                                    upload=("学历学位证书", "Degree certificate"),
                                ),
                                must(
                                    "shortage_major",
                                    "is_true",
                                    None,
                                    ("属急需紧缺专业目录", "Major on the list of shortages"),
                                    3,
                                    upload=("专业认定材料", "Proof of the major"),
                                ),
                            ]
                        },
                    ]
                },
            ]
        },
        rates={"by": "degree", "amounts": LIVING_AMOUNTS},
        schedule={
            "starts_with": "hired_on",
            "rhythm": "half_year",
            "months": 36,
            "window_months": 60,
            "exclusions": [excludes("take_higher", ["LIVING"], 4)],
            "auto_match": True,
        },
        materials=(
            ID_CARD,
            major("degree", "学历学位证书", "Degree certificate"),
            major("insurance", "社会保险参保证明", "Proof of social insurance", source="shared"),
            minor("post_proof", "在岗证明", "Proof of being in post", source="employer"),
        ),
        limits={"claim": 15, "correction": 10, "publicity": 5},
        article=Bilingual(
            "《望川区引进人才生活补贴实施细则》第二条、第三条", "Living Allowance Rules, Articles 2 and 3"
        ),
        guide=living_guide(LIVING_AMOUNTS),
    ),
)

GRASS_ROOTS = Written(
    code="P06",
    name=Bilingual("基层岗位补贴", "Grass-roots Post Allowance"),
    group="POST",
    unit="hr",
    icon="map-pin",
    content=VersionContent(
        number="望人社发〔2025〕15号",
        kind="monthly",
        valid_from=SINCE,
        clauses={
            "all": [
                employed(2),
                must("is_formal", "is_true", None, ("正式在编在岗", "In a formal post"), 2),
                must("in_township", "is_true", None, ("在乡镇单位工作", "Works in a township unit"), 2),
                must(
                    "remoteness", "in", [1, 2, 3], ("所在乡镇列入一至三类地区", "Township of remoteness class I–III"), 3
                ),
                must(
                    "away_over_30_days",
                    "==",
                    False,
                    ("当前未离岗超过30天", "Not away from the post for more than 30 days"),
                    4,
                    upload=("在岗情况说明", "Statement of presence"),
                ),
            ]
        },
        rates={"by": "remoteness", "amounts": {"1": 300 * YUAN, "2": 500 * YUAN, "3": 800 * YUAN}},
        schedule={
            "starts_with": "hired_on",
            "rhythm": "month",
            "auto_match": True,
            "suspend_when": must(
                "away_over_30_days", "==", True, ("离岗超过30天", "Away from the post for more than 30 days"), 4
            ),
        },
        materials=(ID_CARD, minor("attendance", "在岗情况说明", "Statement of presence", source="employer")),
        limits={"claim": 10, "correction": 10, "employer_review": 2, "hr_review": 3},
        article=Bilingual(
            "《望川区基层岗位补贴办法》第二条至第四条", "Grass-roots Post Allowance Rules, Articles 2 to 4"
        ),
        needs_publicity=False,
        guide=Bilingual(
            "对象：在乡镇单位正式在岗的人才。\n标准：一类地区每月300元、二类500元、三类800元，按月发放，可与其他政策叠加享受。\n"
            "离岗超过30天暂停。10个工作日内审定。",
            "For: talents in a formal post of a township unit.\n"
            "Amount: 300, 500 or 800 yuan a month by remoteness class I, II, III, monthly, beside any other benefit.\n"
            "Suspended when away for more than 30 days. Within 10 working days.",
        ),
    ),
)
