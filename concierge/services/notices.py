"""Numbered papers sent to the person (domain §4, §6.4): notices, letters of promise, refusals with basis and remedy."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import add_rows
from concierge.engine.opening import take_numbers
from concierge.engine.run import Act
from concierge.models.claim import CaseNotice


class Notice(StrEnum):
    """The kinds of papers; the values are kept with the rows."""

    ACCEPTANCE = "acceptance"
    DEEMED = "deemed_acceptance"
    ONE_TIME = "one_time_notice"
    PROMISE = "promise_letter"
    STOP = "promise_stop"
    NON_ACCEPTANCE = "non_acceptance"
    REJECTION = "rejection"
    EXTENSION = "extension"
    RESULT = "result"
    TERMINATION = "termination"
    SERVICE = "service_certificate"
    CLAWBACK = "clawback_notice"
    CLAWBACK_DECISION = "clawback_decision"
    REVOCATION = "revocation"


_SERIES = {
    Notice.ACCEPTANCE: "ST",
    Notice.DEEMED: "ST",
    Notice.ONE_TIME: "BZ",
    Notice.PROMISE: "RQ",
    Notice.STOP: "RZ",
    Notice.NON_ACCEPTANCE: "BS",
    Notice.REJECTION: "BP",
    Notice.EXTENSION: "YQ",
    Notice.RESULT: "JG",
    Notice.TERMINATION: "ZZ",
    Notice.SERVICE: "FW",
    Notice.CLAWBACK: "ZJ",
    Notice.CLAWBACK_DECISION: "ZD",
    Notice.REVOCATION: "CX",
}
LAWFUL_REMEDY = _(
    "Whoever disagrees may apply for administrative reconsideration within 60 days of receiving this decision, or "
    "bring a lawsuit within 6 months."
)
"""What every refusal of an administrative payment states (domain §3.1)."""


def send_notices(
    session: Session,
    act: Act,
    notice: Notice,
    case_ids: Sequence[int],
    content: Mapping[str, Any],
    *,
    each: Mapping[int, Mapping[str, Any]] | None = None,
    answer_by: Mapping[int, date | None] | None = None,
) -> dict[int, str]:
    """Write one numbered paper for each case, in the caller's transaction; `each` and `answer_by` by case.

    Returns the number given to each case.
    """
    if not case_ids:
        return {}
    year = local_date(act.now, act.calendar.zone).year
    numbers = take_numbers(session, _SERIES[notice], year, len(case_ids), act)
    rows = [
        {
            "id": new_id(),
            "district_id": act.actor.district_id,
            "case_id": case_id,
            "kind": notice.value,
            "number": number,
            "content": {**content, **(each or {}).get(case_id, {}), "handler": act.actor.name},
            "answer_by": (answer_by or {}).get(case_id),
            "made_by": act.actor.account_id,
            "at": act.now,
        }
        for case_id, number in zip(case_ids, numbers, strict=True)
    ]
    add_rows(session, CaseNotice, rows)
    return dict(zip(case_ids, numbers, strict=True))
