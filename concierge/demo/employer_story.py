"""What employers certify of the experts on their posts: most of them did so this month, one has not yet."""

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.person import Employment
from concierge.rules.roles import Role
from concierge.services.certifying import Certificate, certify

CERTIFYING = (("employer", 4), ("employer_education", 6), ("employer_agriculture", 2))
"""Log-ins, and how many working days before the present; who is not named here is still to be asked."""
OVERDUE = 3
"""So many of a unit's posts wait for an answer from the head of their section."""


def begin_certificates(scene: Scene) -> None:
    """Put this month's certificates on the agenda."""
    for login, back in CERTIFYING:
        scene.begin(scene.ago(back), _certifies(scene, scene.cast[login]))


def _certifies(scene: Scene, actor: Actor) -> Story:
    held = (
        select(Employment.id, Employment.person_id)
        .where(
            Employment.employer_id.in_(actor.units(Role.EMPLOYER)),
            Employment.starts_on <= scene.day,
            Employment.ends_on.is_(None) | (Employment.ends_on >= scene.day),
        )
        .order_by(Employment.id)
    )
    with transaction(scene.db):
        posts = scene.db.execute(held).all()
    certificates = [Certificate(post.id, scene.random.choice((0, 0, 0, 1, 3))) for post in posts[OVERDUE:]]
    if certificates:
        certify(scene.db, actor=actor, now=scene.moment, certificates=certificates)
    yield from ()
