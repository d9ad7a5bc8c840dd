"""Notes on a case's page that are refused."""

import re

from sqlalchemy import func, select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.comment import Comment
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow
from tests.cases import put
from tests.office import ACCOUNTS, EXPERT, OFFICE, Office, check_page
from tests.office import office as office


def case_of(office: Office) -> str:
    """The address of a request that the specialist has."""
    parties = {"expert_id": EXPERT, "specialist_id": ACCOUNTS[Role.SPECIALIST], "office_id": OFFICE}
    with office.session() as session, transaction(session):
        return f"/cases/{public_id(put(session, CareRequestFlow, 'registered', **parties))}"


def test_a_note_that_is_too_long_stays_in_its_box_with_who_was_to_read_it(office: Office) -> None:
    case, words = case_of(office), "字" * 2001
    answer = office.as_(Role.SPECIALIST).post(f"{case}/comments?next={case}", {"text": words, "visibility": "shared"})
    text = check_page(answer)
    assert answer.status_code == 422
    box = rf'id="composer-text-error".*?<textarea[^>]*aria-invalid="true"[^>]*>\s*{words}</textarea>'
    assert re.search(box, text, re.DOTALL)
    assert re.search(r'name="visibility" value="shared" checked', text)
    assert f'name="next" value="{case}"' in text, "what else is done there comes back to the case"
    assert f'name="next" value="{case}/comments' not in text
    with office.session() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 0
