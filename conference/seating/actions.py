"""Pinning units and people, keeping a proposal, and taking it over."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Subquery, delete, select, update

from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.planning.queries import waves_of
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.seating import queries
from conference.seating.arranging import Arrangement, missing_seats, movings, site_of, spot_of, wave_of
from conference.seating.models import SeatingMove, SeatingPin, SeatingProposal
from conference.seating.puzzle import Solution
from conference.seating.rules import ProposalState, overfull
from conference.sites.actions import seat_guest_unit, send_guest_unit_away
from conference.sites.queries import conference_site, every_site


def pin(
    *, conference: Conference, unit_id: int, attendee_id: int | None, site_id: int, by: Actor, at: datetime
) -> SeatingPin:
    """Keep a unit, or one person of it, at a site in every proposal; a second time changes the site."""
    who = SeatingPin.unit_id == unit_id if attendee_id is None else SeatingPin.attendee_id == attendee_id
    standing = db.session.scalars(
        select(SeatingPin).where(
            SeatingPin.conference_id == conference.id, SeatingPin.attendee_id.is_not_distinct_from(attendee_id), who
        )
    ).first()
    before = {"site": standing.site_id} if standing else {}
    if standing is None:
        standing = SeatingPin(conference_id=conference.id, unit_id=unit_id, attendee_id=attendee_id)
        db.session.add(standing)
    standing.site_id, standing.pinned_at = site_id, at
    db.session.flush()
    record(by=by, at=at, action="seating.pin", subject=_subject(standing), before=before, after={"site": site_id})
    return standing


def _subject(pin: SeatingPin) -> tuple[str, int]:
    return ("unit", pin.unit_id) if pin.attendee_id is None else ("attendee", pin.attendee_id)


def unpin(*, pin: SeatingPin, by: Actor, at: datetime) -> None:
    """Let proposals seat them as they find best. Repeatable."""
    if changed_rows(delete(SeatingPin).where(SeatingPin.id == pin.id)):
        record(by=by, at=at, action="seating.unpin", subject=_subject(pin), before={"site": pin.site_id})


def keep_proposal(
    *, conference_id: int, arrangement: Arrangement, solution: Solution, fingerprint: str, seconds: int, at: datetime
) -> SeatingProposal:
    """Keep what a search found; an older proposal that is still open gives way."""
    _end_open(conference_id, at)
    proposal = SeatingProposal(
        conference_id=conference_id,
        state=ProposalState.OPEN,
        wishes=arrangement.wishes.as_kept(),
        fingerprint=fingerprint,
        considered=arrangement.puzzle.people,
        parted=sum(len(parts) > 1 for parts in solution.parts.values()),
        cost=solution.cost,
        bound=solution.bound,
        missing=[asdict(one) for one in missing_seats(arrangement, solution)],
        seconds=seconds,
        made_at=at,
    )
    db.session.add(proposal)
    db.session.flush()
    db.session.add_all(
        SeatingMove(
            proposal_id=proposal.id,
            unit_id=one.unit_id,
            from_site_id=site_of(one.came) or None,
            to_site_id=None if one.to is None else site_of(one.to),
            from_wave_id=wave_of(one.came),
            to_wave_id=None if one.to is None else wave_of(one.to),
            people=one.people,
            unnamed=one.unnamed,
            attendee_ids=list(one.attendee_ids),
            why=one.why,
            km=one.km,
            is_taken=False,
        )
        for one in movings(arrangement, solution)
    )
    db.session.flush()
    return proposal


def _end_open(conference_id: int, at: datetime) -> None:
    db.session.execute(
        update(SeatingProposal)
        .where(SeatingProposal.conference_id == conference_id, SeatingProposal.state == ProposalState.OPEN)
        .values(state=ProposalState.DISCARDED, ended_at=at)
    )


def discard(*, proposal: SeatingProposal, by: Actor, at: datetime) -> bool:
    """Put a proposal away; nobody is moved. False when it was ended before."""
    is_open = (SeatingProposal.id == proposal.id, SeatingProposal.state == ProposalState.OPEN)
    changed = changed_rows(update(SeatingProposal).where(*is_open).values(state=ProposalState.DISCARDED, ended_at=at))
    if changed:
        record(by=by, at=at, action="seating.discard", subject=("seating_proposal", proposal.id))
    return bool(changed)


def accept(
    *, proposal: SeatingProposal, ways: Sequence[SeatingMove], present: Subquery, by: Actor, at: datetime
) -> int:
    """Move the people of these moves; returns how many. All of them or, with an error, nobody.

    Raises ``seating_outdated`` when anything has changed since the proposal was made, ``seating_overfull`` when only
    these moves would overfill a site, and ``seating_ended`` when the proposal is no longer open.
    """
    db.session.execute(select(Conference.id).where(Conference.id == proposal.conference_id).with_for_update())
    if proposal.state is not ProposalState.OPEN:
        raise DomainError("seating_ended")
    if queries.fingerprint(proposal.conference_id) != proposal.fingerprint:
        raise DomainError("seating_outdated")
    _check_room(proposal.conference_id, ways)
    ids = [id for way in ways for id in way.attendee_ids]
    known = queries.attendees_to_move(ids, present)
    going: dict[tuple[int, int | None], list[Attendee]] = defaultdict(list)
    for way in ways:
        for id in way.attendee_ids:
            attendee = known.get(id)
            if attendee is None or way.to_site_id is None or _spot(attendee) != (way.from_site_id, way.from_wave_id):
                raise DomainError("seating_outdated")
            going[way.to_site_id, way.to_wave_id].append(attendee)
    waves = {one.id: one for one in waves_of(proposal.conference_id)}
    for (site_id, wave_id), attendees in sorted(going.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        registry.move(attendees=attendees, site_id=site_id, by=by, at=at)
        if wave_id is not None:
            registry.assign_wave(attendees=attendees, wave=waves[wave_id], by=by, at=at)
    for way in ways:
        if way.unnamed and way.to_site_id != way.from_site_id:
            _keep_seats(proposal.conference_id, way, by=by, at=at)
    taken = update(SeatingMove).where(SeatingMove.id.in_([way.id for way in ways])).values(is_taken=True)
    db.session.execute(taken)
    proposal.fingerprint = queries.fingerprint(proposal.conference_id)
    if not queries.ways_of(proposal.id):
        proposal.state, proposal.ended_at = ProposalState.ACCEPTED, at
    db.session.flush()
    record(
        by=by,
        at=at,
        action="seating.accept",
        subject=("seating_proposal", proposal.id),
        after={"people": len(ids), "moves": len(ways)},
    )
    return len(ids)


def _spot(attendee: Attendee) -> tuple[int, int | None]:
    return attendee.site_id, attendee.wave_id


def _keep_seats(conference_id: int, way: SeatingMove, *, by: Actor, at: datetime) -> None:
    """Give a unit seats as a guest for whom it will name, so that they are called to the site of the proposal."""
    unit = db.session.get_one(Unit, way.unit_id)
    joined = conference_site(conference_id, way.to_site_id or 0, every_site())
    assert joined is not None, "a proposal names sites that join"
    is_at_home = joined.site.host_unit_id == way.unit_id
    before = conference_site(conference_id, way.from_site_id, every_site()) if way.from_site_id else None
    left = next((one for one in before.guest_units if one.unit_id == way.unit_id), None) if before else None
    if before is not None and left is not None and (left.quota is not None or is_at_home):
        if (rest := (left.quota or 0) - way.unnamed) > 0:
            seat_guest_unit(joined=before, unit=unit, quota=rest, by=by, at=at)
        else:
            send_guest_unit_away(joined=before, guest_id=left.id, by=by, at=at)
    if is_at_home:
        return  # there its people sit without being told
    named = queries.called_of_unit(conference_id, way.unit_id, joined.site_id)
    guest = next((one for one in joined.guest_units if one.unit_id == way.unit_id), None)
    kept = max(named, guest.quota or 0) if guest is not None else named
    seat_guest_unit(joined=joined, unit=unit, quota=kept + way.unnamed, by=by, at=at)


def _check_room(conference_id: int, ways: Sequence[SeatingMove]) -> None:
    arriving: Counter[int] = Counter()
    for way in ways:
        if way.from_site_id is not None:
            arriving[spot_of(way.from_site_id, way.from_wave_id)] -= way.people
        if way.to_site_id is not None:
            arriving[spot_of(way.to_site_id, way.to_wave_id)] += way.people
    over = overfull(queries.seats_at(conference_id), queries.expected_at(conference_id), arriving)
    if over:
        spot = min(over, key=lambda one: (-over[one], one))
        raise DomainError("seating_overfull", site_id=site_of(spot), people=over[spot])
