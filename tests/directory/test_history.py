"""The history of units: mergers, closures and successors, and what stays as it was for earlier conferences."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from conference.directory.models import Person, Unit
from conference.directory.queries import valid_on
from conference.foundation.db import db, transaction
from conference.registry.imports.queries import known_units
from conference.registry.models import Attendee
from tests.factories import make_conference, make_unit
from tests.registry.hall import Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


MERGED_ON = "01/07/2025"


def unit(hall: Hall, name: str) -> Unit:
    db.session.expire_all()
    return db.session.get_one(Unit, hall.units[name])


def end(people, hall: Hall, name: str, successor: str, day: str = MERGED_ON):
    url = f"/units/{hall.units[name]}/end"
    return people["organizer"].post(url, data={"valid_to": day, "successor": successor})


def found(people, hall: Hall, code: str = "NA-MOI", **more: str):
    data = {
        "code": code,
        "name": "Công đoàn phường Yên Thành mới",
        "kind": "commune",
        "parent": unit(hall, "nghe_an").code,
        "valid_from": MERGED_ON,
        **more,
    }
    return people["organizer"].post("/units/new", data=data)


def test_two_units_merge_and_people_follow_when_somebody_says_so(people, hall):
    assert found(people, hall).status_code == 303
    new = db.session.scalars(select(Unit).where(Unit.code == "NA-MOI")).one()
    assert (new.level, new.path) == (3, f"{unit(hall, 'nghe_an').path}{new.id}/")
    for name in ("yen_thanh", "do_luong"):
        answer = end(people, hall, name, "NA-MOI")
        assert answer.headers["Location"].endswith(f"/units/{hall.units[name]}/follow")
        assert (unit(hall, name).valid_to, unit(hall, name).successor_id) == (date(2025, 7, 1), new.id)
    shown = people["organizer"].get(f"/units/{hall.units['yen_thanh']}/follow").text
    assert "Chuyển 2 người" in shown
    assert "Đặng Hữu Phước" in shown
    before = db.session.scalars(select(Person.unit_id).order_by(Person.id)).all()
    assert hall.units["yen_thanh"] in before  # nobody goes unasked
    assert people["organizer"].post(f"/units/{hall.units['yen_thanh']}/follow").status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(Person.unit_id).order_by(Person.id)).all().count(new.id) == 2
    page = people["organizer"].get(f"/units/{new.id}").text
    assert "Liên đoàn Lao động huyện Yên Thành" in page
    assert "Liên đoàn Lao động huyện Đô Lương" in page


def test_an_earlier_conference_keeps_the_names_and_a_later_one_offers_only_what_exists(people, hall):
    found(people, hall)
    end(people, hall, "yen_thanh", "NA-MOI")
    people["organizer"].post(f"/units/{hall.units['yen_thanh']}/follow")
    db.session.expire_all()
    assert db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).unit_id == hall.units["yen_thanh"]
    assert "Liên đoàn Lao động huyện Yên Thành" in people["organizer"].get(hall.person("Dương Văn An")).text
    with transaction():
        later = make_conference("NQ14", host_unit=unit(hall, "nghe_an"), starts_on=date(2026, 3, 1)).id
    codes = {
        day: {entry.code for entry in known_units(id)} for day, id in (("then", hall.conference_id), ("now", later))
    }
    assert codes["now"] - codes["then"] == {"NA-MOI"}
    assert codes["then"] - codes["now"] == {unit(hall, "yen_thanh").code}


def test_the_last_day_is_not_the_unit_s_and_the_first_is(hall):
    with transaction():
        one = make_unit("Công đoàn A", valid_from=date(2020, 1, 1), valid_to=date(2025, 7, 1))
        id = one.id
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2025, 6, 30), date(2025, 7, 1)]
    exists = [db.session.scalar(select(Unit.id).where(Unit.id == id, valid_on(day))) is not None for day in days]
    assert exists == [False, True, True, False]


def test_what_makes_no_sense_is_refused_and_nothing_changes(people, hall):
    own = unit(hall, "yen_thanh").code
    other = unit(hall, "do_luong").code
    assert end(people, hall, "yen_thanh", own).status_code == 422
    assert end(people, hall, "yen_thanh", "khong co").status_code == 422
    assert end(people, hall, "yen_thanh", other, day="hôm qua").status_code == 422
    assert unit(hall, "yen_thanh").valid_to is None
    assert end(people, hall, "yen_thanh", other).status_code == 303
    assert end(people, hall, "do_luong", own, day="01/01/2024").status_code == 422  # in a circle
    assert unit(hall, "do_luong").valid_to is None
    assert people["organizer"].post(f"/units/{hall.units['yen_thanh']}/reopen").status_code == 303
    assert (unit(hall, "yen_thanh").valid_to, unit(hall, "yen_thanh").successor_id) == (None, None)
    assert people["organizer"].get(f"/units/{hall.units['yen_thanh']}/follow").status_code == 409
    assert found(people, hall, code=own.lower()).status_code == 422
    assert found(people, hall, parent="khong co").status_code == 422


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 303), ("organizer", 303), ("leader", 403), ("unit_officer", 403)]
)
def test_who_writes_the_history_of_units(people, hall, role, status):
    url = f"/units/{hall.units['yen_thanh']}/end"
    assert people[role].post(url, data={"valid_to": MERGED_ON}).status_code == status
