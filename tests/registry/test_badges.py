"""Badges as they come out of the printer: readable by a scanner, true to the list, usable while they are made."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest

from conference.adapters.typst_pdf import render_pdf
from conference.directory.models import Unit
from conference.foundation import jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState
from conference.planning.models import Conference
from conference.registry.badge_jobs import badge_pdf
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing, Ticket, key_ring
from conference.sites.models import ConferenceSite
from tests.conftest import SECRET
from tests.factories import join, local, make_site
from tests.registry.hall import Hall, build
from tests.services.printed import pages

HEADING = {"superior": "Tổng Liên đoàn Lao động Việt Nam", "body": "Hội nghị học tập Nghị quyết", "title": "Thẻ"}
NASTY = 'Nguyễn #set page(width: 1mm) *Ẳn* $x$ `a` \\ " <script> Ậu [[ ]] @nhan // Khánh'


class Printed:
    """One person as the badge needs them."""

    def __init__(self, ring: KeyRing, number: int, name: str, unit: str = "LĐLĐ huyện Yên Thành") -> None:
        self.number, self.full_name, self.unit_name = number, name, unit
        self.position, self.seat = "Ủy viên Ban Thường vụ", "Dãy C, ghế 12" if number % 2 else None
        self.ticket = ring.issue_many([Ticket(1, number, 1, 1)])[0]


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def test_every_badge_is_read_by_two_independent_decoders(sized) -> None:
    ring = key_ring(SECRET)
    people = [Printed(ring, number, f"Đặng Hữu Phước {number}") for number in range(1, sized(60, 600) + 1)]
    read = list(pages(badge_pdf(HEADING, "Huyện Yên Thành, Nghệ An", people)))
    assert [[code.text for code in page.codes] for page in read] == [[person.ticket] for person in people]
    assert [page.by_zbar for page in read] == [{person.ticket} for person in people]
    assert {page.size for page in read} == {(105, 148)}


def test_the_code_is_sixty_millimetres_wide() -> None:
    pdf = badge_pdf(HEADING, "Yên Thành", [Printed(key_ring(SECRET), 1, "Đặng Hữu Phước")])
    ((code,),) = [page.codes for page in pages(pdf, scale=4)]
    assert 58 <= code.width <= 61


def test_names_are_data_and_never_markup() -> None:
    long_unit = "Công đoàn cơ sở Công ty Trách nhiệm hữu hạn một thành viên " * 3
    people = [Printed(key_ring(SECRET), 1, NASTY, NASTY), Printed(key_ring(SECRET), 2, "Ẳ Ậ Ỗ Ữ Ẵ", long_unit)]
    first, second = pages(badge_pdf(HEADING, "Yên Thành", people))
    assert "#set page(width: 1mm)" in " ".join(first.text.split())
    assert first.size == (105, 148)
    assert "Ẳ Ậ Ỗ Ữ Ẵ" in second.text


def test_the_same_people_give_a_page_each_in_their_order() -> None:
    ring = key_ring(SECRET)
    people = [Printed(ring, number, name) for number, name in enumerate(("Lê Anh", "Trần Thị Ánh", "Nguyễn Ân"), 1)]
    texts = [page.text for page in pages(badge_pdf(HEADING, "Yên Thành", people))]
    assert [next(person.full_name for person in people if person.full_name in text) for text in texts] == [
        "Lê Anh",
        "Trần Thị Ánh",
        "Nguyễn Ân",
    ]
    assert "Dãy C, ghế 12" in texts[0]
    assert "Số thẻ" in texts[1]


def test_a_template_without_its_data_says_so() -> None:
    with pytest.raises(RuntimeError):
        render_pdf("badge", {})


# ---- the job and its page


def fetched(client, address: str) -> tuple[int, bytes]:
    """Status and content of a download, its file closed."""
    with client.get(address) as answer:
        return answer.status_code, answer.data


def test_badges_of_all_sites_are_made_and_fetched_by_who_may(people, sign_in, hall) -> None:
    client = people["organizer"]
    assert client.post(hall.url("/badges")).status_code == 302
    with transaction():
        db.session.get_one(Attendee, hall.attendees["Dương Văn An"]).ticket = None
        db.session.get_one(Attendee, hall.attendees["Trần Thị Hoà"]).withdrawn_at = local("07:00")
    assert jobs.run_all() == 1
    job = db.session.query(Job).one()
    assert (job.state, job.done, job.total) == (JobState.DONE, 4, 4)
    _status, pdf = fetched(client, hall.url(f"/badges/{hall.sites['yen_thanh']}.pdf"))
    tickets = {row.ticket for row in db.session.query(Attendee).filter_by(site_id=hall.sites["yen_thanh"])}
    printed = [code.text for page in pages(pdf) for code in page.codes]
    assert len(printed) == 2
    assert set(printed) < tickets
    with zipfile.ZipFile(BytesIO(fetched(client, hall.url("/badges.zip"))[1])) as archive:
        assert len(archive.namelist()) == 2
        assert any("Yên Thành" in name for name in archive.namelist())
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, hall.sites["yen_thanh"])
    assert fetched(host, hall.url(f"/badges/{hall.sites['yen_thanh']}.pdf"))[0] == 200
    assert fetched(host, hall.url(f"/badges/{hall.sites['do_luong']}.pdf"))[0] == 404
    assert host.get(hall.url("/badges.zip")).status_code == 403
    assert "Đô Lương" not in host.get(hall.url("/badges")).text


def test_while_a_run_is_under_way_another_is_not_begun(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/badges"))
    client.post(hall.url("/badges"), data={"sites": [hall.sites["yen_thanh"]]})
    job = db.session.query(Job).one()
    assert "Đang in thẻ đại biểu" in client.get(hall.url("/badges")).text
    progress = client.get(f"/jobs/{job.id}.json").json
    assert (progress["state"], progress["done"], progress["total"]) == ("waiting", 0, 0)


def test_one_site_is_printed_without_the_others(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/badges"), data={"sites": [hall.sites["do_luong"]]})
    jobs.run_all()
    assert fetched(client, hall.url(f"/badges/{hall.sites['do_luong']}.pdf"))[0] == 200
    assert fetched(client, hall.url(f"/badges/{hall.sites['yen_thanh']}.pdf"))[0] == 404


def test_a_stopped_run_ends_and_is_told_as_stopped(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/badges"))
    job_id = db.session.query(Job.id).scalar()
    assert client.post(f"/jobs/{job_id}/stop").status_code == 302
    assert jobs.run_all() == 0
    assert client.get(f"/jobs/{job_id}.json").json["state"] == "stopped"
    assert "Đã dừng theo yêu cầu" in client.get("/jobs").text


def test_one_person_s_badge_is_there_at_once(people, hall) -> None:
    answer = people["organizer"].get(hall.person("Đặng Hữu Phước", "/badge.pdf"))
    (page,) = pages(answer.data)
    assert page.codes[0].text == db.session.get_one(Attendee, hall.attendees["Đặng Hữu Phước"]).ticket
    assert "Đặng Hữu Phước" in page.text


def test_work_of_others_is_not_found(people, sign_in, hall) -> None:
    people["organizer"].post(hall.url("/badges"))
    job = db.session.query(Job).one()
    stranger = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, hall.conference_id + 1)
    assert stranger.get(f"/jobs/{job.id}.json").status_code == 404
    assert stranger.post(f"/jobs/{job.id}/stop").status_code == 404
    assert people["grader"].get(f"/jobs/{job.id}.json").status_code == 404
    assert "In thẻ đại biểu" not in people["grader"].get("/jobs").text
    assert people["nobody"].get("/jobs").status_code == 302
    here = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, hall.conference_id)
    assert here.get(f"/jobs/{job.id}.json").status_code == 200


@pytest.mark.parametrize("list_", ["badges", "packs"])
def test_the_list_of_files_comes_page_by_page_and_is_searched_without_diacritics(people, sign_in, hall, list_) -> None:
    with transaction():
        conference, unit = (
            db.session.get_one(Conference, hall.conference_id),
            db.session.get_one(Unit, hall.units["yen_thanh"]),
        )
        for number in range(60):
            join(conference, make_site(f"Xã Nghĩa Đàn {number:02}", host_unit=unit))
    client = people["organizer"]
    first, second = client.get(hall.url(f"/{list_}")).text, client.get(hall.url(f"/{list_}?page=2")).text
    assert (first + second).count('name="sites"') == 62
    assert first.count('name="sites"') == 50
    assert re.findall(r"Nghĩa Đàn \d\d", client.get(hall.url(f"/{list_}?q=nghia+dan+07")).text)[0] == "Nghĩa Đàn 07"
    assert "Không có điểm cầu nào khớp" in client.get(hall.url(f"/{list_}?q=khong+co+dau")).text
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, hall.sites["yen_thanh"])
    assert "Nghĩa Đàn" not in host.get(hall.url(f"/{list_}?q=nghia")).text


@pytest.mark.parametrize("list_", ["badges", "packs"])
def test_the_files_of_a_site_that_left_are_not_found(people, hall, list_) -> None:
    client, site_id = people["organizer"], hall.sites["do_luong"]
    client.post(hall.url(f"/{list_}"))
    jobs.run_all()
    with transaction():
        db.session.query(Attendee).filter_by(site_id=site_id).update({"site_id": hall.sites["yen_thanh"]})
        db.session.query(ConferenceSite).filter_by(conference_id=hall.conference_id, site_id=site_id).delete()
    assert fetched(client, hall.url(f"/{list_}/{site_id}.pdf"))[0] == 404
