"""The policies of a roof: home purchase subsidy, rent subsidy, talent apartment (domain §2.6)."""

from concierge.basics.text import Bilingual
from concierge.demo.policy_words import (
    ID_CARD,
    SINCE,
    WAN,
    Written,
    amounts,
    employed,
    excludes,
    in_category,
    major,
    minor,
    must,
    yes,
)
from concierge.services.policies import VersionContent

NO_HOME = must(
    "home_owner",
    "==",
    False,
    ("本人及配偶在本区无自有住房", "Neither the expert nor the spouse owns a home in the district"),
    2,
    upload=("不动产登记查询证明", "Extract of the property register"),
)
REGISTER = major("household", "户口簿及婚姻状况证明", "Household register and proof of marriage")

PURCHASE = Written(
    code="P03",
    name=Bilingual("购房补贴", "Home Purchase Subsidy"),
    group="HOUSING",
    unit="housing",
    icon="home-dollar",
    content=VersionContent(
        number="望住建发〔2025〕6号",
        kind="instalment",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                employed(2),
                must(
                    "employed_months",
                    ">=",
                    12,
                    ("在本区在岗满12个月", "In post in the district for 12 months"),
                    2,
                    grows="months",
                ),
                yes(
                    "first_home",
                    ("所购为本区首套住房", "The home is the family's first in the district"),
                    3,
                    upload=("不动产权证书", "Title deed"),
                ),
                yes("deed_tax_paid", ("已缴纳契税", "The deed tax is paid"), 3, upload=("契税完税证明", "Tax receipt")),
                must(
                    "home_bought_on",
                    ">=",
                    SINCE,
                    ("2025年1月1日以后购房", "Bought since 1 January 2025"),
                    3,
                    upload=("购房合同", "Purchase contract"),
                ),
            ]
        },
        rates={
            "by": "category",
            "amounts": {"A": 20 * WAN, "B": 20 * WAN, "C": 12 * WAN, "D": 8 * WAN, "E": 5 * WAN, "F": 2 * WAN},
        },
        schedule={
            "starts_with": "home_bought_on",
            "shares": [20, 20, 20, 20, 20],
            "at_months": [0, 12, 24, 36, 48],
            "term_months": 60,
            "clawback": "paid_prorata",
            "tax": "exempt",
            "auto_match": True,
            "exclusions": [
                excludes("household_once", ["P03"], 5),
                excludes("sequential_deduct", ["P04"], 6, household=True),
                excludes("take_higher", ["P01"], 7),
            ],
        },
        materials=(
            ID_CARD,
            REGISTER,
            major("deed", "不动产权证书", "Title deed"),
            major("deed_tax", "契税完税证明", "Receipt of the deed tax"),
            minor("no_resale", "五年内不转让承诺书", "Promise not to sell within five years"),
        ),
        limits={"claim": 20, "correction": 10, "hr_review": 5, "publicity": 5},
        article=Bilingual("《望川区人才购房补贴办法》第二条至第七条", "Home Purchase Subsidy Rules, Articles 2 to 7"),
        guide=Bilingual(
            "对象：在本区在岗满12个月、购买本区首套住房并已缴契税的A–F类人才，以家庭为单位享受一次，由层次较高的一方申请。\n"
            "标准：A、B类20万元，C类12万元，D类8万元，E类5万元，F类2万元，分五年每年发放20%。\n"
            "已领租房补贴的，从中扣除；与安家补贴就高不重复。五年内转让住房的，按未满期比例追回。20个工作日内审定。",
            "For: talents of categories A to F, 12 months in post, who bought the family's first home in the district "
            "and paid the deed tax. Once for a household; the partner of the higher category applies.\n"
            "Amount: A, B 200,000; C 120,000; D 80,000; E 50,000; F 20,000 yuan, a fifth each year.\n"
            "Rent subsidy already paid is deducted; the higher of this and the settlement allowance is granted. Who "
            "sells within five years returns the share of the time left. Within 20 working days.",
        ),
    ),
)

RENT = Written(
    code="P04",
    name=Bilingual("租房补贴", "Rent Subsidy"),
    group="RENT",
    unit="housing",
    icon="key",
    content=VersionContent(
        number="望住建发〔2025〕7号",
        kind="monthly",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                employed(2),
                NO_HOME,
                must(
                    "lease_from",
                    ">=",
                    SINCE,
                    ("租赁合同已备案", "The lease is filed"),
                    3,
                    upload=("备案的租赁合同", "The filed lease"),
                ),
            ]
        },
        rates={"by": "category", "amounts": amounts(A=1500, B=1500, C=1500, D=1000, E=800, F=500)},
        schedule={
            "starts_with": "lease_from",
            "rhythm": "quarter",
            "months": 36,
            "tax": "wages",
            "auto_match": True,
            "exclusions": [excludes("mutually_exclusive", ["P05"], 4, household=True)],
        },
        materials=(ID_CARD, REGISTER, major("lease", "备案的租赁合同", "The filed lease")),
        limits={"claim": 10, "correction": 10, "employer_review": 2, "hr_review": 3},
        article=Bilingual("《望川区人才租房补贴办法》第二条至第四条", "Rent Subsidy Rules, Articles 2 to 4"),
        needs_publicity=False,
        guide=Bilingual(
            "对象：本人及配偶在本区无房、租赁合同已备案的A–F类人才。\n"
            "标准：A–C类每月1500元、D类1000元、E类800元、F类500元，最长36个月，按季发放。\n"
            "同一月份不得与人才公寓同时享受。10个工作日内审定。",
            "For: talents of categories A to F without a home in the district (couple), with a filed lease.\n"
            "Amount: A to C 1,500, D 1,000, E 800, F 500 yuan a month, at most 36 months, quarterly.\n"
            "Not in the months of a talent apartment. Within 10 working days.",
        ),
    ),
)

APARTMENT = Written(
    code="P05",
    name=Bilingual("人才公寓", "Talent Apartment"),
    group="APARTMENT",
    unit="housing",
    icon="building",
    content=VersionContent(
        number="望住建发〔2025〕8号",
        kind="in_kind",
        valid_from=SINCE,
        clauses={"all": [in_category(2), employed(2), NO_HOME]},
        rates={},
        schedule={
            "starts_with": "category_from",
            "months": 36,
            "waiting_list": True,
            "leave_days": 30,
            "exclusions": [excludes("mutually_exclusive", ["P04"], 4, household=True)],
        },
        materials=(ID_CARD, REGISTER),
        limits={"claim": 10, "correction": 10},
        article=Bilingual("《望川区人才公寓管理办法》第二条至第五条", "Talent Apartment Rules, Articles 2 to 5"),
        needs_publicity=False,
        is_paid=False,
        guide=Bilingual(
            "对象：本人及配偶在本区无房的A–F类人才，按轮候顺序安排。\n"
            "标准：A–D类36个月免租，E、F类租金减半。\n不与租房补贴同时享受；离开本区后30日内腾退。10个工作日内答复。",
            "For: talents of categories A to F without a home in the district (couple), by waiting list.\n"
            "Given: A to D free of rent for 36 months, E and F at half rent.\n"
            "Not beside the rent subsidy; to be left within 30 days of leaving the district. Within 10 working days.",
        ),
    ),
)
