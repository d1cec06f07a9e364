"""Uploading lists on the screen: preview, decisions, bringing in, taking back; hostile files are told no in words."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.foundation import jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.sheets import Table
from conference.registry.imports.models import ImportBatch, ImportFile, ImportFinding, ListMapping
from conference.registry.imports.rules import BatchState
from conference.registry.models import Attendee
from conference.sites.models import Site
from tests.factories import make_conference
from tests.registry.reading import HEAD, REFERENCE, row
from tests.registry.test_imports import PEOPLE, bring, lists_of_units_and_sites

URL = "/conferences/HN1/imports/"
TITLES = [["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"], ["LIÊN ĐOÀN LAO ĐỘNG TỈNH BẾN TRE"]]
HEADQUARTERS = [["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"], ["CƠ QUAN TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"]]


def xlsx(*rows, titles=TITLES) -> bytes:
    content = io.BytesIO()
    lines = [*titles, *rows]
    write_workbook(content, [Table("DS ĐB", lines[0], lines[1:])])
    return content.getvalue()


def of_book(book) -> bytes:
    return xlsx(*book.sheets[0].rows, titles=[])


@pytest.fixture(scope="session", params=["sqlite"])
def backend(request):
    """What differs between the databases is proved below the screen, in test_imports."""
    return request.param


@pytest.fixture
def conference(app, db_session):
    """A conference whose units and sites came by the command line."""
    bring(*lists_of_units_and_sites())
    return db_session


@pytest.fixture
def send(people, db_session):
    """Upload files as an organizer and let the job run: the address of the preview."""

    def upload(*files: tuple[str, bytes]) -> str:
        sent = {"files": [(io.BytesIO(content), name) for name, content in files]}
        answer = people["organizer"].post(URL, data=sent, content_type="multipart/form-data")
        assert answer.status_code == 303, answer.text
        work(db_session)
        return answer.location

    return upload


def work(session) -> None:
    session.rollback()
    jobs.run_all()
    session.rollback()


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_list_is_seen_before_it_is_brought_in(conference, people, send):
    preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE, row(4, ""), row(5, "Trần Văn Năm", site="Sao Mai"))))
    page = words_of(people["organizer"].get(preview).text)
    assert "Xem trước khi nhập 1 tệp" in page
    assert "Nhập 3 người" in page
    assert "Cột nhận ra" in page
    assert "2 dòng lỗi" in page
    assert db.session.scalar(select(func.count(Attendee.id))) == 0
    assert people["organizer"].post(f"{preview}/apply").status_code == 303
    assert "Đang ghi vào hội nghị" in people["organizer"].get(preview).text
    work(conference)
    assert db.session.scalar(select(func.count(Attendee.id))) == 3
    assert "Đã nhập: 3 người mới" in words_of(people["organizer"].get(preview).text)


def test_the_same_files_again_change_nothing(conference, people, send):
    for new in (3, 0):
        preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE)))
        assert f"{new} người mới" in words_of(people["organizer"].get(preview).text)
        people["organizer"].post(f"{preview}/apply")
        work(conference)
        assert db.session.scalar(select(func.count(Attendee.id))) == 3


def test_units_and_sites_are_uploaded_the_same_way(conference, people, db_session, send):
    units, sites = lists_of_units_and_sites()
    sites.sheets[0].rows.append(
        ["H83-09", "Điểm cầu LĐLĐ huyện Mới, Bến Tre", "Cấp huyện", "Bến Tre", "LD83", "Hội trường mới", 40.0]
    )
    preview = send(("dv.xlsx", of_book(units)), ("dc.xlsx", of_book(sites)))
    page = words_of(people["organizer"].get(preview).text)
    assert "8 đơn vị" in page
    assert "8 điểm cầu" in page
    people["organizer"].post(f"{preview}/apply")
    work(db_session)
    assert db_session.scalar(select(Site.name).where(Site.code == "H83-09")) == "Điểm cầu LĐLĐ huyện Mới, Bến Tre"


def test_where_two_lists_disagree_a_person_decides(conference, people, send):
    own = xlsx(HEAD, row(1, "Trần Thị Ánh", "1/2/1971"))
    theirs = xlsx(HEAD, row(1, "Trần Thị Ánh", "1/2/1971", site="HN"), titles=HEADQUARTERS)
    preview = send(("tw.xlsx", theirs), ("bt.xlsx", own))
    page = people["organizer"].get(preview).text
    assert "Đổi lại" in page
    place = re.search(r'name="place" value="([^"]+)"', page)[1]
    client = people["organizer"]
    assert client.post(f"{preview}/site", data={"place": place, "site": "T24"}).status_code == 400
    assert client.post(f"{preview}/site", data={"place": "x|y|1", "site": "HN"}).status_code == 404
    assert client.post(f"{preview}/site", data={"place": place, "site": "HN"}).status_code == 303
    client.post(f"{preview}/apply")
    work(conference)
    assert db.session.scalar(select(Site.code).join(Attendee, Attendee.site_id == Site.id)) == "HN"


def test_rows_that_came_back_are_a_file_of_their_own(conference, people, send):
    preview = send(("ds.xlsx", xlsx(HEAD, row(1, ""), row(2, "=Trần Văn Năm", site="Thạn Phú"))))
    answer = people["organizer"].get(f"{preview}/rejects.xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    rows = read_workbook("r.xlsx", answer.data).sheets[0].rows
    assert [list(each)[:4] for each in rows[1:]] == [
        ["ds.xlsx", "DS ĐB", 4.0, "Thiếu họ và tên. Ghi tên rồi gửi lại dòng này."],
        [
            "ds.xlsx",
            "DS ĐB",
            5.0,
            "Không có điểm cầu này trong danh sách điểm cầu. Gần nhất: Điểm cầu LĐLĐ huyện Thạnh Phú, Bến Tre.",
        ],
    ]
    assert rows[2][5] == "=Trần Văn Năm"


def test_an_unknown_shape_asks_and_remembers(conference, people, send):
    odd = xlsx(["A", "B", "C"], ["T83", "?", "Trần Thị Ánh"], ["T83", "?", "Lê Văn Út"])
    preview = send(("la.xlsx", odd))
    page = people["organizer"].get(preview).text
    assert "Chưa hiểu cột của la.xlsx" in page
    form = re.search(r'href="([^"]+/sheets/0)"', page)[1]
    client = people["organizer"]
    assert "Mỗi cột là gì?" in client.get(form).text
    wrong = client.post(form, data={"kind": "delegates", "skipped": "1", "column-0": "site", "column-2": "site"})
    assert wrong.status_code == 422
    assert "Hai cột không thể cùng là một thứ." in wrong.text
    assert "Chưa chỉ cột Họ và tên." in words_of(wrong.text)
    said = {"kind": "delegates", "skipped": "1", "column-0": "site", "column-2": "full_name"}
    assert client.post(form, data=said).status_code == 303
    work(conference)
    assert "2 người mới" in words_of(client.get(preview).text)
    assert db.session.scalar(select(func.count(ListMapping.id))) == 1
    assert "2 người mới" in words_of(client.get(send(("khac.xlsx", odd))).text)


def test_the_encoding_is_shown_and_can_be_chosen(conference, people, send):
    old = (REFERENCE / "dai-bieu" / "lien-doan-lao-dong-thanh-pho-ho-chi-minh.xlsx").read_bytes()
    preview = send(("vn.xlsx", old))
    client = people["organizer"]
    assert "TCVN3 (.VnTime)" in client.get(preview).text
    file_id = db.session.scalar(select(ImportFile.id))
    assert client.post(f"{preview}/files/{file_id}/encoding", data={"encoding": "klingon"}).status_code == 400
    assert client.post(f"{preview}/files/{file_id}/encoding", data={"encoding": "unicode"}).status_code == 303
    work(conference)
    assert "bằng bảng mã" not in client.get(preview).text


def test_dropping_an_import_leaves_nothing_behind(conference, people, send, app):
    preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE)))
    stored = Path(app.extensions["settings"].files_dir) / "imports"
    assert len(list(stored.iterdir())) == 1
    assert people["organizer"].post(f"{preview}/discard").status_code == 303
    assert list(stored.iterdir()) == []
    assert db.session.scalar(select(func.count(ImportFinding.id))) == 0
    assert people["organizer"].post(f"{preview}/apply").status_code == 409


def test_an_import_is_taken_back_on_the_screen(conference, people, send):
    preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE)))
    assert people["organizer"].post(f"{preview}/take-back").status_code == 409
    people["organizer"].post(f"{preview}/apply")
    work(conference)
    assert people["organizer"].post(f"{preview}/take-back").status_code == 303
    assert db.session.scalar(select(func.count(Attendee.id))) == 0
    assert "Đã rút lại lần nhập này" in people["organizer"].get(preview).text


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("a.xlsx", b"", 422, "không có dòng nào"),
        ("a.xlsx", b"%PDF-1.7", 415, "không phải bảng tính"),
        ("a.xlsm", (REFERENCE / "don-vi.xlsx").read_bytes(), 415, "có macro"),
        ("a.xls", (REFERENCE / "don-vi.xlsx").read_bytes(), 415, "khác với đuôi tên"),
        ("a.xlsx", (REFERENCE / "don-vi.xlsx").read_bytes()[:-900], 422, "bị hỏng"),
        ("khoa.xlsx", (Path(__file__).parents[1] / "adapters/sheets/password.xlsx").read_bytes(), 422, "có mật khẩu"),
        ("<b>.svg", b"<svg onload=alert(1)>", 415, "không phải bảng tính"),
        ("../../etc/passwd", b"root:x", 415, "passwd không phải bảng tính"),
    ],
)
def test_a_file_we_would_not_read_is_told_so_in_words(conference, people, name, content, status, words):
    answer = people["organizer"].post(
        URL, data={"files": [(io.BytesIO(content), name)]}, content_type="multipart/form-data"
    )
    assert answer.status_code == status
    assert words in words_of(answer.text)
    assert "<b>.svg" not in answer.text
    assert db.session.scalar(select(func.count(ImportFile.id))) == 0


def test_no_file_at_all_is_told_so(conference, people):
    answer = people["organizer"].post(URL, data={}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "Chưa có tệp nào" in answer.text


def test_one_bad_file_does_not_hold_up_the_good_ones(conference, people, send):
    preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE)), ("a.xlsm", (REFERENCE / "don-vi.xlsx").read_bytes()))
    page = words_of(people["organizer"].get(preview).text)
    assert "3 người mới" in page
    assert "a.xlsm có macro" in page


def test_the_same_file_twice_is_read_once(conference, people, send):
    content = xlsx(HEAD, *PEOPLE)
    page = words_of(people["organizer"].get(send(("ds.xlsx", content), ("ds copy.xlsx", content))).text)
    assert "3 người mới" in page
    assert "ds copy.xlsx giống hệt tệp ds.xlsx" in page


def test_two_senders_may_call_their_files_the_same(conference, people, send):
    files = [("ds.xlsx", xlsx(HEAD, each)) for each in PEOPLE[:2]]
    page = words_of(people["organizer"].get(f"{send(*files)}?show=sheets").text)
    assert "ds (2).xlsx" in page


def test_text_in_a_list_is_text_on_the_page(conference, people, send):
    evil = "<script>alert(1)</script>"
    preview = send((f"{evil}.xlsx", xlsx(HEAD, row(1, f"Trần {evil}"), row(2, "Lê Út", site=evil))))
    for show in ("new", "rejected", "sheets", "repeated"):
        assert evil not in people["organizer"].get(f"{preview}?show={show}").text


@pytest.mark.parametrize(
    "show", ["conflict", "repeated", "rejected", "changed", "kept", "missing", "new", "sheets", "nonsense"]
)
def test_every_tab_opens(conference, people, send, show):
    people["organizer"].post(f"{send(('ds.xlsx', xlsx(HEAD, *PEOPLE)))}/apply")
    work(conference)
    again = [row(1, "Trần Thị Ánh", "1/2/1971", "0912345678", position="Phó"), row(2, "", ""), row(3, "Bùi Tư")]
    theirs = xlsx(HEAD, row(1, "Trần Thị Ánh", "1/2/1971", site="HN"), titles=HEADQUARTERS)
    preview = send(("ds.xlsx", xlsx(HEAD, *again)), ("tw.xlsx", theirs))
    answer = people["organizer"].get(f"{preview}?show={show}")
    assert answer.status_code == 200
    expected = {
        "missing": "Đặng Hữu Phước",
        "changed": "Phó",
        "new": "Bùi Tư",
        "rejected": "dòng 5",
        "conflict": "Hà Nội",
    }
    assert expected.get(show, "") in words_of(answer.text)


def test_the_number_of_queries_does_not_grow_with_the_list(conference, people, send, count_queries):
    def queries(*rows) -> int:
        preview = send(("ds.xlsx", xlsx(HEAD, *rows)))
        with count_queries() as statements:
            assert people["organizer"].get(f"{preview}?show=new").status_code == 200
        return len(statements)

    many = [row(at, f"Bùi Văn Số {chr(97 + at)}", f"{at}/2/1970") for at in range(1, 20)]
    assert queries(PEOPLE[0]) == queries(*many)


def test_progress_tells_how_far_the_work_is(conference, people):
    sent = {"files": [(io.BytesIO(xlsx(HEAD, *PEOPLE)), "ds.xlsx")]}
    preview = people["organizer"].post(URL, data=sent, content_type="multipart/form-data").location
    assert people["organizer"].get(f"{preview}/progress").json["state"] == "running"
    assert "Đang đọc và đối chiếu" in people["organizer"].get(preview).text
    work(conference)
    assert people["organizer"].get(f"{preview}/progress").json["state"] == "done"


def test_a_file_that_proves_unreadable_in_the_job_fails_the_import_in_words(conference, people):
    broken = b'a;b\n"' + b"x" * 200_000
    sent = {"files": [(io.BytesIO(broken), "ds.csv")]}
    preview = people["organizer"].post(URL, data=sent, content_type="multipart/form-data").location
    work(conference)
    assert db.session.scalar(select(ImportBatch.state).order_by(ImportBatch.id.desc())) is BatchState.FAILED
    assert "Không đọc được tệp" in people["organizer"].get(preview).text
    assert people["organizer"].post(f"{preview}/discard").status_code == 303


@pytest.mark.parametrize(
    ("role", "status"),
    [("organizer", 200), ("admin", 200), ("leader", 403), ("site_host", 403), ("grader", 403), ("nobody", 302)],
)
def test_only_those_who_organise_may_bring_lists_in(conference, people, role, status):
    assert people[role].get(URL).status_code == status


def test_an_organizer_of_another_conference_finds_nothing(conference, people, send, sign_in, db_session):
    preview = send(("ds.xlsx", xlsx(HEAD, *PEOPLE)))
    other = make_conference(code="HN9")
    db_session.commit()
    stranger = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, other.id)
    for method, url in (
        ("get", preview),
        ("get", f"{preview}/progress"),
        ("get", f"{preview}/rejects.xlsx"),
        ("post", f"{preview}/apply"),
    ):
        assert getattr(stranger, method)(url).status_code == 404
        assert getattr(stranger, method)(url.replace("HN1", "HN9")).status_code == 404


def test_a_table_of_quotas_is_called_what_it_is_and_sent_where_it_belongs(conference, people, send):
    """It has no head that a list of people knows; nobody is asked which of its columns holds the names."""
    quotas = xlsx(["STT", "Đơn vị", "Chuyên trách", "Uỷ viên"], [1, "LĐLĐ tỉnh Bến Tre", 12, 3])
    page = people["organizer"].get(send(("chi-tieu.xlsx", quotas), ("ds.xlsx", xlsx(HEAD, *PEOPLE)))).text
    assert "chi-tieu.xlsx, trang “DS ĐB” là bảng chỉ tiêu phân bổ." in page
    assert 'href="/conferences/HN1/workbook"' in page
    assert "Chưa hiểu cột của" not in page
    assert "Nhập 3 người" in words_of(page)
