"""The papers of a site: readable by people and by decoders, true to the list, fetched by who may."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conference.checkin import packs
from conference.checkin.device_rules import link_token
from conference.checkin.models import Device, EnrolmentLink
from conference.checkin.pack_jobs import pack_pdf
from conference.checkin.rules import Claim, claim_of
from conference.foundation import jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, JobState
from conference.planning.models import Conference, ConferenceState
from conference.planning.queries import study_sessions_of
from conference.registry.models import Attendee
from conference.registry.row_codes import RowCode
from conference.registry.tickets import SPARE_FROM, TICKET_DIGITS, key_ring
from conference.web import filters
from tests.conftest import SECRET
from tests.factories import local
from tests.people import prove_origin
from tests.registry.hall import Hall, build
from tests.services.printed import PrintedPage, pages

NASTY = 'Nguyễn #set page(width: 1mm) *Ẳn* $x$ `a` \\ " <script> Ậu [[ ]] @nhan // Khánh'
LONG_UNIT = "Công đoàn cơ sở Công ty Trách nhiệm hữu hạn một thành viên May xuất khẩu Yên Thành"


@dataclass
class Called:
    """One person as the list needs them."""

    number: int
    full_name: str = "Đặng Hữu Phước"
    unit_name: str = "Liên đoàn Lao động huyện Yên Thành"
    position: str = "Ủy viên Ban Thường vụ"
    seat: str | None = None
    birth_date: date | None = None
    birth_year: int | None = 1971
    wave_id: int | None = None


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What is printed does not depend on the kind of database."""
    return sqlite_app


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def printed(hall: Hall, people: Any, readings: Sequence[packs.Readings] = ()) -> list[PrintedPage]:
    conference = packs.conference_of(hall.conference_id)
    joined = packs.joined_site(hall.conference_id, hall.sites["yen_thanh"])
    sessions = study_sessions_of([hall.conference_id])[hall.conference_id]
    return list(pages(pack_pdf(conference, joined, sessions, people, readings, link=None, at=local("07:00")), scale=3))


def test_each_row_is_read_by_two_independent_decoders(hall, sized) -> None:
    people = [Called(number, seat=f"C{number}" if number % 3 else None) for number in range(1, sized(40, 400) + 1)]
    read = printed(hall, people)
    wanted = [RowCode(hall.conference_id, person.number).digits() for person in people]
    spares = [digits for page in read for digits in page.by_zbar if len(digits) == TICKET_DIGITS]
    codes = [code for page in read for code in page.codes if len(code.text) != TICKET_DIGITS]
    assert [code.text for code in codes] == wanted * 2  # the list, and the sheet of the one study session
    by_zbar = [digits for page in read for digits in page.by_zbar if digits not in spares]
    assert sorted(by_zbar) == sorted(wanted * 2)
    assert {code.text for page in read for code in page.codes} == {*wanted, *spares}
    numbers = {claim.spare for digits in spares if isinstance(claim := claim_of(key_ring(SECRET).read(digits)), Claim)}
    site = hall.sites["yen_thanh"]
    assert numbers == {site * SPARE_FROM + number for number in range(1, packs.spares_for(len(people)) + 1)}
    assert {round(code.width) for code in codes} <= {10, 11}
    rows = [[code for code in page.codes if code in codes] for page in read]
    between = [below.top - above.top for row in rows for above, below in pairwise(row)]
    assert min(between) >= 12.9  # a row is at least 13 mm high


def test_a_pack_is_complete_and_each_part_counts_its_own_pages(hall) -> None:
    read = printed(hall, [Called(number) for number in range(1, 31)])
    texts = [" ".join(page.text.split()) for page in read]
    assert {page.size for page in read} == {(210, 297)}
    assert "HỒ SƠ ĐIỂM CẦU" in texts[0]
    for fact in ("Hội trường lớn, 60 chỗ", "Trần Thị Bích", "0912 345 678", "30 đại biểu", "115", "07:15", "08:00"):
        assert fact in texts[0].replace("\N{NO-BREAK SPACE}", " ")
    lists = [text for text in texts if "Danh sách đại biểu · " in text]
    sheets = [text for text in texts if "Ký nhận buổi sáng 06/12/2018 · " in text]
    for part in (lists, sheets):
        assert [text[text.rindex("trang") :] for text in part] == [
            f"trang {number} trên {len(part)}" for number in range(1, len(part) + 1)
        ]
    assert len(lists) > 1
    assert all("STT" in text and "Họ và tên" in text for text in lists)
    assert all("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in part[0] for part in (lists, sheets))
    assert "DANH SÁCH KÝ NHẬN" in sheets[0]
    assert "Người dự thay, khách, người ngoài danh sách" in " ".join(sheets)
    assert any("THẺ DỰ PHÒNG" in text for text in texts)
    assert "HƯỚNG DẪN TẠI CỬA" in texts[-1]
    assert len(texts) == 1 + len(lists) + len(sheets) + 1 + 1


def test_names_are_data_and_long_ones_stay_whole(hall) -> None:
    people = [Called(1, NASTY, NASTY), Called(2, "Trần Nguyễn Hoàng Phương Thảo Nguyên", LONG_UNIT, seat="C12")]
    whole = "".join("".join(page.text.split()) for page in printed(hall, people))
    for words in (NASTY, LONG_UNIT, "Trần Nguyễn Hoàng Phương Thảo Nguyên"):
        assert whole.count("".join(words.split())) >= 2


def test_documents_of_topics_are_listed_with_the_way_to_them(hall) -> None:
    readings = [packs.Readings("Chuyên đề 1", ["Đề cương.pdf", NASTY]), packs.Readings("Chuyên đề 2", ["Ảnh.jpg"])]
    (page,) = [page for page in printed(hall, [Called(1)], readings) if "DANH MỤC TÀI LIỆU" in page.text]
    text = "".join(page.text.split())
    for words in ("Chuyên đề 2", "Đề cương.pdf", "Ảnh.jpg", NASTY, "/conferences/NQ12/plan", "mục Tài liệu"):
        assert "".join(words.split()) in text
    assert not any("TÀI LIỆU" in page.text for page in printed(hall, [Called(1)]))


@pytest.mark.parametrize(("people", "count"), [(1, 4), (200, 4), (201, 8), (1_700, 36)])
def test_spare_badges_come_in_whole_pages(people: int, count: int) -> None:
    assert packs.spares_for(people) == count


def fetched(client, address: str) -> tuple[int, bytes]:
    with client.get(address) as answer:
        return answer.status_code, answer.data


def test_packs_are_made_and_fetched_by_who_may(people, sign_in, hall) -> None:
    client = people["organizer"]
    with transaction():
        db.session.get_one(Attendee, hall.attendees["Trần Thị Hoà"]).withdrawn_at = local("07:00")
    assert "Chưa in" in client.get(hall.url("/packs")).text
    assert client.post(hall.url("/packs")).status_code == 302
    client.post(hall.url("/packs"))
    assert jobs.run_all() == 1
    job = db.session.query(Job).one()
    assert (job.state, job.done, job.total) == (JobState.DONE, 4, 4)
    here, there = (hall.url(f"/packs/{hall.sites[name]}.pdf") for name in ("yen_thanh", "do_luong"))
    read = list(pages(fetched(client, here)[1], scale=3))
    called = {RowCode(hall.conference_id, hall.numbers[name]).digits() for name in ("Dương Văn An", "Đặng Hữu Phước")}
    texts = {code.text for page in read for code in page.codes if code.text.isdigit()}
    assert {text for text in texts if len(text) != TICKET_DIGITS} == called
    with zipfile.ZipFile(BytesIO(fetched(client, hall.url("/packs.zip"))[1])) as archive:
        assert len(archive.namelist()) == 2
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, hall.sites["yen_thanh"])
    assert [fetched(host, address)[0] for address in (here, there, hall.url("/packs.zip"))] == [200, 404, 403]
    assert "Đô Lương" not in host.get(hall.url("/packs")).text


# ---- the code with which a phone enrols


def made_again(hall: Hall, client: FlaskClient) -> list[PrintedPage]:
    """The pack of Yên Thành from a fresh run."""
    assert client.post(hall.url("/packs")).status_code == 302
    jobs.run_all()
    return list(pages(fetched(client, hall.url(f"/packs/{hall.sites['yen_thanh']}.pdf"))[1]))


def addresses_on(read: list[PrintedPage]) -> list[str]:
    return [code.text for page in read for code in page.codes if not code.text.isdigit()]


def test_the_code_of_a_pack_enrols_one_device_at_its_site_and_a_pack_made_after_that_has_a_new_one(
    people, hall, app
) -> None:
    client = people["organizer"]
    assert "Mỗi bộ có một mã ghi máy" in client.get(hall.url("/packs")).text
    read = made_again(hall, client)
    (first,) = addresses_on(read)
    page = next(page for page in read if first in page.by_zbar)
    assert page is read[1]  # right behind the cover, alone on its page
    assert [code.text for code in page.codes] == [first]
    link = db.session.query(EnrolmentLink).filter_by(site_id=hall.sites["yen_thanh"]).one()
    assert first == f"http://127.0.0.1:8000/door/enrol#{link_token(SECRET, link.id)}"
    words = " ".join(page.text.split())
    for fact in ("Yên Thành", f"Mã số {link.id}", "cho một máy", "Mở camera", filters.moment(link.expires_at)):
        assert " ".join(fact.split()) in words
    assert "Mã ghi máy điểm danh, dùng một lần" in " ".join(read[0].text.split())

    assert addresses_on(made_again(hall, client)) == [first]  # a pack that lies at the site stays good
    phone = prove_origin(app.test_client())
    phone.environ_base["HTTP_ACCEPT"] = "application/json"

    def enrol(address: str, token: str) -> tuple[int, int | None]:
        answer = phone.post("/door/enrol", data={"link": address, "token": token * 43})
        device = db.session.get(Device, answer.json.get("device", 0))
        return answer.status_code, device.site_id if device else None

    assert enrol(first, "a") == (200, hall.sites["yen_thanh"])
    assert enrol(first, "b") == (410, None)
    (second,) = addresses_on(made_again(hall, client))
    assert second != first
    assert enrol(second, "b") == (200, hall.sites["yen_thanh"])


def test_a_pack_has_no_code_before_the_conference_is_published_and_its_page_says_so(people, hall) -> None:
    client = people["organizer"]
    with transaction():
        db.session.get_one(Conference, hall.conference_id).state = ConferenceState.DRAFT
    assert "chưa có mã ghi máy" in client.get(hall.url("/packs")).text
    read = made_again(hall, client)
    assert addresses_on(read) == []
    assert "ghi máy" not in " ".join(page.text for page in read).lower()
    assert db.session.query(EnrolmentLink).count() == 0
