"""Which of those called a participant is: by address, else by name with what else was typed into it.

People type "Nguyễn Văn A - LĐLĐ Hà Nội", "02 nguyen van a", "Anh (Nguyễn Văn A)". Who can't be told apart with
certainty is left to a person: nobody is guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conference.foundation.text import fold

LONGEST_NAME_WORDS = 7
WORD = re.compile(r"[a-z0-9]+")
_SAY_NOTHING = """
    lien doan lao dong cong ldld cd cdcs cdn cdv co so tinh thanh pho tp huyen quan thi xa tx phuong viet nam vn nganh
    diem cau chi dc host guest khach unverified chu toa to chuc iphone ipad samsung galaxy cua
"""
SAYS_NOTHING = frozenset(_SAY_NOTHING.split())
"""Words that many units share, forms of address, and what devices add."""


class How(StrEnum):
    """How a participant was matched, or why not."""

    EMAIL = "email"
    NAME = "name"
    UNIT = "unit"  # several of that name, told apart by unit or site
    CHOSEN = "chosen"  # by a person
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody called to the conference, as far as a participant may be recognised by it."""

    attendee: int
    name_folded: str
    email: str
    around: frozenset[str]  # the words of unit and site


@dataclass(frozen=True, slots=True)
class Match:
    how: How
    attendee: int | None = None
    candidates: tuple[int, ...] = ()


class People:
    """Everybody called, ready to be asked for many participants."""

    def __init__(self, called: Iterable[Called]) -> None:
        self.by_email: dict[str, list[Called]] = defaultdict(list)
        self.by_name: dict[str, list[Called]] = defaultdict(list)
        for one in called:
            if one.email:
                self.by_email[one.email.lower()].append(one)
            self.by_name[" ".join(WORD.findall(one.name_folded))].append(one)

    def match(self, name: str, email: str) -> Match:
        words = WORD.findall(fold(name))
        with_address = self.by_email.get(email.lower(), []) if email else []
        if len(with_address) == 1:
            return Match(How.EMAIL, with_address[0].attendee)
        named, rest = self._named(words)
        if with_address:  # an office's address: one of those who share it, when the name says so
            named = [one for one in named if one in with_address] or with_address
        if not named:
            return Match(How.UNMATCHED)
        hints = frozenset(word for word in rest if word not in SAYS_NOTHING and not word.isdigit() and len(word) > 1)
        fitting = [one for one in named if hints <= one.around]
        if len(fitting) == 1:
            return Match(How.NAME if len(named) == 1 else How.UNIT, fitting[0].attendee)
        candidates = tuple(sorted(one.attendee for one in (fitting or named)))
        return Match(How.AMBIGUOUS, candidates=candidates)

    def _named(self, words: Sequence[str]) -> tuple[list[Called], list[str]]:
        """Whoever bears the longest name that stands in these words, and the words around it."""
        for length in range(min(LONGEST_NAME_WORDS, len(words)), 1, -1):
            found: dict[int, Called] = {}
            rest: list[str] = []
            for begin in range(len(words) - length + 1):
                here = self.by_name.get(" ".join(words[begin : begin + length]), ())
                if here and not found:
                    rest = [*words[:begin], *words[begin + length :]]
                found |= {one.attendee: one for one in here}
            if found:
                return list(found.values()), rest
        return [], list(words)


def around(*texts: str) -> frozenset[str]:
    """The words of a unit and a site, and their initials: "ha noi" is also "hn"."""
    words: set[str] = set()
    for text in texts:
        folded = WORD.findall(fold(text))
        words |= set(folded)
        telling = [word for word in folded if word not in SAYS_NOTHING]
        words.add("".join(word[0] for word in telling))
        words.add("".join(telling))
    return frozenset(words)
