"""The one-time link by which a host answers without an account: it names the order, and only this site can make it.

It is good for one service of the order: when the service is recorded again, another link is made.
"""

import hmac

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id

PURPOSE = "host-link"
_ID = 13
_MARK = 24


def host_token(keys: KeyRing, *, district_id: int, order_id: int, serves: int) -> str:
    """The token of an order's link: district, order, and the mark over both and the number of its service."""
    return f"{public_id(district_id)}{public_id(order_id)}{_mark(keys, district_id, order_id, serves)}"


def read_token(token: str) -> tuple[int, int]:
    """(district, order) that a token names. Raises NotFound for what has not its form."""
    if len(token) != 2 * _ID + _MARK:
        raise NotFound()
    return parse_id(token[:_ID]), parse_id(token[_ID : 2 * _ID])


def is_genuine(keys: KeyRing, token: str, *, serves: int) -> bool:
    """Whether this site made the token for this service of the order, compared in constant time."""
    district_id, order_id = read_token(token)
    return hmac.compare_digest(token[2 * _ID :].encode(), _mark(keys, district_id, order_id, serves).encode())


def _mark(keys: KeyRing, district_id: int, order_id: int, serves: int) -> str:
    return keys.blind_index(f"{district_id}:{order_id}:{serves}", PURPOSE)[:_MARK]
