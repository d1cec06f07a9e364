"""All papers beside each other, by arithmetic on whole arrays. Only the job process and commands come here.

Papers meet through their prints: of every eight runs that follow each other the one with the smallest number, so
that no common passage of twelve syllables is missed. Who shares enough prints is compared exactly, run by run.

numpy is loaded where it is used: it costs a web process 25 MiB that no page needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING, Any

from conference.reflections.similarity.rules import LEAST_PERCENT, WHOLE, Common, counted_of, groups_of

if TYPE_CHECKING:
    from numpy import bool_, int32, int64, uint32, uint64
    from numpy.typing import NDArray

    Runs = NDArray[uint32]
    Places = NDArray[int32 | int64]
    Keys = NDArray[uint64]

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

AT_ONCE, PAPERS_AT_ONCE = 1 << 20, 1_000
"""Runs and papers that are worked on in one go: what is made on the way needs several times their room."""

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
        lengths = [len(runs) // 4 for _id, runs in papers]
        self.begins: Places = from_lengths(lengths)
        self.ordered: Runs = np.empty(self.begins[-1], dtype=np.uint32)
        sets: Runs = np.empty_like(self.ordered)
        end, counts = 0, []
        for begin, length, (_id, runs) in zip(self.begins.tolist(), lengths, papers, strict=False):
            own = np.frombuffer(runs, dtype="<u4")
            self.ordered[begin : begin + length] = own
            own = distinct(own.astype(np.uint32))
            sets[end : end + len(own)] = own
            end += len(own)
            counts.append(len(own))
        self.set_runs: Runs = sets[:end]
        self.set_begins: Places = from_lengths(counts)
        self.wholes: Places = np.diff(self.set_begins)  # how many runs each had before anything was taken away

    def __len__(self) -> int:
        return len(self.ids)

    def subtract(self, runs: Runs) -> None:
        """Take runs (sorted) away from every paper."""
        if not len(runs):
            return
        import numpy as np

        self.ordered[is_among(self.ordered, runs)] = NOTHING
        goes = is_among(self.set_runs, runs)
        self.set_runs = self.set_runs[~goes]
        before = np.concatenate([np.zeros(1, np.int32), np.cumsum(goes, dtype=np.int32)])
        self.set_begins = self.set_begins - before[self.set_begins]

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

        found = np.full(len(self.ordered), NOTHING, dtype=np.uint32)
        for _first, begins in some_papers(self.begins):
            here = self.ordered[begins[0] : begins[-1]]
            far = here[PASSAGE:]
            fits = np.arange(PASSAGE, len(here)) < np.repeat(begins[1:] - begins[0], np.diff(begins))[: len(far)]
            fits &= (here[: len(far)] != NOTHING) & (far != NOTHING)
            passages = mixed(here[: len(far)], np.uint32(0x9E3779B1)) ^ far
            found[begins[0] : begins[0] + len(far)][fits] = passages[fits]
        return found


def distinct(numbers: NDArray[Any]) -> NDArray[Any]:
    """Each number once, sorted, in the place of those given. (numpy's own way hashes: five times as long here.)"""
    numbers.sort()
    return numbers[are_new(numbers)]


def frequent(numbers: NDArray[Any], *, least: int) -> tuple[NDArray[Any], Places]:
    """Each number that came so often at least, once and sorted, with how often it came. Sorts those given."""
    import numpy as np

    numbers.sort()
    often = numbers[: len(numbers) - least + 1][numbers[: len(numbers) - least + 1] == numbers[least - 1 :]]
    often = often[are_new(often)]
    return often, np.searchsorted(numbers, often, side="right") - np.searchsorted(numbers, often)


def from_lengths(lengths: Sequence[int]) -> Places:
    """Where each of the pieces begins that lie one after the other, and where the last one ends."""
    import numpy as np

    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def are_new(numbers: NDArray[Any]) -> NDArray[bool_]:
    """Which of the sorted numbers differ from the one before."""
    import numpy as np

    found = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found


def some_papers(begins: Places) -> Iterator[tuple[int, Places]]:
    """Papers piece by piece: the first of a piece, and where those in it begin and the last one ends."""
    for first in range(0, len(begins) - 1, PAPERS_AT_ONCE):
        yield first, begins[first : first + PAPERS_AT_ONCE + 1]


def as_runs(numbers: Iterable[int]) -> Runs:
    """Runs that came from elsewhere, each once and sorted."""
    import numpy as np

    return distinct(np.fromiter(numbers, dtype=np.uint32))


def is_among(runs: Runs, sorted_runs: Runs) -> NDArray[bool_]:
    import numpy as np

    if not len(sorted_runs):
        return np.zeros(len(runs), dtype=bool)
    found = np.empty(len(runs), dtype=bool)
    for start in range(0, len(runs), AT_ONCE):
        some = runs[start : start + AT_ONCE]
        places = np.searchsorted(sorted_runs, some)
        places[places == len(sorted_runs)] = 0
        np.equal(sorted_runs[places], some, out=found[start : start + AT_ONCE])
    return found


def pair_of(one: Known, other: Known) -> Pair:
    import numpy as np

    runs = len(np.intersect1d(one.own, other.own, assume_unique=True))
    common = Common(runs, counted_of(len(one.own), one.whole), counted_of(len(other.own), other.whole))
    return Pair(one.id, other.id, common)


def prints_of(ordered: Runs, begins: Places) -> tuple[Runs, Places]:
    """The prints of papers, each once a paper, sorted by print and then by paper."""
    import numpy as np

    pieces = [_print_keys(ordered, first, some) for first, some in some_papers(begins)]
    keys = distinct(np.concatenate([np.zeros(0, np.uint64), *pieces]))
    return (keys >> np.uint64(32)).astype(np.uint32), (keys & np.uint64(NOTHING)).astype(np.int32)


def _print_keys(ordered: Runs, first: int, begins: Places) -> Keys:
    """Print and paper in one number, for papers that lie one after the other."""
    import numpy as np

    lowest = ordered[begins[0] : begins[-1]]
    for doubling in range(WINDOW_DOUBLINGS):
        step = 1 << doubling
        lowest = np.minimum(lowest[:-step], lowest[step:]) if len(lowest) > step else lowest[:0]
    width = 1 << WINDOW_DOUBLINGS
    papers = np.repeat(np.arange(first, first + len(begins) - 1), np.diff(begins))[: len(lowest)]
    ends = (begins[1:] - begins[0])[papers - first]
    fits = (np.arange(width, len(lowest) + width) <= ends) & (lowest != NOTHING)
    keys = lowest[fits].astype(np.uint64) << np.uint64(32)
    keys |= papers[fits].astype(np.uint64)
    return distinct(keys)


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

    held, everybodys = Papers(papers), as_runs(allowed)
    del papers  # its room is wanted
    held.subtract(everybodys)
    copies = near_copies(held)
    is_first = np.ones(len(held), dtype=bool)
    is_first[[one for one, first in copies.items() if one != first]] = False
    cap = stock_cap(int(is_first.sum()))
    runs, counts = _spread(held, is_first, least=min(RARE, cap) + 1)
    stock, common = runs[counts > cap], runs[counts > RARE]
    candidates = [_pairs_among_copies(copies, len(held)), _pairs_by_passages(held, is_first, cap)]
    held.subtract(stock)
    rare = held.ordered.copy()
    rare[is_among(rare, common)] = NOTHING
    candidates.append(_pairs_by_prints(*prints_of(rare, held.begins), len(held)))
    del rare
    pairs = _closest(_compared(held, distinct(np.concatenate(candidates))))
    index = Index(held, distinct(np.concatenate([everybodys, stock])))
    return Compared(index, stock.astype("<u4").tobytes(), held.own_counts(), pairs)


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


def _spread(held: Papers, is_first: NDArray[bool_], *, least: int) -> tuple[Runs, Places]:
    """Runs with the number of papers in which they stand, so many at least. However many copied a paper, it counts
    once."""
    import numpy as np

    return frequent(held.set_runs[np.repeat(is_first, np.diff(held.set_begins))], least=least)


def _pairs_by_passages(held: Papers, is_first: NDArray[bool_], cap: int) -> Keys:
    """Papers that share passages; but for those that stand in too many papers: sentences that everybody writes."""
    import numpy as np

    passages = held.passages()
    worn, _counts = frequent(passages[np.repeat(is_first, np.diff(held.begins))], least=cap + 1)
    passages[is_among(passages, worn)] = NOTHING
    prints, places = prints_of(passages, held.begins)
    del passages
    return _pairs_by_prints(prints, places, len(held))


def _pairs_by_prints(prints: Runs, places: Places, papers: int) -> Keys:
    """Papers that share enough prints, each pair as one number."""
    import numpy as np

    if not len(prints):
        return np.zeros(0, dtype=np.uint64)
    narrow: Any = np.uint32 if papers < 1 << 16 else np.uint64
    of_each = np.bincount(places, minlength=papers)
    places = places.astype(narrow)
    begins = np.flatnonzero(are_new(prints)).astype(np.int32)
    sizes: Places = np.diff(np.append(begins, len(prints))).astype(np.int32)
    size_at, begin_at = np.repeat(sizes, sizes), np.repeat(begins, sizes)
    here = np.arange(len(prints), dtype=np.int32)
    found = []
    for lag in range(1, ALL_WITH_ALL):
        later = here[lag:]
        same = (begin_at[lag:] <= later - lag) & ((size_at[lag:] <= ALL_WITH_ALL) | (lag == 1))
        found.append(places[later[same] - lag] * narrow(papers) + places[later[same]])
    far = here[(size_at > ALL_WITH_ALL) & (here - begin_at > 1)]
    found.append(places[begin_at[far]] * narrow(papers) + places[far])
    keys, common = frequent(np.concatenate(found), least=LEAST_PRINTS)
    fewest = np.minimum(of_each[keys // narrow(papers)], of_each[keys % narrow(papers)])
    enough: Keys = keys[common >= LEAST_PRINT_SHARE * fewest].astype(np.uint64)
    return enough


def _pairs_among_copies(copies: dict[int, int], papers: int) -> Keys:
    """Copies of one paper are paired like papers of one print."""
    import numpy as np

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
    return np.array([one * papers + other for one, other in pairs], dtype=np.uint64)


def _compared(held: Papers, candidates: Keys) -> Iterator[Pair]:
    for key in candidates:
        one, other = divmod(int(key), len(held))
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

    def __init__(self, held: Papers, away: Runs) -> None:
        """``away`` are the runs (sorted) that were taken away from those held, and will be from each that comes."""
        self._away = away
        self._ids, self._runs, self._begins, self._wholes = held.ids, held.set_runs, held.set_begins, held.wholes
        self._prints, self._places = prints_of(held.ordered, held.begins)
        self._later: list[Known] = []  # papers that came since
        self._later_by_print: dict[int, list[int]] = {}

    @classmethod
    def of(cls, papers: Sequence[tuple[int, bytes]], allowed: Iterable[int], stock: bytes) -> Index:
        """An index of papers that were compared before, with the stock phrases that were found then."""
        import numpy as np

        held, worn = Papers(papers), np.frombuffer(stock, dtype="<u4").astype(np.uint32)
        away = distinct(np.concatenate([as_runs(allowed), worn]))
        held.subtract(away)
        return cls(held, away)

    def add(self, id: int, runs: bytes) -> tuple[list[Pair], int]:
        """Compare one more paper with all others and keep it: its closest pairs, and how many own runs it has."""
        one = Papers([(id, runs)])
        one.subtract(self._away)
        prints, _places = prints_of(one.ordered, one.begins)
        mine = one.known(0)
        others = [self._known(place) for place in self._near(prints)]
        others += [self._later[place] for place in self._near_later(prints.tolist())]
        pairs = [pair_of(other, mine) for other in others if other.id != id]
        for one_print in prints.tolist():
            self._later_by_print.setdefault(one_print, []).append(len(self._later))
        self._later.append(mine)
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

    def _near_later(self, prints: list[int]) -> list[int]:
        """The same of those that came since: on a last evening thousands, of which few have anything in common."""
        common = Counter(chain.from_iterable(self._later_by_print.get(one, ()) for one in prints))
        return [place for place, count in common.most_common(3 * NEIGHBOURS) if count >= LEAST_PRINTS]
