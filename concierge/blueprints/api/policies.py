"""What programs may do with the drafts of policies: take away one that was begun or loaded by mistake."""

from concierge.blueprints.api.act import ApiAct, a_body
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT
from concierge.rules.roles import Role
from concierge.services.policy_discarding import discard_draft
from concierge.web.doors import door


def _discard(policy_id: int, body: Body) -> int:
    version_id = body.ident("version_id", required=True) or 0
    body.check()
    discard_draft(
        door.session, actor=door.actor, now=door.now, version_id=version_id, policy_id=policy_id, key=sent_key()
    )  # fmt: skip
    return policy_id


POLICIES = (
    ApiAct(
        "policies", "draft-removal", (Role.TALENT_OFFICE,), "Discard a draft that nobody published", _discard,
        a_body("version_id", version_id=IDENT), keyed=True, ends=True,
    ),
)  # fmt: skip
