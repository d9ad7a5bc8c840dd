"""Erasing what people wrote in the history of cases, where the law wants it erased: the steps stay, the words go.

Who did what and when cannot be taken away. Each row is blanked once, which the database itself sees to, and the audit
chain names it with its new digest: so a chain sealed before still holds, and whoever changes such a row later is found.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.audit import WORDS_ERASED, marks_now, record
from concierge.engine.tables import HISTORY, History

_BLANK = dict.fromkeys(History.erasable)


def erase_words(
    session: Session, *, case_ids: Sequence[int], actor: Actor, now: datetime, key: bytes, person_id: int
) -> int:
    """Blank reasons and data of every step of these cases, in the running transaction; how many steps had any.

    `key` is that of the audit chain. Steps blanked before are left as they are.
    """
    h = History
    written = h.reason.is_not(None) | h.data.is_not(None) | h.before.is_not(None)
    wanted = select(h.id).where(among(h.case_id, case_ids), h.erased_at.is_(None), written).order_by(h.id)
    ids = list(session.execute(wanted).scalars())
    if not ids:
        return 0
    blank = update(h).where(among(h.id, ids)).values(erased_at=now, **_BLANK)
    session.execute(blank, execution_options={"synchronize_session": False})
    data = {"table": h.__tablename__, "rows": marks_now(session, HISTORY, ids, key)}
    record(
        session, act=WORDS_ERASED, actor=actor, now=now, subject_kind="person", subject_id=person_id,
        person_id=person_id, data=data,
    )  # fmt: skip
    return len(ids)
