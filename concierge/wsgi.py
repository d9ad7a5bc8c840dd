"""What a WSGI server loads."""

from concierge.app import create_app
from concierge.basics.memory import settle_down

app = create_app()
settle_down()
