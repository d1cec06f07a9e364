"""Sites on the screen: who sees which, halls and hosts, joining and leaving, what a plan hears about them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from conference.directory.models import UnitKind
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.paging import Ask
from conference.planning.models import ConferenceState
from conference.registry.called import called_by_site
from conference.sites import queries
from conference.sites.models import ConferenceSite, GuestUnit, Hall, Site
from conference.sites.rules import Lack, Readiness, lacks, readiness
from tests.factories import (
    hall_of,
    join,
    make_attendee,
    make_conference,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
    seat_guests,
)


@pytest.fixture
def country(db_session):
    """A conference at two sites of Nghệ An and Hà Giang, each hosted by its federation."""

    class Country:
        root = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL)
        nghe_an = make_unit("Liên đoàn Lao động tỉnh Nghệ An", parent=root)
        yen_thanh = make_unit("Liên đoàn Lao động huyện Yên Thành", parent=nghe_an, kind=UnitKind.DISTRICT)
        ha_giang = make_unit("Liên đoàn Lao động tỉnh Hà Giang", parent=root)
        conference = make_conference("NQ12", host_unit=root)
        here = make_site("Huyện Yên Thành", host_unit=yen_thanh, seats=3)
        there = make_site("Huyện Mèo Vạc", host_unit=ha_giang, province="Hà Giang", seats=1)
        joined_here = join(conference, here)
        joined_there = join(conference, there, manager_name="", manager_phone="")

    for name in ("Đặng Hữu Phước", "Nguyễn Thị Ánh"):
        make_attendee(Country.conference, site=Country.there, unit=Country.ha_giang, full_name=name)
    db_session.commit()
    return Country


def test_the_list_shows_seats_people_and_what_is_missing(people, country):
    shown = people["leader"].get("/conferences/NQ12/sites").text
    assert "2 điểm cầu, 4 ghế cho 2 người được triệu tập" in shown
    assert "Thiếu 1 chỗ" in shown
    assert "Chưa có phụ trách" in shown
    assert "Huyện Yên Thành" in shown


BOTH = {"Huyện Yên Thành", "Huyện Mèo Vạc"}
FOUND = {
    "": BOTH,
    "?q=yen thanh": {"Huyện Yên Thành"},
    "?q=ha giang": {"Huyện Mèo Vạc"},
    "?province=Nghệ An": {"Huyện Yên Thành"},
    "?state=ready": {"Huyện Yên Thành"},
    "?state=not_ready": {"Huyện Mèo Vạc"},
    "?lack=seats": {"Huyện Mèo Vạc"},
    "?lack=hall": set(),
    "?level=central": set(),
    "?q=khong co": set(),
}


@pytest.mark.parametrize("page", ["sites", "ready"])
def test_filters_find_sites(people, country, page):
    def found(query: str) -> set[str]:
        shown = people["organizer"].get(f"/conferences/NQ12/{page}{query}").text
        sites = (country.here.id, "Huyện Yên Thành"), (country.there.id, "Huyện Mèo Vạc")
        return {name for id, name in sites if f'href="/conferences/NQ12/sites/{id}"' in shown}

    assert {query: found(query) for query in FOUND} == FOUND


def test_each_sees_the_own_part(sign_in, people, country, db_session):
    def sees(client) -> list[int]:
        return [client.get(f"/conferences/NQ12/sites/{site.id}").status_code for site in (country.here, country.there)]

    assert sees(people["organizer"]) == [200, 200]
    assert sees(people["leader"]) == [200, 200]
    assert sees(sign_in(Role.SITE_HOST, ScopeKind.SITE, country.here.id)) == [200, 404]
    assert sees(sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, country.nghe_an.id)) == [200, 404]
    assert sees(people["grader"]) == [403, 403]
    seat_guests(country.joined_there, country.yen_thanh, 2)
    db_session.commit()
    assert sees(sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, country.nghe_an.id)) == [200, 200]
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, country.ha_giang.id)
    assert "Huyện Yên Thành" not in officer.get("/conferences/NQ12/sites").text
    assert officer.get(f"/conferences/NQ12/sites/{country.there.id}/edit").status_code == 403


@pytest.mark.parametrize("role", ["leader", "site_host", "unit_officer"])
def test_readers_change_nothing(people, country, role, db_session):
    url = f"/conferences/NQ12/sites/{country.here.id}"
    for action in ("edit", "guests", "leave"):
        assert people[role].post(f"{url}/{action}", data={}).status_code == 403
    assert people[role].post("/conferences/NQ12/sites/join", data={"site": "1"}).status_code == 403


EQUIPMENT = {"manager_name": "Lê Quang Dũng", "manager_phone": "0987 654 321", "manager_email": "", "version": "1"}


def test_a_hall_is_corrected_or_added(people, country, db_session):
    url = f"/conferences/NQ12/sites/{country.there.id}/edit"
    hall = hall_of(country.there)
    answer = people["organizer"].post(url, data={**EQUIPMENT, "hall": str(hall.id), "capacity": "40"})
    assert answer.status_code == 302
    joined = db_session.scalars(select(ConferenceSite).where(ConferenceSite.id == country.joined_there.id)).one()
    assert (joined.hall_id, joined.manager_name, joined.version) == (hall.id, "Lê Quang Dũng", 2)
    assert db_session.get(Hall, hall.id).capacity == 40
    stale = people["admin"].post(url, data={**EQUIPMENT, "hall": str(hall.id), "capacity": "50"})
    assert stale.status_code == 409
    assert "vừa được người khác sửa" in stale.text
    new = {**EQUIPMENT, "hall": "new", "hall_name": "Hội trường B", "capacity": "1.200", "version": "2"}
    assert people["admin"].post(url, data=new).status_code == 302
    assert {
        row.name: row.capacity for row in db_session.scalars(select(Hall).where(Hall.site_id == country.there.id))
    } == {
        "Hội trường lớn": 40,
        "Hội trường B": 1200,
    }


def test_choosing_another_hall_leaves_its_seats_alone(people, country, db_session):
    small = Hall(site_id=country.here.id, name="Phòng họp", capacity=12)
    db_session.add(small)
    db_session.commit()
    data = {**EQUIPMENT, "hall": str(small.id), "capacity": "3"}
    url = f"/conferences/NQ12/sites/{country.here.id}/edit"
    assert people["organizer"].post(url, data=data).status_code == 302
    db_session.expire_all()
    assert db_session.get(ConferenceSite, country.joined_here.id).hall_id == small.id
    assert db_session.get(Hall, small.id).capacity == 12
    assert people["organizer"].post(url, data={**data, "capacity": "15", "version": "2"}).status_code == 302
    db_session.expire_all()
    assert db_session.get(Hall, small.id).capacity == 15


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hall": "new", "hall_name": ""}, "Mời ghi tên hội trường mới"),
        ({"capacity": "0"}, "số ghế bằng số từ 1"),
        ({"capacity": "nhiều"}, "số ghế bằng số từ 1"),
        ({"manager_phone": "12"}, "Ghi số điện thoại 10 số"),
        ({"manager_email": "không có"}, "Ghi thư điện tử như"),
        ({"hall": "999999"}, "Mời chọn hội trường trong danh sách"),
    ],
)
def test_wrong_equipment_gets_a_sentence_and_is_kept(people, country, db_session, change, words):
    data = {**EQUIPMENT, "hall": str(hall_of(country.here).id), "capacity": "60", **change}
    answer = people["organizer"].post(f"/conferences/NQ12/sites/{country.here.id}/edit", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Lê Quang Dũng" in answer.text
    assert db_session.get(ConferenceSite, country.joined_here.id).manager_name == "Trần Thị Bích"


def test_guest_units_come_and_go(people, country, db_session):
    url = f"/conferences/NQ12/sites/{country.here.id}"
    client = people["organizer"]
    assert client.post(f"{url}/guests", data={"unit": country.ha_giang.code, "quota": "2"}).status_code == 302
    guest = db_session.scalars(select(GuestUnit)).one()
    assert (guest.unit_id, guest.quota) == (country.ha_giang.id, 2)
    assert client.post(f"{url}/guests", data={"unit": "lien doan lao dong tinh ha giang"}).status_code == 302
    assert db_session.scalars(select(GuestUnit)).one().quota is None
    own = client.post(f"{url}/guests", data={"unit": country.yen_thanh.code})
    assert (own.status_code, "chủ trì điểm cầu nên không cần ghép" in own.text) == (409, True)
    unknown = client.post(f"{url}/guests", data={"unit": "Đơn vị lạ"})
    assert (unknown.status_code, "Không có đơn vị" in unknown.text) == (422, True)
    assert client.post(f"{url}/guests/{guest.id}/remove").status_code == 302
    assert db_session.scalars(select(GuestUnit)).all() == []


def test_a_site_leaves_only_when_nobody_is_called_there(people, country, db_session):
    client = people["organizer"]
    refused = client.post(f"/conferences/NQ12/sites/{country.there.id}/leave")
    assert (refused.status_code, "Còn 2 đại biểu" in refused.text) == (409, True)
    assert client.post(f"/conferences/NQ12/sites/{country.here.id}/leave").status_code == 302
    assert db_session.scalars(select(ConferenceSite.site_id)).all() == [country.there.id]
    again = client.post(
        "/conferences/NQ12/sites/join", data={"site": [country.here.id, country.here.id, country.there.id]}
    )
    assert again.status_code == 302
    rows = db_session.scalars(select(ConferenceSite).order_by(ConferenceSite.position)).all()
    assert [row.site_id for row in rows] == [country.there.id, country.here.id]
    assert rows[1].hall_id == hall_of(country.here).id


def test_a_new_site_joins_at_once(people, country, db_session):
    data = {
        "name": "Huyện Quế Phong",
        "code": "NA-QP",
        "level": "district",
        "province": "Nghệ An",
        "host_unit": country.nghe_an.code,
        "hall_name": "Nhà văn hóa",
        "capacity": "80",
    }
    assert people["organizer"].post("/conferences/NQ12/sites/new", data=data).status_code == 302
    site = db_session.scalars(select(Site).where(Site.code == "NA-QP")).one()
    assert (site.name_folded, hall_of(site).capacity) == ("huyen que phong", 80)
    twice = people["organizer"].post("/conferences/NQ12/sites/new", data=data)
    assert (twice.status_code, "đã có điểm cầu dùng" in twice.text) == (409, True)
    wrong = people["organizer"].post("/conferences/NQ12/sites/new", data={**data, "level": "", "hall_name": ""})
    assert (wrong.status_code, "Mời chọn cấp" in wrong.text, "Huyện Quế Phong" in wrong.text) == (422, True, True)


def test_the_page_of_readiness_counts_like_the_rule(people, country, db_session):
    visible = queries.every_site()
    called = called_by_site(country.conference.id)
    join(country.conference, make_site("Huyện Tân Kỳ", host_unit=country.nghe_an, seats=None))
    join(country.conference, make_site("Huyện Anh Sơn", host_unit=country.nghe_an), manager_phone="")
    db_session.commit()
    rows = queries.sites_page(country.conference.id, visible, Ask(), called).items
    found = [
        lacks(
            seats=row.Hall.capacity if row.Hall else None,
            called=row.called,
            manager_name=row.ConferenceSite.manager_name,
            manager_phone=row.ConferenceSite.manager_phone,
        )
        for row in rows
    ]
    count = queries.count_sites(country.conference.id, visible, called)
    assert count.missing == {lack: sum(lack in each for each in found) for lack in Lack}
    assert count.ready == sum(readiness(each) is Readiness.READY for each in found) == 1
    assert (count.sites, count.seats, count.called) == (4, 64, 2)
    assert "3 điểm cầu chưa sẵn sàng" in people["organizer"].get("/conferences/NQ12/ready").text


def test_a_plan_hears_about_seats_halls_and_hosts(people, country, db_session):
    country.conference.state = ConferenceState.DRAFT
    other = make_conference("KHAC", host_unit=country.root, title="Hội thảo Quảng Ninh")
    join(other, country.here)
    for conference in (country.conference, other):
        make_topic(make_study_session(conference), starts="08:00", presenter=None)
    joined = join(country.conference, make_site("Huyện Tân Kỳ", host_unit=country.nghe_an, seats=None))
    db_session.commit()
    client = people["organizer"]
    shown = client.get("/conferences/NQ12/plan").text
    assert "Thiếu 1 chỗ ở Huyện Mèo Vạc" in shown
    assert "Triệu tập 2, hội trường 1 ghế." in shown
    assert "1 điểm cầu chưa có hội trường" in shown
    assert "đã dành cho “Hội thảo Quảng Ninh” từ 07:15" in shown
    assert "còn 2 chỗ phải sửa" in shown
    assert client.post("/conferences/NQ12/publish", data={"version": "1"}).status_code == 409
    db_session.delete(db_session.get(ConferenceSite, joined.id))
    db_session.delete(db_session.scalars(select(ConferenceSite).where(ConferenceSite.conference_id == other.id)).one())
    db_session.commit()
    assert client.post("/conferences/NQ12/publish", data={"version": "1"}).status_code == 302


def test_a_plan_without_sites_is_not_published(people, country, db_session):
    make_topic(
        make_study_session(make_conference("MOI", host_unit=country.root, state=ConferenceState.DRAFT)),
        presenter=make_presenter(),
    )
    db_session.commit()
    assert "Chưa có điểm cầu nào" in people["organizer"].get("/conferences/MOI/plan").text
    assert people["organizer"].post("/conferences/MOI/publish", data={"version": "1"}).status_code == 409


@pytest.mark.parametrize("page", ["sites", "ready", "sites/join", "plan"])
def test_more_sites_ask_no_more_queries(people, country, db_session, count_queries, page):
    def asked() -> int:
        with count_queries() as statements:
            assert people["organizer"].get(f"/conferences/NQ12/{page}").status_code == 200
        return len(statements)

    joined = make_site("Huyện Tân Kỳ", host_unit=country.nghe_an)
    make_site("Huyện Anh Sơn", host_unit=country.nghe_an)
    db_session.commit()
    asked()
    before = asked()
    for name in ("Huyện Đô Lương", "Huyện Quế Phong"):
        site = make_site(name, host_unit=country.nghe_an)
        join(country.conference, site, manager_name="")
        seat_guests(
            db_session.scalars(select(ConferenceSite).where(ConferenceSite.site_id == site.id)).one(), country.ha_giang
        )
        make_site(f"{name} 2", host_unit=country.nghe_an)
    join(country.conference, joined)
    db_session.commit()
    assert asked() == before
