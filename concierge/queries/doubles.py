"""What is told of benefits granted twice, in two districts: a count, never which, where or how much (domain §2.4)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Text, _
from concierge.models.entitlement import Entitlement


def granted_elsewhere(session: Session, right_id: int) -> list[tuple[Text, Text]]:
    """One line where another district has granted the like of this right; none otherwise."""
    wanted = select(Entitlement.granted_elsewhere).where(Entitlement.id == right_id)
    count = session.execute(wanted).scalar_one_or_none()
    text = _("benefits of the same group: %(n)s; a person decides", n=count)
    return [(_("Granted in another district"), text)] if count else []
