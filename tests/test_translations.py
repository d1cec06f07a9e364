"""English is complete: every Vietnamese sentence of a part stands in a catalogue, with the same places to fill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

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


def english_of(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    """All catalogues at once, as a request sees them."""
    return {vietnamese: word for path in CATALOGUES.glob("*.po") for vietnamese, word in english_of(path).items()}


@pytest.mark.parametrize("domain", sorted(path.stem for path in CATALOGUES.glob("*.po")))
def test_every_sentence_has_its_english(english, domain):
    assert sorted({sentence for sentence in sentences_of(domain) if sentence not in english}) == []


def test_the_english_fills_the_same_places(english):
    assert {
        vietnamese for vietnamese, word in english.items() if set(PLACE.findall(vietnamese)) != set(PLACE.findall(word))
    } == set()
