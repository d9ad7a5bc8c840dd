"""The nightly match comes back to whom time or a new fact has changed, and to nobody else."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from concierge.models.district import Unit
from concierge.models.match_turn import MatchTurn
from concierge.models.person import Employment, Person, TalentStatus
from concierge.rules.roles import Role, UnitKind
from concierge.services import gathered
from concierge.services.matching import MatchReport, matched
from concierge.services.nightly_match import match_changed
from concierge.services.policies import next_draft, publish_version
from concierge.services.units import NewUnit, add_unit, edit_unit
from tests import office
from tests.benefits import Stage, at, editor, fill, refused
from tests.databases import NewDatabase, counted
from tests.office import EXPERT, HOSPITAL, OTHER_EXPERT
from tests.services.test_policies import version_of

pytestmark = pytest.mark.unmatched

LATER = at(3, 9)


def nightly(stage: Stage, now=LATER) -> MatchReport:
    return match_changed(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=now)


def changed(stage: Stage, day: date = date(2026, 3, 9)) -> list[int]:
    """Whom a night would match anew for his own sake: the new, of whom a fact has changed, and whose day has come."""
    due = select(Person.id).join(MatchTurn, MatchTurn.id == Person.id).where(MatchTurn.due_on <= day, matched())
    return stage._read(lambda: sorted(stage.session.execute(due).scalars()))


def test_the_first_night_decides_on_everybody_and_the_second_on_nobody(both_stages: Stage):
    assert nightly(both_stages).created == 5
    assert changed(both_stages) == []
    assert nightly(both_stages).evaluated == 0


def test_a_night_with_nobody_due_asks_for_no_rules_and_gathers_nobody(stage: Stage):
    nightly(stage)
    with counted(stage.database) as asked:
        nightly(stage)
    assert asked
    assert [words for words in asked if "match_people" in words or "rates" in words] == []


def test_many_who_follow_one_another_are_read_as_one_range_of_persons(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gathered, "MANY", 1)
    with counted(stage.database) as asked:
        assert nightly(stage).created == 5
    for table in ("match_people", "match_facts"):
        first = next(words for words in asked if f"INSERT INTO {table}" in words)
        assert "persons.id >= " in first, "nobody beside them is looked through"


def test_a_new_fact_brings_back_its_person_alone(both_stages: Stage):
    nightly(both_stages)
    both_stages.know("insured", False, date(2026, 1, 5))
    assert changed(both_stages) == [EXPERT]
    assert nightly(both_stages).changed == 1
    again = both_stages.match(now=LATER)
    assert (again.created, again.changed, again.accrued) == (0, 0, 0), "the full match finds nothing more"


def test_who_gets_or_loses_his_specialist_is_looked_at_and_who_changes_him_is_not(both_stages: Stage):
    nightly(both_stages)
    for specialist, whom in ((None, [EXPERT]), (71, [EXPERT]), (72, [])):
        given = update(Person).where(Person.id == EXPERT).values(specialist_id=specialist)
        both_stages.write(lambda s, given=given: s.execute(given))
        assert changed(both_stages) == whom
        nightly(both_stages)


def test_a_fact_that_comes_in_while_the_match_runs_is_not_taken_for_seen(new_database: NewDatabase):
    database = new_database("postgresql", "benefits", fill)
    came = text("UPDATE persons SET facts_revision = facts_revision + 1 WHERE id = :person")

    def comes_in(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "UPDATE match_turns" in statement and not arrived:
            arrived.append(EXPERT)
            with database.engine.begin() as elsewhere:
                elsewhere.execute(came, {"person": EXPERT})

    arrived: list[int] = []
    with database.session() as session:
        event.listen(session.get_bind(), "before_cursor_execute", comes_in)
        assert nightly(Stage(database, session)).evaluated == 18, "two experts, and the one of them once more"


def test_a_units_new_remoteness_brings_back_whoever_works_there_the_same_night(stage: Stage):
    nightly(stage)
    unit = stage._read(lambda: stage.session.get_one(Unit, HOSPITAL))
    given = {name: getattr(unit, name) for name in ("code", "name_zh", "name_en", "parent_id", "is_township")}
    keeper = office.actor(Role.TALENT_OFFICE)
    for phone, remoteness, whom in (("0479-1", 0, []), ("0479-1", 2, [EXPERT, OTHER_EXPERT])):
        told = NewUnit(**given, kind=UnitKind(unit.kind), phone=phone, remoteness=remoteness)
        edit_unit(stage.session, actor=keeper, now=LATER, unit_id=HOSPITAL, unit=told)
        assert changed(stage) == whom


def test_a_unit_is_not_kept_under_a_wrong_credit_code(stage: Stage):
    wrong = NewUnit(code="119999010000000A05", name_zh="新院", name_en="New", kind=UnitKind.HOSPITAL)
    add = {"actor": office.actor(Role.TALENT_OFFICE), "now": LATER}
    assert refused(lambda: add_unit(stage.session, **add, unit=wrong)) == {"credit_code_check"}
    assert add_unit(stage.session, **add, unit=replace(wrong, code="119999010000000A04"))


def test_time_itself_brings_back_whose_category_has_run_out(both_stages: Stage):
    ending = update(TalentStatus).where(TalentStatus.person_id == OTHER_EXPERT).values(valid_to=date(2026, 3, 20))
    both_stages.write(lambda s: s.execute(ending))
    nightly(both_stages)
    assert changed(both_stages, date(2026, 3, 20)) == []
    assert changed(both_stages, date(2026, 3, 21)) == [OTHER_EXPERT]
    assert nightly(both_stages, at(3, 23)).evaluated == 6, "he alone, with every policy"
    assert both_stages.match(now=at(3, 23)).changed == 0


def test_a_post_entered_ahead_is_seen_on_its_day(stage: Stage):
    move = update(Employment).where(Employment.person_id == EXPERT).values(starts_on=date(2026, 3, 25))
    stage.write(lambda s: s.execute(move))
    nightly(stage)
    assert changed(stage, date(2026, 3, 24)) == []
    assert EXPERT in changed(stage, date(2026, 3, 25))


def test_a_new_version_is_told_to_everybody_whom_it_concerns(stage: Stage):
    nightly(stage)
    made = next_draft(stage.session, actor=editor(), now=LATER, version_id=version_of(stage, "P12").id)
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=LATER, version_id=made)
    assert changed(stage, date(2026, 3, 9)) == []
    nightly(stage, at(3, 11))
    assert stage.match(now=at(3, 11)).created == 0


def test_the_first_of_a_month_matches_everybody(stage: Stage):
    nightly(stage)
    assert nightly(stage, at(4, 1)).evaluated == 12
