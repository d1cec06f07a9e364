"""The schedule of reminders: its rules, whom each would reach, and carrying out what is due, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.foundation.actor import SYSTEM, Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.notices import actions, queries, replies
from conference.notices.models import MailKind, ReminderRule, ReminderRun
from conference.notices.officers import LacksOf, write_digests
from conference.notices.reminding import USUAL, ReminderKind, Rule, Turn, turn_of
from conference.notices.rules import Reply
from conference.planning.models import Conference, ConferenceState
from conference.planning.modules import shown_by
from conference.planning.queries import study_sessions_of, waves_of
from conference.registry.called import sessions_of
from conference.registry.models import Attendee

MAIL_KINDS = {
    ReminderKind.ANSWER: MailKind.ANSWER,
    ReminderKind.DAY: MailKind.DAY,
    ReminderKind.REFLECTION: MailKind.REMINDER,
    ReminderKind.OVERDUE: MailKind.OVERDUE,
    ReminderKind.UNITS: MailKind.DIGEST,
    ReminderKind.UNITS_DUE: MailKind.DIGEST,
}


@dataclass(frozen=True)
class Audience:
    """Those for whom something happens or is due on one day: ``(attendee_id, address, sequence)``.

    Without people it is the officers of whose units something is missing then.
    """

    anchor: date
    people: AnySelect | None = None


AudiencesOf = Callable[[Conference], Sequence[Audience]]


@dataclass(frozen=True)
class Firing:
    """One carrying out of a rule, past or to come."""

    rule: ReminderRule
    audience: Audience
    fires_at: datetime
    turn: Turn
    run: ReminderRun | None

    @property
    def key(self) -> str:
        """Names the letters of this firing: a rule reaches a person once for each day that something is due."""
        return _key(self.rule, self.audience.anchor)


def _key(rule: ReminderRule, anchor: date) -> str:
    return f"{rule.kind}.{rule.days}.{anchor.isoformat()}"


# ---- reading


def rules_of(conference_id: int) -> Sequence[ReminderRule]:
    return db.session.scalars(
        select(ReminderRule)
        .where(ReminderRule.conference_id == conference_id, ReminderRule.ended_at.is_(None))
        .order_by(ReminderRule.kind, ReminderRule.days.desc(), ReminderRule.id)
    ).all()


def first_day(conference: Conference) -> date:
    """The day of the first session, in the conference's zone; before there is a programme, the day that was planned."""
    sessions = study_sessions_of([conference.id])[conference.id]
    return min((one.held_on for one in sessions), default=conference.starts_on)


def about_the_day(conference: Conference) -> Sequence[Audience]:
    """Everybody who may come: who asked to stay away needs no reminder."""
    people = queries.called_with_address(conference.id).where(~replies.asks_to_stay_away())
    return _by_first_day(conference, people)


def about_answers(conference: Conference) -> Sequence[Audience]:
    people = queries.called_with_address(conference.id).where(replies.has_replied(Reply.SILENT))
    return _by_first_day(conference, people)


def _by_first_day(conference: Conference, people: AnySelect) -> Sequence[Audience]:
    """By the day of each one's own first session: another in each wave. Who comes to none is not reminded."""
    halves = study_sessions_of([conference.id])[conference.id]
    if all(one.wave_id is None for one in halves):
        return [Audience(first_day(conference), people)]
    waves: dict[date, list[ColumnElement[bool]]] = {}
    for wave_id in dict.fromkeys([None, *(one.id for one in waves_of(conference.id))]):
        if own := sessions_of(wave_id, halves):
            is_in = Attendee.wave_id.is_not_distinct_from(wave_id)
            waves.setdefault(min(one.held_on for one in own), []).append(is_in)
    return [
        Audience(day, people.where(or_(*are_in))) for day, are_in in sorted(waves.items(), key=lambda item: item[0])
    ]


def about_units(conference: Conference) -> Sequence[Audience]:
    return [Audience(first_day(conference))]


def firings(
    conference: Conference,
    rules: Iterable[ReminderRule],
    audiences: Mapping[ReminderKind, AudiencesOf],
    *,
    at: datetime,
) -> list[Firing]:
    """Every carrying out of these rules, in the order of their times. A kind nobody answers for gives none."""
    found: list[Firing] = []
    known: dict[ReminderKind, Sequence[Audience]] = {}
    rules = list(rules)
    runs = _runs([rule.id for rule in rules])
    for rule in rules:
        if rule.kind not in known:
            named = audiences.get(rule.kind)
            known[rule.kind] = named(conference) if named is not None and shown_by(conference, named) else []
        for audience in known[rule.kind]:
            fires_at = Rule(rule.kind, rule.days, rule.at_minute).fires_at(audience.anchor, conference.timezone)
            run = runs.get((rule.id, _key(rule, audience.anchor)))
            turn = turn_of(fires_at, active_since=rule.active_since, is_done=run is not None, at=at)
            found.append(Firing(rule, audience, fires_at, turn, run))
    return sorted(found, key=lambda one: (one.fires_at, one.rule.id))


def _runs(rule_ids: Sequence[int]) -> dict[tuple[int, str], ReminderRun]:
    rows = db.session.scalars(select(ReminderRun).where(ReminderRun.rule_id.in_(rule_ids)))
    return {(run.rule_id, run.occasion): run for run in rows}


def conferences_to_look_at() -> Sequence[Conference]:
    """Published conferences that have a rule which is not paused."""
    with_rules = select(ReminderRule.conference_id).where(
        ReminderRule.ended_at.is_(None), ReminderRule.is_paused.is_(False)
    )
    return db.session.scalars(
        select(Conference)
        .where(Conference.id.in_(with_rules), Conference.state == ConferenceState.PUBLISHED)
        .order_by(Conference.id)
    ).all()


# ---- changing


def add_rule(*, conference: Conference, rule: Rule, sends: bool, by: Actor, at: datetime) -> bool:
    """Add a line to the schedule. False when the same reminder stands there already."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(ReminderRule).values(
        conference_id=conference.id,
        kind=rule.kind,
        days=rule.days,
        at_minute=rule.at_minute,
        sends=sends,
        is_paused=False,
        active_since=at,
    )
    id = db.session.scalar(row.on_conflict_do_nothing().returning(ReminderRule.id))
    if id is None:
        return False
    after = {"rule": id, "kind": rule.kind, "days": rule.days, "at_minute": rule.at_minute, "sends": sends}
    record(by=by, at=at, action="reminders.add", subject=("conference", conference.id), after=after)
    return True


def add_usual(*, conference: Conference, sends: bool, by: Actor, at: datetime) -> int:
    """What most conferences do; what stands there already stays. Returns how many lines are new."""
    lines = [Rule(kind, days, hour.hour * 60 + hour.minute) for kind, days, hour in USUAL]
    return sum(add_rule(conference=conference, rule=rule, sends=sends, by=by, at=at) for rule in lines)


def pause(*, rule: ReminderRule, is_paused: bool, by: Actor, at: datetime) -> None:
    """Hold a rule back, or let it go on with what is still to come: what was missed meanwhile is not caught up."""
    values: dict[str, Any] = {"is_paused": is_paused}
    if not is_paused:
        values["active_since"] = at
    _change(rule, values, "reminders.pause" if is_paused else "reminders.resume", by, at)


def end(*, rule: ReminderRule, by: Actor, at: datetime) -> None:
    """Take a rule off the schedule. Letters it wrote stay."""
    _change(rule, {"ended_at": at}, "reminders.end", by, at)


def _change(rule: ReminderRule, values: dict[str, Any], action: str, by: Actor, at: datetime) -> None:
    changed = changed_rows(
        update(ReminderRule).where(ReminderRule.id == rule.id, ReminderRule.ended_at.is_(None)).values(**values)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    record(by=by, at=at, action=action, subject=("conference", rule.conference_id), after={"rule": rule.id})


def carry_out(
    *, firing: Firing, conference: Conference, lacks: LacksOf, domain: str, may_send: bool, at: datetime
) -> int | None:
    """Write the letters of one firing, once whoever else tries; None when another was faster, or it was paused."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    rule = firing.rule
    stands = select(ReminderRule.id).where(
        ReminderRule.id == rule.id, ReminderRule.ended_at.is_(None), ReminderRule.is_paused.is_(False)
    )
    if db.session.scalar(stands.with_for_update()) is None:
        return None
    row = dialect.insert(ReminderRun).values(rule_id=rule.id, occasion=firing.key, ran_at=at, letters=0)
    id = db.session.scalar(row.on_conflict_do_nothing().returning(ReminderRun.id))
    if id is None:
        return None
    if firing.audience.people is None:
        written = write_digests(
            conference=conference,
            lacks=lacks(conference, at),
            occasion=day_of(at, conference).isoformat(),
            domain=domain,
            may_send=may_send and rule.sends,
            by=SYSTEM,
            at=at,
        )
    else:
        written = actions.write_reminders(
            conference=conference,
            people=firing.audience.people,
            occasion=firing.key,
            domain=domain,
            may_send=may_send and rule.sends,
            by=SYSTEM,
            at=at,
            kind=MAIL_KINDS[rule.kind],
        )
    db.session.execute(update(ReminderRun).where(ReminderRun.id == id).values(letters=written))
    return written


def day_of(moment: datetime, conference: Conference) -> date:
    """The day on which something is due, where the conference is."""
    return moment.astimezone(ZoneInfo(conference.timezone)).date()
