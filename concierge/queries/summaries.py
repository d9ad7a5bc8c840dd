"""The annual summary as it stands now, and the copies that were frozen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, current_language
from concierge.models.account import Account
from concierge.models.campaign import Campaign, ReportingGroup
from concierge.models.district import District
from concierge.models.report import ReportSnapshot
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaigns import CampaignRow, campaign_named
from concierge.rules.summaries import digest_of, parts, shipped_text

KEPT = 50
Pieces = dict[str, tuple[tuple[str, str], ...]]
"""A text in pieces, by language."""


@dataclass(frozen=True)
class Group:
    """A reporting group."""

    code: str
    name: Bilingual


@dataclass(frozen=True)
class Summary:
    """A campaign's year: exact figures, the text that says them, and the groups they are told by."""

    campaign: CampaignRow
    groups: tuple[Group, ...]
    figures: dict[str, int]
    told: Pieces
    source: Bilingual

    @property
    def text(self) -> Bilingual:
        """The text that says the figures."""
        zh, en = ("".join(said for said, _name in self.told[language]) for language in ("zh_CN", "en"))
        return Bilingual(zh, en)

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The text in the reader's language, each figure with the name that opens its rows."""
        return self.told["en" if current_language() == "en" else "zh_CN"]

    def count(self, measure: str, group: str = "") -> int:
        """An exact figure, of a group or in all."""
        return self.figures.get(f"{group}.{measure}" if group else measure, 0)


def summary_of(session: Session, *, campaign_id: int | None) -> Summary:
    """The summary of a campaign, or of the newest. Raises NotFound."""
    campaign = campaign_named(session, campaign_id)
    figures = count_all(session, Span.of_year(campaign.ids, campaign.year))
    kept = session.get_one(Campaign, campaign.id)
    groups = _groups(session)
    shipped = shipped_text({each.code: each.name for each in groups}, has_parent=campaign.parent is not None)
    source = Bilingual(kept.summary_zh or shipped.zh, kept.summary_en or shipped.en)
    return Summary(campaign, groups, figures, _told(session, source, campaign, figures), source)


def _groups(session: Session) -> tuple[Group, ...]:
    g = ReportingGroup
    rows = session.execute(select(g.code, g.name_zh, g.name_en).order_by(g.position, g.id))
    return tuple(Group(row.code, Bilingual(row.name_zh, row.name_en)) for row in rows)


def groups_by_code(session: Session) -> dict[str, Bilingual]:
    """The names of the reporting groups by their codes."""
    return {group.code: group.name for group in _groups(session)}


def _told(session: Session, source: Bilingual, campaign: CampaignRow, figures: dict[str, int]) -> Pieces:
    """The text of either language in pieces."""
    district = session.execute(select(District).where(District.id == session.info["district"])).scalar_one()
    said = {}
    for language, text in (("zh_CN", source.zh), ("en", source.en)):
        words = {
            "district": district.name.in_language(language),
            "campaign": campaign.name.in_language(language),
            "parent": campaign.parent.in_language(language) if campaign.parent is not None else "",
        }
        said[language] = tuple(parts(text, figures, words, language))
    return said


@dataclass(frozen=True)
class Frozen:
    """A copy that was frozen; `is_whole` says whether its digest still holds."""

    id: int
    year: int
    campaign_id: int
    made_at: datetime
    made_by: str
    digest: str
    body: dict[str, Any]

    @property
    def text(self) -> Bilingual:
        """The words as they were."""
        return Bilingual(self.body["text_zh"], self.body["text_en"])

    @property
    def is_whole(self) -> bool:
        """Whether the digest is that of the body."""
        return digest_of(self.body) == self.digest


def frozen_summaries(session: Session, campaign_id: int) -> list[Frozen]:
    """The frozen copies of a campaign's annual summary, newest first."""
    s = ReportSnapshot
    return _frozen(session, s.campaign_id == campaign_id, s.unit_id.is_(None))


def frozen_summary(session: Session, snapshot_id: int) -> Frozen:
    """One frozen annual summary. Raises NotFound."""
    found = _frozen(session, ReportSnapshot.id == snapshot_id, ReportSnapshot.unit_id.is_(None))
    if not found:
        raise NotFound()
    return found[0]


def _frozen(session: Session, *where: Any) -> list[Frozen]:
    s = ReportSnapshot
    rows = session.execute(
        select(s, Account.name)
        .outerjoin(Account, Account.id == s.made_by)
        .where(*where)
        .order_by(s.id.desc())
        .limit(50)
    )
    return [
        Frozen(row[0].id, row[0].year, row[0].campaign_id, row[0].made_at, row.name or "", row[0].digest, row[0].body)
        for row in rows
    ]
