"""A notice in words: subject, plain text and HTML, in the recipient's language, from the topic's own templates.

Templates read a fixed set of names. What people typed is only ever a value in them, never a template.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from concierge.basics import formats
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text, speaking
from concierge.config import place
from concierge.engine.declare import FLOWS
from concierge.notifications.digests import LateCase
from concierge.queries.digests import UnitDigest

OTHER = {"zh_CN": "en", "en": "zh_CN"}


@dataclass(frozen=True)
class Case:
    """The case a notice is about, as its text may name it."""

    number: str
    title: Bilingual
    kind: Text | str
    state: Text | str
    due_on: date | None
    amount_fen: int | None


@dataclass(frozen=True)
class Notice:
    """Everything that a topic's templates may use."""

    topic: str
    name: str
    district: Bilingual
    url: str
    base_url: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    digest: UnitDigest | None = None
    late: tuple[LateCase, ...] = ()
    rating_url: str = ""
    gathered: tuple["Notice", ...] = ()

    @property
    def case(self) -> Case | None:
        """The case, when the notice is about one."""
        f = self.facts
        if "number" not in f:
            return None
        flow = FLOWS.get(f["kind"])
        state = flow.states.get(f["state"]) if flow is not None else None
        return Case(
            f["number"],
            Bilingual(f["title_zh"], f["title_en"]),
            flow.title if flow is not None else "",
            state.label if state is not None else "",
            date.fromisoformat(f["due_on"]) if f.get("due_on") else None,
            f.get("amount_fen"),
        )

    def name_of(self, what: str) -> Bilingual:
        """A name that the facts hold in both languages: of a unit, a policy, a budget line."""
        return Bilingual(self.facts.get(f"{what}_zh", ""), self.facts.get(f"{what}_en", ""))

    def link(self, case_id: int) -> str:
        """The address of a case's page."""
        return f"{self.base_url}/cases/{public_id(case_id)}"

    @property
    def to_expert(self) -> bool:
        """Whether the reader is the expert himself."""
        return bool(self.facts.get("to") == "expert")

    @property
    def is_to_pass_on(self) -> bool:
        """Whether the reader is told in the place of an expert without an account."""
        return bool(self.facts.get("to") == "relay")

    @property
    def line(self) -> str:
        """Its one line, in the current language."""
        return subject(self)


@dataclass(frozen=True)
class Letter:
    """A notice ready to be sent."""

    subject: str
    text: str
    html: str


def _translate(message: str, /, **params: Any) -> str:
    return str(Text(message, params))


def _as_day(iso: str) -> str:
    return formats.long_day(date.fromisoformat(iso))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(place("templates")),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _translate
    made.filters |= {"money": formats.money, "day": formats.day, "long_day": formats.long_day, "as_day": _as_day}
    return made


def subject(notice: Notice) -> str:
    """The one line of a notice, in the current language."""
    words = _environment().get_template(f"mail/{notice.topic}/subject.txt").render(notice=notice, case=notice.case)
    return " ".join(words.split())


def summary(notice: Notice) -> str:
    """What a notice says, as plain text in the current language, without greeting and foot."""
    text = _environment().get_template(f"mail/{notice.topic}/body.txt")
    return text.render(notice=notice, case=notice.case, bare=True, lang="").strip()


def letter(notice: Notice, language: str) -> Letter:
    """The mail: the reader's language first, the other one below it."""
    with speaking(language):
        line = subject(notice)
        text, html = _body(notice, "body.txt", language), _body(notice, "body.html", language)
    with speaking(OTHER[language]):
        other_text, other_html = _body(notice, "body.txt", OTHER[language]), _body(notice, "body.html", OTHER[language])
    page = _environment().get_template("mail/page.html")
    # Both parts come out of escaping templates, so they are markup already.
    whole = page.render(subject=line, parts=[(language, Markup(html)), (OTHER[language], Markup(other_html))])  # noqa: S704  escaped by its template
    return Letter(line, f"{text}\n\n{'-' * 40}\n\n{other_text}\n", whole)


def _body(notice: Notice, name: str, language: str) -> str:
    template = _environment().get_template(f"mail/{notice.topic}/{name}")
    return template.render(notice=notice, case=notice.case, bare=False, lang=language).strip()
