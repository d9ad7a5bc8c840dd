"""Districts and their units."""

from datetime import datetime, time

from sqlalchemy import Index, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import Base, Identified, Scoped, within


class District(Identified, Base):
    """One district served by this site, with its working hours. `is_demo` marks fictional data.

    Since `paused_since` it rests: restored from a copy, nothing is sent or paid (services/resting.py).
    """

    __tablename__ = "districts"

    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    opens: Mapped[time] = mapped_column(Time, default=time(9, 0))
    closes: Mapped[time] = mapped_column(Time, default=time(17, 30))
    hotline: Mapped[str] = mapped_column(default="")
    address_zh: Mapped[str] = mapped_column(default="")
    address_en: Mapped[str] = mapped_column(default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    paused_since: Mapped[datetime | None]

    @property
    def name(self) -> Bilingual:
        """The district's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)

    @property
    def address(self) -> Bilingual:
        """Where its service stands, in the reader's language; empty when nobody wrote it."""
        return Bilingual(self.address_zh, self.address_en)


class Unit(Identified, Scoped, Base):
    """A bureau, an employer, a township. Units are data: the list of participating units is open (domain §1).

    `payee_id` is the file under which money is paid to the unit (see models/person.py), once it was needed.
    `deputy_in_charge_id` and `first_responsible_id` are the accounts to whom its matters climb (分管领导,
    第一责任人).
    """

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "code"),
        within("parent_id", "units"),
        Index("ix_units_kind", "district_id", "kind"),
    )

    code: Mapped[str]
    kind: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    parent_id: Mapped[int | None]
    phone: Mapped[str] = mapped_column(default="")
    is_township: Mapped[bool] = mapped_column(default=False)
    remoteness: Mapped[int] = mapped_column(default=0)
    payee_id: Mapped[int | None]
    deputy_in_charge_id: Mapped[int | None]
    first_responsible_id: Mapped[int | None]

    @property
    def name(self) -> Bilingual:
        """The unit's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)
