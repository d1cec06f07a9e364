"""What a person fills in about a conference, once it has been read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from conference.planning.models import ConferenceKind, DayPart, Mode, TopicKind
from conference.planning.modules import Module

USUAL_TOLERANCE = 3


@dataclass(frozen=True)
class ConferenceFacts:
    title: str
    kind: ConferenceKind
    mode: Mode
    host_unit_id: int
    starts_on: date
    ends_on: date
    plan_number: str
    plan_on: date | None
    resolution_number: str
    resolution_title: str
    resolution_on: date | None
    opens_before_minutes: int
    late_after_minutes: int
    target_rate: Decimal
    self_check_in: bool
    headcount_tolerance: int = USUAL_TOLERANCE
    substitutes_need_approval: bool = True
    modules: frozenset[Module] | None = None  # none: as they are, or as usual for the kind


@dataclass(frozen=True)
class StudySessionFacts:
    held_on: date
    part: DayPart
    starts_at: datetime
    ends_at: datetime
    wave_id: int | None = None  # none: for everybody


@dataclass(frozen=True)
class TopicFacts:
    study_session_id: int
    kind: TopicKind
    title: str
    starts_at: datetime
    ends_at: datetime
    presenter: str
    presenter_position: str
