"""Sharing papers out to graders: never to somebody of the author's unit or site, and evenly by words.

Pure and deterministic: the same papers, graders and seed give the same result, so that a share-out can be
done again and explained. Longest papers go first, each to the graders with the fewest words so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from random import Random


@dataclass(frozen=True, slots=True)
class Reader:
    """A grader as allocation sees one; ``words`` are already on the desk."""

    id: int
    unit: int | None
    site: int | None
    person: int | None = None
    words: int = 0

    def with_more(self, words: int) -> Reader:
        return replace(self, words=self.words + words)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper as allocation sees it; ``readers`` are the graders who already have it."""

    id: int
    words: int
    unit: int
    site: int
    person: int
    readers: frozenset[int] = field(default=frozenset())


def may_read(reader: Reader, sheet: Sheet) -> bool:
    """Never the author, never somebody of the author's unit or site, never the same paper twice."""
    return (
        reader.person != sheet.person
        and reader.unit != sheet.unit
        and reader.site != sheet.site
        and reader.id not in sheet.readers
    )


@dataclass(frozen=True)
class Allocation:
    """Who reads what, in the order first, second reader; and papers that too few graders may read."""

    pairs: list[tuple[int, int]]  # (paper, grader)
    left_over: list[int]


def allocate(sheets: Iterable[Sheet], readers: Sequence[Reader], *, each: int, seed: int) -> Allocation:
    """Give every paper ``each`` different graders, or none at all where there are too few."""
    chance = Random(seed)
    ordered = sorted(sheets, key=lambda sheet: sheet.id)
    chance.shuffle(ordered)  # among papers of equal length none has its place from where it comes
    ordered.sort(key=lambda sheet: -sheet.words)
    by_id: Mapping[int, Reader] = {reader.id: reader for reader in readers}
    desk = [(reader.words, chance.random(), reader.id) for reader in sorted(readers, key=lambda reader: reader.id)]
    heapify(desk)
    pairs: list[tuple[int, int]] = []
    left_over: list[int] = []
    for sheet in ordered:
        chosen, passed = _take(desk, by_id, sheet, each)
        if len(chosen) < each:
            left_over.append(sheet.id)
            passed += chosen
            chosen = []
        chance.shuffle(chosen)
        for words, _place, id in chosen:
            pairs.append((sheet.id, id))
            heappush(desk, (words + sheet.words, chance.random(), id))
        for entry in passed:
            heappush(desk, entry)
    return Allocation(pairs, sorted(left_over))


Entry = tuple[int, float, int]


def _take(desk: list[Entry], by_id: Mapping[int, Reader], sheet: Sheet, count: int) -> tuple[list[Entry], list[Entry]]:
    """The graders with the fewest words who may read this, and those passed over on the way."""
    chosen: list[Entry] = []
    passed: list[Entry] = []
    while desk and len(chosen) < count:
        entry = heappop(desk)
        (chosen if may_read(by_id[entry[2]], sheet) else passed).append(entry)
    return chosen, passed
