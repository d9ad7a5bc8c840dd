"""What may be shown in public (domain §0.8, §6.4): a whitelist of columns, and no personal number inside them."""

import re
from dataclasses import dataclass

from concierge.basics.text import Bilingual
from concierge.rules.identifiers import mask_name

_PERSONAL = re.compile(r"[0-9]{7,}|[0-9]{6,}[0-9Xx]|\S+@\S+")
"""Anything long enough to be a phone, an identity card or an account, or an address of mail."""


@dataclass(frozen=True)
class PostedLine:
    """One row of a public posting. There is no other column: the roster is never posted."""

    name: str
    employer: Bilingual
    category: str
    item: Bilingual
    fen: int

    @property
    def leaks(self) -> bool:
        """Whether a value holds what looks like a personal number or address."""
        values = (self.name, self.employer.zh, self.employer.en, self.category, self.item.zh, self.item.en)
        return any(_PERSONAL.search(value) for value in values)


def posted_name(full_name: str, *, in_full: bool) -> str:
    """A name as the policy lets it be posted: in full for awards, masked for subsidies."""
    return full_name if in_full else mask_name(full_name)
