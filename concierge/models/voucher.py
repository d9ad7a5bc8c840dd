"""Service vouchers (服务券): one service for one expert, given by a hospital, hotel or carrier, and settled with it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import within
from concierge.engine.tables import Case, detail


class Voucher(Case):
    """What an approved claim is served with: its number is shown to the provider and used once.

    `cap_fen` is the most that the service may cost (fen); nothing is settled where it is 0. `used_fen` is what the
    provider reported, up to the cap. `settled_at` is when finance took it into the settlement of its month.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("claim_id", "claims"),
        within("service_unit_id", "units"),
        within("provider_id", "units"),
        within("paying_unit_id", "units"),
        CheckConstraint("cap_fen >= 0 and used_fen >= 0 and used_fen <= cap_fen", name="within_the_cap"),
        CheckConstraint("settled_at is null or (used_fen > 0 and provider_id is not null)", name="settled"),
        Index(
            "uq_vouchers_settled",
            "district_id",
            "claim_id",
            unique=True,
            postgresql_where=text("settled_at is not null"),
            sqlite_where=text("settled_at is not null"),
        ),
        Index("ix_vouchers_claim", "claim_id"),
        Index("ix_vouchers_month", "district_id", "paying_unit_id", "used_on", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    claim_id: Mapped[int]
    service_unit_id: Mapped[int]
    provider_id: Mapped[int | None]
    paying_unit_id: Mapped[int]
    cap_fen: Mapped[int]
    valid_days: Mapped[int]
    valid_until: Mapped[date | None]
    used_on: Mapped[date | None]
    used_fen: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]

    __mapper_args__ = detail("voucher", id, district_id)

    @hybrid_property
    def costs_money(self) -> bool:
        """The provider is paid for the service."""
        return self.cap_fen > 0

    @hybrid_property
    def costs_nothing(self) -> bool:
        """The service is given without money between us and the provider."""
        return self.cap_fen == 0
