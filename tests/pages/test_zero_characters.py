"""Text that no database keeps alike is refused at the door, before anything is done."""

import io

import pytest

from concierge.rules.roles import Role
from tests.office import Office, check_page


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("get", "/desk?q=%00", {}),
        ("post", "/finance/budget/new", {"year": "2026", "number": "7\x00", "name_zh": "指标"}),
        ("post", "/finance/bank", {"file": (io.BytesIO(b"1"), "a\x00.csv")}),
    ],
)
def test_the_character_zero_is_refused_in_words(
    office: Office, method: str, path: str, given: dict[str, object]
) -> None:
    role = Role.SPECIALIST if path.startswith("/desk") else Role.FINANCE_MAKER
    answer = getattr(office.as_(role), method)(path, **({"data": given} if given else {}))
    assert answer.status_code == 422
    assert "无法保存的字符" in check_page(answer)
