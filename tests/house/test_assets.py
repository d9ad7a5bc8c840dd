"""Laws of the look: vendored files are genuine, the theme suits the oldest browsers, pages keep to the policy."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "concierge" / "static"
TEMPLATES = ROOT / "templates"
CSS = (STATIC / "app.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.S)
MANIFEST = json.loads((STATIC / "vendor" / "MANIFEST.json").read_text(encoding="utf-8"))
VENDORED = {path: digest for package in MANIFEST["packages"] for path, digest in package["files"].items()}
MARKUP = [path for path in sorted(TEMPLATES.rglob("*.html")) if "mail" not in path.relative_to(TEMPLATES).parts]


@pytest.mark.parametrize("path", sorted(VENDORED))
def test_a_vendored_file_is_the_one_that_was_published(path: str) -> None:
    assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest() == VENDORED[path]


def test_every_file_under_vendor_is_in_the_manifest_with_a_licence() -> None:
    there = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    assert there - {"vendor/MANIFEST.json"} == {path for path in VENDORED if path.startswith("vendor/")}
    for package in MANIFEST["packages"]:
        assert any(path.endswith("LICENSE") for path in package["files"]), package["name"]


# Reported kernels on office desks begin at Chromium 90 and Safari 15: newer CSS may decorate, never carry the layout.
TOO_NEW = (
    "@layer", ":has(", "color-mix(", "light-dark(", "oklch(", "oklab(", "@container", "@scope", "@property", "subgrid",
    ":where(", "dvh", "svh", "@starting-style", "anchor(", "translate:", "inset-inline", "accent-color",
)  # fmt: skip


@pytest.mark.parametrize("feature", TOO_NEW)
def test_the_theme_uses_nothing_the_oldest_office_browser_lacks(feature: str) -> None:
    assert feature not in RULES


def test_the_theme_nests_no_rules() -> None:
    depth = 0
    for mark in re.finditer(r"[{}]|@(media|keyframes|font-face|page)", RULES):
        if mark.group() in "{}":
            depth += 1 if mark.group() == "{" else -1
        assert 0 <= depth <= 2
    assert "&" not in RULES
    flat = re.sub(r"@(media|keyframes)[^{]*\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}", r"\2", RULES)
    assert not re.search(r"\{[^{}]*\{", flat)


def test_the_theme_fetches_nothing_from_elsewhere() -> None:
    assert "url(" not in RULES
    assert "@import" not in RULES


FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "an event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "a computed hx-vals": re.compile(r"[\"']js:", re.I),
    "a trigger filter": re.compile(r"hx-trigger=\"[^\"]*\[", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
    "unescaped output": re.compile(r"\|\s*safe\b"),
    "a switched-off escape": re.compile(r"\{%-?\s*autoescape\s+false", re.I),
    "an address outside the house": re.compile(r"(?:src|href)=\"(?:https?:)?//", re.I),
}


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_no_template_breaks_the_content_policy(name: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in MARKUP
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN[name].search(line)
    ]
    assert not found


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    call = re.compile(r"\b(?:ui\.)?icon\('([a-z0-9-]+)'")
    named = {(path.name, icon) for path in MARKUP for icon in call.findall(path.read_text(encoding="utf-8"))}
    assert {pair for pair in named if pair[1] not in sprite} == set()


def test_pages_leave_the_first_heading_to_the_shell() -> None:
    shells = {"layout", "parts"}
    found = [
        str(path.relative_to(TEMPLATES))
        for path in MARKUP
        if path.relative_to(TEMPLATES).parts[0] not in shells
        and "<h1" in path.read_text(encoding="utf-8")
        and "{% block bar %}" not in path.read_text(encoding="utf-8")
        and not path.read_text(encoding="utf-8").startswith("<!doctype")  # a paper that is a document by itself
    ]
    assert not found


def _tokens(selector: str) -> dict[str, str]:
    block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", RULES, re.S | re.M)
    assert block is not None
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b", block.group(1)))


LIGHT = _tokens(":root")
DARK = {**LIGHT, **_tokens("[data-bs-theme=dark]")}


def _light_of(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours written #rrggbb."""
    low, high = sorted((_light_of(one), _light_of(other)))
    return (high + 0.05) / (low + 0.05)


TINTS = ("brand-tint", "red-tint", "amber-tint", "green-tint")
WORDS = [
    *(("text", ground) for ground in ("surface", "bg", "surface2", *TINTS)),
    *((grey, ground) for grey in ("text2", "text3") for ground in ("surface", "bg", "surface2", "brand-tint")),
    *((hue, "surface") for hue in ("brand", "red", "amber", "green", "slate")),
    *((hue, f"{hue}-tint") for hue in ("brand", "red", "amber", "green", "slate")),
    ("brand", "bg"), ("brand", "surface2"), ("brand", "amber-tint"), ("brand", "red-tint"), ("brand-h", "surface"),
    ("red", "brand-tint"), ("amber", "brand-tint"), ("green", "brand-tint"), ("red", "surface2"), ("amber", "surface2"),
    ("on-brand", "brand"), ("on-brand", "brand-h"), ("on-red", "red-fill"),
    ("header-text", "header"), ("header-text", "header2"),
    *(("on-dark", bar) for bar in ("c1", "c6", "amber-bar", "red-fill", "h3", "h4")),
    *(("on-pale", heat) for heat in ("h0", "h1", "h2")),
]  # fmt: skip
SHAPES = [
    (shape, "surface") for shape in ("control", "red-fill", "amber-fill", "green-fill", "c1", "c2", "c3", "c4", "c5")
]


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), WORDS, ids=lambda name: name)
def test_words_can_be_read_on_their_ground(tokens: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), SHAPES, ids=lambda name: name)
def test_shapes_stand_out_from_their_ground(tokens: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(tokens[ink], tokens[ground]) >= 3
