"""A small conference with two sites, two branches of units and a handful of people, for tests of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conference.directory.models import UnitKind
from conference.foundation.db import db, transaction
from conference.registry.actions import issue_missing_tickets
from conference.registry.tickets import key_ring
from tests.conftest import SECRET
from tests.factories import (
    join,
    make_attendee,
    make_conference,
    make_person,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
)

NAMES = (
    ("Dương Văn An", "yen_thanh", "yen_thanh", "0912 345 001", "an@truong.example"),
    ("Đặng Hữu Phước", "yen_thanh", "yen_thanh", "0912 345 002", "phuoc@truong.example"),
    ("Nguyễn Thị Ánh", "do_luong", "do_luong", "0912 345 003", None),
    ("Trần Thị Hoà", "do_luong", "yen_thanh", None, None),
    ("Lê Thị Thuý", "ha_tinh", "do_luong", "0987 654 321", "thuy@hatinh.example"),
)


@dataclass
class Hall:
    """Ids and addresses, good in every session."""

    conference_id: int
    code: str
    base: str
    units: dict[str, int] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=dict)
    attendees: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    sessions: list[int] = field(default_factory=list)

    def url(self, path: str = "") -> str:
        return f"{self.base}{path}"

    def person(self, name: str, path: str = "") -> str:
        return f"{self.base}/people/{self.numbers[name]}{path}"


def build(**fields: Any) -> Hall:
    with transaction():
        host = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL)
        nghe_an = make_unit("Liên đoàn Lao động tỉnh Nghệ An", parent=host)
        units = {
            "nghe_an": nghe_an,
            "yen_thanh": make_unit("Liên đoàn Lao động huyện Yên Thành", parent=nghe_an, kind=UnitKind.DISTRICT),
            "do_luong": make_unit("Liên đoàn Lao động huyện Đô Lương", parent=nghe_an, kind=UnitKind.DISTRICT),
            "ha_tinh": make_unit("Liên đoàn Lao động tỉnh Hà Tĩnh", parent=host),
        }
        conference = make_conference(host_unit=host, **fields)
        morning = make_study_session(conference)
        make_topic(morning, "Đón tiếp", starts="07:30", ends="08:00", kind="reception")
        make_topic(morning, presenter=make_presenter(), position=2)
        sites = {
            "yen_thanh": make_site("Điểm cầu LĐLĐ huyện Yên Thành, Nghệ An", host_unit=units["yen_thanh"]),
            "do_luong": make_site("Điểm cầu LĐLĐ huyện Đô Lương, Nghệ An", host_unit=units["do_luong"]),
            "elsewhere": make_site("Điểm cầu LĐLĐ huyện Con Cuông, Nghệ An", host_unit=nghe_an),
        }
        for name in ("yen_thanh", "do_luong"):
            join(conference, sites[name])
        hall = Hall(conference.id, conference.code, f"/conferences/{conference.code}", sessions=[morning.id])
        hall.units = {name: unit.id for name, unit in units.items()}
        hall.sites = {name: site.id for name, site in sites.items()}
        for number, (name, unit, site, phone, email) in enumerate(NAMES, start=1):
            person = make_person(name, unit=units[unit], phone=phone, email=email, birth_date=date(1970, 4, number))
            attendee = make_attendee(conference, person=person, site=sites[site], number=number)
            hall.attendees[name], hall.numbers[name] = attendee.id, number
        issue_missing_tickets(conference_id=conference.id, ring=key_ring(SECRET))
    db.session.expunge_all()
    return hall
