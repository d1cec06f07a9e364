"""Two papers beside each other, as the council reads them: what both say, and what everybody may say."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from conference.planning.models import Conference
from conference.reflections.similarity import queries
from conference.reflections.similarity.indexing import allowed_runs
from conference.reflections.similarity.rules import Common, Piece, common_of, marked, runs_of_texts


@dataclass(frozen=True)
class MarkedSection:
    title: str  # none for the text of a file
    pieces: list[Piece]


@dataclass(frozen=True)
class Beside:
    """``first`` and ``second`` part by part, with what they have in common, counted as the index counts it."""

    first: list[MarkedSection]
    second: list[MarkedSection]
    common: Common


def lay_beside(conference: Conference, first_id: int, second_id: int) -> Beside:
    """Lay two submissions beside each other, by the rules of the conference whose paper the first one is."""
    row = queries.index_of(conference.id)
    worn = frozenset(memoryview(row.stock).cast("I")) if row is not None else frozenset()
    allowed = worn | allowed_runs(conference)
    sections = queries.sections_of_papers([first_id, second_id])
    runs = {id: set(runs_of_texts(text for _title, text in its)) for id, its in sections.items()}
    return Beside(
        _marked(sections[first_id], runs[second_id], allowed),
        _marked(sections[second_id], runs[first_id], allowed),
        common_of(runs[first_id], runs[second_id], allowed),
    )


def _marked(
    sections: Sequence[tuple[str, str]], other: AbstractSet[int], allowed: AbstractSet[int]
) -> list[MarkedSection]:
    return [MarkedSection(title, marked(text, other, allowed)) for title, text in sections]
