"""What stands now, as the workbook shows it: a fixed number of queries however many rows."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.foundation.text import clean
from conference.planning.models import Conference, Presenter, StudySession, Topic
from conference.registry.workbook.rules import LEVEL_WORDS, Key, Kind, Known, Row
from conference.sites.models import ConferenceSite, GuestUnit, Hall, HallBlock, Site

LEVEL_OF = {level: word for word, level in LEVEL_WORDS.items()}
PARTS = {"morning": "sáng", "afternoon": "chiều", "evening": "tối"}


def standing(conference: Conference) -> dict[Key, Row]:
    """Every unit, and the sites, halls' plans, guests and programme of a conference, in the order of their lists."""
    rows = [*_units(), *_sites(conference), *_blocks(conference), *_guests(conference), *_topics(conference)]
    return {(row.kind, row.key): row for row in rows}


def known(conference: Conference) -> Known:
    joined = db.session.execute(
        select(Site.code, ConferenceSite.hall_id, Unit.code.label("host"))
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .join(Unit, Unit.id == Site.host_unit_id)
        .where(ConferenceSite.conference_id == conference.id)
    ).all()
    return Known(
        units=frozenset(db.session.scalars(select(Unit.code))),
        sites=frozenset(row.code for row in joined),
        sites_with_hall=frozenset(row.code for row in joined if row.hall_id is not None),
        host_of={row.code: row.host for row in joined},
    )


def _row(kind: Kind, key: str, label: str, **values: object) -> Row:
    said = {name: "" if value is None else clean(str(value)) for name, value in values.items()}
    return Row(kind, key, label, said)


def _units() -> list[Row]:
    return [
        _row(Kind.UNIT, unit.code, unit.name, name=unit.name, short_name=unit.short_name, province=unit.province)
        for unit in db.session.scalars(select(Unit).order_by(Unit.level, Unit.sort_key, Unit.id))
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
            f"{PARTS[half.part]} {half.held_on:%d/%m/%Y}",
            title=topic.title,
            presenter=presenter,
            starts=topic.starts_at.astimezone(zone).strftime("%H:%M"),
            ends=topic.ends_at.astimezone(zone).strftime("%H:%M"),
        )
        for topic, half, presenter in rows
    ]
