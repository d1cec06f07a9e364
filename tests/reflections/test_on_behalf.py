"""An officer hands in what somebody of her unit wrote on paper: once, marked as hers, never over the author's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from conference.accounts.models import Account
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.journal import JournalEntry
from conference.notices.models import MailKind, OutboxMail
from conference.reflections import actions, attachments, queries
from conference.reflections.content import Commitment, files_of, from_canonical
from conference.reflections.models import Submission
from conference.reflections.receipts import Signer, sha256_of
from conference.reflections.rules import Forms
from conference.registry.models import Attendee
from tests import papers
from tests.conftest import SECRET
from tests.factories import make_account, make_person, make_unit
from tests.reflections.conftest import DUE, LATE_UNTIL, WRITING, World, actor_of

Send = Callable[..., Any]


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def officer(world: World, sign_in: Callable[..., FlaskClient], clock: Any) -> FlaskClient:
    clock.stop_at(WRITING)
    with transaction():
        account = make_account(Role.UNIT_OFFICER, ScopeKind.UNIT, world.unit.id, full_name="Phạm Thị Lan")
    return sign_in(account=account)


def address(world: World, writer: Attendee) -> str:
    return f"/conferences/{world.conference.code}/reflections/people/{writer.number}"


def send(officer: FlaskClient, world: World, writer: Attendee, *files: tuple[str, bytes], text: str = "") -> Any:
    data = {f"part-{world.part_ids[0]}": text, "files": [(BytesIO(content), name) for name, content in files]}
    return officer.post(f"{address(world, writer)}/on-behalf", data=data)


def submissions() -> list[Submission]:
    return list(db.session.scalars(select(Submission).order_by(Submission.id)))


PAGES = (
    ("Trang 10.jpg", papers.photo("ivory")),
    ("Trang 2.jpg", papers.photo("linen")),
    ("Trang 1.jpg", papers.photo()),
)


def test_a_paper_on_paper_is_handed_in_marked_journaled_and_receipted(officer, world, writer, visit, db_session):
    answer = send(officer, world, writer, *PAGES)
    assert answer.headers["Location"].endswith(f"{address(world, writer)}/receipt")
    (submission,) = submissions()
    names = [file.name for file in attachments.files_of_submission(submission.id)]
    assert names == ["Trang 1.jpg", "Trang 2.jpg", "Trang 10.jpg"]
    assert attachments.handed_in_by(submission.id) == "Phạm Thị Lan"
    receipt = officer.get(answer.headers["Location"]).text
    assert all(word in receipt for word in (submission.receipt_number, "Phạm Thị Lan", "3 trang ảnh"))
    (entry,) = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "reflection.submit_for"))
    account = db.session.scalars(select(Account).where(Account.full_name == "Phạm Thị Lan")).one()
    assert (entry.actor_id, entry.after["sha256"]) == (account.id, submission.sha256)
    own = visit(writer)
    assert "Phạm Thị Lan" in own.get("/my/reflection/receipt").text


def test_what_the_paper_promises_is_handed_in_as_commitments(officer, world, writer, db_session):
    page = f"{address(world, writer)}/on-behalf"
    assert 'name="commitment-2-measure"' in officer.get(page).text
    promised = {
        "commitment-0-what": "Đối thoại mỗi quý",
        "commitment-0-due": "28/02/2019",
        "commitment-0-measure": "4 biên bản",
        "commitment-1-what": "Kết nạp đoàn viên",
    }
    refused = officer.post(page, data={**promised, f"part-{world.part_ids[0]}": "a\0"})
    assert (refused.status_code, "Đối thoại mỗi quý" in refused.text) == (422, True)
    assert officer.post(page, data={**promised, f"part-{world.part_ids[0]}": "một hai ba"}).status_code == 303
    (submission,) = submissions()
    said = from_canonical(submission.content).commitments
    assert (submission.commitments, said[0]) == (2, Commitment("Đối thoại mỗi quý", "28/02/2019", "4 biên bản"))


def test_the_receipt_goes_to_the_author_by_mail_where_there_is_an_address(officer, world, db_session):
    with transaction():
        person = make_person("Nguyễn Thị Ánh", unit=world.unit, email="nguoi.viet@congdoan.example")
        writer = world.attendee(person=person)
    send(officer, world, writer, ("a.docx", papers.docx(papers.WORDS)))
    (mail,) = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.RECEIPT))
    assert (mail.attendee_id, mail.address) == (writer.id, "nguoi.viet@congdoan.example")


def test_pressing_twice_hands_in_once_and_keeps_one_copy(app, officer, world, writer, db_session):
    for _ in range(2):
        assert send(officer, world, writer, *PAGES).status_code == 303
    assert len(submissions()) == 1
    folder = app.extensions["settings"].files_dir / "papers"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3


def test_another_copy_supersedes_and_the_first_is_kept(officer, world, writer, db_session):
    sent = papers.docx("Bản một.")
    send(officer, world, writer, ("a.docx", sent))
    send(officer, world, writer, text="Bản hai, gõ lại từ tờ giấy.")
    first, second = submissions()
    assert (first.version, second.version, len(files_of(second.content))) == (1, 2, 0)
    assert json.loads(second.content)["parts"][0]["text"] == "Bản hai, gõ lại từ tờ giấy."
    assert [one.sha256 for one in files_of(first.content)] == [sha256_of(sent)]


def test_a_draft_of_the_author_is_neither_read_nor_touched(officer, world, writer, visit, db_session):
    save = actions.Save(writer.id, world.content("Bí mật của tôi"), 0, actions.PageLine("p" * 9, 1))
    with transaction():
        actions.save_draft(save=save, at=WRITING)
    page = officer.get(f"{address(world, writer)}/on-behalf").text
    assert "Người này đang viết nháp" in page
    assert "Bí mật" not in page
    assert send(officer, world, writer, *PAGES).status_code == 303
    desk = queries.desk_of(writer.id)
    assert desk.content.parts[world.part_ids[0]] == "Bí mật của tôi"
    assert (list(desk.files), desk.is_handed_in, desk.submission.version) == ([], True, 1)
    with transaction():  # and the author hands in after all
        own = actions.submit(
            attendee_id=writer.id,
            revision=desk.revision,
            by=actor_of(writer),
            at=WRITING,
            signer=Signer(SECRET),
            chance="x",
        ).submission
    assert (own.version, attachments.handed_in_by(own.id)) == (2, None)
    assert "Bí mật của tôi" in own.content.decode()


def test_nobody_hands_in_over_the_authors_own_paper(officer, world, writer, db_session):
    with transaction():
        actions.save_draft(save=actions.Save(writer.id, world.content(), 0, actions.PageLine("p" * 9, 1)), at=WRITING)
        actions.submit(
            attendee_id=writer.id, revision=1, by=actor_of(writer), at=WRITING, signer=Signer(SECRET), chance="x"
        )
    answer = send(officer, world, writer, *PAGES)
    assert (answer.status_code, len(submissions())) == (409, 1)
    assert "đã tự nộp bài" in answer.text
    assert officer.get(f"{address(world, writer)}/receipt").status_code == 404


@pytest.mark.parametrize(
    ("sent", "typed", "sentence"),
    [
        ((), "", "Chưa có tệp nào"),
        ((("a.docm", papers.hostile("macro")[1]),), "gõ thêm", "a.docm có macro"),
        ((("a.docx", papers.docx("một")), ("b.docx", papers.docx("hai"))), "", "Bài chỉ gồm một tệp"),
        ((), "\x00", "một ký tự không lưu được"),
    ],
)
def test_a_refusal_says_why_keeps_what_was_typed_and_leaves_nothing(app, officer, world, writer, sent, typed, sentence):
    answer = send(officer, world, writer, *sent, text=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert typed.strip("\x00") in answer.text
    assert submissions() == []
    folder = app.extensions["settings"].files_dir / "papers"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("at", "status", "is_late"),
    [(DUE, 303, [False]), (LATE_UNTIL, 303, [True]), (LATE_UNTIL + timedelta(seconds=1), 422, [])],
)
def test_the_deadline_is_the_authors(world, writer, sign_in, clock, at, status, is_late, db_session):
    clock.stop_at(at)
    assert send(sign_in(Role.ORGANIZER), world, writer, *PAGES).status_code == status
    assert [one.is_late for one in submissions()] == is_late


def test_a_task_may_not_take_it_and_then_nothing_offers_it(make_world, sign_in, clock, db_session):
    world = make_world(forms=Forms(on_behalf=False))
    clock.stop_at(WRITING)
    with transaction():
        writer = world.attendee()
    organizer = sign_in(Role.ORGANIZER)
    answer = send(organizer, world, writer, *PAGES)
    assert (answer.status_code, submissions()) == (403, [])
    assert "on-behalf" not in organizer.get(f"/conferences/{world.conference.code}/people/{writer.number}").text


@pytest.mark.parametrize(("who", "status"), [("here", 200), ("above", 200), ("elsewhere", 404)])
def test_only_who_is_responsible_for_the_unit_hands_in(world, writer, sign_in, clock, who, status, db_session):
    clock.stop_at(WRITING)
    with transaction():
        unit = {"here": world.unit, "above": None, "elsewhere": make_unit("Công đoàn Giáo dục")}[who]
        scope = (ScopeKind.UNIT, unit.id) if unit else (ScopeKind.ALL, None)
        account = make_account(Role.UNIT_OFFICER, *scope)
    browser = sign_in(account=account)
    assert browser.get(f"{address(world, writer)}/on-behalf").status_code == status
    assert send(browser, world, writer, *PAGES).status_code == (303 if status == 200 else 404)
    assert db.session.scalar(select(func.count()).select_from(Submission)) == (1 if status == 200 else 0)
