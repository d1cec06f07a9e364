"""What a letter says, as its organizers word it: text with places to fill from a closed list, and nothing that runs.

``Kính gửi đồng chí {họ tên}`` holds one place. Two braces stand for a brace. What is filled in is never read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conference.foundation.text import fold


class Purpose(StrEnum):
    """Why a letter is written, as far as its words go. Each has the product's own wording under ``templates/mail``."""

    SUMMONS = "summons"
    REPLACEMENT = "replacement"  # of a summons that is no longer right
    CHANGE = "change"  # of the plan that was released
    CANCELLATION = "cancellation"
    CALL_OFF = "call_off"  # of the whole conference
    ANSWER = "answer"
    DAY = "day"
    REFLECTION = "reflection"
    OVERDUE = "overdue"
    DIGEST = "digest"  # to officers of units


class Place(StrEnum):
    """What may be filled in."""

    NAME = "name"
    POSITION = "position"
    UNIT = "unit"
    TITLE = "title"
    ISSUER = "issuer"
    PLAN = "plan"
    WHEN = "when"
    WHERE = "where"
    SEAT = "seat"
    HOST = "host"
    PROGRAMME = "programme"
    LINK = "link"
    CHANGES = "changes"
    PAPER = "paper"
    LEFT = "left"
    DUE = "due"
    LATE_UNTIL = "late_until"
    MISSING = "missing"


NAMES: Mapping[Place, tuple[str, str]] = {
    Place.NAME: ("họ tên", "name"),
    Place.POSITION: ("chức vụ", "position"),
    Place.UNIT: ("đơn vị", "unit"),
    Place.TITLE: ("tên hội nghị", "conference"),
    Place.ISSUER: ("cơ quan triệu tập", "issuer"),
    Place.PLAN: ("số kế hoạch", "plan number"),
    Place.WHEN: ("thời gian", "time"),
    Place.WHERE: ("địa điểm", "place"),
    Place.SEAT: ("chỗ ngồi", "seat"),
    Place.HOST: ("phụ trách điểm cầu", "site manager"),
    Place.PROGRAMME: ("chương trình", "programme"),
    Place.LINK: ("đường dẫn riêng", "personal link"),
    Place.CHANGES: ("những thay đổi", "changes"),
    Place.PAPER: ("bài phải nộp", "what is due"),
    Place.LEFT: ("thời gian còn lại", "time left"),
    Place.DUE: ("hạn nộp", "due"),
    Place.LATE_UNTIL: ("nhận muộn đến", "taken until"),
    Place.MISSING: ("những việc còn thiếu", "what is missing"),
}
"""How each is written between braces, in Vietnamese and in English; both are read in any wording."""

OF_PAPERS = (Place.PAPER, Place.LEFT, Place.DUE, Place.LATE_UNTIL)
ABOUT_PAPERS = (Purpose.REFLECTION, Purpose.OVERDUE)
OF_OFFICERS = (
    Place.NAME,
    Place.UNIT,
    Place.TITLE,
    Place.ISSUER,
    Place.PLAN,
    Place.WHEN,
    Place.LINK,
    Place.MISSING,
)
LANGUAGES = ("vi", "en")

_BY_NAME = {fold(name): place for place, names in NAMES.items() for name in names}


class Fault(StrEnum):
    UNKNOWN = "unknown"  # nothing of this name can be filled in
    NOT_HERE = "not_here"  # not in this kind of letter
    NOT_CLOSED = "not_closed"  # a brace without its other half


@dataclass
class WordingFault(Exception):
    """Why a wording can't be used: which line, and the words that are meant."""

    fault: Fault
    line: int
    words: str


@dataclass(frozen=True)
class Wording:
    """A subject and a body, not yet filled."""

    subject: str
    body: str


def places_for(purpose: Purpose) -> tuple[Place, ...]:
    """What a letter of this purpose can say. Who is called no longer has no page that opens."""
    if purpose is Purpose.DIGEST:
        return OF_OFFICERS
    hidden: set[Place] = {Place.MISSING} if purpose in ABOUT_PAPERS else {Place.MISSING, *OF_PAPERS}
    if purpose is Purpose.CANCELLATION:
        hidden.add(Place.LINK)
    if purpose is not Purpose.CHANGE:
        hidden.add(Place.CHANGES)
    return tuple(place for place in Place if place not in hidden)


def parse(text: str, among: Iterable[Place]) -> list[str | Place]:
    """Plain words and places in turn, no two plain ones side by side. Raises ``WordingFault``."""
    allowed = frozenset(among)
    parts: list[str | Place] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if number > 1:
            _say(parts, "\n")
        _parse_line(line, number, allowed, parts)
    return parts


def _parse_line(line: str, number: int, allowed: frozenset[Place], parts: list[str | Place]) -> None:
    at = 0
    while at < len(line):
        sign = line[at]
        if line[at : at + 2] in ("{{", "}}"):
            _say(parts, sign)
            at += 2
        elif sign == "{":
            end = line.find("}", at)
            if end < 0:
                raise WordingFault(Fault.NOT_CLOSED, number, line[at : at + 40])
            parts.append(_place(line[at + 1 : end], number, allowed))
            at = end + 1
        elif sign == "}":
            raise WordingFault(Fault.NOT_CLOSED, number, line[max(0, at - 20) : at + 1])
        else:
            _say(parts, sign)
            at += 1


def _place(name: str, number: int, allowed: frozenset[Place]) -> Place:
    place = _BY_NAME.get(fold(name))
    if place is None:
        raise WordingFault(Fault.UNKNOWN, number, "{" + name[:60] + "}")
    if place not in allowed:
        raise WordingFault(Fault.NOT_HERE, number, "{" + name[:60] + "}")
    return place


def _say(parts: list[str | Place], words: str) -> None:
    if parts and not isinstance(parts[-1], Place):
        parts[-1] += words
    else:
        parts.append(words)


def written(parts: Iterable[str | Place], language: str = "vi") -> str:
    """The text that ``parse`` reads as these parts."""
    return "".join(
        "{" + NAMES[part][LANGUAGES.index(language)] + "}"
        if isinstance(part, Place)
        else part.replace("{", "{{").replace("}", "}}")
        for part in parts
    )


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with its places filled. A line whose every place is empty is left out: no seat, no line about it.

    Raises ``WordingFault`` for what ``parse`` would not take; a wording is parsed before it is kept.
    """
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        parts: list[str | Place] = []
        _parse_line(line, number, frozenset(Place), parts)
        values = [facts.get(part, "") if isinstance(part, Place) else part for part in parts]
        places = [value for part, value in zip(parts, values, strict=True) if isinstance(part, Place)]
        if not places or any(places):
            lines.append("".join(values))
    return "\n".join(_without_gaps(lines)).strip()


def _without_gaps(lines: Iterable[str]) -> Iterable[str]:
    """Never two empty lines together: what was left out leaves none behind."""
    was_empty = False
    for line in lines:
        is_empty = not line.strip()
        if not (is_empty and was_empty):
            yield line
        was_empty = is_empty
