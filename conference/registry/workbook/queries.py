"""What stands now, as the workbook shows it: a fixed number of queries however many rows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import aliased

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.foundation.text import clean, fold
from conference.planning.models import Conference, Presenter, StudySession, Topic
from conference.planning.queries import study_sessions_of, waves_of
from conference.registry.models import Attendee, Category
from conference.registry.naming.models import Quota
from conference.registry.seats.models import SeatPin
from conference.registry.workbook.cells import LEVEL_WORDS, PART_WORDS, TOPIC_WORDS, UNIT_WORDS
from conference.registry.workbook.rules import Key, Kind, Known, Row
from conference.sites.models import ConferenceSite, GuestUnit, Hall, HallBlock, Site

LEVEL_OF = {level: word for word, level in LEVEL_WORDS.items()}
UNIT_OF = {kind: word for word, kind in UNIT_WORDS.items()}
PART_OF = {part: word for word, part in PART_WORDS.items()}
TOPIC_OF = {kind: word for word, kind in TOPIC_WORDS.items()}


def standing(conference: Conference) -> dict[Key, Row]:
    """Every unit, and the sites, halls' plans, guests, quotas and programme of a conference, in their lists' order."""
    rows = [
        *_units(),
        *_sites(conference),
        *_blocks(conference),
        *_pins(conference),
        *_guests(conference),
        *_quotas(conference),
        *_halves(conference),
        *_topics(conference),
    ]
    return {(row.kind, row.key): row for row in rows}


def known(conference: Conference, *, numbers: bool, may_change_units: bool, at: datetime) -> Known:
    """What cells may name besides what ``standing`` has. ``numbers``: also who is called where."""
    halves = study_sessions_of([conference.id])[conference.id]
    return Known(
        numbers=_numbers(conference) if numbers else {},
        categories=set(db.session.scalars(select(Category.name_folded))),
        closed_halves=frozenset(_half_key(half) for half in halves if half.closed_at is not None),
        begun_halves=frozenset(_half_key(half) for half in halves if half.doors_open_at <= at),
        waves=frozenset(fold(wave.title) for wave in waves_of(conference.id)),
        days=(conference.starts_on, conference.ends_on),
        may_change_units=may_change_units,
    )


def _numbers(conference: Conference) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    rows = db.session.execute(
        select(Site.code, Attendee.number)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.conference_id == conference.id, Attendee.withdrawn_at.is_(None))
    )
    for code, number in rows:
        found.setdefault(code, set()).add(number)
    return found


def _half_key(half: StudySession) -> str:
    return f"{half.held_on:%d/%m/%Y}|{PART_OF[half.part]}"


def _row(of: Kind, key: str, label: str, /, **values: object) -> Row:
    said = {name: "" if value is None else clean(str(value)) for name, value in values.items()}
    return Row(of, key, label, said)


def _units() -> list[Row]:
    above = aliased(Unit)
    rows = db.session.execute(
        select(Unit, above.code)
        .outerjoin(above, above.id == Unit.parent_id)
        .order_by(Unit.level, Unit.sort_key, Unit.id)
    )
    return [
        _row(
            Kind.UNIT,
            unit.code,
            unit.name,
            name=unit.name,
            short_name=unit.short_name,
            kind=UNIT_OF[unit.kind],
            parent=parent,
            province=unit.province,
        )
        for unit, parent in rows
    ]


def _sites(conference: Conference) -> list[Row]:
    statement: AnySelect = (
        select(ConferenceSite, Site, Hall, Unit.code.label("host"))
        .join(Site, Site.id == ConferenceSite.site_id)
        .join(Unit, Unit.id == Site.host_unit_id)
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(ConferenceSite.conference_id == conference.id)
        .order_by(ConferenceSite.position, ConferenceSite.id)
    )
    return [
        _row(
            Kind.SITE,
            site.code,
            site.name,
            name=site.name,
            level=LEVEL_OF[site.level],
            province=site.province,
            host=host,
            address=site.address,
            hall=hall.name if hall is not None else "",
            capacity=hall.capacity if hall is not None else None,
            manager_name=joined.manager_name,
            manager_phone=joined.manager_phone,
            manager_email=joined.manager_email,
            technician_name=joined.technician_name,
            technician_phone=joined.technician_phone,
            room_url=joined.room_url,
        )
        for joined, site, hall, host in db.session.execute(statement)
    ]


def _blocks(conference: Conference) -> list[Row]:
    rows = db.session.execute(
        select(HallBlock, Site.code, Site.name)
        .join(ConferenceSite, ConferenceSite.hall_id == HallBlock.hall_id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .where(ConferenceSite.conference_id == conference.id)
        .order_by(ConferenceSite.position, HallBlock.position)
    )
    return [
        _row(Kind.BLOCK, f"{code}|{block.name}", name, rows=block.rows, seats_per_row=block.seats_per_row)
        for block, code, name in rows
    ]


def _pins(conference: Conference) -> list[Row]:
    rows = db.session.execute(
        select(SeatPin, Attendee.number, Site.code, Site.name)
        .join(ConferenceSite, ConferenceSite.id == SeatPin.conference_site_id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .outerjoin(Attendee, Attendee.id == SeatPin.attendee_id)
        .where(ConferenceSite.conference_id == conference.id)
        .order_by(ConferenceSite.position, SeatPin.id)
    )
    return [
        _row(Kind.PIN, f"{code}|{pin.place}", name, number=number, note=pin.note) for pin, number, code, name in rows
    ]


def _guests(conference: Conference) -> list[Row]:
    rows = db.session.execute(
        select(GuestUnit.quota, Site.code, Site.name, Unit.code, Unit.name)
        .join(ConferenceSite, ConferenceSite.id == GuestUnit.conference_site_id)
        .join(Site, Site.id == ConferenceSite.site_id)
        .join(Unit, Unit.id == GuestUnit.unit_id)
        .where(ConferenceSite.conference_id == conference.id)
        .order_by(ConferenceSite.position, GuestUnit.id)
    )
    return [
        _row(Kind.GUEST, f"{site}|{unit}", f"{site_name}, {unit_name}", quota=quota)
        for quota, site, site_name, unit, unit_name in rows
    ]


def _quotas(conference: Conference) -> list[Row]:
    rows = db.session.execute(
        select(Quota.places, Unit.code, Unit.name, Category.name)
        .join(Unit, Unit.id == Quota.unit_id)
        .outerjoin(Category, Category.id == Quota.category_id)
        .where(Quota.conference_id == conference.id)
        .order_by(Unit.level, Unit.sort_key, Unit.id, Category.id)
    )
    return [_row(Kind.QUOTA, f"{code}|{category or ''}", name, places=places) for places, code, name, category in rows]


def _halves(conference: Conference) -> list[Row]:
    zone = ZoneInfo(conference.timezone)
    waves = {wave.id: wave.title for wave in waves_of(conference.id)}
    return [
        _row(
            Kind.HALF,
            _half_key(half),
            f"{PART_OF[half.part]} {half.held_on:%d/%m/%Y}",
            starts=half.starts_at.astimezone(zone).strftime("%H:%M"),
            ends=half.ends_at.astimezone(zone).strftime("%H:%M"),
            wave=None if half.wave_id is None else waves[half.wave_id],
        )
        for half in study_sessions_of([conference.id])[conference.id]
    ]


def _topics(conference: Conference) -> list[Row]:
    zone = ZoneInfo(conference.timezone)
    rows = db.session.execute(
        select(Topic, StudySession, Presenter.name)
        .join(StudySession, StudySession.id == Topic.study_session_id)
        .outerjoin(Presenter, Presenter.id == Topic.presenter_id)
        .where(StudySession.conference_id == conference.id)
        .order_by(Topic.starts_at, Topic.position, Topic.id)
    )
    return [
        _row(
            Kind.TOPIC,
            str(topic.id),
            topic.title,
            day=half.held_on.strftime("%d/%m/%Y"),
            part=PART_OF[half.part],
            kind=TOPIC_OF[topic.kind],
            title=topic.title,
            presenter=presenter,
            starts=topic.starts_at.astimezone(zone).strftime("%H:%M"),
            ends=topic.ends_at.astimezone(zone).strftime("%H:%M"),
        )
        for topic, half, presenter in rows
    ]
