"""A draft that was begun or loaded by mistake is discarded: the audit keeps it, its number and its code are free."""

from typing import Any

from sqlalchemy import func, select

from concierge.basics.ids import public_id
from concierge.engine.tables import AuditEntry
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.policies import next_draft, publish_version
from concierge.services.policy_discarding import discard_draft
from concierge.services.policy_files import load_policies_file
from tests import office
from tests.benefits import House, Stage, editor, refused
from tests.office import check_page
from tests.proving import unsound
from tests.services.test_policies import version_of
from tests.services.test_policy_files import saved


def loaded(stage: Stage, code: str) -> Any:
    """A draft of a policy under a code, from a file."""
    file = saved(stage).replace(b'"P02"', f'"{code}"'.encode()).replace("每半年发放".encode(), "每两年发放".encode())
    load_policies_file(stage.session, actor=editor(), now=stage.now, content=file)
    return version_of(stage, code)


def discard(stage: Stage, version_id: int, role: Role = Role.TALENT_OFFICE) -> None:
    discard_draft(stage.session, actor=office.actor(role), now=stage.now, version_id=version_id)


def test_a_discarded_draft_is_gone_its_number_is_free_and_the_audit_keeps_its_words(both_stages: Stage) -> None:
    stage = both_stages
    draft, limits = loaded(stage, "P02"), select(func.count(PolicyLimit.id))
    before = stage._read(lambda: stage.session.execute(limits).scalar_one())
    assert (draft.version, draft.state) == (2, "draft")
    discard(stage, draft.id)
    assert version_of(stage, "P02").version == 1
    assert stage._read(lambda: stage.session.execute(limits).scalar_one()) < before
    kept = stage._read(
        lambda: stage.session.execute(select(AuditEntry).order_by(AuditEntry.id.desc())).scalars().first()
    )
    assert (kept.act, kept.subject_id, kept.data["code"], kept.data["version"]) == (
        "discard-policy-version", draft.id, "P02", 2,
    )  # fmt: skip
    assert "每两年发放" in kept.data["words"]["guide"]["zh"]
    assert loaded(stage, "P02").version == 2
    assert not stage._read(lambda: unsound(stage.session))


def test_a_policy_of_which_nothing_else_was_written_goes_with_its_draft_and_its_code_is_free(stage: Stage) -> None:
    draft = loaded(stage, "P77")
    discard(stage, draft.id)
    codes = stage._read(lambda: set(stage.session.execute(select(Policy.code)).scalars()))
    assert "P77" not in codes
    assert loaded(stage, "P77").version == 1


def test_what_is_published_is_never_discarded_and_no_other_role_discards(stage: Stage) -> None:
    published = version_of(stage, "P02").id
    assert refused(lambda: discard(stage, published)) == {"already_published"}
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=published)
    assert refused(lambda: discard(stage, draft, Role.SPECIALIST_LEAD)) == {"not_your_role"}
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=stage.now, version_id=draft)
    assert refused(lambda: discard(stage, draft)) == {"already_published"}
    assert stage._read(lambda: stage.session.execute(select(func.count(PolicyVersion.id))).scalar_one()) > 1


def test_an_officer_discards_a_draft_on_its_page_alone(house: House) -> None:
    stage, officer = house.stage, house.as_(Role.TALENT_OFFICE)
    published = version_of(stage, "P02").id
    page = f"/office/policies/{public_id(published)}"
    assert "作废此草稿" not in check_page(officer.get(page))
    draft = next_draft(stage.session, actor=editor(), now=stage.now, version_id=published)
    own = f"/office/policies/{public_id(draft)}"
    assert "作废此草稿" in check_page(officer.get(own))
    answer = officer.post(f"{own}/discard", {}, page=own)
    assert answer.headers["Location"].endswith("/office/policies")
    assert "草稿已作废" in check_page(officer.get("/office/policies"))
    assert officer.get(own).status_code == 404
    late = officer.post(f"/office/policies/{public_id(published)}/discard", {}, page=page)
    assert late.headers["Location"].endswith(page)
    assert "P02" in check_page(house.as_(Role.SECURITY_ADMIN).get("/admin/settings"))
