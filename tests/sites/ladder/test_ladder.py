"""The ladder: what shows a rung, what people say about it, times and what is overdue, the line, the checklist."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from conference.checkin.models import Attendance, Device, Method
from conference.foundation import chance
from conference.foundation.actor import Role, ScopeKind
from conference.sites.ladder.models import CheckItem, LineTest, SiteCheck, SiteRung
from conference.sites.ladder.rules import (
    DEFAULTS,
    MOST_LOST,
    Rung,
    RungRule,
    Standing,
    due_at,
    is_good_line,
    line_result,
    standing,
)
from tests.factories import (
    hall_of,
    join,
    local,
    make_attendee,
    make_conference,
    make_site,
    make_study_session,
    make_unit,
)

on_sqlite_alone = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
RUNGS = [rung.value for rung in Rung]


@given(st.lists(st.none() | st.integers(0, 60_000), min_size=1, max_size=20))
def test_a_line_is_what_usually_came_back_and_what_never_did(times):
    result = line_result(times)
    heard = sorted(time for time in times if time is not None)
    if not heard:
        assert result is None
        return
    assert (result.worst_ms, result.lost, result.rounds) == (heard[-1], times.count(None), len(times))
    assert heard[0] <= result.median_ms <= heard[-1]
    assert is_good_line(result, result.median_ms) is (result.lost <= MOST_LOST)
    assert not is_good_line(result, result.median_ms - 1)


def test_a_rung_is_overdue_only_after_its_time_and_while_it_is_not_done():
    rule = RungRule(DEFAULTS[Rung.LINE].owner, 60)
    due = due_at(local("08:00"), rule)
    assert due == local("07:00")
    assert due_at(None, rule) is None
    late, early = local("07:01"), local("06:59")
    assert [standing(is_done=done, due=due, at=at) for done in (False, True) for at in (early, late)] == [
        Standing.OPEN,
        Standing.OVERDUE,
        Standing.DONE,
        Standing.DONE,
    ]
    assert standing(is_done=False, due=None, at=late) is Standing.OPEN


@pytest.fixture
def country(db_session):
    """Two sites: one that has everything but people, one without hall and host."""

    root = make_unit()
    conference = make_conference("NQ12", host_unit=root)
    session = make_study_session(conference)
    here = make_site("Huyện Yên Thành", host_unit=root, seats=3)
    there = make_site("Huyện Quế Phong", host_unit=root, seats=None)
    joined = join(conference, here)
    bare = join(conference, there, manager_name="", manager_phone="")
    people = [make_attendee(conference, site=here, unit=root, full_name=f"Đặng Thị {name}") for name in "ABC"]
    db_session.commit()
    return SimpleNamespace(
        conference=conference, session=session, here=here, there=there, joined=joined, bare=bare, people=people
    )


def rungs_of(client, site, query="") -> dict[str, str]:
    """Rung -> standing, as the site's page shows it."""
    page = client.get(f"/conferences/NQ12/ready/{site.id}{query}").text
    return {rung: page.split(f'id="rung-{rung}" data-standing="')[1].split('"')[0] for rung in RUNGS}


def counted_rungs(client) -> dict[str, tuple[int, int]]:
    """Rung -> sites that climbed it, and sites that are overdue, from the page over all sites and its own lists."""

    def total(rung: str, stand: str) -> int:
        page = client.get(f"/conferences/NQ12/ready?rung={rung}&stand={stand}").text
        return page.count('class="cell-title"><a href="/conferences/NQ12/sites/')

    return {rung: (total(rung, "done"), total(rung, "overdue")) for rung in RUNGS}


def test_facts_climb_rungs_and_a_person_counted_proves_device_line_and_door(sign_in, country, db_session, clock):
    clock.stop_at(local("12:00", country.session.held_on - timedelta(days=1)))
    client = sign_in()
    done_here = {rung: "done" if rung in ("hall", "host") else "open" for rung in RUNGS} | {"devices": "overdue"}
    assert rungs_of(client, country.here) == done_here
    assert rungs_of(client, country.there) == {**done_here, "hall": "overdue", "host": "overdue"}
    device = Device(
        conference_id=country.conference.id,
        site_id=country.here.id,
        token_hash="x",
        label="Cửa chính",
        enrolled_at=local("07:00", country.session.held_on - timedelta(days=2)),
        expires_at=local("23:00"),
        preflight={"is_ready": False, "rungs": {"network": ["good", 40]}},
    )
    db_session.add(device)
    db_session.commit()
    assert rungs_of(client, country.here) == {**done_here, "devices": "done", "line": "done"}
    device.preflight = {"is_ready": True, "rungs": {"network": ["lacking", None]}}
    db_session.commit()
    assert rungs_of(client, country.here) == {**done_here, "devices": "done", "rehearsal": "done"}
    clock.stop_at(local("07:30"))
    client = sign_in()  # the evening's session is over
    device.last_seen_at = local("07:20")
    db_session.commit()
    assert rungs_of(client, country.here)["doors"] == "done"
    device.revoked_at = local("07:25")
    for number, attendee in enumerate(country.people[:2]):
        db_session.add(
            Attendance(
                attendee_id=attendee.id,
                study_session_id=country.session.id,
                site_id=country.here.id,
                first=chance.uuid(),
                first_at=local(f"07:2{number}"),
                device_id=device.id,
                method=Method.CAMERA,
                flagged=False,
                duplicates=0,
                last_seen_at=local("07:29"),
            )
        )
    db_session.commit()
    assert rungs_of(client, country.here) == dict.fromkeys(RUNGS, "done") | {"quorum": "open"}
    client.post("/conferences/NQ12/ready/settings", data=settings(bounds={"quorum": "66"}))
    assert rungs_of(client, country.here)["quorum"] == "done"
    assert counted_rungs(client) == {
        rung: (1, 0 if rung == "quorum" else 1) if rung != "doors" else (1, 1) for rung in RUNGS
    }


def settings(bounds=None, items="", **changed):
    values = {}
    for rung, rule in DEFAULTS.items():
        values |= {f"{rung}-owner": rule.owner, f"{rung}-before": str(rule.minutes_before), f"{rung}-unit": "minutes"}
        values[f"{rung}-bound"] = (bounds or {}).get(rung, str(rule.bound or ""))
    return values | {"items": items} | changed


@on_sqlite_alone
def test_what_no_fact_shows_is_confirmed_by_name_and_taken_back(sign_in, people, country, db_session, clock):
    clock.stop_at(local("12:00", country.session.held_on - timedelta(days=1)))
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, country.here.id)
    url = f"/conferences/NQ12/ready/{country.here.id}"
    assert host.post(f"{url}/confirm", data={"rung": "line", "remark": "Đã gọi thử với trung tâm"}).status_code == 303
    page = host.get(url).text
    assert "Trần Thị Ánh xác nhận lúc 12:00" in page
    assert "Đã gọi thử với trung tâm" in page
    assert rungs_of(host, country.here)["line"] == "done"
    assert host.post(f"{url}/take-back", data={"rung": "line"}).status_code == 303
    assert rungs_of(host, country.here)["line"] == "open"
    refused = host.post(f"{url}/confirm", data={"rung": "hall"})
    assert (refused.status_code, "Bậc này tự đạt" in refused.text) == (409, True)
    assert host.post(f"{url}/confirm", data={"rung": "roof"}).status_code == 400
    elsewhere = sign_in(Role.SITE_HOST, ScopeKind.SITE, country.there.id)
    assert elsewhere.post(f"{url}/confirm", data={"rung": "line"}).status_code == 404
    assert people["leader"].post(f"{url}/confirm", data={"rung": "line"}).status_code == 403
    assert people["leader"].get(url).status_code == 200


@on_sqlite_alone
def test_a_measured_line_climbs_its_rung_until_a_worse_one_is_measured(people, country, db_session, clock):
    clock.stop_at(local("12:00", country.session.held_on - timedelta(days=1)))
    client, url = people["organizer"], f"/conferences/NQ12/ready/{country.here.id}/line"
    assert client.get(f"/conferences/NQ12/ready/{country.here.id}/echo").json == {"site": country.here.id}
    assert client.post(url, data={"times": ",".join(["40"] * 9 + [""])}).status_code == 303
    assert rungs_of(client, country.here)["line"] == "done"
    assert client.post(url, data={"times": ",".join(["40"] * 8 + ["", ""])}).status_code == 303
    assert rungs_of(client, country.here)["line"] == "open"
    page = client.get(f"/conferences/NQ12/ready/{country.here.id}").text
    assert "thường 40 ms, lâu nhất 40 ms, mất 2 lượt" in page
    for nonsense in ("", "40", "1,2,3,4,5,6,7,8,9,x", "," * 9, "9" * 90):
        assert client.post(url, data={"times": nonsense}).status_code == 422
    assert db_session.scalar(select(func.count()).select_from(LineTest)) == 2


def test_times_are_set_for_the_filtered_sites_and_go_back_to_the_common_one(people, country, db_session, clock):
    clock.stop_at(local("12:00", country.session.held_on - timedelta(days=20)))
    client = people["organizer"]
    url = "/conferences/NQ12/ready/times?lack=hall"
    assert "Hạn riêng cho 1 điểm cầu" in client.get(url).text
    day = (country.session.held_on - timedelta(days=25)).strftime("%d/%m/%Y")
    sent = {"rung": "hall", "day": day, "hour": "16:00", "owner": "unit"}
    assert client.post(url, data=sent).status_code == 303
    said = db_session.scalars(select(SiteRung)).one()
    assert (said.conference_site_id, said.owner, said.due_at.strftime("%H:%M")) == (country.bare.id, "unit", "09:00")
    assert rungs_of(client, country.there)["hall"] == "overdue"
    assert counted_rungs(client)["hall"] == (1, 1)
    assert client.post(url, data={"rung": "hall"}).status_code == 303
    db_session.expire_all()
    assert rungs_of(client, country.there)["hall"] == "open"
    wrong = client.post(url, data={"rung": "hall", "day": "40/13/2018", "hour": ""})
    assert (wrong.status_code, "40/13/2018" in wrong.text) == (422, True)


@on_sqlite_alone
def test_the_checklist_is_ticked_on_a_phone_and_a_fault_says_what_is_wrong(sign_in, country, db_session):
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, country.here.id)
    url = f"/conferences/NQ12/ready/{country.here.id}/checks"
    lost = host.post(url, data={"check-0": "good", "check-1": "fault"})
    assert (lost.status_code, "Mời ghi lỗi gì" in lost.text) == (422, True)
    assert db_session.scalar(select(func.count()).select_from(SiteCheck)) == 0
    assert host.post(url, data={"check-0": "good", "check-1": "fault", "remark-1": "Loa trái rè"}).status_code == 303
    page = host.get(f"/conferences/NQ12/ready/{country.here.id}").text
    assert "1 trên 10 mục tốt" in page
    assert "Loa trái rè" in page
    listed = host.get("/conferences/NQ12/ready").text
    assert "Kỹ thuật: 1 trên 10 mục tốt, 1 mục lỗi" in listed
    assert "0 điểm cầu đạt cả 10 mục, 1 nơi có mục lỗi" in listed
    assert host.post(url, data={}).status_code == 303
    assert db_session.scalar(select(func.count()).select_from(SiteCheck)) == 0


@on_sqlite_alone
def test_a_line_of_the_checklist_that_stays_keeps_what_was_found(people, country, db_session):
    client = people["organizer"]
    place = f"/conferences/NQ12/ready/{country.here.id}"
    client.post(f"{place}/checks", data={"check-0": "good", "check-1": "good"})
    sound = "Tiếng: loa đều khắp hội trường, không vọng, không rè"
    sent = settings(items=f"Phông chữ đúng mẫu\n{sound}\n\n")
    assert client.post("/conferences/NQ12/ready/settings", data=sent).status_code == 303
    assert db_session.scalars(select(CheckItem.title).order_by(CheckItem.position)).all() == [
        "Phông chữ đúng mẫu",
        sound,
    ]
    assert "1 trên 2 mục tốt" in client.get(place).text
    assert client.post("/conferences/NQ12/ready/settings", data=settings()).status_code == 303
    assert "2 trên 10 mục tốt" in client.get(place).text
    wrong = client.post("/conferences/NQ12/ready/settings", data=settings(**{"line-before": "x", "items": "A" * 300}))
    assert (wrong.status_code, wrong.text.count("A" * 300)) == (422, 1)


def test_a_site_leaves_with_what_was_said_about_it(people, country, db_session):
    client, place = people["organizer"], f"/conferences/NQ12/ready/{country.there.id}"
    client.post(f"{place}/confirm", data={"rung": "line"})
    client.post(f"{place}/line", data={"times": ",".join(["40"] * 10)})
    client.post(f"{place}/checks", data={"check-0": "good"})
    assert client.post(f"/conferences/NQ12/sites/{country.there.id}/leave").status_code == 302
    for table in (SiteRung, LineTest, SiteCheck):
        assert db_session.scalar(select(func.count()).select_from(table)) == 0


@on_sqlite_alone
def test_technician_and_room_are_kept_and_a_wrong_address_is_told(people, country, db_session):
    url = f"/conferences/NQ12/sites/{country.here.id}/edit"
    sent = {
        "hall": str(hall_of(country.here).id),
        "manager_name": "Lê Quang Dũng",
        "technician_name": "Hồ Sỹ Quyền",
        "technician_phone": "0912 000 111",
        "room_url": "javascript:alert(1)",
        "version": "1",
    }
    wrong = people["organizer"].post(url, data=sent)
    assert (wrong.status_code, "Ghi đường dẫn như" in wrong.text) == (422, True)
    assert people["organizer"].post(url, data={**sent, "room_url": "https://hop.vn/phong-12"}).status_code == 302
    for path in (f"ready/{country.here.id}", f"sites/{country.here.id}"):
        page = people["organizer"].get(f"/conferences/NQ12/{path}").text
        assert "Hồ Sỹ Quyền" in page
        assert 'href="https://hop.vn/phong-12"' in page
