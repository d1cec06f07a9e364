"""All papers beside each other, by arithmetic on whole arrays. Only the job process and commands come here.

Papers meet through their prints: of every eight runs that follow each other the one with the smallest number, so
that no common passage of twelve syllables is missed. Who shares enough prints is compared exactly, run by run.

numpy is loaded where it is used: it costs a web process 25 MiB that no page needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from conference.reflections.similarity.rules import LEAST_PERCENT, WHOLE, Common, counted_of, groups_of

if TYPE_CHECKING:
    from numpy import bool_, int32, int64, uint32
    from numpy.typing import NDArray

    Runs = NDArray[uint32]
    Places = NDArray[int32 | int64]

WINDOW_DOUBLINGS = 3
"""Eight runs in a window."""

PASSAGE = 7
"""A passage of twelve syllables is the run at its beginning and the one seven syllables later. Among many papers of
few thoughts single runs are seldom rare, and passages still are."""

NOTHING = 0xFFFFFFFF
"""Stands for a run that was taken away; a real run of this number is never a print, and nobody misses it."""

LEAST_SHARE = LEAST_PERCENT * WHOLE // 100
LEAST_PRINTS, LEAST_PRINT_SHARE = 3, 0.05
"""Common prints that make a pair worth comparing: far below what a share of 20 % brings about."""

ALL_WITH_ALL = 64
"""Papers of one print that are all paired. Of more, each is paired with the first and with its neighbour: a passage
that hundreds copied still binds them together, and the work grows with their number only."""

NEIGHBOURS = 20
"""Likenesses kept of one paper, the closest."""

HASHES, ROWS, ALIKE = 60, 6, 0.7
"""Near-copies agree in most of 60 minima; ten bands of six find them without comparing everybody."""

LEAST_FOR_STOCK, STOCK_SHARE = 12, 0.08
"""Calibrated on 24,814 papers made of a few sentences with gaps: half of each is worn phrases, and yet no two that
were made apart share 40 % of the rest."""

RARE = 30
"""Who shares runs that stand in so few papers is found however much both share with everybody."""


def stock_cap(papers: int) -> int:
    """In how many papers that are not copies of each other a run may stand before it counts as a stock phrase."""
    return max(LEAST_FOR_STOCK, round(papers * STOCK_SHARE))


@dataclass(frozen=True)
class Pair:
    """Two papers by their ids, and what they have in common."""

    first: int
    second: int
    common: Common

    @property
    def closeness(self) -> int:
        """The larger of the two shares."""
        return max(self.common.share_of_first, self.common.share_of_second)


@dataclass(frozen=True)
class Known:
    """One paper: its own runs, and how many it has in all."""

    id: int
    own: Runs
    whole: int


class Papers:
    """The runs of many papers in one array, in order, and as sets; what is subtracted is taken out of both."""

    def __init__(self, papers: Sequence[tuple[int, bytes]]) -> None:
        import numpy as np

        self.ids = [id for id, _runs in papers]
        self.ordered: Runs = np.array(memoryview(b"".join(runs for _id, runs in papers)).cast("I"), dtype=np.uint32)
        lengths = np.array([len(runs) // 4 for _id, runs in papers], dtype=np.int64)
        self.begins: Places = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        keys = np.repeat(np.arange(len(papers), dtype=np.uint64) << np.uint64(32), lengths)
        keys |= self.ordered
        keys = distinct(keys)
        self.set_runs: Runs = (keys & np.uint64(NOTHING)).astype(np.uint32)
        self.set_papers: Places = (keys >> np.uint64(32)).astype(np.int32)
        self._lay_sets()
        self.wholes: Places = np.diff(self.set_begins)  # how many runs each had before anything was taken away

    def __len__(self) -> int:
        return len(self.ids)

    def _lay_sets(self) -> None:
        import numpy as np

        self.set_begins: Places = np.searchsorted(self.set_papers, np.arange(len(self.ids) + 1))

    def subtract(self, runs: Runs) -> None:
        """Take runs (sorted) away from every paper."""
        if not len(runs):
            return
        self.ordered[is_among(self.ordered, runs)] = NOTHING
        kept = ~is_among(self.set_runs, runs)
        self.set_runs, self.set_papers = self.set_runs[kept], self.set_papers[kept]
        self._lay_sets()

    def known(self, place: int) -> Known:
        own = self.set_runs[self.set_begins[place] : self.set_begins[place + 1]]
        return Known(self.ids[place], own, int(self.wholes[place]))

    def own_counts(self) -> dict[int, int]:
        """How many own runs each paper has left, by id."""
        import numpy as np

        return dict(zip(self.ids, np.diff(self.set_begins).tolist(), strict=True))

    def passages(self) -> Runs:
        """A number for each passage of twelve syllables, at the place of its first run."""
        import numpy as np

        far = np.roll(self.ordered, -PASSAGE)
        places = np.arange(PASSAGE, len(self.ordered) + PASSAGE, dtype=np.int32)
        reaches = places < np.repeat(self.begins[1:].astype(np.int32), np.diff(self.begins))
        whole = reaches & (self.ordered != NOTHING) & (far != NOTHING)
        return np.where(whole, mixed(self.ordered, np.uint32(0x9E3779B1)) ^ far, np.uint32(NOTHING))


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """Each number once, sorted, in the place of those given. (numpy's own way hashes: five times as long here.)"""
    numbers.sort()
    return numbers[begins_of(numbers)]


def counted(numbers: NDArray[Any]) -> tuple[NDArray[Any], Places]:
    """Each number once, sorted, with how often it came."""
    import numpy as np

    numbers = np.sort(numbers)
    begins = begins_of(numbers)
    return numbers[begins], np.diff(np.append(begins, len(numbers)))


def begins_of(numbers: NDArray[Any]) -> Places:
    """Where each number begins among sorted ones."""
    import numpy as np

    is_begin = np.ones(len(numbers), dtype=bool)
    is_begin[1:] = numbers[1:] != numbers[:-1]
    return np.flatnonzero(is_begin)


def is_among(runs: Runs, sorted_runs: Runs) -> NDArray[bool_]:
    import numpy as np

    if not len(sorted_runs):
        return np.zeros(len(runs), dtype=bool)
    places = np.searchsorted(sorted_runs, runs)
    places[places == len(sorted_runs)] = 0
    return np.equal(sorted_runs[places], runs)


def pair_of(one: Known, other: Known) -> Pair:
    import numpy as np

    runs = len(np.intersect1d(one.own, other.own, assume_unique=True))
    common = Common(runs, counted_of(len(one.own), one.whole), counted_of(len(other.own), other.whole))
    return Pair(one.id, other.id, common)


def prints_of(ordered: Runs, begins: Places) -> tuple[Runs, Places]:
    """The prints of papers, each once a paper, sorted by print and then by paper."""
    import numpy as np

    lowest = ordered
    for doubling in range(WINDOW_DOUBLINGS):
        step = 1 << doubling
        lowest = np.minimum(lowest[:-step], lowest[step:]) if len(lowest) > step else lowest[:0]
    width = 1 << WINDOW_DOUBLINGS
    papers = np.repeat(np.arange(len(begins) - 1, dtype=np.int32), np.diff(begins))[: len(lowest)]
    ends = begins[1:].astype(np.int32)[papers]
    fits = (np.arange(width, len(lowest) + width, dtype=np.int32) <= ends) & (lowest != NOTHING)
    keys = lowest[fits].astype(np.uint64) << np.uint64(32)
    keys |= papers[fits].astype(np.uint64)
    keys = distinct(keys)
    return (keys >> np.uint64(32)).astype(np.uint32), (keys & np.uint64(NOTHING)).astype(np.int64)


# ---- all at once


@dataclass(frozen=True)
class Compared:
    """What came of comparing everybody: the pairs, and what the next paper is compared with."""

    index: Index
    stock: bytes
    own: dict[int, int]  # how many runs each paper has left
    pairs: list[Pair]


def compare_all(papers: Sequence[tuple[int, bytes]], allowed: Iterable[int]) -> Compared:
    """Compare every paper with every other one. ``allowed`` are the runs of official texts and of the task."""
    import numpy as np

    held = Papers(papers)
    held.subtract(distinct(np.fromiter(allowed, dtype=np.uint32)))
    copies = near_copies(held)
    is_first = np.ones(len(held), dtype=bool)
    is_first[[one for one, first in copies.items() if one != first]] = False
    cap = stock_cap(int(is_first.sum()))
    runs, counts = _spread(held.set_runs, is_first[held.set_papers])
    passages = held.passages()
    passages[is_among(passages, _worn_passages(passages, held, is_first, cap))] = NOTHING
    stock = runs[counts > cap]
    held.subtract(stock)
    rare = np.where(is_among(held.ordered, runs[counts > RARE]), np.uint32(NOTHING), held.ordered)
    candidates = _pairs_among_copies(copies)
    for ordered in (rare, passages):
        candidates |= _pairs_by_prints(*prints_of(ordered, held.begins), len(held))
    pairs = _closest(_compared(held, sorted(candidates)))
    return Compared(Index(held, stock), stock.astype("<u4").tobytes(), held.own_counts(), pairs)


def near_copies(held: Papers) -> dict[int, int]:
    """Papers that are nearly the same, by place: each with the first of its kind. The first ones are in it too."""
    import numpy as np

    prints, places = prints_of(held.ordered, held.begins)
    order = np.argsort(places, kind="stable")
    prints, places = prints[order], places[order]
    papers, begins = np.unique(places, return_index=True)
    if not len(papers):
        return {}
    factors = np.random.default_rng(5).integers(1, 1 << 31, size=HASHES, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    minima = np.stack([np.minimum.reduceat(mixed(prints, factor), begins) for factor in factors])
    edges: list[tuple[int, int]] = []
    for band in range(0, HASHES, ROWS):
        keys = np.zeros(len(papers), dtype=np.uint64)
        for row in minima[band : band + ROWS]:
            keys = (keys * np.uint64(0x9E3779B97F4A7C15)) ^ row
        order = np.argsort(keys, kind="stable")
        begins_kind = np.concatenate([[True], keys[order][1:] != keys[order][:-1]])
        firsts = order[np.flatnonzero(begins_kind)[np.cumsum(begins_kind) - 1]]
        later = order != firsts
        one, other = firsts[later], order[later]
        alike = (minima[:, one] == minima[:, other]).mean(axis=0) >= ALIKE
        edges += zip(papers[one[alike]].tolist(), papers[other[alike]].tolist(), strict=True)
    return groups_of(edges)


def mixed(prints: Runs, factor: Any) -> Runs:
    import numpy as np

    product = prints * factor
    shaken: Runs = (product ^ (product >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    return shaken


def _spread(runs: Runs, of_firsts: NDArray[bool_]) -> tuple[Runs, Places]:
    """Each run with the number of papers in which it stands. However many copied a paper, it counts once."""

    return counted(runs[of_firsts])


def _worn_passages(passages: Runs, held: Papers, is_first: NDArray[bool_], cap: int) -> Runs:
    """Passages that stand in too many papers: sentences that everybody writes."""
    import numpy as np

    of_firsts = np.repeat(is_first, np.diff(held.begins))
    found, counts = counted(passages[of_firsts])
    return found[counts > cap]


def _pairs_by_prints(prints: Runs, places: Places, papers: int) -> set[tuple[int, int]]:
    """Papers that share enough prints."""
    import numpy as np

    if not len(prints):
        return set()
    begins = begins_of(prints)
    sizes = np.diff(np.append(begins, len(prints)))
    size_at, begin_at = np.repeat(sizes, sizes), np.repeat(begins, sizes)
    here = np.arange(len(prints))
    found = []
    for lag in range(1, ALL_WITH_ALL):
        later = here[lag:]
        same = (begin_at[lag:] <= later - lag) & ((size_at[lag:] <= ALL_WITH_ALL) | (lag == 1))
        found.append(places[later[same] - lag] * papers + places[later[same]])
    far = here[(size_at > ALL_WITH_ALL) & (here - begin_at > 1)]
    found.append(places[begin_at[far]] * papers + places[far])
    keys, common = counted(np.concatenate(found))
    of_each = np.bincount(places, minlength=papers)
    one, other = keys // papers, keys % papers
    enough = common >= np.maximum(LEAST_PRINTS, LEAST_PRINT_SHARE * np.minimum(of_each[one], of_each[other]))
    return set(zip(one[enough].tolist(), other[enough].tolist(), strict=True))


def _pairs_among_copies(copies: dict[int, int]) -> set[tuple[int, int]]:
    """Copies of one paper are paired like papers of one print."""
    kinds: dict[int, list[int]] = {}
    for one in sorted(copies):
        kinds.setdefault(copies[one], []).append(one)
    pairs: set[tuple[int, int]] = set()
    for kind in kinds.values():
        if len(kind) <= ALL_WITH_ALL:
            pairs.update(combinations(kind, 2))
        else:
            pairs.update(pairwise(kind))
            pairs.update((kind[0], one) for one in kind[1:])
    return pairs


def _compared(held: Papers, candidates: Iterable[tuple[int, int]]) -> Iterator[Pair]:
    for one, other in candidates:
        pair = pair_of(held.known(one), held.known(other))
        if pair.closeness >= LEAST_SHARE:
            yield pair


def _closest(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs that are among the closest of one of their two papers."""
    of_paper: dict[int, list[tuple[int, int, int]]] = {}
    kept = list(pairs)
    for place, pair in enumerate(kept):
        of_paper.setdefault(pair.first, []).append((-pair.common.share_of_first, pair.second, place))
        of_paper.setdefault(pair.second, []).append((-pair.common.share_of_second, pair.first, place))
    places = {place for entries in of_paper.values() for _share, _other, place in sorted(entries)[:NEIGHBOURS]}
    return [kept[place] for place in sorted(places)]


# ---- one more


class Index:
    """Papers that have been compared, held ready for the next ones; five kilobytes each."""

    def __init__(self, held: Papers, stock: Runs) -> None:
        import numpy as np

        self._stock = stock
        self._ids, self._runs, self._begins, self._wholes = held.ids, held.set_runs, held.set_begins, held.wholes
        prints, places = prints_of(held.ordered, held.begins)
        self._prints, self._places = prints, places.astype(np.int32)
        self._later: list[tuple[Known, Runs]] = []  # papers that came since, with their prints

    @classmethod
    def of(cls, papers: Sequence[tuple[int, bytes]], allowed: Iterable[int], stock: bytes) -> Index:
        """An index of papers that were compared before, with the stock phrases that were found then."""
        import numpy as np

        held, worn = Papers(papers), np.frombuffer(stock, dtype="<u4").astype(np.uint32)
        held.subtract(distinct(np.fromiter(allowed, dtype=np.uint32)))
        held.subtract(worn)
        return cls(held, worn)

    def add(self, id: int, runs: bytes, allowed: Iterable[int]) -> tuple[list[Pair], int]:
        """Compare one more paper with all others and keep it: its closest pairs, and how many own runs it has."""
        import numpy as np

        one = Papers([(id, runs)])
        one.subtract(distinct(np.fromiter(allowed, dtype=np.uint32)))
        one.subtract(self._stock)
        prints, _places = prints_of(one.ordered, one.begins)
        mine = one.known(0)
        others = [self._known(place) for place in self._near(prints)]
        others += [other for other, its_prints in self._later if is_near(prints, its_prints)]
        pairs = [pair_of(other, mine) for other in others if other.id != id]
        self._later.append((mine, prints))
        near = [pair for pair in pairs if pair.closeness >= LEAST_SHARE]
        near.sort(key=lambda pair: (-pair.closeness, pair.first))
        return near[:NEIGHBOURS], len(mine.own)

    def _known(self, place: int) -> Known:
        own = self._runs[self._begins[place] : self._begins[place + 1]]
        return Known(self._ids[place], own, int(self._wholes[place]))

    def _near(self, prints: Runs) -> list[int]:
        """Places of the papers that share most prints with these."""
        import numpy as np

        begins = np.searchsorted(self._prints, prints, side="left")
        ends = np.searchsorted(self._prints, prints, side="right")
        hits = [self._places[begin:end] for begin, end in zip(begins, ends, strict=True) if begin < end]
        if not hits:
            return []
        common = np.bincount(np.concatenate(hits))
        enough = np.flatnonzero(common >= LEAST_PRINTS)
        return list(map(int, enough[np.argsort(-common[enough], kind="stable")][: 3 * NEIGHBOURS]))


def is_near(prints: Runs, others: Runs) -> bool:
    import numpy as np

    return len(np.intersect1d(prints, others, assume_unique=True)) >= LEAST_PRINTS
