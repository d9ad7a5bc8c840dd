"""A policy as a file: what one district has written, another loads as a draft and goes on writing (domain §2.4).

The file is JSON with the words and rules of one version, or a list of such. Units are named by their codes; who answers
and who pays is chosen anew where the other district does not know them. A file never publishes anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import Bilingual, _
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.policies import PolicyHead, VersionContent, content_of, draft_from_file, drafts_from_file
from concierge.services.policy_content import FLAGS
from concierge.services.policy_reading import FORM, RULES, TEXTS, Reader, check_rules, read_file

_HEAD = ("code", "group", "icon")
_DAYS = ("valid_from", "valid_to")


def policy_file(session: Session, *, version_id: int) -> bytes:
    """A version as a file, published or not. Raises NotFound."""
    return _as_file(_written(session, version_id))


def policies_file(session: Session, *, code: str | None = None) -> bytes:
    """Every policy in its newest published version as one file; one of them by its code. Raises NotFound."""
    p, v = Policy, PolicyVersion
    wanted = select(p.code, v.id).join(v, v.policy_id == p.id).where(v.state == "published").order_by(p.code, v.version)
    newest = dict(session.execute(wanted).tuples().all())
    found = list(newest.values()) if code is None else [newest[code]] if code in newest else []
    if code is not None and not found:
        raise NotFound()
    return _as_file([_written(session, version_id) for version_id in found])


def _as_file(written: Any) -> bytes:
    return json.dumps(written, ensure_ascii=False, indent=1).encode()


def _written(session: Session, version_id: int) -> dict[str, Any]:
    content = content_of(session, version_id)
    version = session.get_one(PolicyVersion, version_id)
    policy = session.get_one(Policy, version.policy_id)
    codes = dict(session.execute(select(Unit.id, Unit.code)).tuples().all())
    written: dict[str, Any] = {"form": FORM, **{name: getattr(policy, name) for name in _HEAD}}
    written |= {"name": _both(policy.name), "unit": codes[policy.unit_id], "paying_unit": codes[policy.paying_unit_id]}
    written |= {name: _plain(getattr(content, name)) for name in RULES}
    written |= {name: _both(getattr(content, name)) for name in TEXTS} | {
        name: getattr(content, name) for name in FLAGS
    }
    written |= {"valid_from": content.valid_from.isoformat()}
    written["valid_to"] = content.valid_to.isoformat() if content.valid_to is not None else None
    return written


def load_policy_file(
    session: Session, *, actor: Actor, now: datetime, content: bytes, unit_id: int, paying_unit_id: int
) -> int:
    """A draft from a file: of a new policy, or the next version of the one with its code; returns the draft's id.

    `unit_id` and `paying_unit_id` stand for units that are not known here by their codes. Raises Invalid for a file
    that is none, or rules that do not hold.
    """
    given = read_file(content)
    if not isinstance(given, dict):
        text = _("This file holds several policies; here one is loaded at a time.")
        raise Invalid.because("several_policies", text, "file")
    head, rules = _draft(session, actor, now, given, (unit_id, paying_unit_id))
    return draft_from_file(session, actor=actor, now=now, head=head, content=rules)


@dataclass
class Loaded:
    """What a file of policies comes to: how many are new, changed or the same, and what is wrong, by code."""

    new: int = 0
    changed: int = 0
    same: int = 0
    errors: list[tuple[str, Reason]] = field(default_factory=list)


def load_policies_file(
    session: Session, *, actor: Actor, now: datetime, content: bytes, dry_run: bool = False
) -> Loaded:
    """Drafts from a file with one or many policies: all of them, or none where one is wrong.

    A policy whose newest version says the same is left alone, so that a file loaded twice changes nothing. Units must
    be known by their codes. Raises Refusal for another role, Invalid for a file that is none.
    """
    only(actor, Role.TALENT_OFFICE)
    given = read_file(content)
    loaded, drafts, seen = Loaded(), [], set[str]()
    for nth, one in enumerate(given if isinstance(given, list) else [given], 1):
        code = str(one.get("code") or nth)
        try:
            head, rules = _draft(session, actor, now, one, None)
            if head.code in seen:
                raise Invalid.because("code_twice", _("The file holds this policy twice."), "code")
        except Invalid as wrong:
            loaded.errors += [(code, reason) for reason in wrong.reasons]
            continue
        seen.add(head.code)
        newest = _newest(session, head.code)
        if newest is not None and _says_the_same(_written(session, newest), one):
            loaded.same += 1
            continue
        loaded.changed, loaded.new = loaded.changed + (newest is not None), loaded.new + (newest is None)
        drafts.append((head, rules))
    if not loaded.errors and not dry_run:
        drafts_from_file(session, actor=actor, now=now, drafts=drafts)
    return loaded


def _newest(session: Session, code: str) -> int | None:
    v = PolicyVersion
    wanted = select(v.id).join(Policy, Policy.id == v.policy_id).where(Policy.code == code)
    return session.execute(wanted.order_by(v.version.desc()).limit(1)).scalar_one_or_none()


def _says_the_same(written: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a file says of a policy what its newest version says; a version's days are its own."""
    left, right = ({k: v for k, v in each.items() if k not in _DAYS} for each in (written, given))
    return bool(left == right)


def _draft(
    session: Session, actor: Actor, now: datetime, given: Mapping[str, Any], otherwise: tuple[int, int] | None
) -> tuple[PolicyHead, VersionContent]:
    """The head and the rules of one policy of a file; `otherwise` stands for units that are not known here."""
    reader = Reader(given)
    reader.read_head()
    rules = reader.read_rules()
    check_rules(rules, given)
    known = dict(session.execute(select(Unit.code, Unit.id)).tuples().all())
    strange = [code for code in (given["unit"], given["paying_unit"]) if code not in known]
    if otherwise is None and strange:
        text = _("No unit here has the code %(code)s.", code=str(strange[0])[:40])
        raise Invalid.because("unit_unknown", text, "unit")
    unit_id, paying_unit_id = otherwise or (0, 0)
    head = PolicyHead(
        **{name: given[name] for name in _HEAD},
        name=Bilingual(given["name"]["zh"], given["name"]["en"]),
        unit_id=known.get(given["unit"], unit_id),
        paying_unit_id=known.get(given["paying_unit"], paying_unit_id),
    )
    joint = [code for code in rules.schedule.get("joint") or () if code in known]
    schedule = {name: value for name, value in rules.schedule.items() if name != "joint"}
    today = local_date(now, calendar_of(session, actor.district_id).zone)
    begins = max(rules.valid_from, today + timedelta(days=1))
    return head, replace(rules, valid_from=begins, schedule=schedule | ({"joint": joint} if joint else {}))


def _both(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
