"""English is complete: every Vietnamese sentence of a part stands in a catalogue, with the same places to fill."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from conference.web.words import _

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "conference" / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {"_": None, "lazy": None, "gettext": None}
TEMPLATES_OF_UI = ("ui", "ui_kit", "layouts", "errors")
PLACE = re.compile(r"%\(\w+\)[sd]")


def sources_of(domain: str) -> list[Path]:
    folders = [ROOT / "conference" / domain, ROOT / "templates" / domain]
    if domain == "ui":
        folders = [ROOT / "templates" / name for name in TEMPLATES_OF_UI]
    if domain == "registry":
        folders = [folder for folder in folders if folder.name != "imports"]
    if domain == "imports":
        folders = [ROOT / "conference" / "registry" / "imports", ROOT / "templates" / "registry" / "imports"]
    return [folder for folder in folders if folder.is_dir()]


def sentences_of(domain: str) -> Iterator[str]:
    for folder in sources_of(domain):
        method = [("**.html", "jinja2"), ("**.txt", "jinja2")] if "templates" in folder.parts else [("**.py", "python")]
        options = {pattern: {"trim_blocks": "true", "lstrip_blocks": "true"} for pattern, _ in method}
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(folder), method, options, KEYWORDS, directory_filter=lambda _path: True
        ):
            yield message if isinstance(message, str) else message[0]


def english_of(path: Path) -> dict[str, list[str]]:
    """By the Vietnamese sentence: one sentence, or one for a single thing and one for several."""
    with path.open("rb") as file:
        return {as_list(entry.id)[0]: as_list(entry.string) for entry in read_po(file) if entry.id and entry.string}


def as_list(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


@pytest.fixture(scope="module")
def english() -> dict[str, list[str]]:
    """All catalogues at once, as a request sees them."""
    return {vietnamese: words for path in CATALOGUES.glob("*.po") for vietnamese, words in english_of(path).items()}


@pytest.mark.parametrize("domain", sorted(path.stem for path in CATALOGUES.glob("*.po")))
def test_every_sentence_has_its_english(english, domain):
    assert sorted({sentence for sentence in sentences_of(domain) if sentence not in english}) == []


def test_one_sentence_has_one_english():
    """The catalogues lie over each other: of two ways to say it, one would be said everywhere."""
    ways: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for path in CATALOGUES.glob("*.po"):
        for vietnamese, words in english_of(path).items():
            ways[vietnamese].add(tuple(words))
    assert {vietnamese: said for vietnamese, said in ways.items() if len(said) > 1} == {}


def test_the_english_fills_the_same_places(english):
    assert {
        vietnamese
        for vietnamese, words in english.items()
        for word in words
        if set(PLACE.findall(vietnamese)) != set(PLACE.findall(word))
    } == set()


def test_one_is_one_and_several_are_several(app):
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert [_("%(n)s người thôi được tính có mặt.", n=n) for n in ("1", "2", "1,024")] == [
            "1 person no longer counts as present.",
            "2 people no longer count as present.",
            "1,024 people no longer count as present.",
        ]
        template = app.jinja_env.from_string(
            "{{ _('%(count)s điểm cầu', count=n) }} {{ _('Đợi {n} giây rồi thử lại.') }}"
        )
        assert template.render(n=1) == "1 site Wait {n} second, then try again.¦Wait {n} seconds, then try again."
    with app.test_request_context():
        assert _("%(n)s người thôi được tính có mặt.", n=1) == "1 người thôi được tính có mặt."
