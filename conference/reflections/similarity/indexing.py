"""Keeping what papers have in common true to the papers: in pieces, repeatable, and without holding the database."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.db import db, transaction
from conference.planning.models import Conference
from conference.reflections.similarity import comparing, queries
from conference.reflections.similarity.models import Likeness, PaperPrint, SimilarityIndex
from conference.reflections.similarity.rules import groups_of, runs_of_texts

PIECE = 500
LOOK_BACK = 1_000
"""Submissions before the last known one that may have been committed after it."""

GROWTH = 0.2
"""When so many papers have come since all were compared, all are compared again: other phrases may be worn by now."""

Said = Callable[[int, int], None]


@dataclass(frozen=True)
class Indexed:
    """What a work on the index did: how many papers were compared, and how many pairs are alike."""

    papers: int
    pairs: int
    is_whole: bool


@dataclass
class _Held:
    """An index in the memory of this worker, and the version of the kept one that it agrees with."""

    version: int
    index: comparing.Index
    last: int  # of the conference's own papers, whose runs are kept


_held: dict[int, _Held] = {}


def index_conference(
    conference: Conference, *, at: datetime, whole: bool = False, said: Said = lambda *_: None
) -> Indexed:
    """Compare what was handed in with everything else: the new papers alone where that is enough, else all.

    Repeatable; who is interrupted goes on where it stopped. Its transactions are its own, one a piece.
    """
    row = queries.index_of(conference.id)
    if row is None:
        with transaction():
            row = ensure_index(conference.id)
    _take_in(row, whole, said)
    row = queries.index_of(conference.id)
    assert row is not None
    allowed, waiting = allowed_runs(conference), queries.not_compared(conference.id)
    is_worn = row.indexed_at is None or row.allowed_digest != _digest(allowed) or len(waiting) > row.papers * GROWTH
    if whole or is_worn:
        return _compare_all(conference, allowed, at)
    if not waiting:
        return Indexed(0, 0, is_whole=False)
    return _compare_new(conference, row, waiting, allowed)


def ensure_index(conference_id: int) -> SimilarityIndex:
    """The row of a conference's index, with the usual limits when there is none. Repeatable."""
    row = queries.index_of(conference_id)
    if row is None:
        row = SimilarityIndex(conference_id=conference_id)
        db.session.add(row)
        db.session.flush()
    return row


# ---- runs of papers


def _take_in(row: SimilarityIndex, whole: bool, said: Said) -> None:
    """Keep the runs of every paper that counts and lacks them; forget those of papers that no longer count.

    Papers have numbers before they are committed: except with ``whole``, those of a while back are looked for too.
    """
    conference_id, held = row.conference_id, _held.get(row.conference_id)
    last = held.last if held and held.version == row.version else queries.last_print(conference_id)
    since = 0 if whole else last - LOOK_BACK
    fresh = queries.without_print(conference_id, since)
    gone = queries.superseded(conference_id) if whole else queries.earlier_versions(fresh)
    done = 0
    while gone or done < len(fresh):
        some = fresh[done : done + PIECE]
        rows = [
            {
                "submission_id": id,
                "conference_id": conference_id,
                "runs": runs_of_texts(text for _title, text in sections).tobytes(),
                "share": 0,
            }
            for id, sections in queries.sections_of_papers(some).items()
        ]
        with transaction():
            if gone:
                if _forget(gone):
                    find_groups(conference_id)
                _mark_worked(conference_id)
            insert_new(PaperPrint, rows)
        gone, done = [], done + len(some)
        said(done, len(fresh))


def forget_papers(submission_ids: Sequence[int]) -> None:
    """Take erased papers out of the index of every conference that knew them, in the running transaction."""
    places = queries.conferences_that_know(submission_ids)
    _forget(submission_ids)
    for conference_id in sorted(places):
        if queries.index_of(conference_id) is not None:
            find_groups(conference_id)
            db.session.execute(  # what a worker holds in its memory is old by now, and is made anew
                update(SimilarityIndex)
                .where(SimilarityIndex.conference_id == conference_id)
                .values(version=SimilarityIndex.version + 1)
                .execution_options(synchronize_session=False)
            )


def _forget(submission_ids: Sequence[int]) -> bool:
    """Take papers out of everything that was found; what was closest to others is looked up anew. True when one of
    them was in a group, which is another one without it."""
    was_grouped = False
    for some in queries.in_pieces(submission_ids):
        was_grouped = was_grouped or queries.is_any_grouped(some)
        touched = list(db.session.scalars(select(PaperPrint.submission_id).where(PaperPrint.closest_id.in_(some))))
        db.session.execute(delete(Likeness).where(or_(Likeness.submission_id.in_(some), Likeness.other_id.in_(some))))
        db.session.execute(delete(PaperPrint).where(PaperPrint.submission_id.in_(some)))
        left = queries.closest_of(touched)
        _update_prints(
            [
                {"id": id, "share": left.get(id, (0, None))[0], "closest_id": left.get(id, (0, None))[1]}
                for id in touched
                if id not in some
            ]
        )
    return was_grouped


def allowed_runs(conference: Conference) -> frozenset[int]:
    """Runs that everybody may use: of official texts, of the task, and of the programme's titles."""
    return _runs_of(tuple(queries.texts_for_everybody(conference.id)))


@lru_cache(maxsize=8)
def _runs_of(texts: tuple[str, ...]) -> frozenset[int]:
    """Official texts are long, stay the same, and are asked for with each paper that comes in."""
    return frozenset(runs_of_texts(texts))


# ---- comparing


@lru_cache(maxsize=8)
def _digest(allowed: frozenset[int]) -> str:
    return hashlib.sha256(array("I", sorted(allowed)).tobytes()).hexdigest()


def _compare_all(conference: Conference, allowed: frozenset[int], at: datetime) -> Indexed:
    _held.pop(conference.id, None)  # it makes room: what it held is compared anew
    compared = comparing.compare_all(queries.pool_of(conference), allowed)
    papers = len(compared.own)
    with transaction():
        mine = select(PaperPrint.submission_id).where(PaperPrint.conference_id == conference.id)
        db.session.execute(delete(Likeness).where(Likeness.submission_id.in_(mine)))
        db.session.execute(
            update(PaperPrint)
            .where(PaperPrint.conference_id == conference.id)
            .values(share=0, closest_id=None, group_id=None)
            .execution_options(synchronize_session=False)
        )
        _update_prints([{"id": id, "own": compared.own[id]} for id in db.session.scalars(mine) if id in compared.own])
        _keep(conference.id, compared.pairs)
        find_groups(conference.id)
        version = _mark_worked(
            conference.id, indexed_at=at, papers=papers, stock=compared.stock, allowed_digest=_digest(allowed)
        )
    _held[conference.id] = _Held(version, compared.index, queries.last_print(conference.id))
    return Indexed(papers, len(compared.pairs), is_whole=True)


def _compare_new(
    conference: Conference, row: SimilarityIndex, waiting: Sequence[tuple[int, bytes]], allowed: frozenset[int]
) -> Indexed:
    held = _held.get(conference.id)
    if held is None or held.version != row.version:
        new = {id for id, _runs in waiting}
        known = [paper for paper in queries.pool_of(conference) if paper[0] not in new]
        index, last = comparing.Index.of(known, allowed, row.stock), queries.last_print(conference.id)
        _held[conference.id] = held = _Held(row.version, index, last)
    pairs: list[comparing.Pair] = []
    counts = []
    for id, runs in waiting:
        found, own = held.index.add(id, runs)
        pairs += found
        counts.append({"id": id, "own": own})
    held.last = max(held.last, waiting[-1][0])
    with transaction():
        _update_prints(counts)
        _keep(conference.id, pairs)
        if any(pair.closeness >= row.limits.least_share for pair in pairs):
            find_groups(conference.id)
        _mark_worked(conference.id)
    return Indexed(len(waiting), len(pairs), is_whole=False)


def insert_new(table: type[PaperPrint] | type[Likeness], rows: list[dict[str, Any]]) -> None:
    """Keep rows; where another worker was faster, its rows stand."""
    if rows:
        connection = db.session.connection()
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table.__table__).on_conflict_do_nothing(), rows)


def _update_prints(rows: list[dict[str, Any]]) -> None:
    """Change rows that ``id`` names; one that is gone by now is no fault."""
    if not rows:
        return
    db.session.connection().execute(_UPDATE_PRINT, rows)


_UPDATE_PRINT = update(PaperPrint.__table__).where(PaperPrint.__table__.c.submission_id == bindparam("id"))


def _mark_worked(conference_id: int, **changes: Any) -> int:
    """Raise the version of the index, and with it that of what this worker holds, if it agreed; the new one."""
    connection, mine = db.session.connection(), {"conference": conference_id}
    connection.execute(_RAISE_VERSION.values(**changes) if changes else _RAISE_VERSION, mine)
    version: int = connection.execute(_VERSION, mine).scalar_one()
    held = _held.get(conference_id)
    if held is not None and held.version == version - 1:
        held.version = version
    return version


_row = SimilarityIndex.__table__.c
_MINE = _row.conference_id == bindparam("conference")
_RAISE_VERSION = update(SimilarityIndex.__table__).where(_MINE).values(version=_row.version + 1)
_VERSION = select(_row.version).where(_MINE)


def _keep(conference_id: int, pairs: Iterable[comparing.Pair]) -> None:
    """Keep likenesses of the conference's own papers, and what is closest to each. What is gone by now is left out."""
    sides = {(id, other): (share, common) for pair in pairs for id, other, share, common in _sides(pair)}
    places = queries.conferences_of({id for pair in sides for id in pair})
    rows = [
        {"submission_id": id, "other_id": other, "share": share, "common": common}
        for (id, other), (share, common) in sides.items()
        if places.get(id) == conference_id and other in places
    ]
    insert_new(Likeness, rows)
    best = queries.closest_of({row["submission_id"] for row in rows})
    _update_prints([{"id": id, "share": share, "closest_id": other} for id, (share, other) in best.items()])


def _sides(pair: comparing.Pair) -> Iterator[tuple[int, int, int, int]]:
    common = pair.common
    yield pair.first, pair.second, common.share_of_first, common.runs
    yield pair.second, pair.first, common.share_of_second, common.runs


def find_groups(conference_id: int) -> None:
    """Papers bound together by likenesses to be looked at form a group, named after its first paper here."""
    row = queries.index_of(conference_id)
    assert row is not None
    edges = queries.likenesses_from(conference_id, row.limits.least_share)
    here = {one for one, _other, _is_here in edges} | {other for _one, other, is_here in edges if is_here}
    names: dict[int, int] = {}
    groups: dict[int, int] = {}
    for paper, leader in sorted(groups_of([(one, other) for one, other, _is_here in edges]).items()):
        if paper in here:
            groups[paper] = names.setdefault(leader, paper)
    known = queries.groups_in(conference_id)
    changed = sorted(id for id in known.keys() | groups.keys() if known.get(id) != groups.get(id))
    _update_prints([{"id": id, "group_id": groups.get(id)} for id in changed])
