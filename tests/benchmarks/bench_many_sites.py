"""Pages about sites with 31,000 of them, one person or two called to each: how long each takes to answer."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from statistics import median, quantiles
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert

from conference import create_app
from conference.accounts import actions as accounts
from conference.accounts.sessions import cookie_name
from conference.commands import migrate_to_head
from conference.directory.models import Person, Sex, Unit, UnitKind
from conference.foundation import clock
from conference.foundation.db import db, transaction
from conference.foundation.text import collation_key, fold, sort_key
from conference.registry.models import Attendee
from conference.settings import Settings
from conference.sites.models import ConferenceSite, Hall, Site, SiteLevel
from conference.sites.provinces import UNTIL_2025
from tests.benchmarks.report import Report
from tests.factories import make_account, make_conference, make_presenter, make_study_session, make_topic, make_unit
from tests.services.kept import new_folder

SITES = 31_000
PEOPLE = 46_500
SECRET = "only-for-this-benchmark-0123456789-abcdefghijklmnop"
REACH_MS = 200
TIMES = 20
AT_ONCE = 2_000
ASKED = (
    "/sites",
    "/sites?page=300&size=100",
    "/sites?sort=called&direction=desc",
    "/sites?q=so+30000",
    "/sites?province=Nghệ An&state=not_ready",
    "/ready",
    "/ready?rung=devices&stand=open",
    "/sites/map",
    "/call",
    "/call/ways",
    "/call/ways?by=site",
    "/call/hand-over",
    "/plan",
    "/warnings",
    "/devices",
    "/packs",
    "/badges",
    "/seating",
    "/board",
    "/",
)


def run(report: Report) -> None:
    folder = new_folder("many-sites")
    try:
        settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'bench.sqlite3'}", secret_key=SECRET)
        app = create_app(settings)
        with app.app_context():
            migrate_to_head()
            with transaction():
                token = _fill()
            name = cookie_name("staff")
        organizer = app.test_client()
        organizer.set_cookie(name, token)
        _measure(report, organizer)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(report: Report, organizer: FlaskClient) -> None:
    for path in ASKED:
        _asked(organizer, path)
        times = [_asked(organizer, path) for _ in range(TIMES)]
        p95 = quantiles(times, n=20)[-1]
        report.figure(f"{path}, p95", p95, "ms", at_most=REACH_MS, note=f"median {median(times):.0f}")


def _asked(organizer: FlaskClient, path: str) -> float:
    """How many milliseconds a page takes, made in this process."""
    began = time.perf_counter()
    answer = organizer.get(f"/conferences/NQ12{path}")
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return (time.perf_counter() - began) * 1000


def _fill() -> str:
    """A published conference at as many sites; returns the session of an organizer."""
    host = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL)
    names = [tile.name for tile in UNTIL_2025]
    provinces = [make_unit(f"Liên đoàn Lao động tỉnh {name}", parent=host) for name in names]
    conference = make_conference(host_unit=host)
    session = make_study_session(conference)
    make_topic(session, presenter=make_presenter())
    first = provinces[-1].id + 1
    _insert(Unit, (_unit(first + at, provinces[at % len(provinces)], at) for at in range(SITES)))
    _insert(Site, (_site(at + 1, first + at, names[at % len(names)]) for at in range(SITES)))
    _insert(Hall, ({"id": at, "site_id": at, "name": "Hội trường", "capacity": 1 + at % 3} for at in _from_one()))
    _insert(ConferenceSite, (_joined(conference.id, at) for at in _from_one()))
    _insert(Person, (_person(at + 1, first + at % SITES) for at in range(PEOPLE)))
    _insert(Attendee, (_attendee(conference.id, at + 1, first + at % SITES, at % SITES + 1) for at in range(PEOPLE)))
    return accounts.open_session(account=make_account(), at=clock.now(), lives=timedelta(hours=1))


def _from_one() -> Iterator[int]:
    return iter(range(1, SITES + 1))


def _insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        db.session.execute(insert(model), some)


def _unit(id: int, parent: Unit, at: int) -> dict[str, Any]:
    name = f"Công đoàn cơ sở số {at}"
    return {
        "id": id,
        "code": f"CS{at}",
        "name": name,
        "name_folded": fold(name),
        "sort_key": collation_key(name),
        "kind": UnitKind.GRASSROOTS,
        "level": 3,
        "parent_id": parent.id,
        "path": f"{parent.path}{id}/",
    }


def _site(id: int, unit_id: int, province: str) -> dict[str, Any]:
    name = f"Điểm cầu công đoàn cơ sở số {id}, {province}"
    return {
        "id": id,
        "code": f"D{id}",
        "name": name,
        "name_folded": fold(name),
        "sort_key": collation_key(name),
        "level": SiteLevel.DISTRICT,
        "province": province,
        "host_unit_id": unit_id,
    }


def _joined(conference_id: int, id: int) -> dict[str, Any]:
    return {
        "id": id,
        "conference_id": conference_id,
        "site_id": id,
        "hall_id": id if id % 50 else None,
        "position": id,
        "manager_name": f"Phụ trách {id}" if id % 40 else "",
        "manager_phone": f"09{id:08}" if id % 30 else "",
        "version": 1,
    }


def _person(id: int, unit_id: int) -> dict[str, Any]:
    name = f"Nguyễn Văn Số {id}"
    return {
        "id": id,
        "code": f"N{id}",
        "full_name": name,
        "name_folded": fold(name),
        "sort_key": sort_key(name),
        "sex": Sex.MALE,
        "unit_id": unit_id,
        "email": f"n{id}@coso.example" if id % 3 else None,
    }


def _attendee(conference_id: int, id: int, unit_id: int, site_id: int) -> dict[str, Any]:
    return {
        "conference_id": conference_id,
        "number": id,
        "person_id": id,
        "unit_id": unit_id,
        "site_id": site_id,
        "position": "Chủ tịch",
    }
