"""What the server of the page benchmark loads: the application of the environment, and the floor beside it."""

from typing import Any

from flask import Flask


def ours() -> Any:
    """The whole application, as `concierge.wsgi` makes it."""
    from concierge.wsgi import app

    return app


def hello() -> Flask:
    """Flask's own first page."""
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "<p>Hello, World!</p>")
    return app
