"""A rehearsal: planned for sites, told to hosts alone, shown by what their devices did, and never attendance."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.checkin.models import Attendance, Scan
from conference.foundation.db import db
from conference.registry.feeds import Feed, FeedKind, feed_token
from conference.sites.models import ConferenceSite
from conference.sites.rehearsals.models import Rehearsal
from conference.sites.rehearsals.rules import SETTING_UP, Part, Planned, is_tried, rehearsal_of
from tests.checkin.conftest import Doors
from tests.checkin.test_preflight import without
from tests.conftest import SECRET
from tests.factories import THE_DAY, local
from tests.sites.ladder.test_ladder import rungs_of

BEFORE = THE_DAY - timedelta(days=1)
PLAN = {
    "title": "Tổng duyệt",
    "day": f"{BEFORE:%d/%m/%Y}",
    "starts_at": "14:00",
    "ends_at": "14:30",
    "tasks": "Quét thử\nChuyển mạng",
}

moments = st.integers(0, 3_000).map(lambda minutes: local("00:00", BEFORE) + timedelta(minutes=minutes))
plans = st.lists(st.tuples(moments, st.integers(1, 600)), max_size=5).map(
    lambda found: [Planned(id, at, at + timedelta(minutes=length)) for id, (at, length) in enumerate(found)]
)


@given(moments, plans)
def test_a_test_shows_something_for_the_last_rehearsal_that_had_begun(at, planned):
    found = rehearsal_of(at, planned)
    begun = [one.starts_at for one in planned if one.starts_at <= at + SETTING_UP]
    assert (found.starts_at if found else None) == (max(begun) if begun else None)
    inside = [one for one in planned if one.starts_at - SETTING_UP <= at <= one.ends_at + SETTING_UP]
    assert is_tried(at, planned) is bool(inside)
    assert found is not None or not inside


def report(doors: Doors, at: Any, *, token: str) -> None:
    sent = {"preflight": without(checked_at=at.isoformat()), "clock_offset_ms": 0}
    headers = {"Authorization": f"Bearer {token}"}
    assert doors.app.test_client().post("/api/v1/door/report", json=sent, headers=headers).status_code == 200


def shown(client: Any, path: str, mark: str) -> bool:
    return mark in client.get(path).text


def test_a_rehearsal_is_told_to_hosts_tried_by_devices_and_counts_nobody(doors: Doors, people, clock):
    clock.stop_at(local("12:50", BEFORE))
    organizer = people["organizer"]
    base = f"/conferences/{doors.code}"
    late = organizer.post(f"{base}/rehearsals/new", data={**PLAN, "whom": "all", "day": f"{THE_DAY:%d/%m/%Y}"})
    assert (late.status_code, "phải xong trước khi mở điểm danh" in late.text) == (422, True)
    nobody = organizer.post(f"{base}/rehearsals/new", data={**PLAN, "whom": "some"})
    assert (nobody.status_code, "chọn ít nhất một điểm cầu" in nobody.text) == (422, True)
    made = organizer.post(f"{base}/rehearsals/new", data={**PLAN, "whom": "all"})
    assert made.status_code == 302
    page = made.location
    with doors.app.app_context():
        joined = dict(db.session.execute(select(ConferenceSite.site_id, ConferenceSite.id)).all())
        attendee = doors.attendee_ids[1]
    feeds = {
        FeedKind.SITE: joined[doors.here],
        FeedKind.CONFERENCE: doors.conference,
        FeedKind.ATTENDEE: attendee,
    }
    told = {
        kind: shown(people["nobody"], f"/calendar/{feed_token(SECRET, Feed(kind, id))}.ics", "-duyet-")
        for kind, id in feeds.items()
    }
    assert told == {FeedKind.SITE: True, FeedKind.CONFERENCE: True, FeedKind.ATTENDEE: False}
    assert shown(organizer, f"{base}/plan", "Tổng duyệt")
    assert shown(organizer, f"{base}/ready/{doors.here}", "Chuyển mạng")

    # A device that was ready before the rehearsal must show it again in the rehearsal.
    report(doors, local("12:40", BEFORE), token=doors.token_here)
    here = type("Site", (), {"id": doors.here})
    assert rungs_of(organizer, here)["rehearsal"] == "open"
    clock.stop_at(local("14:20", BEFORE))
    report(doors, local("14:10", BEFORE), token=doors.token_here)
    assert rungs_of(organizer, here)["rehearsal"] == "done"

    # A real ticket that is tried there is kept, and is no attendance: neither now nor in what is recounted.
    tried = doors.item(1, at=local("14:12", BEFORE))
    answer = doors.send(tried)["items"][0]
    assert answer["verdict"] == "accepted"
    doors.send(doors.item(2, at=local("14:13", BEFORE)), doors.undo(tried["id"], at=local("14:15", BEFORE)))
    with doors.app.app_context():
        assert db.session.scalars(select(Attendance)).all() == []
        assert {scan.study_session_id for scan in db.session.scalars(select(Scan)) if scan.attendee_id} == {None}
    assert doors.send(tried)["items"][0] == answer

    clock.stop_at(local("15:35", BEFORE))
    assert shown(organizer, f"{base}/", "1 điểm cầu chưa dự Tổng duyệt")
    clock.stop_at(local("15:50", BEFORE))
    report(doors, local("15:40", BEFORE), token=doors.token_there)
    there = type("Site", (), {"id": doors.there})
    assert (rungs_of(organizer, here)["rehearsal"], rungs_of(organizer, there)["rehearsal"]) == ("done", "done")
    assert not shown(organizer, f"{base}/", "chưa dự Tổng duyệt")
    parts = {
        part: organizer.get(f"{page}?part={part}").text.count('class="cell-title"><a href="/conferences/')
        for part in Part
    }
    assert parts == {Part.CAME: 1, Part.LATER: 1, Part.ABSENT: 0}

    clock.stop_at(local("07:40"))
    assert doors.send(doors.item(1))["items"][0]["verdict"] == "accepted"
    with doors.app.app_context():
        assert [row.attendee_id for row in db.session.scalars(select(Attendance))] == [doors.attendee_ids[1]]
    outcome = doors.app.test_cli_runner().invoke(args=["verify", "--json"])
    assert outcome.exit_code == 0, json.loads(outcome.output)


def test_a_rehearsal_of_some_sites_asks_the_others_nothing_and_one_called_off_nobody(doors: Doors, people, clock):
    clock.stop_at(local("17:30", BEFORE))
    organizer, base = people["organizer"], f"/conferences/{doors.code}"
    with doors.app.app_context():
        joined = dict(db.session.execute(select(ConferenceSite.site_id, ConferenceSite.id)).all())
    report(doors, local("09:00", BEFORE), token=doors.token_here)
    report(doors, local("09:00", BEFORE), token=doors.token_there)
    page = organizer.post(
        f"{base}/rehearsals/new", data={**PLAN, "whom": "some", "site": str(joined[doors.here])}
    ).location
    sites = {name: type("Site", (), {"id": id}) for name, id in (("here", doors.here), ("there", doors.there))}

    def rungs() -> dict[str, str]:
        return {name: rungs_of(organizer, site)["rehearsal"] for name, site in sites.items()}

    assert rungs() == {"here": "overdue", "there": "done"}
    stale = organizer.post(f"{page}/edit", data={**PLAN, "whom": "all", "version": "7"})
    assert (stale.status_code, "vừa được người khác sửa" in stale.text) == (409, True)
    changed = organizer.post(f"{page}/edit", data={**PLAN, "whom": "all", "version": "1", "ends_at": "18:00"})
    assert (changed.status_code, rungs()) == (302, {"here": "open", "there": "open"})
    assert organizer.post(f"{page}/cancel", data={"version": "2"}).status_code == 302
    assert rungs() == {"here": "done", "there": "done"}
    feed = people["nobody"].get(f"/calendar/{feed_token(SECRET, Feed(FeedKind.SITE, joined[doors.here]))}.ics").text
    event = feed[feed.index("-duyet-") :]
    assert ("STATUS:CANCELLED" in event, "SEQUENCE:3" in event) == (True, True)
    assert organizer.get(page).status_code == 404
    with doors.app.app_context():
        assert db.session.scalars(select(Rehearsal.version)).all() == [3]
