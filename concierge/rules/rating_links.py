"""The one-time link by which an expert rates an answer without logging in: only this site can make it."""

import hmac

from concierge.basics.crypto import KeyRing
from concierge.basics.ids import public_id
from concierge.rules.host_links import read_token

PURPOSE = "rating-link"
_MARK = 24


def rating_token(keys: KeyRing, *, district_id: int, case_id: int) -> str:
    """The token of a request's link: district, request, and the mark over both. It is used up by the rating."""
    return f"{public_id(district_id)}{public_id(case_id)}{_mark(keys, district_id, case_id)}"


def is_genuine(keys: KeyRing, token: str) -> bool:
    """Whether this site made the token, compared in constant time. Raises NotFound for what has not its form."""
    district_id, case_id = read_token(token)
    return hmac.compare_digest(token[-_MARK:].encode(), _mark(keys, district_id, case_id).encode())


def _mark(keys: KeyRing, district_id: int, case_id: int) -> str:
    return keys.blind_index(f"{district_id}:{case_id}", PURPOSE)[:_MARK]
