"""Laying down the scheme, and calling graders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select, update

from conference.accounts import actions as accounts
from conference.accounts.models import Account
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.grading import queries, settling
from conference.grading.models import Grader, MarkingScheme, RankCut, Reading, ReadingMark, SchemePart
from conference.grading.rules import (
    DEFAULT_CUTS,
    DEFAULT_PARTS,
    Part,
    Rank,
    ReadingState,
    Scheme,
    scheme_faults,
)

DEFAULT_STEP = Decimal("0.25")
DEFAULT_TOLERANCE = Decimal("1.00")


# ---- the scheme


def ensure_scheme(*, conference_id: int, by: Actor, at: datetime) -> MarkingScheme:
    """The scheme of a conference; the usual one is laid down when there is none. Repeatable."""
    found = queries.scheme_of(conference_id)
    if found is not None:
        return found
    scheme = usual_scheme(conference_id)
    db.session.add(scheme)
    db.session.flush()
    record(by=by, at=at, action="grading.lay_down_scheme", subject=("marking_scheme", scheme.id))
    return scheme


def usual_scheme(conference_id: int) -> MarkingScheme:
    """What a conference begins with; not kept until somebody lays it down."""
    scheme = MarkingScheme(
        conference_id=conference_id, step=DEFAULT_STEP, tolerance=DEFAULT_TOLERANCE, rounding=DEFAULT_STEP, version=1
    )
    scheme.parts = [
        SchemePart(position=position, title=title, max_mark=most, hint=hint)
        for position, (title, most, hint) in enumerate(DEFAULT_PARTS, 1)
    ]
    scheme.cuts = [RankCut(rank=rank, minimum=minimum) for rank, minimum in DEFAULT_CUTS]
    return scheme


@dataclass(frozen=True)
class PartChange:
    """A part as an editor sent it; without an id it is new."""

    id: int | None
    title: str
    hint: str
    max_mark: Decimal


def change_scheme(
    *,
    scheme: MarkingScheme,
    version: int,
    step: Decimal,
    tolerance: Decimal,
    rounding: Decimal,
    parts: Sequence[PartChange],
    minimums: Mapping[Rank, Decimal],
    by: Actor,
    at: datetime,
) -> int:
    """Save the scheme and take up again what it affects; returns how many finished readings are open again.

    Raises ``scheme_frozen`` after the first release, ``changed_meanwhile`` when somebody else saved first, and
    the codes of ``scheme_faults``. Readings whose marks no longer fit are opened again; all other papers are
    settled anew, so that no mark follows from a scheme that is no longer there.
    """
    if scheme.frozen_at is not None:
        raise DomainError("scheme_frozen")
    known = {part.id: part for part in scheme.parts}
    if any(change.id is not None and change.id not in known for change in parts):
        raise DomainError("changed_meanwhile")
    faults = scheme_faults(
        Scheme(
            step,
            tolerance,
            rounding,
            tuple(Part(change.id or 0, change.title, change.max_mark) for change in parts),
            tuple((rank, minimums[rank]) for rank in Rank),
        )
    )
    if faults:
        raise DomainError(faults[0])
    if not changed_rows(
        update(MarkingScheme)
        .where(MarkingScheme.id == scheme.id, MarkingScheme.version == version, MarkingScheme.frozen_at.is_(None))
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    ):
        raise DomainError("changed_meanwhile")
    before = scheme_facts(scheme.as_scheme())
    db.session.refresh(scheme, ["version"])
    scheme.step, scheme.tolerance, scheme.rounding = step, tolerance, rounding
    kept = {change.id for change in parts if change.id is not None}
    gone = set(known) - kept
    if gone:
        db.session.execute(delete(ReadingMark).where(ReadingMark.part_id.in_(gone)))
    scheme.parts = [
        _changed_part(known.get(change.id or 0), change, position) for position, change in enumerate(parts, 1)
    ]
    for cut in scheme.cuts:
        cut.minimum = minimums[cut.rank]
    db.session.flush()
    reopened = settling.settle_all(conference_id=scheme.conference_id, scheme=scheme.as_scheme())
    record(
        by=by,
        at=at,
        action="grading.change_scheme",
        subject=("marking_scheme", scheme.id),
        before=before,
        after={**scheme_facts(scheme.as_scheme()), "reopened": reopened},
    )
    return reopened


def _changed_part(part: SchemePart | None, change: PartChange, position: int) -> SchemePart:
    part = part or SchemePart()
    part.position, part.title, part.hint, part.max_mark = position, change.title, change.hint, change.max_mark
    return part


def scheme_facts(scheme: Scheme) -> dict[str, object]:
    """A scheme as plain JSON, for the journal and for releases."""
    return {
        "step": str(scheme.step),
        "tolerance": str(scheme.tolerance),
        "rounding": str(scheme.rounding),
        "parts": [{"id": part.id, "title": part.title, "max": str(part.max_mark)} for part in scheme.parts],
        "cuts": [{"rank": rank.value, "from": str(minimum)} for rank, minimum in scheme.cuts],
    }


# ---- graders


def add_grader(
    *,
    conference_id: int,
    account: Account,
    unit_id: int,
    site_id: int | None,
    by: Actor,
    at: datetime,
    person_id: int | None = None,
) -> Grader:
    """Call somebody to grade. Repeatable: who was removed comes back, who is there gets the new unit and site."""
    grader = queries.grader_by_account(conference_id, account.id)
    if grader is None:
        grader = Grader(conference_id=conference_id, account_id=account.id, added_at=at)
        db.session.add(grader)
    grader.unit_id, grader.site_id, grader.person_id, grader.removed_at = unit_id, site_id, person_id, None
    db.session.flush()
    accounts.grant(account=account, role=Role.GRADER, kind=ScopeKind.CONFERENCE, id=conference_id, by=by, at=at)
    record(
        by=by,
        at=at,
        action="grading.add_grader",
        subject=("grader", grader.id),
        after={"account": account.id, "unit": unit_id, "site": site_id},
    )
    return grader


def remove_grader(*, grader: Grader, by: Actor, at: datetime) -> int:
    """Take what is unfinished off a grader's desk; finished readings stay. Returns how many papers wait again."""
    unfinished = list(
        db.session.scalars(
            select(Reading.paper_id).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED)
        )
    )
    open_readings = select(Reading.id).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED)
    db.session.execute(delete(ReadingMark).where(ReadingMark.reading_id.in_(open_readings)))
    db.session.execute(delete(Reading).where(Reading.grader_id == grader.id, Reading.state != ReadingState.FINISHED))
    grader.removed_at = at
    settling.settle_papers(paper_ids=unfinished)
    record(
        by=by, at=at, action="grading.remove_grader", subject=("grader", grader.id), after={"waiting": len(unfinished)}
    )
    return len(unfinished)
