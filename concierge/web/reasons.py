"""Why somebody is entitled or not, as it is shown: kept before it is read, and each fact told with its source."""

from datetime import date
from typing import Any

from concierge.basics.formats import long_day
from concierge.basics.text import Text, _
from concierge.queries.statement import Condition
from concierge.rules.facts import supplier_of, told
from concierge.rules.policy import source_label
from concierge.services.reasons import keep_reasons, reasons_owed
from concierge.web.doors import door


def keep_what_is_shown(person_id: int) -> None:
    """Keep why a person is entitled or not before it is read; the request writes only where something is new.

    The caller has checked that the person may be seen.
    """
    whose: dict[str, Any] = {"actor": door.actor, "now": door.now, "person_id": person_id}
    if reasons_owed(door.session, **whose):
        door.open_for_writing()
        keep_reasons(door.session, **whose)


def known(condition: Condition) -> tuple[Condition, Text, Text | str]:
    """A condition with what we know about its fact and the source, in words."""
    source = source_label(condition.source) if condition.source else ""
    return condition, _said(condition.fact, condition.value), source


def _said(fact: str, value: Any) -> Text:
    if value is None:
        return _("We do not know this yet; it can be told by: %(who)s", who=supplier_of(fact))
    return _("We know: %(value)s", value=_value(fact, value))


def _value(fact: str, value: Any) -> Text | str:
    try:
        return long_day(date.fromisoformat(value)) if isinstance(value, str) and len(value) == 10 else told(fact, value)
    except ValueError:
        return told(fact, value)
