"""Words that describe talents (domain §2.1, §2.3): categories, kinds of recruitment, degrees, titles, assessments.

Each is an ordered list of a code kept in the database, a label for people, and the words that files use for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _


@dataclass(frozen=True)
class Word:
    """A code, its label, and other words that mean it in files."""

    code: str
    label: Text
    also: tuple[str, ...] = ()


Words = Sequence[Word]

CATEGORIES: Words = (
    Word("A", _("A: top talent"), ("A类", "一类", "一类人才", "顶尖人才")),
    Word("B", _("B: national leading talent"), ("B类", "二类", "二类人才", "国家级领军人才")),
    Word("C", _("C: regional leading talent"), ("C类", "三类", "三类人才", "省级领军人才", "自治区级领军人才")),
    Word("D", _("D: senior title or doctorate"), ("D类", "四类", "四类人才")),
    Word("E", _("E: associate senior title or master"), ("E类", "五类", "五类人才")),
    Word("F", _("F: grass-roots backbone"), ("F类", "六类", "六类人才", "基层骨干")),
)
KINDS: Words = (
    Word("full_time", _("Recruited full-time"), ("全职引进", "全职")),
    Word("flexible", _("Flexible recruitment"), ("柔性引进", "柔性")),
    Word("home_grown", _("Home-grown"), ("本土培养", "本土")),
    Word("dispatched", _("Dispatched"), ("下派专家", "下派")),
)
DEGREES: Words = (
    Word("phd", _("Doctorate"), ("博士", "博士研究生")),
    Word("master", _("Master"), ("硕士", "硕士研究生")),
    Word("bachelor", _("Bachelor"), ("本科", "学士", "大学本科")),
    Word("college", _("College diploma"), ("专科", "大专")),
    Word("other", _("Other education"), ("其他", "中专", "高中")),
)
TITLES: Words = (
    Word("senior", _("Senior title"), ("正高级", "正高", "高级")),
    Word("associate", _("Associate senior title"), ("副高级", "副高")),
    Word("intermediate", _("Intermediate title"), ("中级",)),
    Word("junior", _("Junior title"), ("初级", "助理级", "员级")),
    Word("none", _("No title"), ("无", "未评聘")),
)
ASSESSMENTS: Words = (
    Word("excellent", _("Excellent"), ("优秀",)),
    Word("pass", _("Competent"), ("合格", "称职")),
    Word("basic", _("Barely competent"), ("基本合格", "基本称职")),
    Word("fail", _("Not competent"), ("不合格", "不称职")),
)
LEAVINGS: Words = (
    Word("contract_over", _("Contract ended"), ("合同期满",)),
    Word("resigned", _("Resigned"), ("辞职",)),
    Word("transferred", _("Transferred by the organisation"), ("组织调动",)),
    Word("retired", _("Retired"), ("退休",)),
    Word("dismissed", _("Dismissed"), ("辞退", "开除")),
    Word("died", _("Died"), ("去世",)),
    Word("other", _("Another reason"), ("其他",)),
)
"""Why a post ends (domain §2.4, §2.5): whoever weighs the end of a benefit or a clawback needs to know it."""
EMPLOYER_GRADES: Words = (
    Word("excellent", _("Excellent"), ("优秀",)),
    Word("good", _("Good"), ("良好",)),
    Word("pass", _("Competent"), ("合格",)),
    Word("fail", _("Not competent"), ("不合格",)),
)
"""How a whole unit is graded for a year (domain §5); people have ASSESSMENTS."""
RELATIONS: Words = (
    Word("spouse", _("Spouse"), ("配偶", "丈夫", "妻子")),
    Word("child", _("Child"), ("子女", "儿子", "女儿")),
    Word("parent", _("Parent"), ("父母", "父亲", "母亲")),
)


def code_of(words: Words, typed: str, *, field: str) -> str:
    """The code that a typed code, label or other word means. Raises Invalid with the words to choose from."""
    wanted = "".join(typed.split()).casefold()
    for word in words:
        known = {word.code, *word.also, *(word.label.in_language(language) for language in ("zh_CN", "en"))}
        if wanted in {"".join(name.split()).casefold() for name in known}:
            return word.code
    choices = ", ".join(word.also[0] if word.also else word.code for word in words)
    raise Invalid.because("unknown_word", _("Write one of: %(choices)s", choices=choices), field)


def label_of(words: Words, code: str) -> Text | str:
    """The label of a kept code, or the code itself where it is not one of ours."""
    return next((word.label for word in words if word.code == code), code)


def held_over_time(statuses: Iterable[tuple[date, date | None, str]]) -> list[tuple[date, str | None]]:
    """Which category somebody holds from which day on, oldest first; None for a time in which none is valid.

    `statuses` are first day, last day and category in the order of recognition: of several the one recognised last
    holds. The last of all is kept beyond its end: what comes then people decide.
    """
    given, found = list(statuses), list[tuple[date, str | None]]()
    begun = {since for since, _until, _category in given}
    days = sorted(begun | {until + timedelta(days=1) for _since, until, _category in given if until is not None})
    for day in days:
        valid = [category for since, until, category in given if since <= day and (until is None or day <= until)]
        held, before = valid[-1] if valid else None, found[-1][1] if found else None
        if held != before or (held is not None and day in begun):
            found.append((day, held))
    while found and found[-1][1] is None:
        found.pop()
    return found
