"""A district as it is left by `concierge found`, and whoever comes to its pages: nothing is written past them.

    district = Founded(office)
    system = district.in_("first.system_admin")
    sent(system, "/admin/units", code="hr", kind="hr", name_zh="区人社局", name_en="HR Bureau")

The district lies beside the small office, whose people cannot see it.
"""

import re
from datetime import date
from typing import Any

import pyotp
from sqlalchemy import select

from concierge.basics.crypto import first_password
from concierge.basics.ids import public_id
from concierge.db import open_session
from concierge.models.district import Unit
from concierge.services.districts import DistrictNames
from concierge.services.founding import FIRST, Administrator, found_with_administrators
from tests.office import NOW, Office, Visitor

SECRET = re.compile(r'name="secret" value="([A-Z2-7]+)"')
FACTOR, NEW_PASSWORD = "/account/second-factor", "Qingchuan-2026"


class Founded:
    """A founded district; `passwords` holds what each was given first, `devices` the secrets they keep."""

    def __init__(self, office: Office) -> None:
        self.office = office
        people = [
            Administrator(
                role=role, login=f"first.{role}", name=f"甲{n}", person_key=f"key-{n}", password=first_password()
            )
            for n, role in enumerate(FIRST)
        ]
        self.passwords = {each.login: each.password for each in people}
        self.devices: dict[str, str] = {}
        names = DistrictNames(name_zh="青川区", name_en="Qingchuan District")
        with open_session(office.database.engine, district=None) as session:
            self.district_id = found_with_administrators(
                session, now=NOW, today=date(2026, 11, 23), code="999902", names=names, administrators=people
            )

    def in_(self, login: str) -> Visitor:
        """Somebody at his first log-in: his own password, and a device where his role needs one."""
        visitor = self.office.visitor()
        visitor.log_in(login, self.passwords[login])
        sent(visitor, "/account/password", old_password=self.passwords[login], new_password=NEW_PASSWORD)
        if visitor.get("/inbox").location == FACTOR:
            secret = SECRET.search(visitor.get(FACTOR).get_data(as_text=True))
            assert secret is not None
            self.devices[login] = secret[1]
            sent(visitor, FACTOR, secret=secret[1], code=self.code(login))
        return visitor

    def again(self, login: str) -> Visitor:
        """The same person another day."""
        visitor = self.office.visitor()
        visitor.log_in(login, NEW_PASSWORD)
        if login in self.devices:
            sent(visitor, "/login/code", code=self.code(login))
        return visitor

    def code(self, login: str) -> str:
        """What somebody's device shows now."""
        return pyotp.TOTP(self.devices[login]).at(self.office.clock.now())

    def read(self, column: Any) -> list[Any]:
        """A column of the district's tables as it is now."""
        with open_session(self.office.database.engine, district=self.district_id) as session:
            return list(session.execute(select(column)).scalars().all())

    def unit(self, code: str) -> str:
        """A unit's id, as lists name it."""
        with open_session(self.office.database.engine, district=self.district_id) as session:
            return public_id(session.execute(select(Unit.id).where(Unit.code == code)).scalar_one())


def sent(visitor: Visitor, path: str, **typed: Any) -> str:
    """A form that is taken; where it leads."""
    answer = visitor.post(path, typed, page=path if path.startswith("/account") else "")
    assert answer.status_code == 302, answer.get_data(as_text=True)[-2500:]
    return str(answer.headers["Location"])
