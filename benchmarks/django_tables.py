"""The peers' models, over the very tables that we write, and a flow; to be imported once Django is set up."""

from typing import Any

from django.db import models
from django_fsm import FSMField, transition
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Integer, Table
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process

from benchmarks.ground import NOW
from benchmarks.ways import FROM
from concierge.basics.ids import new_id
from concierge.db.base import UTCDateTime
from concierge.engine import tables
from tests.office import DISTRICT

FIELDS: dict[type[Any], type[models.Field]] = {
    BigInteger: models.BigIntegerField,
    Integer: models.IntegerField,
    Boolean: models.BooleanField,
    Date: models.DateField,
    UTCDateTime: models.DateTimeField,
    JSON: models.JSONField,
}


def _fields(table: Table) -> dict[str, Any]:
    """Every column of a table as a field of Django's, none left out: an object is read and saved whole."""
    return {column.name: _field(column) for column in table.columns} | {"__module__": __name__, "Meta": _meta(table)}


def _field(column: Column[Any]) -> models.Field:
    if column.name == "id":
        return models.BigIntegerField(primary_key=True)
    kind = next((field for type_, field in FIELDS.items() if isinstance(column.type, type_)), models.TextField)
    return kind(null=column.nullable)


def _meta(table: Table) -> type[Any]:
    return type("Meta", (), {"app_label": "benchmarks", "managed": False, "db_table": table.name})


@transition(field="state", source=FROM, target="reopened", conditions=[lambda case: case.version == 1])
def _reopen(case: Any) -> None:
    """Once, by version."""
    case.prior_state, case.trail, case.version, case.since = FROM, f"{case.trail}reopened,", case.version + 1, NOW


Case: Any = type("Case", (models.Model,), _fields(tables.Case.__table__) | {"state": FSMField(), "reopen": _reopen})
History: Any = type("History", (models.Model,), _fields(tables.History.__table__))
Outbox: Any = type("Outbox", (models.Model,), _fields(tables.Outbox.__table__))


def line(case_id: int) -> Any:
    """A line of a case's history, unsaved."""
    who = {"actor_id": 1, "actor_key": "k", "role": "r", "at": NOW, "nth": 1, "worked": 0, "reason": "again"}
    where = {"step": "reopen", "from_state": FROM, "to_state": "reopened", "holder": "h", "clock": "running"}
    own = {"id": new_id(), "district_id": DISTRICT, "case_id": case_id, "version": 2, "flow_version": 1}
    return History(**own, **who, **where)


def told(case_id: int) -> Any:
    """What is told of it, unsaved."""
    own = {"id": new_id(), "district_id": DISTRICT, "topic": "t", "subject_id": case_id, "subject_version": 2}
    return Outbox(**own, state="pending", attempts=0, at=NOW, next_at=NOW)


class Reopening(flow.Flow):
    """One case that is taken up again; viewflow's own task row is the line of history."""

    process_class = Process

    start = flow.StartHandle(this.begin).Next(this.reopen)
    reopen = flow.Handle(this.tell).Next(this.end)
    end = flow.End()

    def begin(self, activation: Any) -> None:
        """Nothing but the process itself."""

    def tell(self, activation: Any) -> None:
        """What the others are told."""
        told(new_id()).save(force_insert=True)
