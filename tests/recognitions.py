"""The small office with two schemes of recognition, written and published by their own use cases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from concierge.basics.ids import public_id
from concierge.db import DistrictSession, open_session
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.recognition import Recognition, TalentCategory
from concierge.rules.roles import Role
from concierge.services.recognitions import Application, start_recognition
from concierge.services.schemes import NewCategory, SchemeContent, add_scheme, publish_scheme, save_draft
from concierge.services.steps import step_named, take_steps
from tests import office
from tests.databases import DISTRICT, Database
from tests.office import EXPERT, HR, actor

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the district
DAY = timedelta(days=1)
SECOND = actor(Role.TALENT_OFFICE, account_id=991, key="a-second-person-of-the-office")
THIRD = actor(Role.TALENT_OFFICE, account_id=992, key="a-third-person-of-the-office")
BUREAU = actor(Role.HR)
PAPERS = (
    {"code": "degree", "name": {"zh": "学历学位证书", "en": "Degree certificate"}, "severity": "major"},
    {"code": "honour", "name": {"zh": "荣誉证书", "en": "Honours"}, "severity": "minor"},
)


def content(names: str, **given: Any) -> SchemeContent:
    """A version with a category for each name, from A down."""
    classes = [
        NewCategory(grade="ABCDEF"[i], name_zh=f"{name}类", name_en=f"Class {name}") for i, name in enumerate(names)
    ]
    usual: dict[str, Any] = {"number": "望人才发〔2026〕2号", "valid_from": date(2026, 1, 1), "bureau_id": HR}
    return SchemeContent(**usual | {"categories": classes} | given)


def write_schemes(session: DistrictSession) -> None:
    """A to F with papers and publicity; the six classes without either."""
    quick = {"needs_publicity": False, "needs_employer": False, "valid_months": 60}
    schemes = (("letters", content("ABCDEF", materials=PAPERS)), ("classes", content("一二三四五六", **quick)))
    for code, written in schemes:
        maker = actor(Role.TALENT_OFFICE)
        made = add_scheme(session, actor=maker, now=NOW, code=code, name_zh=f"{code}体系", name_en=code)
        save_draft(session, actor=maker, now=NOW, scheme_id=made, content=written)
        publish_scheme(session, actor=SECOND, now=NOW, scheme_id=made)


def fill(engine: Engine) -> None:
    """The office, and the schemes."""
    office.fill(engine)
    with open_session(engine, district=DISTRICT) as session:
        write_schemes(session)


class Recognising:
    """The office at work on recognitions."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def session(self) -> DistrictSession:
        """A session of the district."""
        return self.database.session()

    def category(self, name: str) -> str:
        """The public id of a category by its Chinese name."""
        with self.session() as session:
            return public_id(
                session.execute(
                    select(TalentCategory.id)
                    .where(TalentCategory.name_zh == name)
                    .order_by(TalentCategory.scheme_version_id.desc())
                ).scalars().first()
                or 0
            )  # fmt: skip

    def apply(
        self, name: str = "四类", by: Actor | None = None, now: datetime = NOW, person: int = EXPERT, **given: Any
    ) -> int:
        """An application of the first expert (or by another for him)."""
        asked = {"grounds": "博士，正高级职称", "authorisation": "2026-11-20电话委托"} | given
        application = Application(person_id=person, category=self.category(name), **asked)
        with self.session() as session:
            return start_recognition(session, actor=by or actor(Role.EXPERT), now=now, application=application)

    def take(self, case: int, name: str, who: Role | Actor, now: datetime = NOW, **given: Any) -> set[str]:
        """Take a step; the codes of what held it."""
        by = actor(who) if isinstance(who, Role) else who
        with self.session() as session:
            report = take_steps(
                session, actor=by, now=now, step=step_named("recognition", name), wanted=[Wanted(case)], given=given
            )
        return {reason.code for reason in report.held.get(case, ())}

    def row(self, case: int) -> Recognition:
        """The case as it is now."""
        with self.session() as session:
            return session.execute(select(Recognition).where(Recognition.id == case)).scalar_one()

    def certified(self, name: str = "四类", now: datetime = NOW, person: int = EXPERT) -> int:
        """A certificate of the six classes, issued at a moment."""
        by = actor(Role.SPECIALIST)
        case = self.apply(name, by=by, now=now, person=person)
        self.take(case, "submit", by, now)
        self.take(case, "accept_to_bureau", by, now)
        self.take(case, "bureau_pass", BUREAU, now)
        assert not self.take(case, "determine_and_certify", SECOND, now, minutes_number="会纪1号")
        return case
