"""The list of who is called: who sees whom, what is found, and what changes."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from conference.directory.models import Person, Unit
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference
from conference.registry import actions
from conference.registry.actions import issue_missing_tickets
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.tickets import TicketFault, key_ring
from conference.sites.models import Site
from tests.conftest import SECRET
from tests.factories import LONG_AGO, make_attendee, make_conference, make_person, make_site, make_unit
from tests.registry.hall import NAMES, Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def names_on(page: str) -> list[str]:
    return [name for name, *_rest in NAMES if f">{name}</a>" in page]


SEARCHES = [
    ("phuoc", ["Đặng Hữu Phước"]),
    ("PHƯỚC đặng", ["Đặng Hữu Phước"]),
    ("Hòa", ["Trần Thị Hoà"]),  # the tone stands elsewhere in what was typed
    ("hoa\u0300", ["Trần Thị Hoà"]),  # decomposed
    ("thúy", ["Lê Thị Thuý"]),
    ("anh do luong", ["Nguyễn Thị Ánh"]),  # a word of the name and words of the unit
    ("dang", ["Đặng Hữu Phước"]),
    ("0912345002", ["Đặng Hữu Phước"]),
    ("+84 912 345 002", ["Đặng Hữu Phước"]),
    ("345 003", ["Nguyễn Thị Ánh"]),
    ("4", ["Trần Thị Hoà"]),  # the number on the badge
    ("%", []),
    ("khong co ai", []),
]


def test_search_finds_whatever_way_a_name_is_typed(people, hall) -> None:
    client = people["organizer"]
    answers = [(words, client.get(hall.url("/people"), query_string={"q": words}).text) for words, _found in SEARCHES]
    assert [(words, names_on(page)) for words, page in answers] == SEARCHES


def test_names_are_sorted_by_their_last_word(people, hall) -> None:
    page = people["organizer"].get(hall.url("/people")).text
    in_order = ["Dương Văn An", "Nguyễn Thị Ánh", "Trần Thị Hoà", "Đặng Hữu Phước", "Lê Thị Thuý"]
    places = [page.index(f">{name}</a>") for name in in_order]
    assert places == sorted(places)


FILTERS = [
    ({"site": "do_luong"}, ["Nguyễn Thị Ánh", "Lê Thị Thuý"]),
    ({"unit": "nghe_an"}, ["Dương Văn An", "Đặng Hữu Phước", "Nguyễn Thị Ánh", "Trần Thị Hoà"]),
    ({"unit": "yen_thanh", "site": "yen_thanh"}, ["Dương Văn An", "Đặng Hữu Phước"]),
    ({"contact": "none"}, ["Trần Thị Hoà"]),
    ({"contact": "no_mail"}, ["Nguyễn Thị Ánh", "Trần Thị Hoà"]),
    ({"contact": "nonsense"}, []),
    ({"role": "guest"}, []),
]


def test_filters_stand_in_the_address(people, hall) -> None:
    ids = {"site": hall.sites, "unit": hall.units}
    for query, found in FILTERS:
        asked = {key: ids[key][value] if key in ids else value for key, value in query.items()}
        page = people["organizer"].get(hall.url("/people"), query_string=asked).text
        assert (query, sorted(names_on(page))) == (query, sorted(found))


def test_the_number_of_queries_does_not_grow_with_the_rows(people, hall, count_queries) -> None:
    client = people["organizer"]
    client.get(hall.url("/people"))
    with count_queries() as few:
        client.get(hall.url("/people"), query_string={"q": "phuoc"})
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        unit, site = (
            db.session.get_one(Unit, hall.units["yen_thanh"]),
            db.session.get_one(Site, hall.sites["yen_thanh"]),
        )
        for number in range(100, 140):
            person = make_person(f"Nguyễn Hữu Phước {number}", unit=unit)
            make_attendee(conference, person=person, site=site, number=number)
    with count_queries() as many:
        page = client.get(hall.url("/people"), query_string={"q": "phuoc"}).text
    assert "41" in page
    assert len(many) == len(few)


# ---- who sees whom


def test_an_officer_sees_the_own_units_and_nobody_else(sign_in, hall) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["nghe_an"])
    page = officer.get(hall.url("/people")).text
    assert names_on(page) == [name for name, unit, *_rest in NAMES if unit != "ha_tinh"]
    assert officer.get(hall.person("Đặng Hữu Phước")).status_code == 200
    assert officer.get(hall.person("Lê Thị Thuý")).status_code == 404
    assert "Thuý" not in officer.get(hall.url("/people"), query_string={"unit": hall.units["ha_tinh"]}).text
    rows = list(openpyxl.load_workbook(BytesIO(officer.get(hall.url("/people.xlsx")).data)).active.values)
    assert "Lê Thị Thuý" not in {row[1] for row in rows}
    assert len(rows) == 5


WHO_SEES = {"organizer": 200, "leader": 200, "admin": 200, "grader": 403, "site_host": 403, "nobody": 302}


@pytest.mark.parametrize("path", ["/people", "/people/2", "/people.xlsx"])
def test_only_who_may_see_people_sees_them(people, hall, path) -> None:
    assert {who: people[who].get(hall.url(path)).status_code for who in WHO_SEES} == WHO_SEES


def test_a_stranger_s_officer_finds_no_conference_of_people(sign_in, hall) -> None:
    with transaction():
        other = make_unit("Liên đoàn Lao động tỉnh Cà Mau")
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, other.id)
    assert names_on(officer.get(hall.url("/people")).text) == []
    assert officer.get(hall.person("Đặng Hữu Phước")).status_code == 404


def test_contacts_and_birth_dates_are_masked_for_leaders(people, hall) -> None:
    seen = people["organizer"].get(hall.person("Đặng Hữu Phước")).text
    masked = people["leader"].get(hall.person("Đặng Hữu Phước")).text
    for text in ("02/04/1970", "0912 345 002", "phuoc@truong.example"):
        assert text in seen
        assert text not in masked
    assert "1970" in masked
    assert "••• 002" in masked
    found = people["leader"].get(hall.url("/people"), query_string={"q": "0912345002"}).text
    assert names_on(found) == []
    table = openpyxl.load_workbook(BytesIO(people["leader"].get(hall.url("/people.xlsx")).data)).active
    row = next(row for row in table.values if row[1] == "Đặng Hữu Phước")
    assert (row[2], row[8], row[9]) == (1970, None, None)


def test_the_sheet_has_what_the_list_has_and_the_journal_knows_who_took_it(people, hall) -> None:
    answer = people["organizer"].get(hall.url("/people.xlsx"), query_string={"site": hall.sites["yen_thanh"]})
    head, *rows = openpyxl.load_workbook(BytesIO(answer.data)).active.values
    assert head[:2] == ("Mã", "Họ và tên")
    assert [row[1] for row in rows] == ["Dương Văn An", "Trần Thị Hoà", "Đặng Hữu Phước"]
    entry = db.session.query(JournalEntry).filter_by(action="people.export").one()
    assert entry.after == {"people": 3}


# ---- what the staff do with one person


def attendee(hall: Hall, name: str) -> Attendee:
    return db.session.get_one(Attendee, hall.attendees[name], populate_existing=True)


def journal(action: str) -> list[JournalEntry]:
    return db.session.query(JournalEntry).filter_by(action=action).all()


def test_a_personal_link_is_shown_on_request_and_each_look_is_noted(people, hall, app) -> None:
    client, token = people["organizer"], link_token(SECRET, hall.attendees["Đặng Hữu Phước"], 1)
    assert token not in client.get(hall.person("Đặng Hữu Phước")).text
    assert token in client.post(hall.person("Đặng Hữu Phước", "/link")).text
    (entry,) = journal("attendee.reveal_link")
    assert entry.subject_id == hall.attendees["Đặng Hữu Phước"]
    assert people["leader"].post(hall.person("Đặng Hữu Phước", "/link")).status_code == 403


def test_a_revoked_link_opens_nothing_and_the_next_one_does(people, hall, app) -> None:
    id = hall.attendees["Đặng Hữu Phước"]
    visitor = app.test_client()
    assert visitor.get(f"/p/{link_token(SECRET, id, 1)}").status_code == 302
    assert visitor.get("/my/").status_code == 200
    people["organizer"].post(hall.person("Đặng Hữu Phước", "/link/revoke"))
    assert visitor.get("/my/").status_code in (302, 401)
    assert app.test_client().get(f"/p/{link_token(SECRET, id, 1)}").status_code == 404
    assert app.test_client().get(f"/p/{link_token(SECRET, id, 2)}").status_code == 302


def test_a_new_ticket_replaces_the_one_before(people, hall) -> None:
    before = attendee(hall, "Đặng Hữu Phước").ticket
    answer = people["organizer"].post(hall.person("Đặng Hữu Phước", "/ticket"), data={"reason": "lost"})
    assert answer.status_code == 302
    now = attendee(hall, "Đặng Hữu Phước")
    assert now.ticket_issue == 2
    assert now.ticket != before
    assert now.ticket_reissued_at is not None
    ticket = key_ring(SECRET).read(now.ticket or "")
    assert not isinstance(ticket, TicketFault)
    assert (ticket.attendee, ticket.issue) == (2, 2)
    (entry,) = journal("attendee.replace_ticket")
    assert (entry.before, entry.after, entry.reason) == ({"issue": 1}, {"issue": 2}, "lost")


def test_a_ticket_is_not_replaced_without_a_reason(people, hall) -> None:
    answer = people["organizer"].post(hall.person("Đặng Hữu Phước", "/ticket"), data={"reason": "whim"})
    assert answer.status_code == 422
    assert attendee(hall, "Đặng Hữu Phước").ticket_issue == 1


def test_a_move_keeps_the_ticket_and_can_be_undone(people, hall) -> None:
    before = attendee(hall, "Đặng Hữu Phước").ticket
    client = people["organizer"]
    client.post(hall.person("Đặng Hữu Phước", "/move"), data={"site": hall.sites["do_luong"]})
    moved = attendee(hall, "Đặng Hữu Phước")
    assert (moved.site_id, moved.ticket, moved.calendar_sequence) == (hall.sites["do_luong"], before, 1)
    client.post(hall.person("Đặng Hữu Phước", f"/move/{hall.sites['yen_thanh']}"))
    assert attendee(hall, "Đặng Hữu Phước").site_id == hall.sites["yen_thanh"]
    assert len(journal("attendee.move")) == 2


def test_nobody_is_moved_to_a_site_that_does_not_join(people, hall) -> None:
    client = people["organizer"]
    elsewhere = hall.sites["elsewhere"]
    assert client.post(hall.person("Đặng Hữu Phước", "/move"), data={"site": elsewhere}).status_code == 422
    assert client.post(hall.person("Đặng Hữu Phước", f"/move/{elsewhere}")).status_code == 409
    assert attendee(hall, "Đặng Hữu Phước").site_id == hall.sites["yen_thanh"]


def test_several_people_are_moved_at_once_after_being_shown(people, hall) -> None:
    client = people["organizer"]
    chosen = [hall.attendees["Đặng Hữu Phước"], hall.attendees["Dương Văn An"]]
    asked = client.post(hall.url("/people/move"), data={"people": chosen})
    assert asked.status_code == 200
    assert "Đặng Hữu Phước" in asked.text
    client.post(hall.url("/people/move"), data={"people": chosen, "site": hall.sites["do_luong"]})
    assert {attendee(hall, name).site_id for name in ("Đặng Hữu Phước", "Dương Văn An")} == {hall.sites["do_luong"]}
    assert attendee(hall, "Trần Thị Hoà").site_id == hall.sites["yen_thanh"]


def test_moving_three_hundred_asks_the_database_little_more_than_moving_one(app, hall, count_queries) -> None:
    with transaction():
        conference, unit = db.session.get_one(Conference, hall.conference_id), db.session.get_one(Unit, 1)
        site = db.session.get_one(Site, hall.sites["yen_thanh"])
        attendees = [
            make_attendee(conference, person=make_person(unit=unit), site=site, number=number)
            for number in range(100, 400)
        ]
    asked = []
    for moving in (attendees[:1], attendees[1:]):
        with count_queries() as statements, transaction():
            moved = actions.move(attendees=moving, site_id=hall.sites["do_luong"], by=SYSTEM, at=LONG_AGO)
        assert moved == len(moving)
        asked.append(len(statements))
    assert asked[1] <= asked[0] + 3
    assert {one.site_id for one in db.session.query(Attendee).filter(Attendee.number >= 100)} == {
        hall.sites["do_luong"]
    }
    assert len(journal("attendee.move")) == 300


def test_who_is_withdrawn_leaves_the_list_and_can_come_back(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.person("Đặng Hữu Phước", "/withdraw"), data={"reason": "left_office"})
    assert attendee(hall, "Đặng Hữu Phước").withdrawn_at is not None
    assert "Đặng Hữu Phước" not in names_on(client.get(hall.url("/people")).text)
    assert names_on(client.get(hall.url("/people"), query_string={"called": "withdrawn"}).text) == ["Đặng Hữu Phước"]
    client.post(hall.person("Đặng Hữu Phước", "/call-again"))
    assert attendee(hall, "Đặng Hữu Phước").withdrawn_at is None
    assert [entry.action for entry in db.session.query(JournalEntry).order_by(JournalEntry.id)][-2:] == [
        "attendee.withdraw",
        "attendee.call_again",
    ]


CHANGES = ("/ticket", "/move", "/withdraw", "/call-again", "/link/revoke")


def test_only_organizers_change_people(people, sign_in, hall) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["nghe_an"])
    for client, paths in ((people["leader"], (*CHANGES, "/leave", "/substitutes")), (officer, CHANGES)):
        for path in paths:
            answer = client.post(hall.person("Đặng Hữu Phước", path), data={"reason": "lost", "site": "1"})
            assert (path, answer.status_code) == (path, 403)
    assert attendee(hall, "Đặng Hữu Phước").link_issue == 1


def test_an_organizer_of_another_conference_changes_nothing_here(sign_in, hall) -> None:
    with transaction():
        other = make_conference("KHAC")
    organizer = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, other.id)
    assert organizer.post(hall.person("Đặng Hữu Phước", "/ticket"), data={"reason": "lost"}).status_code == 404
    assert organizer.get(hall.url("/people")).status_code == 404


# ---- someone who was not called


def walk_in(hall: Hall, **more: object) -> dict[str, object]:
    return {
        "full_name": "Phạm Thị Ẩn",
        "unit_words": "yen thanh",
        "site": hall.sites["yen_thanh"],
        "role": "guest",
        "birth": "3/11/1964",
        "phone": "0912 999 888",
        **more,
    }


def test_a_walk_in_gets_a_number_and_a_ticket_at_once(people, hall) -> None:
    answer = people["organizer"].post(hall.url("/people/new"), data=walk_in(hall))
    assert answer.status_code == 302
    added = db.session.query(Attendee).filter_by(is_walk_in=True).one()
    person = db.session.get_one(Person, added.person_id)
    assert (added.number, added.unit_id, added.role) == (6, hall.units["yen_thanh"], "guest")
    assert (person.full_name, person.phone_digits, str(person.birth_date)) == (
        "Phạm Thị Ẩn",
        "0912999888",
        "1964-11-03",
    )
    ticket = key_ring(SECRET).read(added.ticket or "")
    assert not isinstance(ticket, TicketFault)
    assert (ticket.attendee, ticket.site) == (6, hall.sites["yen_thanh"])


FAULTS = [
    ("full_name", "An", "Ghi đủ họ và tên"),
    ("full_name", "", "Mời ghi họ và tên"),
    ("unit_words", "huyen", "Có 2 đơn vị mang tên này"),
    ("unit_words", "Xyz", "Không có đơn vị nào"),
    ("birth", "31/02/1970", "Ghi ngày sinh như 03/11/1964"),
    ("phone", "12", "Ghi số điện thoại 10 chữ số"),
    ("email", "không", "Ghi địa chỉ thư điện tử"),
    ("site", "999999", "Mời chọn điểm cầu"),
    ("role", "king", "Mời chọn tư cách"),
]


def test_what_is_wrong_with_a_walk_in_is_said_and_what_was_typed_is_kept(people, hall) -> None:
    for field, value, sentence in FAULTS:
        answer = people["organizer"].post(hall.url("/people/new"), data=walk_in(hall, **{field: value}))
        assert (field, value, answer.status_code) == (field, value, 422)
        assert sentence in answer.text
        assert "0912 999 888" in answer.text or field == "phone"
    assert db.session.query(Attendee).count() == len(NAMES)


def test_who_is_called_already_is_not_called_twice(people, hall) -> None:
    again = walk_in(hall, full_name="ĐẶNG HỮU PHƯỚC", phone="0912345002", birth="")
    answer = people["organizer"].post(hall.url("/people/new"), data=again)
    assert answer.status_code == 409
    assert "số thẻ 2" in answer.text
    namesake = walk_in(hall, full_name="Đặng Hữu Phước", phone="0999 999 999", birth="")
    assert people["organizer"].post(hall.url("/people/new"), data=namesake).status_code == 302


# ---- leave


def test_a_request_is_decided_and_may_be_decided_anew(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.person("Đặng Hữu Phước", "/leave"), data={"study_session": "", "reason": "Ốm, có giấy viện"})
    leave = db.session.query(Leave).one()
    assert (leave.state, leave.study_session_id) == (LeaveState.REQUESTED, None)
    asked = client.get(hall.url("/people"), query_string={"called": "asked_leave"}).text
    assert names_on(asked) == ["Đặng Hữu Phước"]
    for decision, state in (("approve", LeaveState.APPROVED), ("refuse", LeaveState.REFUSED)):
        client.post(hall.person("Đặng Hữu Phước", f"/leave/{leave.id}"), data={"decision": decision})
        assert db.session.get_one(Leave, leave.id, populate_existing=True).state is state
    assert [entry.after["state"] for entry in journal("leave.decide")] == ["approved", "refused"]


def test_a_request_of_another_person_is_not_found(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.person("Đặng Hữu Phước", "/leave"), data={"study_session": "", "reason": "Ốm"})
    leave = db.session.query(Leave).one()
    answer = client.post(hall.person("Dương Văn An", f"/leave/{leave.id}"), data={"decision": "approve"})
    assert answer.status_code == 404


def test_a_move_of_a_person_elsewhere_is_not_found(people, hall) -> None:
    with transaction():
        other = make_conference("KHAC")
        unit = make_unit("Liên đoàn Lao động tỉnh Cà Mau")
        stranger = make_attendee(other, unit=unit, site=make_site("Cà Mau", host_unit=unit), number=77)
    assert people["organizer"].get(hall.url(f"/people/{stranger.number}")).status_code == 404


def test_tickets_are_signed_once_and_only_where_missing(hall) -> None:
    before = [row.ticket for row in db.session.query(Attendee).order_by(Attendee.id)]
    with transaction():
        assert issue_missing_tickets(conference_id=hall.conference_id, ring=key_ring(SECRET)) == 0
    assert [row.ticket for row in db.session.query(Attendee).order_by(Attendee.id)] == before
    assert all(before)
