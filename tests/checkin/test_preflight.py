"""What a device finds out about itself before the doors open."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.checkin.models import Device
from conference.checkin.preflight import Preflight, Rung, RungState, read_preflight
from conference.foundation.db import db
from tests.checkin.conftest import Doors

GOOD = {"checked_at": "2018-12-06T00:10:00+00:00", "rungs": {rung.value: ["good", 1] for rung in Rung}}


def without(*, rungs: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields, "rungs": {**GOOD["rungs"], **(rungs or {})}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("changed", "is_ready"),
    [
        ({}, True),
        ({"battery": ["look", 0.2]}, True),
        ({"storage": ["lacking", "none"]}, False),
        ({"test_scan": ["look", None]}, False),
    ],
)
def test_a_device_is_ready_when_nothing_is_lacking_and_a_code_was_really_read(
    changed: dict[str, Any], is_ready: bool
) -> None:
    preflight = read_preflight(without(rungs=changed))
    assert isinstance(preflight, Preflight)
    assert preflight.is_ready is is_ready


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        without(checked_at="yesterday"),
        without(checked_at="2018-12-06T00:10:00"),
        without(checked_at="9999-12-31T23:59:00-12:00"),
        without(rungs={"wings": ["good", 1]}),
        without(rungs={"room": ["fine", 1]}),
        without(rungs={"room": ["good"]}),
        without(rungs={"room": "good"}),
        without(rungs={"room": ["good", True]}),
        without(rungs={"room": ["good", float("nan")]}),
        without(rungs={"room": ["good", 1e300]}),
        without(rungs={"room": ["good", "x" * 41]}),
        without(rungs={"room": ["good", "<b>\n"]}),
        {**GOOD, "rungs": {}},
    ],
)
def test_what_is_no_preflight_is_left_out(sent: object) -> None:
    assert read_preflight(sent) is None


@given(
    st.dictionaries(
        st.sampled_from(Rung),
        st.tuples(
            st.sampled_from(RungState), st.none() | st.integers(-(2**53), 2**53) | st.from_regex(r"\A[ -~]{0,40}\Z")
        ),
        min_size=1,
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_a_preflight_comes_back_as_it_was_sent(rungs: Any, checked_at: Any) -> None:
    told = Preflight(checked_at, rungs)
    assert read_preflight(told.as_json()) == told


def test_readiness_counts_the_sites_where_a_device_has_shown_that_it_can_count(doors: Doors, people: Any) -> None:
    address = f"/conferences/{doors.code}/ready"

    def shown(query: str = "") -> list[str]:
        page = people["organizer"].get(address + query).get_data(as_text=True)
        listed = page[page.index("<tbody") :]
        return [name for name in ("Yên Thành", "Đô Lương") if name in listed]

    client = doors.app.test_client()
    for token, sent in (
        (doors.token_there, GOOD),
        (doors.token_here, without(rungs={"camera": ["lacking", "absent"]})),
    ):
        header = {"Authorization": f"Bearer {token}"}
        assert client.post("/api/v1/door/report", json={"preflight": sent}, headers=header).status_code == 200
    page = people["organizer"].get(address).get_data(as_text=True)
    assert "Đã ghi 2 máy, 0 đã quét thử xong" in page
    assert "Đã ghi 1 máy, 1 đã quét thử xong" in page
    assert shown("?door=ready") == ["Đô Lương"]
    assert shown("?door=not_ready") == ["Yên Thành"]
    assert shown() == ["Yên Thành", "Đô Lương"]


def test_a_report_is_kept_with_or_without_scans_and_stands_until_the_next(doors: Doors) -> None:
    def kept() -> Any:
        with doors.app.app_context():
            device = db.session.query(Device).filter_by(site_id=doors.there).one()
            return (
                device.queue_length,
                device.app_version,
                (device.preflight or {}).get("is_ready"),
                device.last_seen_at,
            )

    assert kept() == (None, None, None, None)
    header = {"Authorization": f"Bearer {doors.token_there}"}
    client = doors.app.test_client()
    told = client.post("/api/v1/door/report", json={"queue": 3, "app": "door-2", "preflight": GOOD}, headers=header)
    assert (told.status_code, list(told.get_json())) == (200, ["server_time"])
    assert kept()[:3] == (3, "door-2", True)
    assert kept()[3] is not None
    doors.send(doors.item(5), token=doors.token_there, device={"queue": 0, "app": "door-2", "preflight": "broken"})
    assert kept()[:3] == (0, "door-2", True)
    lacking = without(rungs={"camera": ["lacking", "refused"]})
    doors.send(doors.item(6), token=doors.token_there, device={"queue": 1, "app": "door-2", "preflight": lacking})
    assert kept()[:3] == (1, "door-2", False)
    assert client.post("/api/v1/door/report", json=[], headers=header).status_code == 400
    assert client.post("/api/v1/door/report", json={}, headers={"Authorization": "Bearer x"}).status_code == 401
