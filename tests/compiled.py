"""What a run of the tests does once, and not for every test again.

Nearly every test makes an application and engines of its own, which know nothing of what the test before it compiled:
statements, templates and addresses took half of the time in a test of services and three quarters in a test of pages.
In production a process makes its application and its engines once. And a test's database need not outlive a power cut,
nor its passwords a thief.
"""

from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule

from concierge.basics.crypto import Profile
from concierge.basics.memory import settle_down
from concierge.db import engines


class Statements(dict[Any, Any]):
    """Compiled statements of every engine. Their keys begin with an engine's dialect; here its name stands for it."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The statement that any engine of this database has compiled."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


class Templates(BytecodeCache):
    """Compiled templates of every application, by their name and a checksum of their source."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what another application has compiled."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next application."""
        assert bucket.code is not None
        self.kept[bucket.key, bucket.checksum] = bucket.code


DURABLE = engines.PRAGMAS
"""What a connection to SQLite is told in service."""
HURRIED = {"synchronous=FULL": "synchronous=OFF"}
GUARDED = Profile.STRONG.value
"""What hashes a password in service, a sixth of a second for each."""
STATEMENTS = Statements()
PARTS: dict[str, tuple[Any, ...]] = {}
BUILDERS: dict[tuple[Any, ...], Any] = {}
parse_rule = Rule._parse_rule
compile_builder = Rule._compile_builder


def create_warm_engine(*address: Any, **manner: Any) -> Engine:
    """SQLAlchemy's engine, which knows the statements that others have compiled."""
    engine = create_engine(*address, **manner)
    engine.update_execution_options(compiled_cache=STATEMENTS)
    return engine


def kept_parts(rule: Rule, text: str) -> Any:
    """The parts of an address, with what parsing leaves in the rule: both depend on the text alone."""
    if text not in PARTS:
        before = len(rule._trace)
        parts = list(parse_rule(rule, text))
        PARTS[text] = (parts, rule._trace[before:], dict(rule._converters), set(rule.arguments))
    else:
        _parts, trace, converters, arguments = PARTS[text]
        rule._trace += trace
        rule._converters |= converters
        rule.arguments |= arguments
    return PARTS[text][0]


def kept_builder(rule: Rule, append_unknown: bool = True) -> Any:
    """What builds an address from its values: it depends on the parts of the rule alone."""
    key = (*rule._trace, repr(rule.defaults), append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = compile_builder(rule, append_unknown)
    return BUILDERS[key]


def pytest_configure() -> None:
    """Every engine and every application of the product in this process is a warm one."""
    engines.create_engine = create_warm_engine
    engines.PRAGMAS = tuple(HURRIED.get(pragma, pragma) for pragma in DURABLE)
    Profile.STRONG._value_ = Profile.QUICK.value
    Flask.jinja_options = {"bytecode_cache": Templates()}
    Rule._parse_rule = kept_parts
    Rule._compile_builder = kept_builder


def pytest_collection_finish() -> None:
    """What has been loaded for the run stays; the collector need not look through it after every few pages."""
    settle_down()
