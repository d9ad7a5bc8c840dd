"""Policies are written as drafts and published by another person than their editor."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.policies import (
    PolicyHead,
    change_head,
    content_of,
    draft_from_file,
    edit_version,
    next_draft,
    publish_version,
)
from concierge.services.policy_discarding import discard_draft
from tests import office
from tests.benefits import EDITOR, NOW, Stage, colleague, editor, refused
from tests.office import FINANCE, OFFICE


def version_of(stage: Stage, code: str) -> PolicyVersion:
    statement = select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == code)
    return stage._read(
        lambda: stage.session.execute(statement.order_by(PolicyVersion.version.desc())).scalars().first()
    )


def draft(stage: Stage, code: str = "P02") -> int:
    return next_draft(stage.session, actor=editor(), now=NOW, version_id=version_of(stage, code).id)


def test_the_six_policies_are_in_force_with_their_limits(both_stages: Stage):
    codes = both_stages._read(
        lambda: both_stages.session.execute(select(Policy.code).order_by(Policy.code)).scalars().all()
    )
    assert codes == ["P01", "P02", "P06", "P12", "P14", "P20"]
    living = version_of(both_stages, "P02")
    assert living.state == "published"
    limits = both_stages._read(
        lambda: both_stages.session.execute(
            select(PolicyLimit.name, PolicyLimit.days).where(PolicyLimit.policy_version_id == living.id)
        ).all()
    )
    assert dict(map(tuple, limits)) == {"claim": 15, "correction": 10, "publicity": 5}


def test_the_editor_may_not_publish_his_own_version(stage: Stage):
    made = draft(stage)
    with pytest.raises(Refusal) as error:
        publish_version(stage.session, actor=editor(), now=NOW, version_id=made)
    assert error.value.reasons[0].code == "editor_may_not_publish"


def test_a_stand_in_for_the_editor_may_not_publish_either(stage: Stage):
    made = draft(stage)
    stand_in = replace(colleague(Role.TALENT_OFFICE, "somebody"), for_person_key=EDITOR)
    with pytest.raises(Refusal):
        publish_version(stage.session, actor=stand_in, now=NOW, version_id=made)


def test_a_second_account_of_the_editor_may_not_publish_either(stage: Stage):
    made = draft(stage)
    again = office.actor(Role.TALENT_OFFICE, account_id=999, key=EDITOR)
    with pytest.raises(Refusal):
        publish_version(stage.session, actor=again, now=NOW, version_id=made)


def refused_to(stage: Stage, made: int, *actors: Actor) -> set[str]:
    """Why none of these may publish a draft."""
    codes = set()
    for actor in actors:
        with pytest.raises(Refusal) as error:
            publish_version(stage.session, actor=actor, now=NOW, version_id=made)
        codes |= {reason.code for reason in error.value.reasons}
    return codes


def test_whoever_wrote_a_draft_may_not_publish_it_after_another_one_has_changed_it(both_stages: Stage):
    stage, other = both_stages, colleague(Role.TALENT_OFFICE, "somebody")
    made = draft(stage)
    kept = stage._read(lambda: content_of(stage.session, made))
    edit_version(stage.session, actor=other, now=NOW, version_id=made, content=kept)
    assert refused_to(stage, made, editor(), other) == {"editor_may_not_publish"}
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, version_id=made)


def test_whoever_wrote_a_draft_may_not_publish_what_another_one_copied_from_it(stage: Stage):
    other = colleague(Role.TALENT_OFFICE, "somebody")
    copied = next_draft(stage.session, actor=other, now=NOW, version_id=draft(stage))
    assert refused_to(stage, copied, editor(), other) == {"editor_may_not_publish"}


def test_whoever_named_the_unit_that_pays_may_not_publish(stage: Stage):
    other, name = colleague(Role.TALENT_OFFICE, "somebody"), Bilingual("补贴", "Allowance")
    given = PolicyHead(code="P99", name=name, group="g", icon="coins", unit_id=OFFICE, paying_unit_id=OFFICE)
    kept = stage._read(lambda: content_of(stage.session, version_of(stage, "P02").id))
    made = draft_from_file(stage.session, actor=editor(), now=NOW, head=given, content=kept)
    paid = replace(given, paying_unit_id=FINANCE)
    change_head(stage.session, actor=other, now=NOW, version_id=made, change=lambda _kept: paid)
    assert refused_to(stage, made, other) == {"editor_may_not_publish"}


def test_whoever_wrote_what_a_policy_is_publishes_no_draft_of_it_whoever_wrote_that(both_stages: Stage):
    stage, other = both_stages, colleague(Role.TALENT_OFFICE, "somebody")
    third = colleague(Role.TALENT_OFFICE, "a third one")
    given = PolicyHead(
        code="P99", name=Bilingual("补贴", "Allowance"), group="g", icon="coins", unit_id=OFFICE, paying_unit_id=OFFICE
    )
    kept = stage._read(lambda: content_of(stage.session, version_of(stage, "P02").id))
    first = draft_from_file(stage.session, actor=editor(), now=NOW, head=given, content=kept)
    later = draft_from_file(stage.session, actor=other, now=NOW, head=given, content=kept)
    paid = replace(given, paying_unit_id=FINANCE)
    change_head(stage.session, actor=third, now=NOW, version_id=first, change=lambda _kept: paid)
    discard_draft(stage.session, actor=editor(), now=NOW, version_id=first)
    assert refused_to(stage, later, editor(), other, third) == {"editor_may_not_publish"}
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, version_id=later)


def test_a_published_version_ends_the_one_before_it_and_is_written_down(stage: Stage):
    before = version_of(stage, "P02").id
    made = draft(stage)
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, version_id=made)
    old = stage._read(lambda: stage.session.get_one(PolicyVersion, before))
    new = stage._read(lambda: stage.session.get_one(PolicyVersion, made))
    assert (new.state, new.version) == ("published", 2)
    assert old.valid_to == new.valid_from - timedelta(days=1)
    acts = stage._read(lambda: stage.session.execute(select(AuditEntry.act).order_by(AuditEntry.id)).scalars().all())
    assert acts[-2:] == ["draft-policy-version", "publish-policy-version"]


def test_a_published_version_is_never_edited(stage: Stage):
    version = version_of(stage, "P02").id
    content = stage._read(lambda: content_of(stage.session, version))
    with pytest.raises(Refusal) as error:
        edit_version(stage.session, actor=editor(), now=NOW, version_id=version, content=content)
    assert error.value.reasons[0].code == "already_published"


def test_a_version_cannot_begin_before_the_one_in_force(stage: Stage):
    made = draft(stage)
    content = stage._read(lambda: content_of(stage.session, made))
    early = replace(content, valid_from=date(2024, 12, 1))
    edit_version(stage.session, actor=editor(), now=NOW, version_id=made, content=early)
    with pytest.raises(Refusal) as error:
        publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, version_id=made)
    assert error.value.reasons[0].code == "overlaps_newer"


def test_a_version_that_promises_money_and_names_no_amount_is_not_published(stage: Stage):
    made = draft(stage)
    content = stage._read(lambda: content_of(stage.session, made))
    empty = replace(content, rates={"by": "degree", "amounts": {}})
    edit_version(stage.session, actor=editor(), now=NOW, version_id=made, content=empty)
    publisher = office.actor(Role.TALENT_OFFICE)
    assert refused(lambda: publish_version(stage.session, actor=publisher, now=NOW, version_id=made)) == {"no_amounts"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limits": {"publicity": 4}}, "limit_publicity"),
        ({"limits": {"claim": 0}}, "limit_claim"),
        ({"limits": {"lunch": 3}}, "limit_lunch"),
        ({"clauses": {"all": []}}, "clauses"),
        ({"rates": {"by": "degree", "amounts": {"phd": 0.5}}}, "rates"),
        ({"kind": "instalment"}, "shares"),
        ({"valid_to": date(2020, 1, 1)}, "valid_to"),
        ({"needs_joint": True, "needs_hr": False}, "needs_joint"),
        ({"materials": [{"code": "a", "severity": "middle"}]}, "materials"),
    ],
)
def test_rules_that_cannot_hold_are_refused_beside_their_field(stage: Stage, change, field):
    made = draft(stage)
    content = stage._read(lambda: content_of(stage.session, made))
    with pytest.raises(Invalid) as wrong:
        edit_version(stage.session, actor=editor(), now=NOW, version_id=made, content=replace(content, **change))
    assert field in [reason.field for reason in wrong.value.reasons]


def test_what_does_not_exist_is_not_found(stage: Stage):
    with pytest.raises(NotFound):
        publish_version(stage.session, actor=editor(), now=NOW, version_id=1)
