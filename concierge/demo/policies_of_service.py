"""The policies of service in kind and by event: health check, schooling, care visits (domain §2.6)."""

from concierge.basics.text import Bilingual
from concierge.demo.policy_words import ID_CARD, SINCE, YUAN, Written, both, in_category, major, minor, must
from concierge.services.policies import VersionContent

HEALTH_CHECK = Written(
    code="P12",
    name=Bilingual("健康体检", "Health Check"),
    group="HEALTH",
    unit="health",
    icon="stethoscope",
    content=VersionContent(
        number="望卫健发〔2025〕3号",
        kind="reimburse_capped",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                must(
                    "employer_gave_health_check",
                    "==",
                    False,
                    ("本年度用人单位未安排体检", "No check given by the employer this year"),
                    3,
                    upload=("用人单位情况说明", "Statement of the employer"),
                ),
            ]
        },
        rates={
            "by": "category",
            "amounts": {
                "A": 2000 * YUAN,
                "B": 2000 * YUAN,
                "C": 2000 * YUAN,
                "D": 1500 * YUAN,
                "E": 1000 * YUAN,
                "F": 1000 * YUAN,
            },
        },
        schedule={"starts_with": "category_from", "rhythm": "year", "auto_match": True, "voucher": True},
        materials=(ID_CARD, major("hospital_bill", "体检结算单", "Settled bill of the check")),
        limits={
            "claim": 5,
            "correction": 10,
            "employer_review": 1,
            "sector_review": 2,
            "determination": 2,
            "delivery": 100,
        },
        article=Bilingual("《望川区人才健康体检服务办法》第二条、第三条", "Health Check Rules, Articles 2 and 3"),
        restarts_clock=True,
        needs_sector=True,
        needs_hr=False,
        needs_publicity=False,
        guide=Bilingual(
            "对象：A–F类人才，每自然年一次，本单位当年已安排体检的不重复享受，不得转让。\n"
            "标准：A–C类2000元、D类1500元、E–F类1000元以内据实结算。5个工作日内审定。",
            "For: talents of categories A to F, once in a calendar year, unless the employer gave a check; not "
            "transferable.\nAmount: what the check costs, up to 2,000 yuan (A to C), 1,500 (D), 1,000 (E, F). Within 5 "
            "working days.",
        ),
    ),
)

SCHOOLING = Written(
    code="P14",
    name=Bilingual("子女入学", "Child Schooling"),
    group="SCHOOLING",
    unit="education",
    icon="school",
    content=VersionContent(
        number="望教发〔2025〕11号",
        kind="in_kind",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                must(
                    "school_age_child",
                    "is_true",
                    None,
                    ("有学龄子女", "Has a child of school age"),
                    2,
                    upload=("户口簿或出生医学证明", "Household register or birth certificate"),
                ),
                must(
                    "guardian_consent",
                    "is_true",
                    None,
                    ("监护人已单独同意提供子女信息", "The guardian consents to sharing the child's data"),
                    5,
                    upload=("监护人同意书", "Guardian's consent"),
                ),
            ]
        },
        rates={},
        schedule={
            "starts_with": "category_from",
            "auto_match": True,
            "apply_from": "05-01",
            "apply_to": "06-30",
        },
        materials=(
            ID_CARD,
            major("consent", "监护人同意书", "Guardian's consent"),
            major("household", "户口簿", "Household register"),
            minor("residence", "居住证明", "Proof of residence"),
        ),
        limits={"claim": 20, "correction": 10, "sector_review": 10},
        article=Bilingual("《望川区人才子女入学服务办法》第二条、第五条", "Child Schooling Rules, Articles 2 and 5"),
        needs_employer=False,
        needs_sector=True,
        needs_hr=False,
        needs_publicity=False,
        is_paid=False,
        guide=Bilingual(
            "对象：A–F类人才的学龄子女。A–C类可在区内公办学校中选择，D–F类统筹安排。\n"
            "时间：每年5月1日至6月30日申请。需监护人单独同意。20个工作日内答复。",
            "For: school-age children of talents of categories A to F. A to C choose among the public schools, D to F "
            "are placed.\nWhen: apply from 1 May to 30 June. The guardian's separate consent is needed. Answer within "
            "20 working days.",
        ),
    ),
)

CARE_VISIT = Written(
    code="P20",
    name=Bilingual("人才关怀慰问", "Care Visit Fund"),
    group="CARE",
    unit="office",
    icon="heart-handshake",
    content=VersionContent(
        number="望人才发〔2025〕8号",
        kind="per_event",
        valid_from=SINCE,
        clauses={
            "all": [
                in_category(2),
                must("has_specialist", "is_true", None, ("有对口联系的服务专员", "Has an assigned specialist"), 2),
            ]
        },
        rates={
            "by": "event",
            "amounts": {
                "hospital": 1000 * YUAN,
                "birth": 500 * YUAN,
                "marriage": 500 * YUAN,
                "bereavement": 1000 * YUAN,
            },
            "names": {
                "hospital": both("住院", "Stay in hospital"),
                "birth": both("生育", "Birth of a child"),
                "marriage": both("结婚", "Marriage"),
                "bereavement": both("直系亲属去世", "Bereavement"),
            },
        },
        schedule={"events_a_year": 2},
        materials=(ID_CARD, minor("occasion", "慰问事由佐证材料", "Proof of the occasion")),
        limits={"claim": 3, "correction": 10, "determination": 2},
        article=Bilingual("《望川区人才关怀慰问办法》第二条至第四条", "Care Visit Rules, Articles 2 to 4"),
        needs_employer=False,
        needs_hr=False,
        needs_publicity=False,
        guide=Bilingual(
            "对象：有对口服务专员的人才。\n标准：住院1000元以内，生育、结婚各500元以内，直系亲属去世1000元，每年不超过2次。\n"
            "由服务专员登记，人才办3个工作日内审定。",
            "For: talents with an assigned specialist.\nAmount: up to 1,000 yuan for a stay in hospital, 500 for a "
            "birth or marriage, 1,000 for a bereavement, at most twice a year.\nThe specialist enters it, the talent "
            "office determines within 3 working days.",
        ),
    ),
)

FAST_TRACK = Written(
    code="P11",
    name=Bilingual("就医绿色通道", "Medical Fast Track"),
    group="MEDICAL",
    unit="health",
    icon="first-aid-kit",
    content=VersionContent(
        number="望卫健发〔2025〕2号",
        kind="in_kind",
        valid_from=SINCE,
        clauses={"all": [in_category(2)]},
        rates={},
        schedule={"starts_with": "category_from", "auto_match": True, "voucher": True, "voucher_days": 30},
        materials=(ID_CARD,),
        limits={"claim": 1, "correction": 1, "delivery": 40},
        article=Bilingual("《望川区人才就医服务办法》第二条", "Medical Service Rules, Article 2"),
        needs_employer=False,
        needs_hr=False,
        needs_publicity=False,
        is_paid=False,
        guide=Bilingual(
            "对象：A–F类人才；A–D类人才的配偶、父母、子女同样享受。\n内容：医院联络员2小时内答复，急诊即时安排。",
            "For: talents of categories A to F; with A to D also spouse, parents and children.\n"
            "Given: the hospital's liaison answers within 2 hours, urgent cases at once.",
        ),
    ),
)

RECUPERATION = Written(
    code="P13",
    name=Bilingual("疗休养", "Recuperation"),
    group="RECUPERATION",
    unit="union",
    icon="plane",
    content=VersionContent(
        number="望工发〔2025〕2号",
        kind="reimburse_capped",
        valid_from=SINCE,
        clauses={
            "any": [
                in_category(2, ["A", "B", "C", "D", "E"]),
                must(
                    "service_days_last_year",
                    ">=",
                    60,
                    ("上年度下乡服务满60天", "60 days of field service last year"),
                    2,
                    upload=("服务天数证明", "Proof of service days"),
                ),
            ]
        },
        rates={"flat": 3500 * YUAN},
        schedule={"starts_with": "category_from", "every_years": 2, "voucher": True, "voucher_days": 180},
        materials=(ID_CARD, minor("health", "健康状况说明", "Statement of health")),
        limits={"claim": 10, "correction": 10, "delivery": 140},
        article=Bilingual("《望川区人才疗休养办法》第二条、第三条", "Recuperation Rules, Articles 2 and 3"),
        needs_employer=True,
        needs_hr=False,
        needs_publicity=False,
        guide=Bilingual(
            "对象：A–E类人才，或上年度下乡服务满60天的专家，每两年一次，每人一个名额。\n"
            "内容：凭服务券入住签约酒店，不超过7天，3500元以内据实与酒店结算。10个工作日内答复。",
            "For: talents of categories A to E, or experts with 60 days of field service last year; every second year, "
            "one place for a person.\nGiven: a stay of up to 7 days against a voucher; the hotel is paid what it cost, "
            "up to 3,500 yuan. Within 10 working days.",
        ),
    ),
)
