"""What the figures of a report count. A figure is data: which values of which dimension it takes.

Everybody called to a conference has one value in each dimension (how they stand in each study session, over
the whole conference, online or not, with the reflection, with the mark), so figures of one dimension add up by
construction.
Count and list of a figure come from the same definition: one sums over it, the other filters by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from conference.checkin.rules import Status
from conference.grading.rules import Rank, rate, shares
from conference.planning.modules import Module
from conference.reflections.rules import HANDED_IN, MUST_WRITE, Standing

ATTENDED = "attended"
STANDING = "standing"
RANK = "rank"
MADE_UP = "made_up"
PART = "part"
NO_RANK = "none"
ONLINE = "online"
OTHER_WAVE = "other_wave"
"""In a session's dimension: it is another wave's, and this person was not there."""

YES, NO = "yes", "no"

SEEN = (Status.PRESENT, Status.LATE, Status.LEFT_EARLY)


def session_dimension(study_session_id: int) -> str:
    return f"session_{study_session_id}"


def overall(statuses: Sequence[Status]) -> Status:
    """How somebody stands over all study sessions of their own: present is who was seen in any.

    Of the others: substituted when somebody came instead; absent without leave when a host has confirmed it for
    any study session; open while any is; excused when all are.
    """
    if any(status in SEEN for status in statuses):
        return Status.PRESENT
    for status in (Status.SUBSTITUTED, Status.UNEXCUSED, Status.NOT_SEEN):
        if status in statuses:
            return status
    return Status.EXCUSED if statuses else Status.NOT_SEEN


class Part(StrEnum):
    """How somebody came to be called."""

    SUMMONED = "summoned"
    WALK_IN = "walk_in"
    SUBSTITUTE = "substitute"


@dataclass(frozen=True)
class Figure:
    """A count of people: those for whom any of these dimensions has one of these values; without any, everybody.

    With a ``part``, only those who came to be called in this way.
    """

    key: str
    any_of: tuple[tuple[str, frozenset[str]], ...] = ()
    part: Part | None = None

    def takes(self, values: Mapping[str, str]) -> bool:
        if self.part is not None and values[PART] != self.part:
            return False
        return not self.any_of or any(values[dimension] in taken for dimension, taken in self.any_of)


def figure(key: str, dimension: str, *values: StrEnum | str, part: Part | None = None) -> Figure:
    return Figure(key, ((dimension, frozenset(str(value) for value in values)),), part)


def figures_of(study_session_ids: Sequence[int]) -> dict[str, Figure]:
    """Every figure of a report on a conference with these study sessions, by key."""
    dimensions = [session_dimension(id) for id in study_session_ids]
    called = Part.SUMMONED
    found = [Figure("summoned", part=called)]
    found += [figure(f"present_{id}", session_dimension(id), *SEEN, part=called) for id in study_session_ids]
    found += [
        figure("present", ATTENDED, Status.PRESENT, part=called),
        figure("online", ONLINE, YES, part=called),
        Figure("late", tuple((dimension, frozenset({Status.LATE.value})) for dimension in dimensions), called)
        if dimensions
        else figure("late", ATTENDED, Status.LATE, part=called),
        figure("substituted", ATTENDED, Status.SUBSTITUTED, part=called),
        figure("excused", ATTENDED, Status.EXCUSED, part=called),
        figure("unexcused", ATTENDED, Status.UNEXCUSED, part=called),
        figure("not_seen", ATTENDED, Status.NOT_SEEN, part=called),
        figure("made_up", MADE_UP, YES, part=called),
        figure("walk_in", ATTENDED, Status.PRESENT, part=Part.WALK_IN),
        figure("must_write", STANDING, *MUST_WRITE),
        figure("handed_in", STANDING, *HANDED_IN),
        figure("handed_in_late", STANDING, Standing.LATE),
        *(figure(rank.value, RANK, rank) for rank in Rank),
    ]
    return {one.key: one for one in found}


class Kind(StrEnum):
    COUNT = "count"
    RATE = "rate"
    SHARE = "share"
    PLACES = "places"


class Block(StrEnum):
    """The groups of columns under the first head row."""

    ATTENDANCE = "attendance"
    WRITING = "writing"
    RANKS = "ranks"


RANK_KEYS = tuple(rank.value for rank in Rank)


@dataclass(frozen=True)
class Column:
    """One column of the table, on the page and in the sheet."""

    key: str
    block: Block
    kind: Kind = Kind.COUNT
    of: tuple[str, ...] = ()  # a rate: the figures that are added up
    whole: str = ""  # … and divided by this one

    @property
    def starts(self) -> bool:
        """True for the first column of its group."""
        return self.key in ("summoned", "must_write", RANK_KEYS[0], f"{RANK_KEYS[0]}_share")


def columns_of(study_session_ids: Sequence[int]) -> list[Column]:
    """The columns of the report, in order. The attendance rate counts substitutes, as the unions do."""
    here, write, ranks = Block.ATTENDANCE, Block.WRITING, Block.RANKS
    return [
        Column("summoned", here),
        *(Column(f"present_{id}", here) for id in study_session_ids),
        Column("present", here),
        Column("online", here),
        Column("attendance_rate", here, Kind.RATE, ("present", "substituted"), "summoned"),
        *(
            Column(key, here)
            for key in ("late", "substituted", "excused", "unexcused", "not_seen", "made_up", "walk_in")
        ),
        Column("must_write", write),
        Column("handed_in", write),
        Column("handed_in_rate", write, Kind.RATE, ("handed_in",), "must_write"),
        Column("handed_in_late", write),
        *(
            column
            for key in RANK_KEYS
            for column in (Column(key, ranks), Column(f"{key}_share", ranks, Kind.SHARE, (key,)))
        ),
    ]


MODULES_OF_BLOCKS = {Block.ATTENDANCE: Module.CHECKIN, Block.WRITING: Module.REFLECTIONS, Block.RANKS: Module.GRADING}
MODULES_OF_COLUMNS = {"summoned": None, "online": Module.ONLINE, "made_up": Module.MAKE_UP}


def module_of(column: Column) -> Module | None:
    """The module without which a column has nothing to say."""
    return MODULES_OF_COLUMNS[column.key] if column.key in MODULES_OF_COLUMNS else MODULES_OF_BLOCKS[column.block]


Value = int | Decimal


def values_of(counts: Mapping[str, int], columns: Iterable[Column]) -> dict[str, Value]:
    """The cells of one row from the counts of its figures; shares of ranks add up to 100,00."""
    portions = dict(zip(RANK_KEYS, shares([counts[key] for key in RANK_KEYS]), strict=True))
    found: dict[str, Value] = {}
    for column in columns:
        if column.kind is Kind.RATE:
            found[column.key] = rate(sum(counts[key] for key in column.of), counts[column.whole])
        elif column.kind is Kind.SHARE:
            found[column.key] = portions[column.of[0]]
        else:
            found[column.key] = counts[column.key]
    return found
