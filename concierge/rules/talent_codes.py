"""The talent code (人才码, domain §4): an opaque token that lives a short time and names nobody to whoever reads it.

It is computed, not kept: district, person and its end, sealed so that only this site can make or open it.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from concierge.basics.crypto import CryptoError, KeyRing

PURPOSE = "talent-code"
LIFE = timedelta(seconds=90)
_FORM = struct.Struct(">QQI")


@dataclass(frozen=True)
class TalentCode:
    """What a code holds: whose it is, until when it may be read."""

    district_id: int
    person_id: int
    ends_at: datetime


def make_code(keys: KeyRing, *, district_id: int, person_id: int, now: datetime) -> str:
    """A fresh code of a person, another one at every call."""
    plain = _FORM.pack(district_id, person_id, int((now + LIFE).timestamp()))
    return keys.seal_token(plain, PURPOSE)


def read_code(keys: KeyRing, token: str, *, now: datetime) -> TalentCode | None:
    """What a code holds; None for one that is forged, damaged or past its time, without telling which."""
    try:
        district_id, person_id, ends = _FORM.unpack(keys.open_token(token, PURPOSE))
    except (CryptoError, struct.error):
        return None
    ends_at = datetime.fromtimestamp(ends, UTC)
    return TalentCode(district_id, person_id, ends_at) if now <= ends_at else None


def fingerprint(keys: KeyRing, token: str) -> str:
    """What is kept of a code that was read, so that it is not read twice: it leads back to no code."""
    return keys.sign(token.encode("utf-8", "replace"), PURPOSE)[:32]
