"""Seats: nobody twice, no seat twice, units side by side, who was told stays; and the pages around it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.foundation.actor import Role, ScopeKind
from conference.foundation.jobs import run_all
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.seats.models import SeatPin
from conference.registry.seats.rules import Block, Party, allocate, seats_in_order, seats_of_place, usual_plan
from conference.sites.models import HallBlock, Site
from tests.factories import join, make_attendee, make_conference, make_site, make_unit

blocks_of_halls = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=4).map(
    lambda sizes: [Block("ABCD"[place], rows, seats) for place, (rows, seats) in enumerate(sizes)]
)


def parties_of(sizes: list[int]) -> list[Party]:
    people = iter(range(1, sum(sizes) + 1))
    return [Party(tuple(next(people) for _ in range(size))) for size in sizes]


parties = st.lists(st.integers(1, 15), max_size=8).map(parties_of)


def runs_of(hall: list[Block], seats: list[str]) -> int:
    """In how many runs of neighbours these seats lie."""
    places = {}
    for number, block in enumerate(hall):
        places |= {seat: 1_000 * number + offset for offset, seat in enumerate(seats_in_order([block]))}
    at = sorted(places[seat] for seat in seats)
    return sum(1 for before, after in zip([-9, *at], at, strict=False) if after - before != 1)


@given(blocks_of_halls, parties, st.data())
def test_everybody_has_one_seat_of_their_own_while_there_are_any(hall, called, data):
    seats = seats_in_order(hall)
    reserved = frozenset(data.draw(st.lists(st.sampled_from(seats), max_size=5)))
    found = allocate(hall, called, reserved=reserved)
    everybody = [person for party in called for person in party.people]
    free = len(seats) - len(reserved)
    assert sorted([*found.seats, *found.unseated]) == everybody
    assert len(set(found.seats.values())) == len(found.seats) == min(len(everybody), free)
    assert set(found.seats.values()) <= set(seats) - reserved
    assert allocate(hall, called, reserved=reserved) == found


@given(blocks_of_halls, parties)
def test_a_unit_sits_in_one_run_unless_it_is_told_to_be_split(hall, called):
    found = allocate(hall, called)
    torn = sum(
        runs_of(hall, [found.seats[person] for person in party.people if person in found.seats]) > 1 for party in called
    )
    assert torn <= found.split
    if len(hall) == 1 and sum(len(party.people) for party in called) <= hall[0].seats:
        assert found.split == 0


@given(blocks_of_halls, parties, st.data())
def test_who_was_told_a_seat_keeps_it_when_others_come_or_seats_are_reserved(hall, called, data):
    first = allocate(hall, called)
    taken = sorted(first.seats.values())
    lost = frozenset(data.draw(st.lists(st.sampled_from(taken), max_size=3)) if taken else [])
    new = Party(tuple(range(1_000, 1_000 + data.draw(st.integers(0, 6)))))
    again = allocate(hall, [*called, new], reserved=lost, kept=first.seats)
    stayed = {person: seat for person, seat in first.seats.items() if seat not in lost}
    assert stayed.items() <= again.seats.items()
    assert len(set(again.seats.values())) == len(again.seats)
    assert not set(again.seats.values()) & lost
    assert allocate(hall, called, kept=first.seats).seats == first.seats


@given(blocks_of_halls, parties, st.data())
def test_a_pinned_seat_is_its_owners_even_when_somebody_sat_there(hall, called, data):
    everybody = [person for party in called for person in party.people]
    if not everybody:
        return
    owner, seat = data.draw(st.sampled_from(everybody)), data.draw(st.sampled_from(seats_in_order(hall)))
    before = allocate(hall, called).seats
    found = allocate(hall, called, reserved=[seat], pinned={owner: seat}, kept=before)
    assert found.seats[owner] == seat
    assert len(set(found.seats.values())) == len(found.seats)


@given(st.integers(1, 5_000))
def test_the_first_plan_never_has_more_seats_than_the_hall(capacity):
    planned = sum(block.seats for block in usual_plan(capacity))
    assert planned == capacity if capacity <= 4_000 else planned <= capacity


def test_a_place_is_a_row_or_a_seat_of_the_plan():
    hall = [Block("A", 2, 3), Block("B", 1, 2)]
    assert seats_of_place(hall, "A2") == ["A2-1", "A2-2", "A2-3"]
    assert seats_of_place(hall, "B1-2") == ["B1-2"]
    assert [seats_of_place(hall, place) for place in ("A3", "B1-3", "", "A", "C1")] == [[]] * 5


@pytest.fixture
def site(db_session):
    """A hall of ten seats, two units of three people each: the host's and a guest's."""
    root = make_unit("Tổng Liên đoàn Lao động Việt Nam")
    host, guest = (
        make_unit("Liên đoàn Lao động huyện Yên Thành", parent=root),
        make_unit("Công đoàn Giáo dục", parent=root),
    )
    conference = make_conference("NQ12", host_unit=root)
    place = make_site("Huyện Yên Thành", host_unit=host, seats=10)
    joined = join(conference, place)
    people = {
        name: make_attendee(conference, site=place, unit=unit, full_name=name, number=number).id
        for number, (name, unit) in enumerate(
            [
                ("Trần Thị Ánh", guest),
                ("Nguyễn Văn An", guest),
                ("Đặng Hữu Phước", host),
                ("Lê Thị Hoa", host),
                ("Hồ Sỹ Quyền", guest),
                ("Phan Thị Thương", host),
            ],
            start=1,
        )
    }
    db_session.commit()
    return SimpleNamespace(
        id=place.id, joined=joined, people=people, url=f"/conferences/NQ12/sites/{place.id}/seats", host=host
    )


PLAN = {"lines": "2", "name-0": "a", "rows-0": "1", "seats-0": "4", "name-1": "B", "rows-1": "1", "seats-1": "4"}


def seats_now(db_session, site) -> dict[str, str | None]:
    db_session.expire_all()
    found = dict(db_session.execute(select(Attendee.id, Attendee.seat)).all())
    return {name: found[id] for name, id in site.people.items()}


def test_a_hall_is_laid_out_and_units_sit_side_by_side_by_given_name(people, site, db_session):
    client = people["organizer"]
    assert "10 ghế thành dãy 20" in client.get(site.url).text
    assert client.post(f"{site.url}/give").status_code == 409
    assert client.post(f"{site.url}/plan", data=PLAN).status_code == 303
    assert [(block.name, block.rows, block.seats_per_row) for block in db_session.scalars(select(HallBlock))] == [
        ("A", 1, 4),
        ("B", 1, 4),
    ]
    assert client.post(f"{site.url}/give").status_code == 303
    assert seats_now(db_session, site) == {
        "Lê Thị Hoa": "A1-1",
        "Đặng Hữu Phước": "A1-2",
        "Phan Thị Thương": "A1-3",
        "Nguyễn Văn An": "B1-1",
        "Trần Thị Ánh": "B1-2",
        "Hồ Sỹ Quyền": "B1-3",
    }
    page = client.get(site.url).text
    assert "6 trên 6 người đã có chỗ" in page
    assert "B1-2: Trần Thị Ánh, Công đoàn Giáo dục" in page
    assert "A1-1" in client.get("/conferences/NQ12/people/4").text


def test_reserved_rows_stay_free_and_a_pinned_person_gets_the_own_seat(people, site, db_session):
    client = people["organizer"]
    client.post(f"{site.url}/plan", data={**PLAN, "rows-0": "2"})
    client.post(f"{site.url}/give")
    told = seats_now(db_session, site)
    assert client.post(f"{site.url}/reserved", data={"pins": "a1: Đoàn Chủ tịch\nB1-4: 1\n"}).status_code == 303
    assert [(pin.place, pin.note) for pin in db_session.scalars(select(SeatPin).order_by(SeatPin.id))] == [
        ("A1", "Đoàn Chủ tịch"),
        ("B1-4", ""),
    ]
    assert client.post(f"{site.url}/give").status_code == 303
    now = seats_now(db_session, site)
    assert now["Trần Thị Ánh"] == "B1-4"
    assert {seat for seat in now.values() if seat.startswith("A1-")} == set()
    must_move = {name for name, seat in told.items() if seat.startswith("A1-")} | {"Trần Thị Ánh"}
    assert {name: seat for name, seat in now.items() if name not in must_move} == {
        name: seat for name, seat in told.items() if name not in must_move
    }


@pytest.mark.parametrize(
    ("pins", "told"),
    [
        ("C1: Đoàn Chủ tịch", "Sơ đồ không có chỗ “C1”"),
        ("A1: Đoàn Chủ tịch\nA1-2: 1", "Chỗ “A1-2” đã có ở dòng trên"),
        ("A1: 1", "Ghi một ghế, như A1-1"),
        ("A1-1: 999", "không có đại biểu số 999"),
        ("A1-1: 1\nA1-2: 1", "Đại biểu số 1 đã có chỗ"),
        ("A1-1:", "sau dấu hai chấm"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_wrong_reservation_is_told_and_loses_nothing(people, site, db_session, pins, told):
    client = people["organizer"]
    client.post(f"{site.url}/plan", data=PLAN)
    answer = client.post(f"{site.url}/reserved", data={"pins": pins})
    assert (answer.status_code, told in answer.text, pins.splitlines()[0] in answer.text) == (422, True, True)
    assert db_session.scalars(select(SeatPin)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_wrong_plan_is_told_and_too_small_a_one_names_who_stands(people, site, db_session):
    client = people["organizer"]
    for change in ({"name-0": "A1"}, {"name-1": "A"}, {"rows-0": "0"}, {"seats-1": "x"}, {"name-0": "", "rows-0": ""}):
        answer = client.post(f"{site.url}/plan", data={**PLAN, **change})
        assert answer.status_code == (303 if change == {"name-0": "", "rows-0": ""} else 422)
    assert client.post(f"{site.url}/plan", data={"lines": "1"}).status_code == 422
    client.post(f"{site.url}/plan", data={**PLAN, "seats-1": "1"})
    page = client.post(f"{site.url}/give", follow_redirects=True).text
    assert "Còn 1 người chưa có chỗ" in page
    assert list(seats_now(db_session, site).values()).count(None) == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_host_prints_the_seats_of_the_own_site(sign_in, people, site, db_session):
    client = people["organizer"]
    client.post(f"{site.url}/plan", data=PLAN)
    client.post(f"{site.url}/give")
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, site.id)
    sheet = host.get(f"{site.url}/print").text
    names = [name for name in sorted(site.people, key=sheet.rindex) if name in sheet]
    assert [name.split()[-1] for name in names] == ["An", "Ánh", "Hoa", "Phước", "Quyền", "Thương"]
    assert host.get(site.url).status_code == 403
    assert sign_in(Role.SITE_HOST, ScopeKind.SITE, site.id + 1).get(f"{site.url}/print").status_code == 404
    assert "Sơ đồ, xếp chỗ" in client.get(f"/conferences/NQ12/sites/{site.id}").text


# ---- every hall at once


def test_all_halls_are_seated_by_one_job_that_names_those_without_a_plan(people, site, db_session):
    client = people["organizer"]
    conference = db_session.get(Conference, site.joined.conference_id)
    bare = make_site("Huyện Quế Phong", host_unit=site.host, seats=30)
    without = make_site("Huyện Con Cuông", host_unit=site.host, seats=None)
    for place in (bare, without):
        join(conference, place)
        make_attendee(conference, site=place, unit=site.host, full_name=f"Nguyễn Thị {place.name[-4:]}")
    db_session.commit()
    client.post(f"{site.url}/plan", data=PLAN)
    client.post(f"{site.url}/give")
    told = seats_now(db_session, site)
    make_attendee(conference, site=db_session.get(Site, site.id), unit=site.host, full_name="Cao Thị Bình")
    db_session.commit()
    page = everywhere(client)
    assert "8 người có ghế" not in page
    assert ("Chưa có sơ đồ" in page, "Chưa có hội trường" in page) == (True, True)
    now = seats_now(db_session, site)
    assert now == told
    assert seated(db_session) == 7
    assert "Huyện Quế Phong" in client.get("/conferences/NQ12/seats?state=no_plan").text
    page = everywhere(client, lay_out_usual="1")
    assert "8 người có ghế, 0 người đổi ghế, 0 người chưa có ghế" in page
    assert seats_now(db_session, site) == told
    everywhere(client, lay_out_usual="1")
    assert seated(db_session) == 8


def everywhere(client, **fields: str) -> str:
    assert client.post("/conferences/NQ12/seats/give", data=fields).status_code == 303
    run_all()
    return client.get("/conferences/NQ12/seats").text


def seated(db_session) -> int:
    db_session.expire_all()
    return len(db_session.scalars(select(Attendee.seat).where(Attendee.seat.is_not(None))).all())


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_plan_with_too_few_seats_is_named_and_the_list_asks_once_however_long(
    people, site, db_session, count_queries
):
    client = people["organizer"]
    client.post(f"{site.url}/plan", data={**PLAN, "seats-1": "1"})
    page = everywhere(client)
    assert "5 người có ghế, 0 người đổi ghế, 1 người chưa có ghế" in page
    assert "Sơ đồ thiếu 1 ghế" in page
    asked = []
    for number in range(2):
        conference = db_session.get(Conference, site.joined.conference_id)
        for place in range(3 * number):
            join(conference, make_site(f"Huyện {place}", host_unit=site.host, seats=9))
        db_session.commit()
        with count_queries() as statements:
            client.get("/conferences/NQ12/seats")
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert people["leader"].get("/conferences/NQ12/seats").status_code == 403
