"""A lifelike day at the doors, played through the same use cases that real devices meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from sqlalchemy import func, insert, select, update

from conference.checkin import actions as checkin
from conference.checkin import queries
from conference.checkin.forms import MOST_ITEMS, Delivery, read_delivery
from conference.checkin.models import Device, RehearsalTest, Scan
from conference.checkin.receiving import receive_scans
from conference.demo import online
from conference.demo.fates import REASONS, Called, Fate, Hours, Reading, fate_of, readings_of
from conference.demo.questions import leave_open
from conference.foundation import chance
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.planning.models import Conference, DayPart, StudySession
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.tickets import KeyRing, key_ring
from conference.sites.models import ConferenceSite
from conference.sites.rehearsals.queries import planned_at
from conference.sites.rehearsals.rules import Planned

Say = Callable[[str], None]
HALF_DAYS = {DayPart.MORNING: "sáng", DayPart.AFTERNOON: "chiều", DayPart.EVENING: "tối"}
ITEMS_A_GROUP = 4_000
SILENT_SITES, UNOPENED_SITES = 4, 3
SILENT_FOR = timedelta(minutes=12)


def is_lived(conference: Conference) -> bool:
    """True when doors have counted already, so that the day is played once."""
    return bool(db.session.scalar(select(Scan.id).where(Scan.conference_id == conference.id).limit(1)))


def live_through(conference: Conference, *, until: datetime | None, secret: str, say: Say) -> None:
    """Let people come to the doors, up to a moment or to the end of the day, and let hosts confirm who was absent."""
    if is_lived(conference):
        return
    keys = key_ring(secret)
    sessions = list(
        db.session.scalars(
            select(StudySession).where(StudySession.conference_id == conference.id).order_by(StudySession.starts_at)
        )
    )
    people = _people(conference)
    sites = list(
        db.session.scalars(
            select(ConferenceSite.site_id)
            .where(ConferenceSite.conference_id == conference.id)
            .order_by(ConferenceSite.position)
        )
    )
    quiet = (
        Random(conference.code).sample(sites[1:], SILENT_SITES + UNOPENED_SITES) if until and len(sites) > 50 else []
    )
    silent, unopened = frozenset(quiet[:SILENT_SITES]), frozenset(quiet[SILENT_SITES:])
    coming, staying = list[Called](), list[Called]()
    for person in people:
        (coming if fate_of(conference.code, person)[0] is Fate.COMES else staying).append(person)
    _give_leave(conference, staying, sessions[0].doors_open_at)
    following = online.allow_some(conference, people, staying, keys=keys, at=sessions[0].doors_open_at)
    for study_session in sessions:
        if until is not None and until <= study_session.doors_open_at:
            break
        say(f"điểm danh {HALF_DAYS[study_session.part]} {study_session.held_on:%d/%m/%Y}")
        devices = _devices(conference, [site for site in sites if site not in unopened], study_session.doors_open_at)
        hours = Hours(
            study_session.id,
            study_session is sessions[0],
            study_session.doors_open_at,
            study_session.starts_at,
            study_session.ends_at,
        )
        readings = _readings(conference.code, coming, hours, sites)
        ends_at = min(until or hours.ends_at, hours.ends_at)
        for group_of_sites, at in ((silent, ends_at - SILENT_FOR), (frozenset(sites) - silent - unopened, ends_at)):
            chosen = [one for one in readings if one.site_id in group_of_sites and one.at <= at]
            _deliver(chosen, devices, keys, at)
        online.follow(study_session, following, until=ends_at, keys=keys, secret=secret)
        if until is not None and study_session is sessions[0]:
            talking = {site: device for site, device in devices.items() if site not in silent}
            leave_open(study_session=study_session, people=people, devices=talking, keys=keys, at=ends_at)
        if until is None or until >= study_session.ends_at:
            _confirm_absent(study_session, sites, study_session.ends_at)
    _put_away(conference, silent, until or sessions[-1].ends_at)


def _people(conference: Conference) -> list[Called]:
    rows = db.session.execute(
        select(Attendee.id, Attendee.number, Attendee.ticket, Attendee.site_id)
        .where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None))
        .order_by(Attendee.number)
    )
    return [Called(id, number, ticket or "", site_id) for id, number, ticket, site_id in rows]


def _give_leave(conference: Conference, staying: list[Called], doors_open_at: datetime) -> None:
    excused = [
        {
            "attendee_id": person.id,
            "study_session_id": None,
            "reason": luck.choice(REASONS),
            "state": LeaveState.APPROVED,
            "requested_at": doors_open_at - timedelta(days=luck.randint(2, 6)),
            "decided_at": doors_open_at - timedelta(days=1),
        }
        for person in staying
        for fate, luck in (fate_of(conference.code, person),)
        if fate is Fate.EXCUSED
    ]
    if excused and not db.session.scalar(
        select(func.count()).select_from(Leave).join(Attendee).where(Attendee.conference_id == conference.id)
    ):
        with transaction():
            db.session.execute(insert(Leave), excused)


def _readings(code: str, coming: list[Called], hours: Hours, sites: list[int]) -> list[Reading]:
    """What each door has read, one door after the other."""
    readings: list[Reading] = []
    for person in coming:
        readings += readings_of(person, hours, Random(f"{code}:{hours.is_first}:{person.number}"), sites)
    return sorted(readings, key=lambda reading: (reading.site_id, reading.at))


def _devices(conference: Conference, sites: list[int], at: datetime) -> dict[int, Device]:
    """One device a site, enrolled as a host would; those of an earlier half day are used again."""
    known = {device.site_id: device for device in queries.devices_of(conference.id) if device.revoked_at is None}
    luck = Random(f"{conference.code}:duyệt")
    planned = planned_at(conference.id, sites[0]) if sites else []  # the demo's rehearsal is for all sites
    with transaction():
        for site_id in sites:
            if site_id not in known:
                known[site_id] = checkin.enrol_device(
                    conference=conference,
                    site_id=site_id,
                    token=chance.token(),
                    label="Cửa chính",
                    by=SYSTEM,
                    at=at,
                )
                _rehearse(known[site_id], planned, luck)
    return known


def _rehearse(device: Device, rehearsals: Iterable[Planned], luck: Random) -> None:
    """Most sites came to the rehearsal, some tried their device in the evening, a few never."""
    for planned in rehearsals:
        fate = luck.random()
        if fate < 0.98:
            minutes = luck.randint(5, 110) if fate < 0.94 else luck.randint(200, 400)
            tested_at = planned.starts_at + timedelta(minutes=minutes)
            db.session.add(
                RehearsalTest(rehearsal_id=planned.id, device_id=device.id, site_id=device.site_id, tested_at=tested_at)
            )


def _deliver(readings: list[Reading], devices: dict[int, Device], keys: KeyRing, at: datetime) -> None:
    """Hand the readings in as their devices would after the line came back, some thousands a transaction."""
    remaining = iter(readings)
    while group := list(islice(remaining, ITEMS_A_GROUP)):
        with transaction():
            for answer in receive_scans(list(_deliveries(group, devices)), keys=keys, at=at):
                if isinstance(answer, DomainError):
                    raise answer


def _deliveries(readings: Iterable[Reading], devices: dict[int, Device]) -> Iterable[Delivery]:
    by_site: dict[int, list[dict[str, object]]] = defaultdict(list)
    for reading in readings:
        by_site[reading.site_id].append(reading.item)
    for site_id, items in by_site.items():
        device = devices[site_id]
        for start in range(0, len(items), MOST_ITEMS):
            sent = {"items": items[start : start + MOST_ITEMS], "device": {"queue": 0, "app": "demo"}}
            yield read_delivery(sent, device_id=device.id, token_hash=device.token_hash)


def _confirm_absent(study_session: StudySession, sites: list[int], at: datetime) -> None:
    with transaction():
        for site_id in sites:
            checkin.close_site(study_session=study_session, site_id=site_id, by=SYSTEM, at=at)


def _put_away(conference: Conference, silent: frozenset[int], at: datetime) -> None:
    """The demo's devices exist on no phone: they end, but for those whose silence is part of the picture."""
    with transaction():
        db.session.execute(
            update(Device)
            .where(Device.conference_id == conference.id, Device.site_id.not_in(silent), Device.revoked_at.is_(None))
            .values(revoked_at=at)
        )
