"""Where a request really comes from, when a proxy of our own passes it on.

The TLS in front of a site is the only one that connects to it: without this every visitor would have its address, in
the audit trail as in what is counted by address (wrong passwords, readings of codes).
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from concierge.basics.hosts import is_address_of

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BehindProxies:
    """A WSGI application whose REMOTE_ADDR is the last address in X-Forwarded-For that is no proxy of ours.

    Each proxy adds whom it heard at the end, so what a visitor wrote there himself stands before and is not believed.
    """

    def __init__(self, application: Application, proxies: Collection[str]) -> None:
        self.application, self.proxies = application, proxies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as the application does."""
        passed_on = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        while passed_on and is_address_of(environ.get("REMOTE_ADDR", ""), self.proxies):
            heard = passed_on.pop().strip()
            if not is_address_of(heard, ("0.0.0.0/0", "::/0")):
                break
            environ["REMOTE_ADDR"] = heard
        return self.application(environ, start_response)
