"""From a site that falls away to people who sit elsewhere: what an organizer sees, decides and can't do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from conference.directory.models import Unit
from conference.foundation.db import db, transaction
from conference.foundation.jobs import JobState, latest, run_all
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference
from conference.registry.models import Attendee
from conference.registry.naming.models import Quota
from conference.seating.jobs import KIND
from conference.seating.models import SeatingMove, SeatingPin, SeatingProposal
from conference.seating.queries import to_come
from conference.seating.rules import ProposalState
from conference.sites.models import ConferenceSite, Hall, Site
from tests.checkin.test_people import see
from tests.factories import make_attendee, make_person
from tests.registry.hall import Hall as Small
from tests.registry.hall import build

WISHES = {"scope": "unseated", "reach": "province", "whole_up_to": "30"}


@pytest.fixture
def hall(db_session) -> Small:
    """Two sites of 60 seats in one province; four people sit at one of them, one at the other."""
    return build()


def sits(hall: Small) -> dict[str, int]:
    db.session.expire_all()
    return {name: db.session.get_one(Attendee, id).site_id for name, id in hall.attendees.items()}


def seats(hall: Small, site: str, count: int | None) -> None:
    with transaction():
        joined = db.session.scalars(select(ConferenceSite).filter_by(site_id=hall.sites[site])).one()
        if count is None:
            joined.hall_id = None
        else:
            db.session.get_one(Hall, joined.hall_id).capacity = count


def ask(client: Any, hall: Small, **wishes: Any) -> int:
    """The proposal that a search leaves."""
    answer = client.post(hall.url("/seating/propose"), data=WISHES | wishes)
    assert answer.status_code == 302
    run_all()
    job = latest(KIND, hall.conference_id)
    assert job is not None
    assert job.state is JobState.DONE, job.error
    return db.session.scalars(select(SeatingProposal.id).order_by(SeatingProposal.id.desc()).limit(1)).one()


def state_of(proposal: int) -> ProposalState | None:
    return db.session.scalar(select(SeatingProposal.state).where(SeatingProposal.id == proposal))


def here(hall: Small, proposal: int, path: str = "") -> str:
    return hall.url(f"/seating/{proposal}{path}")


def test_who_sits_at_a_site_that_falls_away_moves_once_somebody_says_so(people, hall) -> None:
    client = people["organizer"]
    before = sits(hall)
    proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    assert sits(hall) == before  # a proposal moves nobody
    page = client.get(here(hall, proposal)).text
    assert "3 người sẽ đổi chỗ" in page
    assert "Điểm cầu cũ không dùng nữa" in page
    moved = client.post(here(hall, proposal, "/accept"), data={"all": "1"}, follow_redirects=True)
    assert "Đã chuyển 3 người" in moved.text
    assert set(sits(hall).values()) == {hall.sites["do_luong"]}
    attendee = db.session.get_one(Attendee, hall.attendees["Đặng Hữu Phước"])
    assert (attendee.calendar_sequence, attendee.ticket_issue) == (1, 1)
    assert state_of(proposal) is ProposalState.ACCEPTED
    actions = [entry.action for entry in db.session.query(JournalEntry).order_by(JournalEntry.id)]
    assert actions.count("attendee.move") == 3
    assert actions[-1] == "seating.accept"


def test_the_lines_that_are_ticked_are_taken_and_the_others_wait(people, hall) -> None:
    client = people["organizer"]
    proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    lines = db.session.scalars(select(SeatingMove).where(SeatingMove.proposal_id == proposal)).all()
    assert len(lines) == 2  # two of Yên Thành, one of Đô Lương
    smaller = min(lines, key=lambda line: line.people)
    client.post(here(hall, proposal, "/accept"), data={"moves": [smaller.id]})
    assert sits(hall)["Trần Thị Hoà"] == hall.sites["do_luong"]
    assert sits(hall)["Dương Văn An"] == hall.sites["yen_thanh"]
    assert state_of(proposal) is ProposalState.OPEN
    assert client.post(here(hall, proposal, "/accept"), data={}).status_code == 422
    client.post(here(hall, proposal, "/accept"), data={"all": "1"})
    assert set(sits(hall).values()) == {hall.sites["do_luong"]}
    assert client.post(here(hall, proposal, "/accept"), data={"all": "1"}).status_code == 409


def test_a_proposal_is_refused_once_anything_has_changed(people, hall) -> None:
    client = people["organizer"]
    proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    client.post(hall.person("Đặng Hữu Phước", "/withdraw"), data={"reason": "left_office"})
    assert "Đề xuất này đã cũ" in client.get(here(hall, proposal)).text
    before = sits(hall)
    refused = client.post(here(hall, proposal, "/accept"), data={"all": "1"})
    assert refused.status_code == 409
    assert "Mời tìm lại" in refused.text
    assert sits(hall) == before


def test_who_has_come_is_never_moved(people, hall) -> None:
    client = people["organizer"]
    proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    came(hall, "Đặng Hữu Phước")
    assert client.post(here(hall, proposal, "/accept"), data={"all": "1"}).status_code == 409
    again = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    client.post(here(hall, again, "/accept"), data={"all": "1"})
    assert sits(hall)["Đặng Hữu Phước"] == hall.sites["yen_thanh"]
    assert sits(hall)["Dương Văn An"] == hall.sites["do_luong"]


def came(hall: Small, name: str) -> None:
    with transaction():
        see(hall, name, "07:30", "yen_thanh")


def test_a_site_with_too_few_seats_says_what_is_missing_where(people, hall) -> None:
    seats(hall, "yen_thanh", 1)
    seats(hall, "do_luong", 2)
    client = people["organizer"]
    assert "người vượt sức chứa" in client.get(hall.url("/seating")).text
    proposal = ask(client, hall, whole_up_to="1")
    page = client.get(here(hall, proposal)).text
    assert "Nghệ An thiếu" in page
    assert "Cần thêm hội trường" in page or "thêm hội trường" in page
    lacking = db.session.scalar(
        select(func.sum(SeatingMove.people)).where(
            SeatingMove.proposal_id == proposal, SeatingMove.to_site_id.is_(None)
        )
    )
    assert lacking == 5 - 3


def test_a_pin_is_kept_and_a_pin_without_room_is_named(people, hall) -> None:
    client = people["organizer"]
    pinned = client.post(
        hall.url("/seating/pins"), data={"badge": str(hall.numbers["Lê Thị Thuý"]), "pin_site": hall.sites["yen_thanh"]}
    )
    assert pinned.status_code == 302
    proposal = ask(client, hall)
    client.post(here(hall, proposal, "/accept"), data={"all": "1"})
    assert sits(hall)["Lê Thị Thuý"] == hall.sites["yen_thanh"]
    data = {"unit_words": "huyện Đô Lương", "pin_site": hall.sites["do_luong"]}
    assert client.post(hall.url("/seating/pins"), data=data).status_code == 302
    seats(hall, "do_luong", None)
    lacking = ask(client, hall)
    assert "chỗ cho người được ghim về đó" in client.get(here(hall, lacking)).text
    pin = db.session.scalars(select(SeatingPin).where(SeatingPin.attendee_id.is_(None))).one()
    client.post(hall.url(f"/seating/pins/{pin.id}/remove"))
    assert db.session.scalar(select(func.count()).select_from(SeatingPin)) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Ghi tên một đơn vị, hoặc số thẻ của một người."),
        ({"unit_words": "khong co", "pin_site": "1"}, "Không tìm thấy đơn vị nào tên như vậy."),
        ({"unit_words": "Liên đoàn", "pin_site": "1"}, "mời đồng chí chọn một"),
        ({"badge": "99999", "pin_site": "1"}, "Không có ai đang được triệu tập mang số thẻ này."),
        ({"badge": "abc", "pin_site": "1"}, "Không có ai đang được triệu tập mang số thẻ này."),
    ],
)
def test_a_pin_that_is_not_clear_is_asked_for_again(people, hall, data, sentence) -> None:
    answer = people["organizer"].post(hall.url("/seating/pins"), data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.scalar(select(func.count()).select_from(SeatingPin)) == 0


@pytest.mark.parametrize("wishes", [{"scope": "x"}, {"reach": ""}, {"whole_up_to": "-1"}, {"whole_up_to": "nhiều"}])
def test_nonsense_starts_no_search(people, hall, wishes) -> None:
    assert people["organizer"].post(hall.url("/seating/propose"), data=WISHES | wishes).status_code == 422
    assert latest(KIND, hall.conference_id) is None


def test_a_second_search_waits_for_the_first_and_replaces_what_it_found(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/seating/propose"), data=WISHES)
    first = latest(KIND, hall.conference_id)
    client.post(hall.url("/seating/propose"), data=WISHES)
    assert latest(KIND, hall.conference_id).id == first.id
    run_all()
    one = ask(client, hall)
    two = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    assert (state_of(one), state_of(two)) == (ProposalState.DISCARDED, ProposalState.OPEN)
    client.post(here(hall, two, "/discard"))
    assert state_of(two) is ProposalState.DISCARDED


def test_a_proposal_is_read_with_as_many_questions_however_long_it_is(people, hall, count_queries) -> None:
    client = people["organizer"]
    asked = []
    for more in (0, 40):
        grow(hall, more)
        proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
        client.get(here(hall, proposal))
        with count_queries() as statements:
            page = client.get(here(hall, proposal))
        asked.append(len(statements))
        assert re.search(r"\d+ người sẽ đổi chỗ", page.text)
    assert asked[0] == asked[1]


def grow(hall: Small, more: int) -> None:
    with transaction():
        conference = db.session.get_one(Conference, hall.conference_id)
        site = db.session.get_one(Site, hall.sites["yen_thanh"])
        for number in range(more):
            unit = db.session.get_one(Unit, list(hall.units.values())[number % len(hall.units)])
            make_attendee(conference, person=make_person(unit=unit), site=site, number=500 + number)
    db.session.expunge_all()


# ---- people whom units have still to name


def give_quota(hall: Small, unit: str, places: int) -> None:
    with transaction():
        db.session.add(
            Quota(conference_id=hall.conference_id, unit_id=hall.units[unit], category_id=None, places=places)
        )


def waiting_at(hall: Small) -> list[tuple[int | None, int]]:
    db.session.expire_all()
    return [(one.site_id, one.people) for one in to_come(hall.conference_id)]


def test_open_places_of_a_quota_get_seats_and_make_way_before_anybody_who_is_called(people, hall) -> None:
    client = people["organizer"]
    give_quota(hall, "yen_thanh", 12)
    coming = sum(count for _site, count in waiting_at(hall))
    assert waiting_at(hall) == [(hall.sites["yen_thanh"], coming)]
    called = sum(site == hall.sites["yen_thanh"] for site in sits(hall).values())
    seats(hall, "yen_thanh", called + 2)
    before = sits(hall)
    assert f"{coming} người các đơn vị còn phải cử" in client.get(hall.url("/seating")).text
    proposal = ask(client, hall, whole_up_to="1")
    line = db.session.scalars(select(SeatingMove).where(SeatingMove.proposal_id == proposal)).one()
    assert (line.unnamed, line.people, line.attendee_ids) == (coming - 2, coming - 2, [])
    assert f"{coming - 2} chỗ cho người chưa cử" in client.get(here(hall, proposal)).text
    done = client.post(here(hall, proposal, "/accept"), data={"all": "1"}, follow_redirects=True)
    assert f"Đã giữ {coming - 2} chỗ" in done.text
    assert sits(hall) == before
    assert sorted(waiting_at(hall)) == sorted([(hall.sites["yen_thanh"], 2), (hall.sites["do_luong"], coming - 2)])
    assert state_of(proposal) is ProposalState.ACCEPTED
    nothing = ask(client, hall, whole_up_to="1")
    assert db.session.scalars(select(SeatingMove).where(SeatingMove.proposal_id == nothing)).all() == []


def test_a_site_that_falls_away_takes_open_places_along_and_what_is_missing_is_told_by_province(people, hall) -> None:
    client = people["organizer"]
    give_quota(hall, "yen_thanh", 300)
    page = client.get(hall.url("/seating")).text
    coming = sum(count for _site, count in waiting_at(hall))
    assert f"thiếu {5 + coming - 120} chỗ" in page
    proposal = ask(client, hall, closing=[hall.sites["yen_thanh"]])
    lacking = db.session.scalar(
        select(func.sum(SeatingMove.unnamed)).where(
            SeatingMove.proposal_id == proposal, SeatingMove.to_site_id.is_(None)
        )
    )
    assert lacking == 5 + coming - 60
    assert (
        f"Nghệ An thiếu {lacking} chỗ, trong đó {lacking} chỗ cho người chưa cử"
        in client.get(here(hall, proposal)).text
    )
    client.post(here(hall, proposal, "/accept"), data={"all": "1"})
    assert set(sits(hall).values()) == {hall.sites["do_luong"]}
