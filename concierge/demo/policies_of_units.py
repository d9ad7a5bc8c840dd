"""The policies of research, posts and honours, some of them paid to the employer (domain §2.6)."""

from concierge.basics.text import Bilingual
from concierge.demo.policy_words import (
    ID_CARD,
    SINCE,
    WAN,
    Written,
    employed,
    in_category,
    major,
    must,
)
from concierge.services.policies import VersionContent

TOP = ["A", "B", "C", "D"]

RESEARCH = Written(
    code="P10",
    name=Bilingual("科研启动经费", "Research Start-up Fund"),
    group="RESEARCH",
    unit="science",
    icon="flask",
    content=VersionContent(
        number="望科发〔2025〕5号",
        kind="to_employer",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2, TOP),
                employed(2),
                must(
                    "task_book_on",
                    ">=",
                    SINCE,
                    ("已签订科研任务书", "The task book is signed"),
                    3,
                    upload=("科研任务书", "Task book"),
                ),
            ]
        },
        rates={
            "by": "category",
            "amounts": {"A": 100 * WAN, "B": 100 * WAN, "C": 30 * WAN, "D": 10 * WAN},
            "case_by_case": ["A", "B"],
        },
        schedule={
            "starts_with": "task_book_on",
            "shares": [60, 40],
            "at_months": [0, 18],
            "term_months": 36,
            "clawback": "full_return",
            "tax": "to_unit",
        },
        materials=(major("task_book", "科研任务书", "Task book"), major("budget", "经费预算表", "Budget of the fund")),
        limits={"claim": 20, "correction": 10, "sector_review": 5, "publicity": 5},
        article=Bilingual("《望川区人才科研启动经费管理办法》第二条至第五条", "Research Fund Rules, Articles 2 to 5"),
        needs_sector=True,
        needs_hr=False,
        guide=Bilingual(
            "对象：签订科研任务书的A–D类人才，经费拨付用人单位。\n"
            "标准：A、B类最高100万元，C类30万元，D类10万元；启动拨60%，中期考核后拨40%。\n结余收回。20个工作日内审定（不含公示）。",
            "For: talents of categories A to D with a task book; paid to the employer.\n"
            "Amount: A, B up to 1,000,000; C 300,000; D 100,000 yuan; 60% at the start, 40% at mid-term.\n"
            "What is not spent is returned. Within 20 working days (posting extra).",
        ),
    ),
)

TITLES = Written(
    code="P16",
    name=Bilingual("职称评聘倾斜", "Title Preference"),
    group="TITLE",
    unit="hr",
    icon="certificate",
    content=VersionContent(
        number="望人社发〔2025〕20号",
        kind="in_kind",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                must(
                    "township_months",
                    ">=",
                    12,
                    ("累计基层服务满12个月", "12 months of grass-roots service in all"),
                    2,
                    upload=("基层服务记录", "Record of grass-roots service"),
                ),
            ]
        },
        rates={},
        schedule={"starts_with": "category_from", "auto_match": True, "certificate": "service"},
        materials=(ID_CARD, major("service", "基层服务记录", "Record of grass-roots service", source="shared")),
        limits={"claim": 10, "correction": 10},
        article=Bilingual("《望川区基层人才职称评聘倾斜办法》第二条", "Title Preference Rules, Article 2"),
        needs_publicity=False,
        is_paid=False,
        guide=Bilingual(
            "对象：累计基层服务满12个月的人才。\n内容：出具基层服务证明，评聘时不受岗位结构比例限制。10个工作日内办结。",
            "For: talents with 12 months of grass-roots service in all.\n"
            "Given: a certificate of grass-roots service and relief from the quota of posts. Within 10 working days.",
        ),
    ),
)

STAFFING = Written(
    code="P17",
    name=Bilingual("编制保障", "Staffing Guarantee"),
    group="STAFFING",
    unit="staffing",
    icon="id-badge-2",
    content=VersionContent(
        number="望编办发〔2025〕4号",
        kind="in_kind",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2, TOP),
                must("recruitment", "==", "full_time", ("全职引进", "Recruited full time"), 2),
                employed(2),
                must(
                    "employer_kind",
                    "in",
                    ["hospital", "school", "sector", "township"],
                    ("用人单位为机关事业单位", "The employer is a public unit"),
                    3,
                ),
            ]
        },
        rates={},
        schedule={"starts_with": "hired_on"},
        materials=(ID_CARD, major("request", "用人单位用编申请", "The employer's request", source="employer")),
        limits={"claim": 20, "correction": 10},
        article=Bilingual("《望川区人才编制周转池管理办法》第二条、第三条", "Staffing Pool Rules, Articles 2 and 3"),
        needs_publicity=False,
        is_paid=False,
        guide=Bilingual(
            "对象：引进到机关事业单位的A–D类人才。\n内容：从人才编制周转池中保障用编，离开后收回。20个工作日内答复。",
            "For: talents of categories A to D recruited to a public unit.\n"
            "Given: a reserve post from the pool, returned on leaving. Within 20 working days.",
        ),
    ),
)

HONOUR = Written(
    code="P18",
    name=Bilingual("荣誉奖励", "Honour Award"),
    group="HONOUR",
    unit="office",
    icon="trophy",
    content=VersionContent(
        number="望人才发〔2025〕6号",
        kind="one_off",
        valid_from=SINCE,
        clauses={
            "all": [
                must(
                    "honoured_on",
                    ">=",
                    SINCE,
                    ("入选年度荣誉名单", "Selected in the year's list of honours"),
                    2,
                    upload=("表彰文件", "The document of the honour"),
                )
            ]
        },
        rates={"flat": 1 * WAN},
        schedule={"starts_with": "honoured_on", "claim_months": 12, "tax": "incidental", "auto_match": True},
        materials=(ID_CARD, major("honour", "表彰文件", "The document of the honour", source="shared")),
        limits={"claim": 15, "correction": 10, "publicity": 5},
        article=Bilingual("《望川区人才荣誉奖励办法》第二条、第三条", "Honour Award Rules, Articles 2 and 3"),
        needs_employer=False,
        needs_hr=False,
        guide=Bilingual(
            "对象：入选年度荣誉名单的人才。\n标准：一次性10000元，同一荣誉不重复奖励。15个工作日内审定（不含公示）。",
            "For: talents selected in the year's list of honours.\n"
            "Amount: 10,000 yuan once for an honour. Within 15 working days (posting extra).",
        ),
    ),
)

EMPLOYER = Written(
    code="P19",
    name=Bilingual("单位引才奖补", "Employer Reward"),
    group="REWARD",
    unit="office",
    icon="building-bank",
    content=VersionContent(
        number="望财社〔2025〕10号",
        kind="to_employer",
        valid_from=SINCE,
        clauses={
            "all": [
                must(
                    "employer_graded_on",
                    ">=",
                    SINCE,
                    ("单位已参加年度考核", "The employer took part in the year's assessment"),
                    2,
                ),
                must(
                    "employer_grade",
                    "in",
                    ["excellent", "good", "pass"],
                    ("单位考核合格及以上", "The employer is graded competent or better"),
                    2,
                ),
                {"not": must("employer_vetoed", "==", True, ("有一票否决事项", "There is a veto item"), 3)},
            ]
        },
        rates={
            "by": "employer_grade",
            "amounts": {"excellent": 12 * WAN, "good": 10 * WAN, "pass": 8 * WAN, "fail": 0},
        },
        schedule={"starts_with": "employer_graded_on", "claim_months": 12, "tax": "to_unit", "subject": "unit"},
        materials=(major("grade", "年度考核结果", "Result of the assessment", source="shared"),),
        limits={"claim": 20, "correction": 10, "publicity": 5},
        article=Bilingual("《望川区单位引才奖补办法》第二条、第三条", "Employer Reward Rules, Articles 2 and 3"),
        needs_employer=False,
        needs_hr=False,
        guide=Bilingual(
            "对象：年度人才工作考核合格及以上的用人单位。\n标准：基数10万元，优秀1.2、良好1.0、合格0.8；有一票否决事项的不予奖补。\n"
            "拨付单位。20个工作日内审定（不含公示）。",
            "For: employers graded competent or better in the year's assessment.\n"
            "Amount: 100,000 yuan times 1.2 (excellent), 1.0 (good), 0.8 (competent); nothing with a veto item.\n"
            "Paid to the employer. Within 20 working days (posting extra).",
        ),
    ),
)
