"""What is known of people who follow online, read together for many of them: a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, tuple_

from conference.checkin.attendance import Pair
from conference.checkin.online.models import (
    OnlineAnswer,
    OnlineParticipant,
    OnlineParticipantStay,
    OnlineReport,
    OnlineRule,
    OnlineStay,
)
from conference.checkin.online.rules import Hours, Interval, ReportState, Rule, hours_of
from conference.foundation.db import db
from conference.planning.models import StudySession
from conference.registry.models import Attendee

AT_ONCE = 400


@dataclass(slots=True)
class Evidence:
    """All that speaks for one person in one study session."""

    stays: list[Interval] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Known:
    """The people, study sessions, rules and evidence behind some pairs."""

    people: dict[int, Any]
    hours: dict[int, Hours]
    rules: dict[int, Rule]
    evidence: dict[Pair, Evidence]

    def rule_of(self, pair: Pair) -> Rule:
        return self.rules.get(self.people[pair[0]].conference_id, Rule())


def rules_of(conference_ids: Collection[int]) -> dict[int, Rule]:
    """The rule of each conference that has laid one down."""
    rows = db.session.scalars(select(OnlineRule).where(OnlineRule.conference_id.in_(conference_ids)))
    return {row.conference_id: row.as_rule() for row in rows}


def known_of(pairs: Sequence[Pair]) -> Known:
    attendee_ids = {pair[0] for pair in pairs}
    people = {
        row.id: row
        for row in db.session.execute(
            select(
                Attendee.id, Attendee.conference_id, Attendee.site_id, Attendee.ticket, Attendee.may_follow_online
            ).where(Attendee.id.in_(attendee_ids))
        )
    }
    rules = rules_of({row.conference_id for row in people.values()})
    hours = {
        row.id: hours_of(row.starts_at, row.ends_at, rules.get(row.conference_id, Rule()))
        for row in db.session.execute(
            select(StudySession.id, StudySession.conference_id, StudySession.starts_at, StudySession.ends_at).where(
                StudySession.id.in_({pair[1] for pair in pairs})
            )
        )
    }
    evidence: dict[Pair, Evidence] = defaultdict(Evidence)
    for row in stays_rows(pairs):
        evidence[row.attendee_id, row.study_session_id].stays.append(Interval(row.from_at, row.until_at))
    for attendee_id, study_session_id, from_at, until_at in db.session.execute(_from_reports(pairs)):
        evidence[attendee_id, study_session_id].stays.append(Interval(from_at, until_at))
    for attendee_id, study_session_id, prompt in db.session.execute(
        select(OnlineAnswer.attendee_id, OnlineAnswer.study_session_id, OnlineAnswer.prompt).where(
            tuple_(OnlineAnswer.attendee_id, OnlineAnswer.study_session_id).in_(pairs)
        )
    ):
        evidence[attendee_id, study_session_id].answered.add(prompt)
    return Known(people, hours, rules, evidence)


def _from_reports(pairs: Sequence[Pair]) -> Any:
    """The stays that loaded reports of the platform tell of."""
    return (
        select(
            OnlineParticipant.attendee_id,
            OnlineReport.study_session_id,
            OnlineParticipantStay.from_at,
            OnlineParticipantStay.until_at,
        )
        .join(OnlineReport, OnlineReport.id == OnlineParticipant.report_id)
        .join(OnlineParticipantStay, OnlineParticipantStay.participant_id == OnlineParticipant.id)
        .where(
            OnlineReport.state == ReportState.LOADED,
            tuple_(OnlineParticipant.attendee_id, OnlineReport.study_session_id).in_(pairs),
        )
    )


def stays_rows(pairs: Sequence[Pair]) -> Sequence[Any]:
    return db.session.execute(
        select(
            OnlineStay.id,
            OnlineStay.attendee_id,
            OnlineStay.study_session_id,
            OnlineStay.from_at,
            OnlineStay.until_at,
        ).where(tuple_(OnlineStay.attendee_id, OnlineStay.study_session_id).in_(pairs))
    ).all()
