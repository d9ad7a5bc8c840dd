"""The annual summary: officers write its text, records give its figures, and a copy can be frozen for good."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.campaign import Campaign, ReportingGroup
from concierge.models.report import ReportSnapshot
from concierge.queries.summaries import summary_of
from concierge.rules.roles import Role
from concierge.rules.summaries import check_text, digest_of
from concierge.services.people import only


def write_text(session: Session, *, actor: Actor, now: datetime, campaign_id: int, text_zh: str, text_en: str) -> None:
    """Keep the officers' own text of a campaign's summary; an empty one means the shipped text.

    Raises Invalid naming every figure in it that does not exist, NotFound for an unknown campaign.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        groups = list(session.execute(select(ReportingGroup.code)).scalars())
        check_text(text_zh, groups, "text_zh")
        check_text(text_en, groups, "text_en")
        written = session.execute(
            update(Campaign)
            .where(Campaign.id == campaign_id)
            .values(summary_zh=text_zh.strip(), summary_en=text_en.strip())
            .returning(Campaign.id),
            execution_options={"synchronize_session": False},
        )
        if written.first() is None:
            raise NotFound()
        record(session, act="write-summary", actor=actor, now=now, subject_kind="campaign", subject_id=campaign_id)


def freeze_summary(session: Session, *, actor: Actor, now: datetime, campaign_id: int, today: date) -> int:
    """Freeze the summary as it stands: figures, both texts and their digest; returns the snapshot's id.

    Raises NotFound for an unknown campaign.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        summary = summary_of(session, campaign_id=campaign_id)
        body = {
            "figures": dict(sorted(summary.figures.items())),
            "text_zh": summary.text.zh,
            "text_en": summary.text.en,
            "as_of": today.isoformat(),
        }
        row: dict[str, Any] = {
            "id": new_id(),
            "district_id": actor.district_id,
            "campaign_id": campaign_id,
            "unit_id": None,
        }
        row |= {"year": summary.campaign.year, "month": None, "body": body, "digest": digest_of(body)}
        session.execute(insert(ReportSnapshot), [row | {"made_by": actor.account_id, "made_at": now}])
        record(
            session, act="freeze-summary", actor=actor, now=now, subject_kind="report_snapshot", subject_id=row["id"],
            data={"digest": row["digest"]},
        )  # fmt: skip
    return int(row["id"])
