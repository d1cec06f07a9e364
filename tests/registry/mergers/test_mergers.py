"""Several units into one on a day: what follows is shown first, and the way back stands open until people go along."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from conference.directory.models import Person, Unit
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.registry.models import Attendee
from tests.registry.hall import Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


MERGER = {
    "units": "Liên đoàn Lao động huyện Yên Thành\nLiên đoàn Lao động huyện Đô Lương\n",
    "successor": "Liên đoàn Lao động tỉnh Nghệ An",
    "valid_to": "01/01/2018",
}


def units(hall: Hall) -> dict[str, tuple[str | None, int | None]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Unit).where(Unit.id.in_([hall.units["yen_thanh"], hall.units["do_luong"]])))
    return {unit.name: (unit.valid_to and unit.valid_to.isoformat(), unit.successor_id) for unit in rows}


def belongs(hall: Hall) -> set[int]:
    return set(db.session.scalars(select(Person.unit_id).join(Attendee, Attendee.person_id == Person.id)))


def test_units_merge_once_somebody_has_seen_what_follows_and_may_be_parted_again(people, hall):
    client = people["organizer"]
    before = units(hall)
    page = client.post("/units/merge", data=MERGER).text
    assert units(hall) == before
    assert "2 đơn vị sáp nhập vào Liên đoàn Lao động tỉnh Nghệ An?" in page
    assert "NQ12" in page  # a conference that is still to come has people and sites of theirs
    done = client.post("/units/merge", data={**MERGER, "sure": "1"})
    successor = hall.units["nghe_an"]
    assert done.location.endswith(f"/units/{successor}/merged/2018-01-01")
    assert set(units(hall).values()) == {("2018-01-01", successor)}
    assert client.post("/units/merge", data={**MERGER, "sure": "1"}).status_code == 422  # they have ended
    assert client.post(f"{done.location}/undo").status_code == 303
    assert units(hall) == before
    assert client.get(done.location).status_code == 404


def test_once_people_have_gone_along_there_is_no_way_back(people, hall):
    client = people["organizer"]
    address = client.post("/units/merge", data={**MERGER, "sure": "1"}).location
    called = db.session.execute(select(Attendee.id, Attendee.unit_id).order_by(Attendee.id)).all()
    assert "Chuyển 4 người" in client.get(address).text
    client.post(f"{address}/follow")
    assert belongs(hall) == {hall.units["nghe_an"], hall.units["ha_tinh"]}
    assert db.session.execute(select(Attendee.id, Attendee.unit_id).order_by(Attendee.id)).all() == called
    refused = client.post(f"{address}/undo")
    assert (refused.status_code, "không bỏ sáp nhập được" in refused.text) == (409, True)
    assert {day for day, _successor in units(hall).values()} == {"2018-01-01"}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"units": ""}, "Các đơn vị kết thúc"),
        ({"units": "Không Có"}, "Không có đơn vị “Không Có”"),
        ({"units": "Liên đoàn Lao động tỉnh Nghệ An"}, "là đơn vị tiếp nhận nên không kết thúc"),
        ({"successor": "Không Có"}, "Không có đơn vị “Không Có”"),
        ({"valid_to": "31/02/2018"}, "Kết thúc từ ngày"),
    ],
)
def test_a_merger_that_is_not_clear_changes_nothing(people, hall, change, told):
    before = units(hall)
    answer = people["organizer"].post("/units/merge", data={**MERGER, "sure": "1", **change})
    assert (answer.status_code, told in answer.text) == (422, True)
    assert units(hall) == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_units_of_all_conferences_are_merged_by_who_answers_for_all(people, sign_in, hall):
    local = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, hall.conference_id)
    assert local.get("/units/merge").status_code == 403
    assert local.post("/units/merge", data={**MERGER, "sure": "1"}).status_code == 403
    with transaction():
        db.session.get_one(Unit, hall.units["do_luong"]).valid_to = None
    assert people["organizer"].get(f"/units/{hall.units['nghe_an']}/merged/2018-01-01").status_code == 404
    assert people["organizer"].get(f"/units/{hall.units['nghe_an']}/merged/x").status_code == 404
