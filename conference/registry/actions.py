"""What organizers and attendees do with the list of who is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update

from conference.directory.models import Person, Sex, Unit
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import Change, record, record_all
from conference.foundation.text import clean, fold, phone_digits, sort_key
from conference.planning.models import Conference, StudySession, Wave
from conference.registry.models import Attendee, AttendeeRole, Leave, LeaveState, Substitute, SubstituteState
from conference.registry.naming.freezing import counts_as, note_change, settle
from conference.registry.naming.rules import ListChangeKind
from conference.registry.rules import TicketReason, WithdrawReason, may_still_ask_leave
from conference.registry.signals import roster_changed
from conference.registry.tickets import KeyRing, Ticket
from conference.sites.models import ConferenceSite

SIGN_AT_ONCE = 2_000
MOVE_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What is known of someone who comes without having been called."""

    full_name: str
    unit_id: int
    site_id: int
    wave_id: int | None = None
    position: str = ""
    role: AttendeeRole = AttendeeRole.OFFICIAL
    birth_date: date | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    phone: str = ""
    email: str = ""
    must_write: bool = True

    @property
    def digits(self) -> str | None:
        return phone_digits(self.phone) if self.phone else None


def issue_missing_tickets(*, conference_id: int, ring: KeyRing) -> int:
    """Sign a ticket for everybody who is called and has none yet. Repeatable; returns how many were signed."""
    signed = 0
    while True:
        rows = db.session.execute(
            select(Attendee.id, Attendee.number, Attendee.site_id, Attendee.ticket_issue)
            .where(Attendee.conference_id == conference_id, Attendee.ticket.is_(None))
            .order_by(Attendee.id)
            .limit(SIGN_AT_ONCE)
        ).all()
        if not rows:
            return signed
        tickets = ring.issue_many(Ticket(conference_id, row.number, row.site_id, row.ticket_issue) for row in rows)
        db.session.execute(
            update(Attendee),
            [{"id": row.id, "ticket": ticket} for row, ticket in zip(rows, tickets, strict=True)],
        )
        signed += len(rows)


def add_walk_in(
    *,
    conference: Conference,
    who: NewPerson,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    is_substitute: bool = False,
    is_somebody_else: bool = False,
) -> Attendee:
    """Take in someone who is on no list, with a ticket at once.

    Raises ``site_not_joined``, ``unit_unknown`` and, when the same person is called already, ``called_already``;
    not when a person has said that it ``is_somebody_else`` of the same name.
    """
    _wait_for_others(conference.id)
    same = None if is_somebody_else else called_already(conference.id, clean(who.full_name), who.birth_date, who.digits)
    if same is not None:
        raise DomainError("called_already", number=same.number)
    standing = {"is_walk_in": not is_substitute, "is_substitute": is_substitute}
    return _take_in(conference, who, new_person, standing, ring=ring, by=by, at=at)


def call_person(
    *,
    conference: Conference,
    who: NewPerson,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    reason: str = "",
    nomination_id: int | None = None,
) -> Attendee:
    """Put someone on the list of who is called, with a ticket at once: the same person as in earlier conferences.

    Who was withdrawn before is called again. Raises ``site_not_joined``, ``unit_unknown`` and, when the same person is
    called already, ``called_already``.
    """
    _wait_for_others(conference.id)
    settle(conference.id, at)
    same = called_already(conference.id, clean(who.full_name), who.birth_date, who.digits)
    if same is not None and (same.withdrawn_at is None or same.is_walk_in or same.is_substitute):
        raise DomainError("called_already", number=same.number)
    if same is not None:
        call_again(attendee=same, reason=reason, nomination_id=nomination_id, by=by, at=at)
        return same
    attendee = _take_in(conference, who, _known_or_new, {}, ring=ring, by=by, at=at)
    note_change(attendee, ListChangeKind.ADDED, delta=1, reason=reason, nomination_id=nomination_id, by=by, at=at)
    return attendee


def _wait_for_others(conference_id: int) -> None:
    """Two who add at once must not give the same number: they wait for each other here."""
    db.session.execute(select(Conference.id).where(Conference.id == conference_id).with_for_update())


def new_person(conference: Conference, who: NewPerson, number: int) -> Person:
    """Someone for the directory."""
    name = clean(who.full_name)
    person = Person(
        code=f"{conference.code}-{number}",
        full_name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        birth_date=who.birth_date,
        birth_year=who.birth_date.year if who.birth_date else who.birth_year,
        sex=who.sex,
        position=who.position,
        unit_id=who.unit_id,
        phone=who.phone or None,
        phone_digits=who.digits,
        email=who.email or None,
    )
    db.session.add(person)
    db.session.flush()
    return person


def _known_or_new(conference: Conference, who: NewPerson, number: int) -> Person:
    """Whom the directory knows from other conferences: the same name, and the same full birth date or phone."""
    called_here = select(Attendee.person_id).where(Attendee.conference_id == conference.id)
    candidates = db.session.scalars(
        select(Person)
        .where(Person.name_folded == fold(who.full_name), Person.id.not_in(called_here))
        .order_by(Person.id)
    )
    for person in candidates:
        if is_same(person.birth_date, person.phone_digits, who.birth_date, who.digits):
            return person
    return new_person(conference, who, number)


def _take_in(
    conference: Conference,
    who: NewPerson,
    person_of: Callable[[Conference, NewPerson, int], Person],
    standing: Mapping[str, bool],
    *,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> Attendee:
    unit = db.session.get(Unit, who.unit_id)
    if unit is None:
        raise DomainError("unit_unknown")
    _check_joined(conference.id, who.site_id)
    number = 1 + (
        db.session.scalar(select(func.max(Attendee.number)).where(Attendee.conference_id == conference.id)) or 0
    )
    attendee = Attendee(
        conference_id=conference.id,
        number=number,
        person_id=person_of(conference, who, number).id,
        unit_id=unit.id,
        position=who.position,
        site_id=who.site_id,
        wave_id=who.wave_id or _usual_wave(conference.id, unit.id),
        role=who.role,
        must_write=who.must_write,
        ticket_issue=1,
        link_issue=1,
        calendar_sequence=0,
        ticket=ring.issue(conference=conference.id, attendee=number, site=who.site_id),
        **standing,
    )
    db.session.add(attendee)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="attendee.add",
        subject=("attendee", attendee.id),
        after={"site": who.site_id, "unit": unit.id, "role": who.role},
    )
    roster_changed.announce(conference_id=conference.id, site_ids=frozenset({who.site_id}))
    return attendee


def _usual_wave(conference_id: int, unit_id: int) -> int | None:
    """The wave in which most people of a unit come; none where nobody of it is in one."""
    most = (
        select(Attendee.wave_id)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.unit_id == unit_id,
            Attendee.wave_id.is_not(None),
            Attendee.withdrawn_at.is_(None),
        )
        .group_by(Attendee.wave_id)
        .order_by(func.count().desc(), Attendee.wave_id)
        .limit(1)
    )
    return db.session.scalar(most)


def called_already(conference_id: int, name: str, birth_date: date | None, digits: str | None) -> Attendee | None:
    """A called person of the same folded name and the same full birth date or phone; the first who was called."""
    candidates = db.session.execute(
        select(Attendee, Person.birth_date, Person.phone_digits)
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Person.name_folded == fold(name))
        .order_by(Attendee.withdrawn_at.is_not(None), Attendee.number)
    )
    return next((attendee for attendee, born, phone in candidates if is_same(born, phone, birth_date, digits)), None)


def is_same(born: date | None, phone: str | None, birth_date: date | None, digits: str | None) -> bool:
    """Of two with the same folded name: whether birth date or phone says that they are one person."""
    return bool((birth_date and born == birth_date) or (digits and phone == digits))


def _check_joined(conference_id: int, site_id: int) -> None:
    joins = select(ConferenceSite.id).where(
        ConferenceSite.conference_id == conference_id, ConferenceSite.site_id == site_id
    )
    if db.session.scalar(joins) is None:
        raise DomainError("site_not_joined")


def replace_ticket(*, attendee: Attendee, reason: TicketReason, ring: KeyRing, by: Actor, at: datetime) -> str:
    """Issue a new ticket; the one before is refused from now on. Returns the new digits."""
    issue = attendee.ticket_issue + 1
    ticket = ring.issue(conference=attendee.conference_id, attendee=attendee.number, site=attendee.site_id, issue=issue)
    changed = changed_rows(
        update(Attendee)
        .where(Attendee.id == attendee.id, Attendee.ticket_issue == attendee.ticket_issue)
        .values(ticket_issue=issue, ticket=ticket, ticket_reissued_at=at)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    record(
        by=by,
        at=at,
        action="attendee.replace_ticket",
        subject=("attendee", attendee.id),
        before={"issue": issue - 1},
        after={"issue": issue},
        reason=reason,
    )
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return ticket


def reveal_link(*, attendee: Attendee, by: Actor, at: datetime) -> None:
    """Note that someone of the staff looked at a personal link, to hand it over."""
    record(
        by=by,
        at=at,
        action="attendee.reveal_link",
        subject=("attendee", attendee.id),
        after={"issue": attendee.link_issue},
    )


def revoke_link(*, attendee: Attendee, by: Actor, at: datetime) -> None:
    """End the personal link and every browser it opened; the next one made is another."""
    db.session.execute(update(Attendee).where(Attendee.id == attendee.id).values(link_issue=Attendee.link_issue + 1))
    record(
        by=by,
        at=at,
        action="attendee.revoke_link",
        subject=("attendee", attendee.id),
        before={"issue": attendee.link_issue},
        after={"issue": attendee.link_issue + 1},
    )


def move(*, attendees: Sequence[Attendee], site_id: int, by: Actor, at: datetime, is_at_door: bool = False) -> int:
    """Let people of a conference sit at another of its sites. Their tickets stay good: the roster decides.

    Returns how many were moved; those already there are left alone. Raises ``site_not_joined``. A move at a door
    keeps in mind where they were called to.
    """
    moving = [attendee for attendee in attendees if attendee.site_id != site_id]
    if not moving:
        return 0
    conference_id = moving[0].conference_id
    _check_joined(conference_id, site_id)
    changes = [Change(("attendee", one.id), {"site": one.site_id}, {"site": site_id}) for one in moving]
    sites = frozenset({site_id, *(one.site_id for one in moving)})
    by_called: dict[int | None, list[int]] = {}
    for attendee in moving:
        by_called.setdefault(_called_to(attendee, site_id) if is_at_door else None, []).append(attendee.id)
    for called_site_id, ids in by_called.items():
        for start in range(0, len(ids), MOVE_AT_ONCE):
            db.session.execute(
                update(Attendee)
                .where(Attendee.id.in_(ids[start : start + MOVE_AT_ONCE]))
                .values(
                    site_id=site_id,
                    seat=None,
                    calendar_sequence=Attendee.calendar_sequence + 1,
                    called_site_id=called_site_id,
                    moved_at=at,
                )
            )
    record_all(by=by, at=at, action="attendee.move", changes=changes)
    roster_changed.announce(conference_id=conference_id, site_ids=sites)
    return len(moving)


def assign_wave(*, attendees: Sequence[Attendee], wave: Wave | None, by: Actor, at: datetime) -> int:
    """Let people of a conference come in this wave; doors obey at once, people are told by the next release.

    Their tickets stay good, their seats go: another may sit there in that wave. Who is sent instead of them comes
    along. Returns how many changed, without those.
    """
    wave_id = None if wave is None else wave.id
    asked = [attendee for attendee in attendees if attendee.wave_id != wave_id]
    if not asked:
        return 0
    known = {attendee.id for attendee in attendees}
    changing = [*asked, *(one for one in _sent_instead(asked) if one.wave_id != wave_id and one.id not in known)]
    changes = [Change(("attendee", one.id), {"wave": one.wave_id}, {"wave": wave_id}) for one in changing]
    for start in range(0, len(changing), MOVE_AT_ONCE):
        db.session.execute(
            update(Attendee)
            .where(Attendee.id.in_([one.id for one in changing[start : start + MOVE_AT_ONCE]]))
            .values(wave_id=wave_id, seat=None, calendar_sequence=Attendee.calendar_sequence + 1, moved_at=at)
        )
    record_all(by=by, at=at, action="attendee.wave", changes=changes)
    sites = frozenset(one.site_id for one in changing)
    roster_changed.announce(conference_id=changing[0].conference_id, site_ids=sites)
    return len(asked)


def _sent_instead(attendees: Sequence[Attendee]) -> list[Attendee]:
    """Who was approved to come instead of these people, each once."""
    found: dict[int, Attendee] = {}
    for start in range(0, len(attendees), MOVE_AT_ONCE):
        ids = [one.id for one in attendees[start : start + MOVE_AT_ONCE]]
        sent = (
            select(Attendee)
            .join(Substitute, Substitute.substitute_id == Attendee.id)
            .where(Substitute.attendee_id.in_(ids), Substitute.state == SubstituteState.APPROVED)
            .order_by(Attendee.id)
        )
        found.update({one.id: one for one in db.session.scalars(sent)})
    return list(found.values())


def _called_to(attendee: Attendee, site_id: int) -> int | None:
    called_to = attendee.called_site_id or attendee.site_id
    return None if called_to == site_id else called_to


def withdraw(
    *,
    attendee: Attendee,
    reason: WithdrawReason,
    by: Actor,
    at: datetime,
    words: str = "",
    nomination_id: int | None = None,
) -> bool:
    """Take someone off the list; nothing of theirs is deleted. False when they were off it already.

    ``words`` say why in the list of changes after the freeze.
    """
    settle(attendee.conference_id, at)
    changed = changed_rows(
        update(Attendee)
        .where(Attendee.id == attendee.id, Attendee.withdrawn_at.is_(None))
        .values(withdrawn_at=at, calendar_sequence=Attendee.calendar_sequence + 1)
    )
    if not changed:
        return False
    record(by=by, at=at, action="attendee.withdraw", subject=("attendee", attendee.id), reason=reason)
    kind, delta = ListChangeKind.WITHDRAWN, -counts_as(attendee)
    note_change(attendee, kind, delta=delta, reason=words or reason, nomination_id=nomination_id, by=by, at=at)
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return True


def call_again(
    *, attendee: Attendee, by: Actor, at: datetime, reason: str = "", nomination_id: int | None = None
) -> bool:
    """Put someone who was withdrawn back on the list. False when they are on it."""
    settle(attendee.conference_id, at)
    changed = changed_rows(
        update(Attendee)
        .where(Attendee.id == attendee.id, Attendee.withdrawn_at.is_not(None))
        .values(withdrawn_at=None, calendar_sequence=Attendee.calendar_sequence + 1)
    )
    if not changed:
        return False
    record(by=by, at=at, action="attendee.call_again", subject=("attendee", attendee.id))
    kind, delta = ListChangeKind.CALLED_AGAIN, counts_as(attendee)
    note_change(attendee, kind, delta=delta, reason=reason, nomination_id=nomination_id, by=by, at=at)
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return True


def check_is_held(conference_id: int) -> None:
    """Raises ``needless_when_called_off``: nobody has to answer, be excused or be replaced any more."""
    if db.session.get_one(Conference, conference_id).is_called_off:
        raise DomainError("needless_when_called_off")


def ask_leave(
    *,
    attendee: Attendee,
    study_sessions: Sequence[StudySession],
    study_session_id: int | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Leave:
    """Ask to stay away from one study session or from all. Asking the same again gives the request that stands.

    Raises ``leave_too_late`` when the attendee asks less than a day before, ``needless_when_called_off``.
    """
    check_is_held(attendee.conference_id)
    meant = [one for one in study_sessions if study_session_id in (None, one.id)]
    if not meant:
        raise DomainError("not_found")
    if by.kind is ActorKind.ATTENDEE and not may_still_ask_leave(min(one.starts_at for one in meant), at):
        raise DomainError("leave_too_late")
    standing = db.session.scalars(
        select(Leave).where(
            Leave.attendee_id == attendee.id,
            Leave.study_session_id.is_not_distinct_from(study_session_id),
            Leave.state != LeaveState.REFUSED,
        )
    ).first()
    if standing is not None:
        return standing
    leave = Leave(
        attendee_id=attendee.id,
        study_session_id=study_session_id,
        reason=reason,
        state=LeaveState.REQUESTED,
        requested_at=at,
    )
    db.session.add(leave)
    db.session.flush()
    record(by=by, at=at, action="leave.ask", subject=("leave", leave.id), after={"attendee": attendee.id})
    return leave


def decide_leave(*, leave: Leave, attendee: Attendee, approve: bool, by: Actor, at: datetime) -> Leave:
    """Allow a request or refuse it; a decision can be changed and each one is in the journal."""
    before, after = leave.state, LeaveState.APPROVED if approve else LeaveState.REFUSED
    if before is after:
        return leave
    changed = changed_rows(
        update(Leave).where(Leave.id == leave.id, Leave.state == before).values(state=after, decided_at=at)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    record(
        by=by,
        at=at,
        action="leave.decide",
        subject=("leave", leave.id),
        before={"state": before},
        after={"state": after, "attendee": attendee.id},
    )
    roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return leave


def note_export(*, conference_id: int, count: int, by: Actor, at: datetime) -> None:
    """Note who took personal data out, and how many people's."""
    record(by=by, at=at, action="people.export", subject=("conference", conference_id), after={"people": count})
