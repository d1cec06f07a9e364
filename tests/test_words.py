"""Every word on the screen exists in both languages, and every refusal has its sentence."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from conference.foundation.errors import DomainError
from conference.web.errors import SENTENCES

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "conference" / "translations" / "en" / "LC_MESSAGES"
AS_THE_APPLICATION = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
CALLS = {"_": None, "lazy": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")
VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)
PROPER = re.compile(
    r"Điểm Cầu|Việt Nam|LĐLĐ|KH-TLĐ|Huyện|Hà Nội|Nghệ An|Yên Thành|Quỳ Hợp|Diễn Châu|Đặng Hữu Phước|Trần Thị Bích"
    r"|Lê Thị Mai|Trần Thị Ánh|Tiếng Việt|Nguyễn Thị Ánh|“[^”]*”"
)
"""Names, and Vietnamese words that an English sentence quotes."""


def said_in_python_and_templates() -> dict[str, set[str]]:
    """Message -> the files that say it."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder, method, pattern, options in (
        ("conference", "python", "*.py", {}),
        ("templates", "jinja2", "*.html", AS_THE_APPLICATION),
        ("templates", "jinja2", "*.txt", AS_THE_APPLICATION),
    ):
        for path in (ROOT / folder).rglob(pattern):
            source = BytesIO(path.read_bytes())
            for _line, message, _comments, _context in extract(method, source, keywords=CALLS, options=options):
                for text in (message,) if isinstance(message, str) else message:
                    if text:
                        found[str(text)].add(path.relative_to(ROOT).as_posix())
    return found


@pytest.fixture(scope="module")
def said() -> dict[str, set[str]]:
    return said_in_python_and_templates()


@pytest.fixture(scope="module")
def english() -> dict[str, Any]:
    """Message -> translation, of all areas together."""
    found: dict[str, Any] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        for message in catalogue(path):
            if message.id:
                for id in (message.id,) if isinstance(message.id, str) else message.id:
                    found[id] = message.string
    return found


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, domain=path.stem)


def test_every_sentence_can_be_read_in_english(said: dict[str, set[str]], english: dict[str, Any]) -> None:
    missing = sorted((sorted(where)[0], text) for text, where in said.items() if not english.get(text))
    assert missing == []


def test_a_translation_is_finished_and_fills_in_the_same_facts() -> None:
    faults = []
    for path in sorted(CATALOGUES.glob("*.po")):
        for message in catalogue(path):
            if not message.id:
                continue
            given = message.string if isinstance(message.string, str) else "".join(message.string)
            wanted = message.id if isinstance(message.id, str) else message.id[0]
            if message.fuzzy or not given:
                faults.append((path.name, wanted, "unfinished"))
            elif isinstance(message.id, str) and sorted(PLACEHOLDER.findall(wanted)) != sorted(
                PLACEHOLDER.findall(given)
            ):
                faults.append((path.name, wanted, given))
    assert faults == []


def test_the_english_is_english() -> None:
    faults = []
    for path in sorted(CATALOGUES.glob("*.po")):
        for message in catalogue(path):
            given = message.string if isinstance(message.string, str) else " ".join(message.string)
            if message.id and VIETNAMESE.search(PROPER.sub("", given)):
                faults.append((path.name, given))
    assert faults == []


def test_every_refusal_has_a_sentence_and_a_status() -> None:
    raised: dict[str, str] = {}
    for path in (ROOT / "conference").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == DomainError.__name__ and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    raised[str(code.value)] = path.relative_to(ROOT).as_posix()
    assert {code: where for code, where in sorted(raised.items()) if code not in SENTENCES} == {}
    assert all(400 <= status < 500 or status in (503, 507) for status, _sentence in SENTENCES.values())


def test_refusals_are_told_in_vietnamese() -> None:
    assert [code for code, (_status, sentence) in SENTENCES.items() if not VIETNAMESE.search(str(sentence))] == []
