"""Knowledge cards: answers that serve again, their versions, and what people think of them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class KnowledgeCard(Identified, Scoped, Base):
    """A question and its answer without anybody's particulars. `released` is the version that is shown, if any.

    `case_id` is the consultation it came from; `keeper_id` is told when what it cites is superseded.
    """

    __tablename__ = "knowledge_cards"
    __table_args__ = (UniqueConstraint("district_id", "id"), within("case_id", "cases"))

    keeper_id: Mapped[int]
    case_id: Mapped[int | None]
    released: Mapped[int | None]
    retired_at: Mapped[datetime | None]
    retired_for: Mapped[str] = mapped_column(default="")
    useful: Mapped[int] = mapped_column(default=0)
    useless: Mapped[int] = mapped_column(default=0)


class CardVersion(Identified, Scoped, Base):
    """One wording of a card. It is released by another natural person than the one who wrote it, and then stays."""

    __tablename__ = "card_versions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "card_id", "version"),
        within("card_id", "knowledge_cards"),
    )

    card_id: Mapped[int]
    version: Mapped[int]
    question: Mapped[str]
    answer: Mapped[str]
    written_by: Mapped[int]
    written_by_key: Mapped[str]
    written_at: Mapped[datetime]
    released_by: Mapped[int | None]
    released_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]


class CardCitation(Identified, Scoped, Base):
    """What a version of a card rests on, as `Citation` for an answer."""

    __tablename__ = "card_citations"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "card_version_id", "policy_version_id", "path"),
        within("card_version_id", "card_versions"),
        within("policy_version_id", "policy_versions"),
        Index("ix_card_citations_policy", "policy_version_id"),
    )

    card_version_id: Mapped[int]
    policy_version_id: Mapped[int]
    path: Mapped[str] = mapped_column(default="")


class CardVote(Identified, Scoped, Base):
    """Whether a card was useful to one reader; he may change his mind."""

    __tablename__ = "card_votes"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "card_id", "account_id"),
        within("card_id", "knowledge_cards"),
    )

    card_id: Mapped[int]
    account_id: Mapped[int]
    is_useful: Mapped[bool]
