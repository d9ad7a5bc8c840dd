"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from concierge.basics.text import set_language

pytest_plugins = [
    "tests.compiled",
    "tests.servers",
    "tests.databases",
    "tests.browsers",
    "tests.presenting",
    "tests.turns",
    "tests.order",
    "tests.office",
    "tests.paying",
    "tests.benefits",
    "tests.serving",
]


@pytest.fixture(autouse=True)
def chinese_first() -> Iterator[None]:
    """Every test begins in the district's language, whatever another test spoke last."""
    set_language("zh_CN")
    yield
    set_language("zh_CN")
