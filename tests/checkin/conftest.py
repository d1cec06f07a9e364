"""A small conference with two doors, its people and their tickets, and devices that may count there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conference.checkin import actions
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.planning.models import DayPart
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing, Ticket, key_ring
from tests.factories import (
    join,
    local,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
    make_unit,
)

NAMES = (
    "Đặng Hữu Phước",
    "Nguyễn Thị Ánh",
    "Hồ Sỹ Quyền",
    "Lê Thị Hoài Thương",
    "Trần Văn Ẩn",
    "Nguyễn Thị An",
    "Phạm Thị Thúy",
    "Vũ Đức Ỷ",
)


@dataclass
class Doors:
    """Ids and tokens of the scene; rows are read again where they are needed."""

    app: Flask
    conference: int
    code: str
    here: int
    there: int
    morning: int
    afternoon: int
    numbers_here: list[int] = field(default_factory=list)
    numbers_there: list[int] = field(default_factory=list)
    tickets: dict[int, str] = field(default_factory=dict)
    attendee_ids: dict[int, int] = field(default_factory=dict)
    token_here: str = "token of the door here"
    second_token_here: str = "token of the side door here"
    token_there: str = "token of the door there"
    _seq: Any = field(default_factory=lambda: count(1))

    @property
    def keys(self) -> KeyRing:
        return key_ring(self.app.config["SECRET_KEY"])

    def item(self, number: int | None = None, **fields: Any) -> dict[str, Any]:
        """One scan as a phone sends it: at 07:40 of the day unless said otherwise."""
        at = fields.pop("at", local("07:40"))
        return {
            "id": str(fields.pop("id", uuid.uuid4())),
            "kind": "scan",
            "ticket": self.tickets[number] if number is not None else "",
            "study_session": self.morning,
            "direction": "in",
            "scanned_at": at.isoformat() if isinstance(at, datetime) else at,
            "clock_offset_ms": 0,
            "device_seq": next(self._seq),
            "method": "camera",
            "verdict_shown": None,
            "decision": None,
            **fields,
        }

    def spare(self, number: int, *, site: int | None = None) -> str:
        """The digits on a spare badge of the site here."""
        ticket = Ticket.of_spare(self.conference, site or self.here, number)
        return self.keys.issue_many([ticket])[0]

    def undo(self, target: str, **fields: Any) -> dict[str, Any]:
        at = fields.pop("at", local("07:50"))
        return {
            "id": str(fields.pop("id", uuid.uuid4())),
            "kind": "undo",
            "target": target,
            "scanned_at": at.isoformat(),
            **fields,
        }

    def send(
        self, *items: dict[str, Any], token: str | None = None, client: FlaskClient | None = None, **more: Any
    ) -> dict[str, Any]:
        answer = self.ask(*items, token=token, client=client, **more)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def ask(
        self, *items: dict[str, Any], token: str | None = None, client: FlaskClient | None = None, **more: Any
    ) -> Any:
        return (client or self.app.test_client()).post(
            "/api/v1/scans",
            json={"items": list(items), **more},
            headers={"Authorization": f"Bearer {token or self.token_here}"},
        )


@pytest.fixture
def doors(app: Flask, clock: Any) -> Doors:
    """Two sites: four people are called here, four there. It is 07:40 in the morning of the day."""
    now = clock.stop_at(local("07:40"))
    with app.app_context(), transaction():
        unit = make_unit("Liên đoàn Lao động huyện Yên Thành")
        conference = make_conference()
        morning = make_study_session(conference)
        afternoon = make_study_session(
            conference,
            part=DayPart.AFTERNOON,
            doors="13:15",
            starts="14:00",
            ends="17:00",
        )
        here, there = make_site("Yên Thành", host_unit=unit), make_site("Đô Lương", host_unit=unit)
        for site in (here, there):
            join(conference, site)
        found = Doors(app, conference.id, conference.code, here.id, there.id, morning.id, afternoon.id)
        for number, name in enumerate(NAMES, start=1):
            site = here if number <= 4 else there
            attendee: Attendee = make_attendee(
                conference, site=site, unit=unit, full_name=name, number=number, seat=f"C{number}"
            )
            attendee.ticket = found.keys.issue(conference=conference.id, attendee=number, site=site.id)
            found.tickets[number] = attendee.ticket
            found.attendee_ids[number] = attendee.id
            (found.numbers_here if number <= 4 else found.numbers_there).append(number)
        for token, site, label in (
            (found.token_here, here, "Cửa chính"),
            (found.second_token_here, here, "Cửa phụ"),
            (found.token_there, there, "Cửa chính"),
        ):
            actions.enrol_device(
                conference=conference,
                site_id=site.id,
                token=token,
                label=label,
                by=SYSTEM,
                at=now - timedelta(hours=1),
            )
        db.session.flush()
        db.session.expunge_all()
    return found
