"""Whether a text that everybody in the district may read still tells of whom it speaks."""

import re
from collections.abc import Iterable

from concierge.basics.text import Text, _

_DATE = re.compile(r"(?<!\d)\d{4}([-/]?)\d{2}\1\d{2}(?!\d)")
_CARD = re.compile(r"\d{6}[\s-]?\d{8}[\s-]?\d{3}[\dXx]")
"""An identity card, its day of birth set apart or not."""
_GAP = re.compile(r"(?<=\d)[\s-](?=\d)")
_NUMBER = re.compile(r"\d{8}")
"""As long as this are numbers of papers, accounts and phones; amounts in yuan are shorter."""


def particulars(text: str, names: Iterable[str]) -> list[Text]:
    """What has to come out: long numbers, gaps in them or not, and the names given. Dates may stay."""
    found = [_("“%(name)s” names somebody.", name=name) for name in names if name and name in text]
    if _CARD.search(text) or _NUMBER.search(_GAP.sub("", _DATE.sub("", text))):
        found.append(_("It holds a number as long as that of a paper, an account or a phone."))
    return found
