"""Every visible message exists in Chinese and English; nothing is translated twice or left over."""

import re
from functools import cache
from pathlib import Path

from babel.messages import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "concierge" / "locale" / "zh_CN"
PLACE = re.compile(r"%\((\w+)\)[sd]")
PYTHON = [("**.py", "python")]
JINJA = [("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}, "**.txt": {}}


def _messages(path: Path) -> list[Message]:
    with path.open(encoding="utf-8") as file:
        return [message for message in read_po(file) if isinstance(message.id, str) and message.id]


@cache
def _used() -> list[tuple[str, str]]:
    """Every message in the tree's code and templates, and where it stands; reading them all takes seconds."""
    used = []
    for folder, methods in ((ROOT / "concierge", PYTHON), (ROOT / "templates", JINJA)):
        found = extract_from_dir(folder, methods, OPTIONS, keywords={"_": None}, comment_tags=())
        for name, line, message, _comments, _context in found:
            text = message if isinstance(message, str) else message[0]
            used.append((text, f"{folder.name}/{name}:{line}"))
    return used


def _translated() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for path in sorted(LOCALE.glob("*.po")):
        for message in _messages(path):
            known[str(message.id)] = (str(message.string), path.name)
    return known


def test_every_message_is_translated_into_chinese() -> None:
    known = _translated()
    missing = sorted({f"{text!r} at {where}" for text, where in _used() if not known.get(text, ("", ""))[0]})
    assert not missing, f"{len(missing)} messages without Chinese:\n" + "\n".join(missing)


def test_no_translation_is_left_over() -> None:
    used = {text for text, _where in _used()}
    left = sorted(f"{name}: {text!r}" for text, (_zh, name) in _translated().items() if text not in used)
    assert not left, "translations of messages nobody shows:\n" + "\n".join(left)


def test_translations_keep_their_places() -> None:
    wrong = [
        text for text, (zh, _name) in _translated().items() if zh and set(PLACE.findall(text)) != set(PLACE.findall(zh))
    ]
    assert not wrong


def test_no_message_is_translated_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for path in sorted(LOCALE.glob("*.po")):
        for message in _messages(path):
            if message.id in seen:
                twice.append(f"{message.id!r} in {seen[str(message.id)]} and {path.name}")
            seen[str(message.id)] = path.name
    assert not twice, "\n".join(twice)
