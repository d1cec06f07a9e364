"""What a lifelike morning leaves open: phones without a line that let in whom the server would not have, people at two
places, strangers, spare badges, halls counted by eye. Played through the use cases that real devices meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from conference.checkin import headcounts
from conference.checkin.forms import read_delivery
from conference.checkin.models import Device
from conference.checkin.receiving import receive_scans
from conference.checkin.rosters import present_at
from conference.demo.fates import Called
from conference.directory.models import Person
from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import StudySession
from conference.registry import actions as registry
from conference.registry.models import Attendee
from conference.registry.rules import TicketReason, WithdrawReason
from conference.registry.tickets import KeyRing, Ticket

FEWEST_AT_A_SITE = 12
HALLS_COUNTED = 14
HALLS_OFF = {2: 6, 7: -5}
"""Of the halls that were counted, those where somebody should ask, and by how many they differ."""


def leave_open(
    *,
    study_session: StudySession,
    people: Sequence[Called],
    devices: Mapping[int, Device],
    keys: KeyRing,
    at: datetime,
) -> None:
    """Bring a dozen questions to the organizer, and the first counts of halls. Nothing where sites are small or few."""
    luck = Random(f"questions of {study_session.id}")
    here: dict[int, list[Called]] = defaultdict(list)
    for person in people:
        here[person.site_id].append(person)
    sites = [site for site in devices if len(here[site]) >= FEWEST_AT_A_SITE]
    if len(sites) < HALLS_COUNTED:
        return
    chosen = luck.sample(sites, HALLS_COUNTED)
    scene = Scene(study_session.conference_id, keys, study_session.doors_open_at, here)
    moments = _moments(study_session, luck, at)
    items: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with transaction():
        for (site, other), ask in zip(_pairs(chosen), _QUESTIONS, strict=False):
            for where, fields in ask(luck.choice(here[site]), site, other, scene):
                items[where].append(_item(study_session, luck, next(moments), fields))
    with transaction():
        deliveries = [
            read_delivery({"items": sent}, device_id=devices[site].id, token_hash=devices[site].token_hash)
            for site, sent in items.items()
        ]
        for answer in receive_scans(deliveries, keys=keys, at=at):
            if isinstance(answer, DomainError):
                raise answer
    with transaction():
        _count_halls(study_session, chosen, devices, luck, at)


def _count_halls(
    study_session: StudySession, sites: Sequence[int], devices: Mapping[int, Device], luck: Random, at: datetime
) -> None:
    for place, site in enumerate(sites):
        scanned = present_at(study_session.conference_id, site).get(study_session.id, 0)
        headcounts.count_hall(
            id=UUID(int=luck.getrandbits(128), version=4),
            study_session=study_session,
            site_id=site,
            people=max(0, scanned + HALLS_OFF.get(place, luck.choice((0, 0, 0, 1)))),
            counted_at=None,
            by=Actor(ActorKind.DEVICE, devices[site].id),
            at=at,
        )


def _item(study_session: StudySession, luck: Random, moment: datetime, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(UUID(int=luck.getrandbits(128), version=4)),
        "kind": "scan",
        "study_session": study_session.id,
        "scanned_at": moment.isoformat(),
        "method": "camera",
        **fields,
    }


def _pairs(sites: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(sites, [*sites[1:], sites[0]], strict=True)


def _moments(study_session: StudySession, luck: Random, at: datetime) -> Iterator[datetime]:
    """When people came: since the doors opened, each a little later than the one before."""
    moment = study_session.doors_open_at
    while True:
        moment = min(at, moment + timedelta(seconds=luck.uniform(20, 70)))
        yield moment


@dataclass(frozen=True, slots=True)
class Scene:
    """What a question may need besides its person: the keys of tickets, a moment before anybody came, the others."""

    conference: int
    keys: KeyRing
    since: datetime
    here: Mapping[int, Sequence[Called]]

    def spare(self, site: int, number: int) -> str:
        return self.keys.issue_many([Ticket.of_spare(self.conference, site, number)])[0]

    def somebody_else(self, person: Called) -> Called:
        return next(one for one in self.here[person.site_id] if one.id != person.id)


Question = Iterator[tuple[int, dict[str, Any]]]
"""What was scanned, and at which site."""


def _at_two_places(person: Called, site: int, other: int, _scene: Scene) -> Question:
    yield site, {"ticket": person.ticket}
    yield other, {"ticket": person.ticket, "decision": "guest"}


def _with_an_old_ticket(person: Called, site: int, _other: int, scene: Scene) -> Question:
    attendee = db.session.get_one(Attendee, person.id)
    registry.replace_ticket(attendee=attendee, reason=TicketReason.LOST, ring=scene.keys, by=SYSTEM, at=scene.since)
    yield site, {"ticket": person.ticket, "verdict_shown": "accepted"}


def _no_longer_called(person: Called, site: int, _other: int, scene: Scene) -> Question:
    attendee = db.session.get_one(Attendee, person.id)
    registry.withdraw(attendee=attendee, reason=WithdrawReason.LEFT_OFFICE, by=SYSTEM, at=scene.since)
    yield site, {"ticket": person.ticket, "verdict_shown": "accepted"}


def _known_elsewhere(person: Called, _site: int, other: int, _scene: Scene) -> Question:
    attendee = db.session.get_one(Attendee, person.id)
    who = db.session.get_one(Person, attendee.person_id)
    written = {"name": who.full_name, "birth": who.birth_date.isoformat() if who.birth_date else None}
    yield other, {"kind": "walk_in", "ticket": None, "method": "typed", "person": written, "verdict_shown": "accepted"}


def _of_another_site(person: Called, _site: int, other: int, _scene: Scene) -> Question:
    yield other, {"ticket": person.ticket, "verdict_shown": "accepted"}


def _unreadable(_person: Called, site: int, _other: int, _scene: Scene) -> Question:
    yield site, {"ticket": "999999999", "method": "typed", "verdict_shown": "accepted"}


def _stays_for_good(person: Called, _site: int, other: int, _scene: Scene) -> Question:
    yield other, {"ticket": person.ticket, "decision": "move"}


def _without_a_badge(person: Called, site: int, _other: int, scene: Scene) -> Question:
    """Two who are given one, and no question: somebody who left the own badge at home, and somebody on no list."""
    yield site, {"ticket": str(person.number), "method": "name", "spare": scene.spare(site, 1)}
    written = {"name": "Cao Thị Lựu", "birth": "1984", "position": "Ủy viên Ban Chấp hành"}
    yield site, {"kind": "walk_in", "ticket": None, "method": "typed", "person": written, "spare": scene.spare(site, 2)}


def _one_badge_for_two(person: Called, site: int, _other: int, scene: Scene) -> Question:
    for one in (person, scene.somebody_else(person)):
        by_name = {"ticket": str(one.number), "method": "name", "verdict_shown": "accepted"}
        yield site, {**by_name, "spare": scene.spare(site, 1)}


_QUESTIONS = (
    _at_two_places,
    _with_an_old_ticket,
    _known_elsewhere,
    _of_another_site,
    _at_two_places,
    _no_longer_called,
    _unreadable,
    _stays_for_good,
    _with_an_old_ticket,
    _at_two_places,
    _known_elsewhere,
    _stays_for_good,
    _without_a_badge,
    _one_badge_for_two,
)
