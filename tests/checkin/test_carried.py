"""Scans that a device could not send by itself: handed in as a file, or delivered by another device of the door."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.checkin.carried import CarriedQueue, read_carried
from conference.checkin.models import Device, Scan
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from tests.checkin.conftest import Doors

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def queue_file(*items: Any, conference: int = 1, site: int = 1, device: int = 1, **changed: Any) -> bytes:
    text = json.dumps(items, ensure_ascii=False)
    content = {
        "format": "diem-cau-queue",
        "version": 1,
        "conference": conference,
        "site": site,
        "device": device,
        "label": "Máy 2",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "items": text,
    }
    return json.dumps({**content, **changed}, ensure_ascii=False).encode()


def device_of(doors: Doors, label: str = "Cửa chính") -> int:
    with doors.app.app_context():
        wanted = select(Device.id).where(Device.site_id == doors.here, Device.label == label)
        return db.session.scalars(wanted).one()


def kept(doors: Doors) -> list[tuple[str, int, str]]:
    with doors.app.app_context():
        rows = db.session.execute(select(Scan.id, Scan.device_id, Scan.verdict).order_by(Scan.corrected_at, Scan.id))
        return [(str(row.id), row.device_id, row.verdict.value) for row in rows]


@given(st.lists(json_values, min_size=1, max_size=5), st.integers(1, 2**31 - 1))
def test_a_file_comes_back_as_it_was_written_down(items: list[Any], id: int) -> None:
    written = queue_file(*items, conference=id, site=id, device=id)
    assert read_carried(written) == CarriedQueue(id, id, id, tuple(items))


@given(st.data())
def test_a_damaged_file_is_refused_whole(data: st.DataObject) -> None:
    whole = queue_file({"id": "x", "ticket": "1" * 60})
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(st.sampled_from([whole[:at], whole[:at] + b"7" + whole[at + 1 :], whole + b"x", b""]))
    read = reading_of(damaged)  # a changed byte may lie in what the hash does not cover
    assert read in ("carried_unreadable", ({"id": "x", "ticket": "1" * 60},))


def reading_of(file: bytes) -> tuple[Any, ...] | str:
    try:
        return read_carried(file).items
    except DomainError as error:
        return error.code


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "other"},
        {"version": 2},
        {"items": []},
        {"device": True},
        {"site": "1"},
        {"device": -1},
        {"device": 2**31},
        {"sha256": None},
    ],
)
def test_what_is_no_such_file_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match="carried_unreadable"):
        read_carried(queue_file({"id": "x"}, **wrong))


def test_another_device_of_the_door_delivers_them_as_those_of_the_one_that_scanned(doors: Doors) -> None:
    scanned_by = device_of(doors)
    first, second = doors.item(1, verdict_shown="accepted"), doors.item(2, verdict_shown="accepted")
    carried = doors.send(
        first, token=doors.second_token_here, carried_for=scanned_by, device={"queue": 99, "app": "door-2"}
    )
    assert [item["verdict"] for item in carried["items"]] == ["accepted"]
    assert doors.send(first, second)["items"][0] == carried["items"][0]  # the device itself, later: the same fact
    assert sorted(kept(doors)) == sorted([(one["id"], scanned_by, "accepted") for one in (first, second)])
    with doors.app.app_context():
        assert db.session.get_one(Device, scanned_by).queue_length != 99  # the carrier's word about itself


@pytest.mark.parametrize("carried_for", ["there", "nobody", "1", True, 2**40, [1]])
def test_nobody_delivers_for_a_device_of_another_door(doors: Doors, carried_for: Any) -> None:
    with doors.app.app_context():
        there = db.session.scalars(select(Device.id).where(Device.site_id == doors.there)).one()
    wanted = {"there": there, "nobody": 99_999}.get(carried_for) if isinstance(carried_for, str) else None
    answer = doors.ask(doors.item(1), carried_for=carried_for if wanted is None else wanted)
    assert (answer.status_code, answer.get_json()["error"]) == (409, "carried_elsewhere")
    assert kept(doors) == []


def test_a_host_hands_a_file_in_once_or_twice_and_it_counts_once(doors: Doors, sign_in: Any) -> None:
    host: FlaskClient = sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)
    address = f"/door/{doors.code}/{doors.here}/hand-over"
    scanned_by = device_of(doors, "Cửa phụ")
    items = [doors.item(number, verdict_shown="accepted") for number in (1, 2, 3)] + [{"id": "broken"}]
    file = queue_file(*items, conference=doors.conference, site=doors.here, device=scanned_by)

    def hand_in(content: bytes, at: str = address) -> Any:
        return host.post(at, data={"file": (BytesIO(content), "diem-danh.json")}, content_type="multipart/form-data")

    for _ in range(2):
        assert hand_in(file).status_code == 303
        assert "Đã nhận 4 lượt quét; 3 lượt tính có mặt." in host.get(address).get_data(as_text=True)
    assert [(device, verdict) for _id, device, verdict in kept(doors)] == [(scanned_by, "accepted")] * 3
    assert doors.send(*items[:3], token=doors.second_token_here)["items"][2]["status"] == 200
    with doors.app.app_context():
        entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "device.carry")).first()
        assert entry is not None
    assert hand_in(file[:-9]).status_code == 400
    elsewhere = queue_file(*items, conference=doors.conference, site=doors.there, device=scanned_by)
    assert hand_in(elsewhere).status_code == 409
    assert hand_in(file, address.replace(f"/{doors.here}/", f"/{doors.there}/")).status_code == 404
    assert host.post(address).status_code == 400
    assert len(kept(doors)) == 3
