"""A policy as a file: what one district has written, another loads as a draft and goes on writing (domain §2.4).

The file is JSON with the words and rules of one version. Units are named by their codes; who answers and who pays is
chosen anew where the other district does not know them. A file never publishes anything.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual, _
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.policy import Policy, PolicyVersion
from concierge.services.calendars import calendar_of
from concierge.services.policies import PolicyHead, VersionContent, content_of, draft_from_file
from concierge.services.policy_content import FLAGS

FORM = "concierge-policy-1"
LARGEST = 1_000_000  # bytes
DEEPEST = 20  # levels of parts within parts
_HEAD = ("code", "number", "group", "icon")
_TEXTS = ("basis", "article", "guide")
_RULES = {"kind": str, "clauses": dict, "rates": dict, "schedule": dict, "materials": list, "limits": dict}


def policy_file(session: Session, *, version_id: int) -> bytes:
    """A version as a file, published or not. Raises NotFound."""
    content = content_of(session, version_id)
    version = session.get_one(PolicyVersion, version_id)
    policy = session.get_one(Policy, version.policy_id)
    codes = dict(session.execute(select(Unit.id, Unit.code)).tuples().all())
    written: dict[str, Any] = {"form": FORM, **{name: getattr(policy, name) for name in _HEAD}}
    written |= {"name": _both(policy.name), "unit": codes[policy.unit_id], "paying_unit": codes[policy.paying_unit_id]}
    written |= {name: _plain(getattr(content, name)) for name in _RULES}
    written |= {name: _both(getattr(content, name)) for name in _TEXTS} | {
        name: getattr(content, name) for name in FLAGS
    }
    written |= {"valid_from": content.valid_from.isoformat()}
    written["valid_to"] = content.valid_to.isoformat() if content.valid_to is not None else None
    return json.dumps(written, ensure_ascii=False, indent=1).encode()


def load_policy_file(
    session: Session, *, actor: Actor, now: datetime, content: bytes, unit_id: int, paying_unit_id: int
) -> int:
    """A draft from a file: of a new policy, or the next version of the one with its code; returns the draft's id.

    `unit_id` and `paying_unit_id` stand for units that are not known here by their codes. Raises Invalid for a file
    that is none, or rules that do not hold.
    """
    given = _read(content)
    known = dict(session.execute(select(Unit.code, Unit.id)).tuples().all())
    try:
        head = PolicyHead(
            **{name: str(given[name]) for name in _HEAD},
            name=_bilingual(given["name"]),
            unit_id=known.get(given["unit"], unit_id),
            paying_unit_id=known.get(given["paying_unit"], paying_unit_id),
        )
        rules = _rules(given)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_policy() from error
    joint = [code for code in rules.schedule.get("joint") or () if code in known]
    schedule = {name: value for name, value in rules.schedule.items() if name != "joint"}
    today = local_date(now, calendar_of(session, actor.district_id).zone)
    begins = max(rules.valid_from, today + timedelta(days=1))
    rules = replace(rules, valid_from=begins, schedule=schedule | ({"joint": joint} if joint else {}))
    return draft_from_file(session, actor=actor, now=now, head=head, content=rules)


def _read(content: bytes) -> Mapping[str, Any]:
    try:
        given = json.loads(content.decode("utf-8-sig")) if len(content) <= LARGEST else None
        kept = json.dumps(given, ensure_ascii=False, allow_nan=False).encode()  # as a database can keep it
        is_kept = b"\\u0000" not in kept and _levels(given) <= DEEPEST
    except (ValueError, RecursionError) as error:
        raise _no_policy() from error
    if not is_kept or not isinstance(given, dict) or given.get("form") != FORM:
        raise _no_policy()
    return given


def _levels(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_levels, parts), default=0)


def _no_policy() -> Invalid:
    return Invalid.because("no_policy_file", _("This is no file of a policy."), "file")


def _rules(given: Mapping[str, Any]) -> VersionContent:
    made: dict[str, Any] = {name: given[name] for name in _RULES}
    papers, limits = given["materials"], given["limits"]
    if not all(isinstance(made[name], form) for name, form in _RULES.items()):
        raise TypeError("a rule of another form")
    if not isinstance(given["rates"].get("amounts", {}), dict) or not isinstance(
        given["schedule"].get("joint", []), list
    ):
        raise TypeError("amounts or a joint review of another form")
    if not all(isinstance(paper, dict) and isinstance(paper["code"], str) for paper in papers):
        raise TypeError("a paper without its code")
    if not all(type(days) is int for days in limits.values()):
        raise TypeError("a limit that is no number")
    made |= {name: _bilingual(given[name]) for name in _TEXTS} | {name: bool(given[name]) for name in FLAGS}
    made["valid_from"] = date.fromisoformat(given["valid_from"])
    made["valid_to"] = date.fromisoformat(given["valid_to"]) if given.get("valid_to") else None
    return VersionContent(**made)


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _bilingual(given: Mapping[str, Any]) -> Bilingual:
    return Bilingual(str(given["zh"]), str(given["en"]))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
