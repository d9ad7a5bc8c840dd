"""The copy of everything about a person: one zip that opens without the system (domain §7.1).

`index.html` is for people and needs nothing but a browser; `data.json` holds every row for programs; the papers lie
beside them. Both languages are on the page, since nobody knows who will read it.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from concierge.basics.formats import money
from concierge.basics.text import Text, _
from concierge.engine.declare import FLOWS
from concierge.rules.consents import ConsentTo
from concierge.rules.purposes import Purpose
from concierge.rules.roles import Role
from concierge.rules.talent import RELATIONS

STYLE = (
    "body{font:16px/1.6 sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1f2733}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccd3dc;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#f2f5f9}small{color:#5b6675}"
)
TITLE = _("Everything the district keeps about me")
FOREWORD = _(
    "Every row stands in data.json, every paper in the folder papers. This page shows what people ask for most."
)
Section = tuple[str, Text, tuple[tuple[str, Text], ...]]
_NUMBER, _STATE, _FROM, _UNTIL = _("Number"), _("State"), _("From"), _("Until")
SECTIONS: tuple[Section, ...] = (
    ("persons", _("Identity"), (("full_name", _("Name")), ("id_number", _("ID number")), ("birth_on", _("Born")))),
    ("persons", _("How I am reached"), (("phone", _("Telephone")), ("email", _("E-mail")))),
    (
        "talent_statuses",
        _("Talent category"),
        (("category", _("Category")), ("valid_from", _FROM), ("valid_to", _UNTIL)),
    ),
    ("employments", _("Employment"), (("post_zh", _("Post")), ("starts_on", _FROM), ("ends_on", _UNTIL))),
    ("relatives", _("Household"), (("relation", _("Relation")), ("name", _("Name")), ("birth_on", _("Born")))),
    ("bank_accounts", _("Bank account"), (("bank_name", _("Bank")), ("account", _("Account number")))),
    ("cases_entitlement", _("Entitlements"), (("number", _NUMBER), ("title_zh", _("Benefit")), ("state", _STATE))),
    (
        "cases_claim",
        _("Claims"),
        (("number", _NUMBER), ("title_zh", _("Benefit")), ("state", _STATE), ("approved_fen", _("Amount granted"))),
    ),
    (
        "cases_payment_item",
        _("Payment records"),
        (("number", _NUMBER), ("title_zh", _("Benefit")), ("state", _STATE), ("amount_fen", _("Amount"))),
    ),
    (
        "cases_care_request",
        _("Care requests"),
        (
            ("number", _NUMBER),
            ("text", _("What is asked")),
            ("private", _("Health or family note")),
            ("reply", _("Reply")),
        ),
    ),
    (
        "cases_consultation",
        _("Policy consultation"),
        (("number", _NUMBER), ("question", _("Question")), ("answer", _("Answer"))),
    ),
    ("documents", _("Documents"), (("file_name", _("Name")), ("at", _("Handed in")))),
    ("consents", _("Separate consents"), (("purpose", _("Purpose")), ("is_given", _("Agreed")), ("at", _("Day")))),
    ("looks", _("Who looked at my file"), (("role", _("Role")), ("purpose", _("Purpose")), ("at", _("Day")))),
)
CODES: Mapping[str, Mapping[Any, Text]] = {
    "relation": {word.code: word.label for word in RELATIONS},
    "role": {role.value: role.label for role in Role},
    "purpose": {each.value: each.label for each in (*Purpose, *ConsentTo)},
}
"""Columns whose codes are said in words."""
_UNSAFE = re.compile(r"[^\w.()（）-]+")


def pack(
    found: Mapping[str, Sequence[Mapping[str, Any]]], papers: Iterable[tuple[int, str, bytes]], made_at: datetime
) -> bytes:
    """The zip with the page, the rows and the papers, each paper under the name it was handed in with."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("index.html", _page(found, made_at))
        package.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=1))
        for at, (_id, name, data) in enumerate(papers, 1):
            package.writestr(f"papers/{at:03}-{_UNSAFE.sub('_', name)[:80]}", data)
    return out.getvalue()


def _page(found: Mapping[str, Sequence[Mapping[str, Any]]], made_at: datetime) -> str:
    parts = [_section(title, columns, found[table]) for table, title, columns in SECTIONS if table in found]
    head = Markup('<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{}</title><style>{}</style>')
    top = Markup("<h1>{}</h1><p>{}</p><p><small>{}</small></p>").format(
        _both(TITLE), _both(FOREWORD), made_at.isoformat(timespec="minutes")
    )
    return str(head.format(_both(TITLE), Markup(STYLE)) + top + Markup("").join(parts) + Markup("</html>"))  # noqa: S704  our own style sheet


def _section(title: Text, columns: Sequence[tuple[str, Text]], rows: Sequence[Mapping[str, Any]]) -> Markup:
    cell = Markup("<td>{}</td>").format
    head = Markup("").join(Markup("<th>{}</th>").format(_both(label)) for _name, label in columns)
    lines = [Markup("").join(cell(_said(name, row)) for name, _label in columns) for row in rows]
    body = Markup("").join(Markup("<tr>{}</tr>").format(line) for line in lines)
    return Markup("<h2>{}</h2><table><tr>{}</tr>{}</table>").format(_both(title), head, body)


def _both(text: Text) -> str:
    return f"{text.in_language('zh_CN')} · {text.in_language('en')}"


def _said(name: str, row: Mapping[str, Any]) -> Any:
    value = row.get(name, "")
    if name.endswith("_fen") and isinstance(value, int):
        return money(value)
    if name in CODES and value in CODES[name]:
        return _both(CODES[name][value])
    flow = FLOWS.get(str(row.get("kind", "")))
    if name == "state" and flow is not None and value in flow.states:
        return _both(flow.states[value].label)
    return {True: "✓", False: "✗"}.get(value, value) if isinstance(value, bool) else escape(value)
