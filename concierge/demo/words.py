"""Names and numbers of people who do not exist: plausible to read, impossible to meet.

ID numbers have the unallocated area code 9999, cards the unissued prefix 999999.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文解仇查盖区朴翟单覃"
)
GIVEN_MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆晨旭阳昊博文志远建国承泽景行怀瑾子墨启航云川"
GIVEN_FEMALE = "芳娜敏静丽艳娟霞秀慧巧美婷雪琳晶妍茜倩颖欣怡佳雯梦洁琪悦涵语嫣晓曼若溪思源知夏清婉书瑶安然"
NATIONAL = (
    "乌日娜", "巴特尔", "其木格", "苏日娜", "格日勒图", "阿拉坦仓", "萨仁高娃", "呼和", "娜仁托娅", "宝音德力格尔",
    "阿依古丽·买买提", "额尔敦·巴图", "买买提·艾力", "古丽娜尔·吐尔逊", "次仁·卓玛", "巴合提亚尔·叶尔肯",
)  # fmt: skip
RARE = ("李𠅤", "王䶮", "张𬭚", "刘𬱖", "陈𬸣", "赵𫍽")
FOREIGN = ("Anna Kowalska", "Hiroshi Tanaka", "Sarah O'Neill", "Jean-Luc Moreau")
BANKS = (
    ("望川农村商业银行", "999010000017"),
    ("北川银行望川支行", "999010000025"),
    ("草原村镇银行", "999010000033"),
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Words:
    """Draws names and numbers; the same seed draws the same, and no number twice."""

    random: Random
    _seen: Counter[str] = field(default_factory=Counter)
    _cards: int = 0
    _phones: int = 0

    def name(self, *, is_male: bool) -> str:
        """A Han name of two or three characters that was not drawn before, while there are any."""
        given = GIVEN_MALE if is_male else GIVEN_FEMALE
        for _try in range(20):
            name = self.random.choice(SURNAMES) + self.random.choice(given)
            if self.random.random() < 0.78:
                name += self.random.choice(given)
            if not self._seen[name]:
                break
        self._seen[name] += 1
        return name

    def id_number(self, birth: date, *, is_male: bool) -> str:
        """An ID number of nobody: area 999901, with a right check character."""
        area = f"999901{birth:%Y%m%d}"
        self._seen[area] += 1
        serial = 2 * self._seen[area] + is_male
        body = f"{area}{serial:03d}"
        total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
        return body + "10X98765432"[total % 11]

    def passport(self) -> str:
        """A passport number of nobody."""
        return f"ZZ9999{self.random.randrange(1000, 9999)}"

    def phone(self) -> str:
        """A mobile number from one unused block."""
        self._phones += 1
        return f"199{self._phones:08d}"

    def card(self) -> str:
        """A bank card of 19 digits with a right check digit and a prefix that no bank was given."""
        self._cards += 1
        body = f"999999{self._cards:012d}"
        doubled = [int(digit) * (2 - i % 2) for i, digit in enumerate(reversed(body))]
        total = sum(value - 9 if value > 9 else value for value in doubled)
        return body + str(-total % 10)

    def birth(self, first: int, last: int) -> date:
        """A day in a span of years."""
        return date(self.random.randint(first, last), self.random.randint(1, 12), self.random.randint(1, 28))


def credit_code(prefix: str, serial: int) -> str:
    """A unified social credit code of nobody: area 999901, with right inner and outer check characters."""
    inner = f"Y{serial:07d}"
    values = [34, *(int(digit) for digit in inner[1:])]
    total = sum(value * weight for value, weight in zip(values, _ORGANISATION, strict=True))
    body = f"{prefix}999901{inner}{'0123456789X0'[11 - total % 11]}"
    outer = sum(_CREDIT.index(char) * 3**i % 31 for i, char in enumerate(body))
    return body + _CREDIT[(31 - outer % 31) % 31]
