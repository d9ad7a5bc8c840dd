"""How many fields a person must fill for an act: the README says it, this counts it, and it may fall but not rise.

Nothing is typed twice (domain §4): what the records know is never asked for.
"""

import importlib
import pkgutil
from pathlib import Path

from wtforms.fields.core import UnboundField

import concierge.blueprints
from concierge.engine.declare import FLOWS
from concierge.rules.roles import Role
from concierge.web.forms import Form

README = Path(__file__).parents[2] / "README.md"
PER_STEP, PER_FORM = 0.75, 1.60
"""Fields that must be filled, on average; whoever raises them has to say why here."""


def of_steps() -> list[int]:
    """What each step of a person asks and will not do without."""
    steps = [step for flow in FLOWS.values() for step in flow.steps.values() if step.by != (Role.SYSTEM,)]
    return [sum(field.required for field in step.ask.fields) if step.ask is not None else 0 for step in steps]


def of_forms() -> list[int]:
    """How many fields of each form bear the mark of what must be filled."""
    for module in pkgutil.walk_packages(concierge.blueprints.__path__, "concierge.blueprints."):
        importlib.import_module(module.name)
    forms = {form for form in _under(Form) if form.__module__.startswith("concierge.blueprints")}
    return [sum(_must(getattr(form, name)) for name in dir(form)) for form in forms]


def _under(form: type[Form]) -> set[type[Form]]:
    return {form}.union(*(_under(each) for each in form.__subclasses__()))


def _must(field: object) -> bool:
    return isinstance(field, UnboundField) and bool((field.kwargs.get("render_kw") or {}).get("required"))


def told() -> str:
    """The sentence of the README."""
    steps, forms = of_steps(), of_forms()
    return (
        f"A step needs {sum(steps) / len(steps):.1f} filled fields on average and never more than {max(steps)}, "
        f"a form of its own {sum(forms) / len(forms):.1f} and never more than {max(forms)}"
    )


def test_the_readme_tells_how_many_fields_an_act_needs() -> None:
    said = " ".join(README.read_text(encoding="utf-8").split())
    assert told() in said, told()


def test_the_fields_that_must_be_filled_do_not_grow() -> None:
    steps, forms = of_steps(), of_forms()
    assert sum(steps) / len(steps) <= PER_STEP
    assert sum(forms) / len(forms) <= PER_FORM
