"""What an import may change: an empty cell never erases, and what a person edited on screen stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | list[str] | None


class BatchState(StrEnum):
    READING = "reading"  # the job has not finished comparing
    READY = "ready"  # the preview waits for a person
    APPLYING = "applying"
    APPLIED = "applied"
    TAKEN_BACK = "taken_back"
    DISCARDED = "discarded"
    FAILED = "failed"


class FindingKind(StrEnum):
    """What a preview shows, in the order of how much it needs a person."""

    CONFLICT = "conflict"  # two lists put one person at different sites
    REPEATED = "repeated"
    CHANGED = "changed"
    KEPT = "kept"  # edited on screen since the last import: the edit stands, the file's value is shown
    MISSING = "missing"  # imported before, no longer in its sender's list: shown, never withdrawn
    NEW = "new"


class Subject(StrEnum):
    """What an imported value belongs to."""

    ATTENDEE = "attendee"
    UNIT = "unit"
    SITE = "site"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one thing: what stands now and what the file says."""

    field: str
    before: Value
    after: Value


@dataclass(slots=True)
class Settled:
    """What a file's values do to a thing that is already there."""

    updates: list[FieldChange] = field(default_factory=list)
    kept: list[FieldChange] = field(default_factory=list)


def settle(current: Mapping[str, Value], last: Mapping[str, Value] | None, said: Mapping[str, Value]) -> Settled:
    """Compare field by field. ``last`` is what the import before this one said; None when there was none.

    A field that differs from what was last imported was edited since, and stands.
    """
    settled = Settled()
    for name, value in said.items():
        now = current.get(name)
        if value in ("", None, []) or value == now:
            continue
        change = FieldChange(name, now, value)
        if now in ("", None, []) or (last is not None and last.get(name) == now):
            settled.updates.append(change)
        else:
            settled.kept.append(change)
    return settled
