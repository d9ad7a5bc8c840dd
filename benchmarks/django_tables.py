"""The peers' tables and flow; to be imported once Django is set up."""

from typing import Any

from django.db import models
from django_fsm import FSMField, transition
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.models import Process

from benchmarks.ground import NOW

ONE = 1  # the matter that every process of viewflow's is about


class Matter(models.Model):
    """What moves."""

    state = FSMField(default="follow_up", db_index=True)
    version = models.IntegerField(default=1)
    since = models.DateTimeField(null=True)

    class Meta:
        app_label = "benchmarks"

    @transition(field=state, source="follow_up", target="reopened", conditions=[lambda matter: matter.version == 1])
    def reopen(self) -> None:
        """Once, by version."""
        self.version, self.since = self.version + 1, NOW


class Line(models.Model):
    """A line of its history."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT)
    step, reason = models.TextField(), models.TextField()
    at = models.DateTimeField()

    class Meta:
        app_label = "benchmarks"


class Told(models.Model):
    """What is told of it."""

    topic, at = models.TextField(), models.DateTimeField()
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT)

    class Meta:
        app_label = "benchmarks"


class Reopening(flow.Flow):
    """One matter that is taken up again; viewflow's own task row is the line of history."""

    process_class = Process

    start = flow.StartHandle(this.begin).Next(this.reopen)
    reopen = flow.Handle(this.tell).Next(this.end)
    end = flow.End()

    def begin(self, activation: Any) -> None:
        """Nothing but the process itself."""

    def tell(self, activation: Any) -> None:
        """What the others are told."""
        Told.objects.create(matter_id=ONE, topic="reopened", at=NOW)
