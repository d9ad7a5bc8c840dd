"""Short ways to write a policy's conditions, papers and names in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from concierge.basics.text import Bilingual
from concierge.services.policies import VersionContent

CATEGORIES = ["A", "B", "C", "D", "E", "F"]
WAN = 1_000_000  # fen
YUAN = 100
SINCE = date(2025, 1, 1)


@dataclass(frozen=True)
class Written:
    """A policy with the unit codes it names; the office pays where `payer` does not say otherwise."""

    code: str
    name: Bilingual
    group: str
    unit: str
    icon: str
    content: VersionContent
    payer: str = "finance"
    joint: tuple[str, ...] = ()


def both(zh: str, en: str) -> dict[str, str]:
    """A name in both languages."""
    return {"zh": zh, "en": en}


def article(n: int) -> dict[str, str]:
    """The article of the document that a condition stands in."""
    return both(f"第{'〇一二三四五六七八九十'[n]}条", f"Article {n}")


def must(fact: str, op: str, value: Any, label: tuple[str, str], at: int, **more: Any) -> dict[str, Any]:
    """A condition: a fact compared with a value, with its words and its article; `upload` and `grows` may be given."""
    written = {"date": value.isoformat()} if isinstance(value, date) else value
    upload = more.pop("upload", None)
    if upload is not None:
        more["upload"] = both(*upload)
    return {"fact": fact, "op": op, "value": written, "label": both(*label), "article": article(at), **more}


def in_category(at: int, codes: Sequence[str] = CATEGORIES) -> dict[str, Any]:
    """The person holds a valid talent category among these."""
    span = f"{codes[0]}–{codes[-1]}"
    label = (f"经认定的{span}类人才且在有效期内", f"Recognised talent of category {span}, in validity")
    return must("category", "in", list(codes), label, at, upload=("人才认定证书", "Certificate of recognition"))


def employed(at: int) -> dict[str, Any]:
    """The person works for an employer of the district now."""
    return must("employed", "is_true", None, ("现在本区用人单位在岗", "In post with an employer of the district"), at)


def major(code: str, zh: str, en: str, source: str = "expert") -> dict[str, Any]:
    """A paper without which nothing is accepted; from the expert, the employer, or `shared` between departments."""
    return {"code": code, "name": both(zh, en), "severity": "major", "source": source}


def minor(code: str, zh: str, en: str, source: str = "expert") -> dict[str, Any]:
    """A paper that may be promised (容缺受理)."""
    return major(code, zh, en, source) | {"severity": "minor"}


ID_CARD = major("id_card", "居民身份证", "Identity card", source="shared")


def excludes(rule: str, names: Sequence[str], at: int, *, household: bool = False) -> dict[str, Any]:
    """How a policy stands beside others (codes or groups): rules/exclusion.py knows the rules."""
    return {"rule": rule, "with": list(names), "article": article(at), "household": household}


def yes(fact: str, label: tuple[str, str], at: int, **more: Any) -> dict[str, Any]:
    """A condition that something is so."""
    return must(fact, "==", True, label, at, **more)


def amounts(**yuan: int) -> dict[str, int]:
    """Amounts in yuan by key, as they are kept: in fen."""
    return {key: value * YUAN for key, value in yuan.items()}
