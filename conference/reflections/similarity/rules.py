"""What two texts have in common, counted in runs of five syllables. No database: each rule can be checked by hand.

The share of a paper is how many of its own runs stand in another paper, after the runs of official texts, of the
task's own wording and of stock phrases are taken away from both.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from zlib import crc32

from conference.foundation.text import fold

RUN = 5
"""Syllables that stand together. Four are still figures of speech; six lose a copy in which one word was changed."""

LEAST_OWN = 40
"""A share is taken of at least so many runs: a few words are no paper."""

ENOUGH_OWN = 130
"""And of so many where the whole paper has them: the little that is left of one that quotes and repeats what everybody
says is not the paper. In 24,814 papers made of fifty sentences, no two that were made apart share 40 % so."""

WHOLE = 10_000
"""Shares are kept as whole numbers of hundredths of a per cent, so that they sort and compare exactly."""

WATCH_PERCENT, SUSPECT_PERCENT = 40, 70
LEAST_PERCENT = 20
"""Below this nothing is kept; no conference may set its limits lower."""

_SYLLABLE = re.compile(r"[^\W_]+")


class Level(StrEnum):
    """What a share asks of the council."""

    SUSPECT = "suspect"  # nghi sao chép
    WATCH = "watch"  # cần xem
    QUIET = "quiet"


@dataclass(frozen=True)
class Limits:
    """From which share on a paper is to be looked at, and from which it may be copied: data of the conference."""

    watch: int = WATCH_PERCENT
    suspect: int = SUSPECT_PERCENT

    @property
    def least_share(self) -> int:
        return self.watch * WHOLE // 100

    @property
    def suspect_share(self) -> int:
        return self.suspect * WHOLE // 100

    def level(self, share: int) -> Level:
        if share >= self.suspect_share:
            return Level.SUSPECT
        return Level.WATCH if share >= self.least_share else Level.QUIET


@dataclass(frozen=True, slots=True)
class Syllable:
    """A syllable without case and marks, and where it stands in the text as typed."""

    folded: str
    begin: int
    end: int


def syllables_of(text: str) -> list[str]:
    """The syllables in their order: case, marks, punctuation and the way letters are composed make no difference."""
    return [syllable for word in text.split() for syllable in _syllables_of_word(word)]


@lru_cache(maxsize=65_536)
def _syllables_of_word(word: str) -> tuple[str, ...]:
    """People use few thousand words: folding each once makes the index of a whole conference five times as fast."""
    return tuple(_SYLLABLE.findall(fold(word)))


def syllables_in_place(text: str) -> list[Syllable]:
    """The same syllables, each with its place in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for folded in _fold_letter(letter):
            letters.append(folded)
            places.append(place)
    return [
        Syllable(found[0], places[found.start()], places[found.end() - 1] + 1)
        for found in _SYLLABLE.finditer("".join(letters))
    ]


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    return fold(f"a{letter}b")[1:-1]  # between letters, so that a space comes out as one


def runs_of(syllables: Sequence[str]) -> array[int]:
    """A number for each run of five syllables, in order: equal runs have equal numbers, for ever and everywhere."""
    encoded = [syllable.encode() for syllable in syllables]
    text = b" ".join(encoded)
    runs = array("I")
    ends: list[int] = []
    end = -1
    for one in encoded:
        end += len(one) + 1
        ends.append(end)
    view = memoryview(text)
    begin = 0
    for first in range(len(encoded) - RUN + 1):
        runs.append(crc32(view[begin : ends[first + RUN - 1]]))
        begin = ends[first] + 1
    return runs


def runs_of_texts(texts: Iterable[str]) -> array[int]:
    """The runs of several texts one after the other; none reaches from one into the next."""
    runs = array("I")
    for text in texts:
        runs.extend(runs_of(syllables_of(text)))
    return runs


@dataclass(frozen=True)
class Common:
    """What two papers have in common: ``runs``, of so many runs that are counted of the first and of the second."""

    runs: int
    first: int
    second: int

    @property
    def share_of_first(self) -> int:
        return self.runs * WHOLE // self.first

    @property
    def share_of_second(self) -> int:
        return self.runs * WHOLE // self.second


def counted_of(own: int, whole: int) -> int:
    """Of how many runs a share is taken, for a paper of ``whole`` runs of which ``own`` are left after subtraction."""
    return max(own, min(whole, ENOUGH_OWN), LEAST_OWN)


def common_of(first: Iterable[int], second: Iterable[int], subtracted: AbstractSet[int] = frozenset()) -> Common:
    """Compare the runs of two papers after some are taken away from both."""
    one, other = set(first), set(second)
    own, its = one - subtracted, other - subtracted
    return Common(len(own & its), counted_of(len(own), len(one)), counted_of(len(its), len(other)))


def groups_of(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Who belongs together through any chain of pairs: each member with the smallest number of its group."""
    leader: dict[int, int] = {}

    def find(one: int) -> int:
        while (above := leader.setdefault(one, one)) != one:
            leader[one] = leader[above]
            one = above
        return one

    for first, second in pairs:
        low, high = sorted((find(first), find(second)))
        leader[high] = low
    return {one: find(one) for one in list(leader)}


# ---- passages, to be shown


class Mark(StrEnum):
    """What a piece of a text is: its own, common to both papers, or allowed to everybody."""

    OWN = "own"
    COMMON = "common"
    ALLOWED = "allowed"


@dataclass(frozen=True)
class Piece:
    """A piece of a text as typed, with its mark. Pieces put together are the text."""

    mark: Mark
    text: str


def marked(text: str, other: AbstractSet[int], allowed: AbstractSet[int]) -> list[Piece]:
    """The text in pieces: what stands in ``other`` too, what is allowed, and the rest. Nothing is left out."""
    syllables = syllables_in_place(text)
    marks = [Mark.OWN] * len(syllables)
    for first, run in enumerate(runs_of([one.folded for one in syllables])):
        if run in allowed:
            for place in range(first, first + RUN):
                if marks[place] is Mark.OWN:
                    marks[place] = Mark.ALLOWED
        elif run in other:
            marks[first : first + RUN] = [Mark.COMMON] * RUN
    return list(_pieces(text, syllables, marks))


def _pieces(text: str, syllables: Sequence[Syllable], marks: Sequence[Mark]) -> Iterator[Piece]:
    """What stands between two syllables of one mark goes with them, else it is the author's own."""
    of_letters = [Mark.OWN] * len(text)
    end, before = 0, Mark.OWN
    for syllable, mark in zip(syllables, marks, strict=True):
        begin = end if mark is before else syllable.begin
        of_letters[begin : syllable.end] = [mark] * (syllable.end - begin)
        end, before = syllable.end, mark
    for mark, places in groupby(range(len(text)), key=of_letters.__getitem__):
        yield Piece(mark, "".join(text[place] for place in places))
