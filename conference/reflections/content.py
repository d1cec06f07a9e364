"""What a writer has written: texts by part, and commitments. Kept as typed, without any normalisation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from conference.foundation.documents import DocumentKind
from conference.foundation.errors import DomainError

MOST_COMMITMENTS = 30
MOST_LETTERS = 400_000
"""Of a whole paper; 3,000 words are about 15,000."""

BLANK = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD = re.compile(f"[^{BLANK}]+")
_BLANK_TO_PYTHON_ALONE = "\x1c\x1d\x1e\x1f"
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Commitment:
    """Something the writer will do: what, until when, and how one will know that it is done."""

    what: str
    due: str
    measure: str

    @property
    def is_blank(self) -> bool:
        return not (self.what.strip() or self.due.strip() or self.measure.strip())

    @property
    def lacks_measure(self) -> bool:
        return not self.is_blank and not self.measure.strip()


@dataclass(frozen=True, slots=True)
class Content:
    """A paper: the text of each part by the part's id, and the commitments in their order."""

    parts: Mapping[int, str] = field(default_factory=dict)
    commitments: tuple[Commitment, ...] = ()

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for text in self.parts.values()) and all(one.is_blank for one in self.commitments)

    @property
    def words(self) -> int:
        texts = [*self.parts.values()]
        for one in self.commitments:
            texts += [one.what, one.due, one.measure]
        return sum(map(count_words, texts))

    def words_of(self, part: int) -> int:
        return count_words(self.parts.get(part, ""))

    def as_json(self) -> str:
        """The form in which a draft is kept and sent."""
        return json.dumps(self.as_plain(), ensure_ascii=False, separators=(",", ":"))

    def as_plain(self) -> dict[str, Any]:
        return {
            "parts": {str(part): text for part, text in self.parts.items()},
            "commitments": [{"what": one.what, "due": one.due, "measure": one.measure} for one in self.commitments],
        }


EMPTY = Content()


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a submission states of a file: enough to prove which bytes were handed in, and nothing about its author."""

    kind: DocumentKind
    size: int
    sha256: str


def from_json(text: str) -> Content:
    """The content of a draft that we kept ourselves."""
    return from_plain(json.loads(text)) if text else EMPTY


def from_plain(plain: Mapping[str, Any]) -> Content:
    return Content(
        {int(part): text for part, text in plain["parts"].items()},
        tuple(Commitment(one["what"], one["due"], one["measure"]) for one in plain["commitments"]),
    )


def checked(content: Content) -> Content:
    """The content, fit to be kept. Raises ``text_has_nul`` or ``text_too_long``; changes nothing in it."""
    texts = [*content.parts.values()]
    for one in content.commitments:
        texts += [one.what, one.due, one.measure]
    if sum(map(len, texts)) > MOST_LETTERS or len(content.commitments) > MOST_COMMITMENTS:
        raise DomainError("text_too_long")
    if any(_UNKEEPABLE.search(text) for text in texts):
        raise DomainError("text_has_nul")
    return content


def count_words(text: str) -> int:
    """Runs of non-blank characters, as Word counts: a Vietnamese syllable is one. The page's script counts alike."""
    if any(sign in text for sign in _BLANK_TO_PYTHON_ALONE):
        return len(_WORD.findall(text))
    return len(text.split())  # the same, three times as fast


def canonical(content: Content, titles: Mapping[int, str], files: Iterable[FileFact] = ()) -> bytes:
    """The bytes that are submitted, hashed and kept for ever: RFC 8785 JSON, parts in the order of ``titles``."""
    return rfc8785.dumps(
        {
            "parts": [
                {"part": part, "title": title, "text": content.parts.get(part, "")} for part, title in titles.items()
            ],
            "commitments": [
                {"what": one.what, "due": one.due, "measure": one.measure}
                for one in content.commitments
                if not one.is_blank
            ],
            "files": [{"kind": one.kind.value, "size": one.size, "sha256": one.sha256} for one in files],
        }
    )


def from_canonical(data: bytes) -> Content:
    plain = json.loads(data)
    return Content(
        {part["part"]: part["text"] for part in plain["parts"]},
        tuple(Commitment(one["what"], one["due"], one["measure"]) for one in plain["commitments"]),
    )


NOTHING_WRITTEN = canonical(EMPTY, {})
"""What stands in the place of a text that was erased."""


def files_of(data: bytes) -> list[FileFact]:
    """What a submission says of the files that came with it, in their order."""
    files = json.loads(data)["files"]
    return [FileFact(DocumentKind(one["kind"]), one["size"], one["sha256"]) for one in files]


def answered_of(data: bytes) -> tuple[int, int] | None:
    """Of a test: how many of its questions were answered, and how many there were. None for what was written."""
    test = json.loads(data).get("quiz")
    return None if test is None else (sum(choice is not None for choice in test["chosen"]), len(test["chosen"]))


def sections_of(data: bytes) -> list[tuple[str, str]]:
    """(title, text) of each part as submitted, whatever the task says today."""
    return [(part["title"], part["text"]) for part in json.loads(data)["parts"]]


def written_sections(data: bytes) -> list[tuple[str, str]]:
    """The same without parts left empty: where the text is in a file, none of them says anything."""
    return [(title, text) for title, text in sections_of(data) if text.strip()]
