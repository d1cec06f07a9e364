"""The look keeps its promises: contrast, weight, names of shapes, nothing inline, files from others unchanged."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
VISITOR_CSS = ("tokens.css", "base.css", "components.css", "narrow.css", "fonts-visitor.css", "print.css")

# text on its ground, and the least contrast WCAG 2.2 AA asks for
TEXTS = [
    (text, ground, 4.5)
    for text in ("ink", "ink-2", "ink-3", "accent-text", "ok", "warn", "bad", "idle", "seal")
    for ground in ("ground", "surface")
] + [
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    ("ink", "accent-tint", 4.5),
    ("accent-text", "accent-tint", 4.5),
    ("ok", "ok-tint", 4.5),
    ("warn", "warn-tint", 4.5),
    ("bad", "bad-tint", 4.5),
    ("idle", "idle-tint", 4.5),
    ("on-bar", "bar", 4.5),
    ("on-masthead", "masthead", 4.5),
    ("on-masthead-2", "masthead", 4.5),
    ("edge", "surface", 3.0),
    ("edge", "ground", 3.0),
    ("accent", "surface", 3.0),
    ("accent", "ground", 3.0),
    ("focus-in", "focus-out", 3.0),
]


def tokens(selector: str) -> dict[str, str]:
    css = (STATIC / "css" / "tokens.css").read_text()
    block = re.search(re.escape(selector) + r"[^{]*\{(.*?)\n\}", css, re.S)
    assert block
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ['[data-theme="light"]', '[data-theme="dark"]'])
@pytest.mark.parametrize(("text", "ground", "least"), TEXTS)
def test_every_pair_of_colours_can_be_read(theme, text, ground, least):
    values = tokens(theme)
    assert contrast(values[text], values[ground]) >= least


def test_both_ways_to_dark_give_the_same_colours():
    assert tokens('[data-theme="dark"]') == tokens(":root:not([data-theme])") | tokens('[data-theme="dark"]')
    assert tokens(":root:not([data-theme])").keys() >= tokens('[data-theme="light"]').keys() - {"on-accent"}


def test_visitors_load_little():
    """Fonts, style and sprites of a door or attendee page, before what is the page's own."""
    compressed = sum(len(gzip.compress((STATIC / "css" / name).read_bytes(), 6)) for name in VISITOR_CSS)
    sprites = sum(len(gzip.compress((STATIC / "img" / name).read_bytes(), 6)) for name in ("states.svg", "icons.svg"))
    fonts = sum(path.stat().st_size for path in (STATIC / "vendor" / "be-vietnam-pro-5.3.0").glob("*.woff2"))
    assert (compressed <= 12_000, sprites <= 12_000, fonts) == (True, True, 66_908)


def shapes(sprite: str) -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / sprite).read_text()))


def test_every_state_has_its_shape():
    drawn = re.findall(r'"\w+": \("([\w-]+)", "\w+"\)', (TEMPLATES / "ui" / "state.html").read_text())
    assert len(drawn) > 40
    assert set(drawn) <= shapes("states.svg")


def test_every_icon_named_in_a_page_is_in_the_sprite():
    named = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        named |= set(re.findall(r"""\b(?:icon|draw)\(["']([\w-]+)["']""", text))
        named |= set(re.findall(r"""\bicon["']?\s*[=:]\s*["']([\w-]+)["']""", text))
    for path in (STATIC / "js").rglob("*.js"):
        named |= set(re.findall(r"""\bicon\(["']([\w-]+)["']""", path.read_text()))
    assert named <= shapes("icons.svg")


def test_every_macro_a_page_imports_exists():
    macros = {
        str(path.relative_to(TEMPLATES)): set(re.findall(r"{%-? macro (\w+)", path.read_text()))
        for path in TEMPLATES.rglob("*.html")
    }
    for path in TEMPLATES.rglob("*.html"):
        for name, imported in re.findall(r'{% from "([\w/.]+)" import ([^%]+?)(?: with context)? %}', path.read_text()):
            wanted = {word.strip().split(" as ")[0] for word in imported.split(",")}
            assert wanted <= macros.get(name, set()), path


def test_pages_hold_nothing_inline():
    for path in TEMPLATES.rglob("*.html"):
        if {"print", "mail"} & set(path.relative_to(TEMPLATES).parts):
            continue  # paper and mail know no policy and no style sheet
        text = path.read_text()
        found = re.findall(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text)
        assert (path.name, found) == (path.name, [])


def test_files_from_others_are_unchanged():
    folder = STATIC / "vendor"
    listed = dict(
        reversed(line.split("  "))
        for line in re.findall(r"^[0-9a-f]{64}  \S+$", (folder / "README.md").read_text(), re.M)
    )
    here = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert here == listed


def test_modules_named_by_pages_exist():
    for path in TEMPLATES.rglob("*.html"):
        for names in re.findall(r'data-module="([^"{}]+)"', path.read_text()):
            for name in names.split():
                assert (STATIC / "js" / f"{name}.js").is_file(), f"{path}: {name}"
