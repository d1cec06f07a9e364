"""How far each step of a conference is, from a few moments and facts. No database, no request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WRITING_OPENS_BEFORE_THE_END = timedelta(minutes=30)


class StepState(StrEnum):
    DONE = "done"
    NOW = "now"
    AHEAD = "todo"


@dataclass(frozen=True)
class Moments:
    """When things happen; None for what is not laid down yet."""

    published_at: datetime | None
    doors_open_at: datetime | None
    ends_at: datetime | None
    writing_ends_at: datetime | None


def states(
    moments: Moments, *, at: datetime, is_called: bool, is_graded: bool, is_released: bool
) -> dict[str, StepState]:
    """The state of each step by its key in the chain. Several may be going on at once."""
    has_begun = moments.doors_open_at is not None and at >= moments.doors_open_at
    is_over = moments.ends_at is not None and at >= moments.ends_at
    published = moments.published_at is not None
    before = StepState.DONE if has_begun else StepState.NOW if published else StepState.AHEAD
    day = StepState.DONE if is_over else StepState.NOW if has_begun else StepState.AHEAD
    return {
        "plan": StepState.DONE if published else StepState.NOW,
        "call": StepState.DONE if is_called else before if not has_begun else StepState.NOW,
        "ready": before,
        "count": day,
        "day": day,
        "reflect": _writing(moments, at),
        "grade": StepState.DONE if is_released else StepState.NOW if is_graded else StepState.AHEAD,
        "report": StepState.NOW if is_over else StepState.AHEAD,
    }


def _writing(moments: Moments, at: datetime) -> StepState:
    if moments.ends_at is None or at < moments.ends_at - WRITING_OPENS_BEFORE_THE_END:
        return StepState.AHEAD
    if moments.writing_ends_at is not None and at > moments.writing_ends_at:
        return StepState.DONE
    return StepState.NOW
