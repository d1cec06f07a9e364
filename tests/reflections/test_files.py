"""Papers as files: receipt, deadlines and versions as of typed ones, and nothing on the disk that nobody needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from conference.foundation.db import db, transaction
from conference.foundation.documents import DocumentKind
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from conference.reflections import actions, attachments, queries
from conference.reflections.content import files_of
from conference.reflections.models import PaperFile, Submission
from conference.reflections.receipts import Signer, sha256_of
from conference.reflections.rules import MOST_PHOTOS, Forms
from conference.registry.models import Attendee
from conference.registry.tickets import key_ring
from conference.reports.verifying import verify
from tests import papers
from tests.conftest import SECRET
from tests.reflections.conftest import DUE, GRACE, LATE_UNTIL, WRITING, actor_of

FILES = "/my/reflection/files"
LONG = " ".join([papers.WORDS] * 3)  # 45 words


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What a page says does not depend on the database behind it; ``test_attaching`` asks both."""
    return sqlite_app


@pytest.fixture
def browser(writer: Attendee, visit: Callable[[Attendee], FlaskClient], clock: Any) -> FlaskClient:
    clock.stop_at(WRITING)
    return visit(writer)


def send(browser: FlaskClient, *files: tuple[str, bytes]) -> Any:
    answer = browser.post(FILES, data={"files": [(BytesIO(content), name) for name, content in files]})
    answer.get_data()
    return answer


def on_disk(app: Flask) -> set[str]:
    folder: Path = app.extensions["settings"].files_dir / "papers"
    return {path.name for path in folder.rglob("*") if path.is_file()}


def noted() -> list[PaperFile]:
    return list(db.session.scalars(select(PaperFile).order_by(PaperFile.position, PaperFile.id)))


def names() -> list[str]:
    return [file.name for file in noted() if file.position]


def hand_in(browser: FlaskClient, attendee: Attendee) -> Submission:
    revision = queries.desk_of(attendee.id).revision
    answer = browser.post("/my/reflection/submit", data={"revision": str(revision)})
    assert answer.status_code == 303, answer.text
    submission = queries.desk_of(attendee.id).submission
    assert submission is not None
    return submission


def is_verified(app: Flask) -> bool:
    folder = app.extensions["settings"].files_dir / "papers"

    def read(name: str) -> bytes | None:
        path = folder / name[:2] / name
        return path.read_bytes() if path.exists() else None

    parts = {part.name: part for part in verify(signer=Signer(SECRET), ring=key_ring(SECRET), read=read)}
    return not parts["paper files"].differences and not parts["receipts"].differences


# ---- a document


@pytest.mark.parametrize(("name", "make"), [("Bài của Phước.docx", papers.docx), ("bai.pdf", lambda t: papers.pdf(t))])
def test_a_document_is_a_paper_with_words_a_receipt_and_its_own_hash(app, browser, writer, name, make):
    content = make(LONG)
    assert send(browser, (name, content)).status_code == 303
    page = browser.get("/my/reflection/review").text
    assert "Tôi nhận thức rõ nhiệm vụ" in page
    assert "Nhận thức</h2>" not in page  # empty parts say nothing beside a file
    submission = hand_in(browser, writer)
    (fact,) = json.loads(submission.content)["files"]
    assert fact == {"kind": name.rpartition(".")[2], "size": len(content), "sha256": sha256_of(content)}
    assert (submission.words, submission.sha256) == (45, sha256_of(submission.content))
    assert "Phước" not in submission.content.decode()  # what is submitted says nothing about its author
    assert attachments.text_of(submission).split() == LONG.split()
    receipt = browser.get("/my/reflection/receipt").text
    assert name in receipt
    assert "45 từ" in receipt
    check = app.test_client().get(f"/check/{submission.receipt_number}").text
    assert not any(secret in check for secret in ("nhiệm vụ", name, fact["sha256"]))
    assert is_verified(app)


def test_a_document_counts_by_the_same_words_as_a_typed_paper(make_world, visit, clock):
    world = make_world(min_words=46, max_words=100)
    with transaction():
        writer = world.attendee()
    browser, at = visit(writer), clock.stop_at(WRITING)
    send(browser, ("a.docx", papers.docx(LONG)))
    assert "Bài mới có 45 từ, cần từ 46" in browser.get("/my/reflection/review").text
    part = world.part_ids[0]
    typed = actions.Save(
        writer.id, world.content("một"), queries.desk_of(writer.id).revision, actions.PageLine("p" * 9, 1)
    )
    with transaction():
        actions.save_draft(save=typed, at=at)
    submission = hand_in(browser, writer)
    assert submission.words == 46
    assert [one["text"] for one in json.loads(submission.content)["parts"] if one["part"] == part] == ["một"]


def test_files_come_back_as_attachments_that_nothing_runs(app, browser, writer, visit, world):
    """F24: Kept inert, sent as attachments."""
    content = papers.docx(LONG, author="Đặng Hữu Phước")
    send(browser, ("../../Phước<script>.docx", content))
    (file,) = noted()
    answer = browser.get(f"{FILES}/{file.id}")
    assert answer.data == content
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bai-thu-hoach-1.docx"'
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert {path.name for path in (app.extensions["settings"].files_dir / "papers" / file.stored_as[:2]).iterdir()} == {
        file.stored_as
    }
    page = browser.get(FILES).text
    assert "Phước&lt;script&gt;.docx" in page
    with transaction():
        other = world.attendee()
    assert visit(other).get(f"{FILES}/{file.id}").status_code == 404


HOSTILE = ["program", "page", "macro", "bomb", "template from outside", "PDF with a script", "password", "cut short"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_not_taken_is_told_by_name_and_leaves_nothing(app, browser, kind):
    name, content, _code = papers.hostile(kind)
    answer = send(browser, (name, content))
    assert answer.status_code == 422
    assert f"Tệp {name}" in answer.text
    assert (noted(), on_disk(app)) == ([], set())
    answer = browser.post(FILES, data={"files": (BytesIO(content), name)}, headers={"Accept": "application/json"})
    assert 400 <= answer.status_code < 500
    assert name in answer.json["message"]


def test_one_bad_file_does_not_hold_up_the_others(app, browser):
    answer = send(browser, ("1.jpg", papers.photo()), ("2.jpg", b"GIF89a"), ("3.jpg", papers.photo("ivory")))
    assert answer.status_code == 422
    assert names() == ["1.jpg", "3.jpg"]


def test_a_full_disk_is_told_and_leaves_neither_row_nor_file(app, browser):
    """F3: A database that cannot grow; reading goes on, and writing does once there is room again."""
    long = papers.docx(*["chữ " * 300] * 200)
    state = ["max_page_count = 1"]
    with app.app_context():
        engine = db.engine

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA {state[0]}")

    event.listen(engine, "checkout", limit)
    try:
        answer = browser.post(FILES, data={"files": (BytesIO(long), "a.docx")}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["error"]) == (507, "storage_full")
        assert (names(), on_disk(app)) == ([], set())
        assert browser.get(FILES).status_code == 200
        state[0] = "max_page_count = 1073741823"
        assert send(browser, ("a.docx", long)).status_code == 303  # there is space again
    finally:
        event.remove(engine, "checkout", limit)


# ---- photos


def test_photos_are_pages_in_the_order_that_the_writer_gives_them(app, browser, writer):
    shades = ["white", "ivory", "linen"]
    send(browser, *((f"{place}.jpg", papers.photo(shade)) for place, shade in enumerate(shades, 1)))
    assert names() == ["1.jpg", "2.jpg", "3.jpg"]
    last = noted()[2]
    browser.post(f"{FILES}/{last.id}/move", data={"to": "up"})
    browser.post(f"{FILES}/{last.id}/move", data={"to": "up"})
    browser.post(f"{FILES}/{last.id}/move", data={"to": "up"})  # it is the first already
    assert names() == ["3.jpg", "1.jpg", "2.jpg"]
    browser.post(f"{FILES}/{noted()[1].id}/remove")
    assert names() == ["3.jpg", "2.jpg"]
    assert len(on_disk(app)) == 2
    submission = hand_in(browser, writer)
    assert [one.sha256 for one in files_of(submission.content)] == [file.sha256 for file in noted()]
    assert (submission.words, json.loads(submission.content)["files"][0]["kind"]) == (0, "photo")
    assert "2 trang ảnh" in browser.get("/my/reflection/receipt").text
    page = browser.get(f"{FILES}/{noted()[0].id}/pages/1")
    assert sha256_of(page.data) == noted()[0].sha256
    assert is_verified(app)


def test_the_same_photo_sent_twice_is_one_page(app, browser):
    """An answer was lost on a weak line, and the page sends once more."""
    for _ in range(2):
        assert send(browser, ("1.jpg", papers.photo())).status_code == 303
    assert names() == ["1.jpg"]
    assert len(on_disk(app)) == 1


def test_a_scan_is_kept_and_read_as_pictures(app, browser, writer):
    send(browser, ("quet.pdf", papers.scan()))
    assert "Bản quét, 2 trang ảnh" in browser.get(FILES).text
    submission = hand_in(browser, writer)
    (file,) = attachments.files_of_submission(submission.id)
    assert (len(file.pages), file.text, len(on_disk(app))) == (2, "", 3)
    assert browser.get(f"{FILES}/{file.id}/pages/2").data.startswith(b"\xff\xd8\xff")
    assert browser.get(f"{FILES}/{file.id}/pages/3").status_code == 404


# ---- forms, versions, deadlines


KINDS = st.lists(st.sampled_from(DocumentKind), max_size=MOST_PHOTOS + 2)


@given(KINDS, st.booleans(), st.builds(Forms))
def test_a_paper_is_typed_or_one_document_or_at_most_twelve_photos(kinds, has_text, forms):
    photos = kinds.count(DocumentKind.PHOTO)
    documents = len(kinds) - photos
    fits = (documents == 0 and photos <= MOST_PHOTOS) or (documents == 1 and photos == 0)
    allowed = (forms.files or not documents) and (forms.photos or not photos)
    typed_only = has_text and not kinds
    assert (forms.fault_of(kinds, has_text=has_text) is None) == (fits and allowed and (forms.typed or not typed_only))


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        (("a.docx", papers.docx(LONG)), ("b.docx", papers.docx("khác")), "one_document"),
        (("a.docx", papers.docx(LONG)), ("1.jpg", papers.photo()), "document_or_photos"),
        (("1.jpg", papers.photo()), ("a.docx", papers.docx(LONG)), "document_or_photos"),
    ],
)
def test_forms_are_not_mixed(app, browser, first, then, code):
    send(browser, first)
    answer = browser.post(FILES, data={"files": (BytesIO(then[1]), then[0])}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]) == (409, code)
    assert (len(noted()), len(on_disk(app))) == (1, 1)


@pytest.mark.parametrize(
    ("forms", "sent", "code"),
    [
        (Forms(files=False), ("a.docx", papers.docx(LONG)), "files_not_taken"),
        (Forms(photos=False), ("1.jpg", papers.photo()), "photos_not_taken"),
    ],
)
def test_a_form_that_the_task_does_not_take_is_refused(make_world, visit, clock, forms, sent, code):
    world = make_world(forms=forms)
    with transaction():
        writer = world.attendee()
    clock.stop_at(WRITING)
    answer = visit(writer).post(
        FILES, data={"files": (BytesIO(sent[1]), sent[0])}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json["error"]) == (409, code)


def test_where_typing_is_not_taken_the_page_for_files_opens_instead(make_world, visit, clock):
    world = make_world(forms=Forms(typed=False))
    with transaction():
        writer = world.attendee()
    clock.stop_at(WRITING)
    assert visit(writer).get("/my/reflection").headers["Location"] == FILES
    with transaction():
        actions.save_draft(save=actions.Save(writer.id, world.content(), 0, actions.PageLine("p" * 9, 1)), at=WRITING)
    with pytest.raises(DomainError, match="typing_not_taken"), transaction():
        actions.submit(
            attendee_id=writer.id, revision=1, by=actor_of(writer), at=WRITING, signer=Signer(SECRET), chance="x"
        )


def test_where_only_typing_is_taken_nothing_offers_files(make_world, visit, clock):
    world = make_world(forms=Forms(files=False, photos=False))
    with transaction():
        writer = world.attendee()
    clock.stop_at(WRITING)
    browser = visit(writer)
    assert browser.get(FILES).status_code == 302
    assert FILES not in browser.get("/my/").text + browser.get("/my/reflection").text


def test_handing_in_again_keeps_the_files_of_before(app, browser, writer):
    old, new = papers.docx(LONG), papers.docx(LONG, "Thêm một ý.")
    send(browser, ("a.docx", old))
    first = hand_in(browser, writer)
    browser.post(f"{FILES}/{noted()[0].id}/remove")
    assert len(on_disk(app)) == 1  # a submission stands on it
    send(browser, ("b.docx", new))
    assert "Phần đang sửa chưa được nộp" in browser.get(FILES).text
    assert queries.desk_of(writer.id).submission.id == first.id
    second = hand_in(browser, writer)
    assert (second.version, [one.sha256 for one in files_of(second.content)]) == (2, [sha256_of(new)])
    (kept,) = attachments.files_of_submission(first.id)
    assert browser.get(f"{FILES}/{kept.id}").data == old
    assert is_verified(app)


def test_taking_the_file_off_again_gives_the_typed_paper_back(app, browser, writer, world):
    send(browser, ("a.docx", papers.docx(LONG)))
    hand_in(browser, writer)
    browser.post(f"{FILES}/{noted()[0].id}/remove")
    desk = queries.desk_of(writer.id)
    assert (list(desk.files), desk.is_changed_since) == ([], True)


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (DUE + GRACE, 303),
        (DUE + GRACE + timedelta(seconds=1), 303),  # late
        (LATE_UNTIL, 303),
        (LATE_UNTIL + timedelta(seconds=1), 422),
    ],
)
def test_the_deadline_is_that_of_typed_papers(browser, writer, clock, at, status):
    clock.stop_at(at)
    assert send(browser, ("a.docx", papers.docx(LONG))).status_code == status
    if status == 303:
        assert hand_in(browser, writer).is_late is (at > DUE + GRACE)
        clock.stop_at(LATE_UNTIL)
        if at > DUE + GRACE:
            answer = send(browser, ("1.docx", papers.docx("khác")))
            assert "được giữ nguyên" in answer.text


def test_a_file_that_was_changed_or_lost_behind_our_back_is_found(app, browser, writer):
    send(browser, ("1.jpg", papers.photo()), ("2.jpg", papers.photo("ivory")))
    hand_in(browser, writer)
    assert is_verified(app)
    folder = app.extensions["settings"].files_dir / "papers"
    path = folder / noted()[0].stored_as[:2] / noted()[0].stored_as
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    assert not is_verified(app)
    path.write_bytes(content)
    assert is_verified(app)
    path.unlink()
    assert not is_verified(app)
    assert browser.get(f"{FILES}/{noted()[0].id}").status_code == 404


def test_attached_files_are_in_no_journal(browser, writer):
    send(browser, ("Bí mật.docx", papers.docx(LONG)))
    hand_in(browser, writer)
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "reflection.submit")).one()
    assert "Bí mật" not in json.dumps([entry.before, entry.after, entry.reason], ensure_ascii=False)


def test_the_writers_pages_ask_a_fixed_number_of_questions(world, visit, clock, count_queries):
    clock.stop_at(WRITING)
    counts = []
    for photos in (1, 3):
        with transaction():
            writer = world.attendee()
        browser = visit(writer)
        send(
            browser,
            *(
                (f"{n}.jpg", papers.photo(shade))
                for n, shade in zip(range(photos), ("white", "ivory", "linen"), strict=False)
            ),
        )
        with count_queries() as statements:
            assert browser.get(FILES).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
