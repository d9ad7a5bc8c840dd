"""The units of the fictional district of Wangchuan (domain §1): departments, employers, townships, villages."""

from dataclasses import dataclass

from concierge.demo.words import credit_code
from concierge.rules.roles import UnitKind

K = UnitKind


@dataclass(frozen=True)
class Place:
    """One unit. `field` says which talents it employs: education, health, agriculture, industry; "" for none."""

    code: str
    kind: UnitKind
    zh: str
    en: str
    parent: str = ""
    field: str = ""
    remoteness: int = 0


DEPARTMENTS = (
    Place("committee", K.PARTY, "中共望川区委员会", "CPC Wangchuan District Committee"),
    Place("government", K.GOVERNMENT, "望川区人民政府", "People's Government of Wangchuan District"),
    Place("office", K.OFFICE, "区委组织部（人才办）", "Organization Department (talent office)"),
    Place("hr", K.HR, "区人社局", "HR & Social Security Bureau"),
    Place("finance", K.FINANCE, "区财政局", "Finance Bureau"),
    Place("education", K.SECTOR, "区教育局", "Education Bureau"),
    Place("health", K.SECTOR, "区卫健委", "Health Commission"),
    Place("science", K.SECTOR, "区科技局", "Science & Tech Bureau"),
    Place("agriculture", K.SECTOR, "区农牧局", "Agriculture & Animal Husbandry Bureau"),
    Place("staffing", K.SUPPORT, "区委编办", "Staffing Office"),
    Place("publicity", K.SUPPORT, "区委宣传部", "Publicity Department"),
    Place("commerce", K.SUPPORT, "区商务局", "Commerce Bureau"),
    Place("justice", K.SUPPORT, "区司法局", "Justice Bureau"),
    Place("culture", K.SUPPORT, "区文旅体育局", "Culture, Tourism & Sports Bureau"),
    Place("housing", K.SUPPORT, "区住建局", "Housing & Construction Bureau"),
    Place("union", K.SUPPORT, "区总工会", "Federation of Trade Unions"),
    Place("supervision", K.SUPERVISION, "专项行动督导组", "Supervision Team of the Campaign"),
)

TOWNSHIPS = (
    Place("qingshan", K.TOWNSHIP, "青山镇", "Qingshan Town", remoteness=1),
    Place("yunling", K.TOWNSHIP, "云岭镇", "Yunling Town", remoteness=1),
    Place("baihuahe", K.TOWNSHIP, "白桦河镇", "Baihuahe Town", remoteness=2),
    Place("hongshiliang", K.TOWNSHIP, "红石梁乡", "Hongshiliang Township", remoteness=2),
    Place("donggou", K.TOWNSHIP, "东沟乡", "Donggou Township", remoteness=2),
    Place("liushuying", K.TOWNSHIP, "柳树营乡", "Liushuying Township", remoteness=1),
    Place("wulanmutu", K.TOWNSHIP, "乌兰木图苏木", "Wulanmutu Sumu", remoteness=3),
    Place("chagantala", K.TOWNSHIP, "查干塔拉苏木", "Chagantala Sumu", remoteness=3),
)

_VILLAGES = {
    "qingshan": ("前进村", "石桥村", "小泉子村"),
    "yunling": ("云岭村", "大洼村", "新胜村"),
    "baihuahe": ("白桦河村", "三道沟村", "桦树林村"),
    "hongshiliang": ("红石梁村", "西营子村", "北梁村"),
    "donggou": ("东沟村", "南湾村", "杏树沟村"),
    "liushuying": ("柳树营村", "河东村", "向阳村"),
    "wulanmutu": ("乌兰木图嘎查", "巴彦花嘎查", "宝力根嘎查"),
    "chagantala": ("查干塔拉嘎查", "哈日根嘎查", "敖包图嘎查"),
}

_EMPLOYERS = (
    ("hospital", K.HOSPITAL, "望川区人民医院", "Wangchuan District People's Hospital", "health", "health"),
    ("maternity", K.HOSPITAL, "望川区妇幼保健院", "Wangchuan Maternal and Child Hospital", "health", "health"),
    ("mongolian-hospital", K.HOSPITAL, "望川区蒙医中医院", "Wangchuan Mongolian Hospital", "health", "health"),
    ("cdc", K.EMPLOYER, "望川区疾病预防控制中心", "Wangchuan Center for Disease Control", "health", "health"),
    ("school-1", K.SCHOOL, "望川区第一中学", "Wangchuan No. 1 Middle School", "education", "education"),
    ("school-2", K.SCHOOL, "望川区实验小学", "Wangchuan Experimental Primary School", "education", "education"),
    ("school-3", K.SCHOOL, "望川区职业技术学校", "Wangchuan Vocational School", "education", "education"),
    ("teaching-centre", K.EMPLOYER, "望川区教育发展中心", "Wangchuan Teaching Centre", "education", "education"),
    ("agri-centre", K.EMPLOYER, "望川区农牧技术推广中心", "Wangchuan Extension Centre", "agriculture", "agriculture"),
    ("livestock", K.EMPLOYER, "望川区畜牧工作站", "Wangchuan Livestock Station", "agriculture", "agriculture"),
    ("seed", K.EMPLOYER, "川禾种业有限公司", "Chuanhe Seed Co., Ltd.", "agriculture", "agriculture"),
    ("dairy", K.EMPLOYER, "望川乳业有限公司", "Wangchuan Dairy Co., Ltd.", "science", "industry"),
    ("materials", K.EMPLOYER, "北麓新材料科技有限公司", "Beilu New Materials Co., Ltd.", "science", "industry"),
    ("energy", K.EMPLOYER, "川北新能源研究院", "Chuanbei New Energy Institute", "science", "industry"),
)  # fmt: skip

HOTEL = Place("hotel", K.EMPLOYER, "望川宾馆", "Wangchuan Hotel")
"""It serves talents and employs none."""

CREDIT_PREFIX = {"seed": "91", "dairy": "91", "materials": "91"}


def employers() -> list[Place]:
    """The employers: those of the town, then a school, a clinic and an extension station in each township."""
    found = [Place(code, kind, zh, en, parent, field) for code, kind, zh, en, parent, field in _EMPLOYERS]
    for town in TOWNSHIPS:
        bare = town.zh.removesuffix("苏木").removesuffix("镇").removesuffix("乡")
        name, rest = town.en.rsplit(" ", 1)[0], {"remoteness": town.remoteness}
        found += [
            Place(
                f"{town.code}-school",
                K.SCHOOL,
                f"{bare}中心校",
                f"{name} Central School",
                "education",
                "education",
                **rest,
            ),
            Place(
                f"{town.code}-clinic",
                K.HOSPITAL,
                f"{bare}中心卫生院",
                f"{name} Health Centre",
                "health",
                "health",
                **rest,
            ),
        ]
        if town.remoteness > 1:
            zh, en = f"{bare}农牧技术推广站", f"{name} Extension Station"
            found.append(Place(f"{town.code}-station", K.EMPLOYER, zh, en, "agriculture", "agriculture", **rest))
    return found


def villages() -> list[Place]:
    """The villages of every township."""
    towns = {town.code: town for town in TOWNSHIPS}
    return [
        Place(
            f"{code}-{i}",
            K.VILLAGE,
            towns[code].zh + name,
            f"{towns[code].en}, village {i}",
            code,
            remoteness=towns[code].remoteness,
        )
        for code, names in _VILLAGES.items()
        for i, name in enumerate(names, 1)
    ]


def unit_code(place: Place, serial: int) -> str:
    """The code to keep: departments and townships by a word, employers by a credit code."""
    if not place.field:
        return place.code
    return credit_code(CREDIT_PREFIX.get(place.code, "12"), serial)
