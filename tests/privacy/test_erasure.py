"""D4: Erased, a person is in no store any more; every figure, mark and receipt stays as it was."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from conference.backup import write_backup
from conference.commands import newest_version
from conference.directory.models import Person
from conference.foundation.db import db, transaction
from conference.foundation.jobs import run_all
from conference.foundation.journal import broken_links
from conference.grading.models import Paper
from conference.planning.models import Conference
from conference.privacy import jobs as privacy_jobs
from conference.reflections.models import PaperFile, Submission
from conference.reflections.similarity.models import PaperPrint
from conference.registry.links import link_token
from conference.registry.rules import Reach
from conference.reports.queries import sheaf_of
from conference.reports.tables import by_site, by_unit, grand_total
from tests.conftest import SECRET
from tests.privacy.planted import MOMENT, Planted, erase, erase_account, index, plant


@pytest.fixture
def planted(app: Flask, db_session: Any, clock: Any, tmp_path: Path) -> Planted:
    clock.stop_at(MOMENT)
    with transaction():
        made = plant(tmp_path)
    index(made)
    return made


def stores(app: Flask, folder: Path) -> Iterable[tuple[str, bytes]]:
    """The bytes of everything that is kept: the database with its log, or each of its rows; and every file."""
    db.session.rollback()
    dump = folder.parent / f"{folder.name}-dump.zip"
    write_backup(dump, settings=app.extensions["settings"], version=newest_version())
    with zipfile.ZipFile(dump) as archive:
        for name in archive.namelist():
            yield f"backup/{name}", archive.read(name)
        for line in archive.read("tables/submissions.jsonl").splitlines():
            yield "backup/texts", base64.b64decode(json.loads(line)["content"])
    dump.unlink()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
            yield from _inside(path)


def _inside(path: Path) -> Iterable[tuple[str, bytes]]:
    """What a Word file says of its author is compressed."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())


def found_in(app: Flask, folder: Path, words: list[str]) -> dict[str, list[str]]:
    """word -> the stores that hold it, in whatever case."""
    everything = [(name, content.lower()) for name, content in stores(app, folder)]
    return {word: [name for name, content in everything if word.lower().encode() in content] for word in words}


def figures(app: Flask) -> dict[str, Any]:
    """Whatever is counted, with its totals, and the published marks."""
    sheaf = sheaf_of(db.session.query(Conference).one(), Reach(is_whole=True))
    tables = [by_site(sheaf), by_unit(sheaf, above=None)]
    with db.engine.connect() as connection:
        marks = connection.execute(text("SELECT attendee_id, mark, rank FROM released_marks ORDER BY 1")).all()
        seen = connection.execute(text("SELECT attendee_id, site_id, first_at FROM attendances ORDER BY 1")).all()
        scans = connection.execute(text("SELECT id, ticket, verdict FROM scans ORDER BY 1")).all()
        receipts = connection.execute(text("SELECT receipt_number, sha256, words FROM submissions ORDER BY 1")).all()
    return {
        "whole": grand_total(sheaf),
        "tables": [[(line.label, line.values) for line in table.lines] for table in tables],
        "marks": marks,
        "attendance": seen,
        "scans": scans,
        "receipts": receipts,
    }


def verify(app: Flask) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=["verify", "--json"])
    return outcome.exit_code, outcome.output


def test_nothing_of_the_erased_is_in_any_store_and_every_figure_stays(
    app, planted, people, clock, tmp_path, capfd
) -> None:
    assert len(planted.words) >= 50
    before, hidden = figures(app), found_in(app, tmp_path, planted.words)
    assert [word for word, places in hidden.items() if not places] == []
    assert verify(app)[0] == 0
    link = [link_token(SECRET, one.id, one.link_issue) for one in planted.people]
    kept = [one.receipt_number for one in planted_submissions(planted)]
    first = planted.people[0].number, planted.people[0].person_id
    for attendee in planted.people:
        assert erase(people["organizer"], attendee).status_code == 303
    assert erase_account(people["admin"], planted).status_code == 303
    clock.move(minutes=1)
    run_all()
    assert {word: places for word, places in found_in(app, tmp_path, planted.words).items() if places} == {}
    said = capfd.readouterr()
    assert [word for word in planted.words if word.lower() in (said.out + said.err).lower()] == []
    assert figures(app) == before
    assert verify(app)[0] == 0
    assert list(broken_links()) == []
    assert db.session.query(PaperPrint).count() == db.session.query(Submission).filter_by(erased_at=None).count() == 4
    assert db.session.query(PaperFile).count() == 0
    assert [people["nobody"].get(f"/p/{token}").status_code for token in link] == [404, 404]
    page = people["organizer"].get(f"/conferences/NQ12/people/{first[0]}").text
    assert f"Đã xóa {first[1]}" in page
    for number in kept:
        checked = people["nobody"].get(f"/check/{number}")
        assert (checked.status_code, "Bài đã xóa theo yêu cầu" in checked.text) == (200, True)


def planted_submissions(planted: Planted) -> list[Submission]:
    ids = [
        paper.submission_id for paper in db.session.query(Paper) if paper.attendee_id in {a.id for a in planted.people}
    ]
    return [db.session.get_one(Submission, id) for id in ids]


def test_a_backup_made_before_brings_nobody_back(app, planted, people, make_app, request, tmp_path, clock) -> None:
    """D4: What lies in an older backup."""
    names = db.session.execute(
        select(Person.full_name).where(Person.full_name.like("Trần %")).order_by(Person.id)
    ).all()
    file = tmp_path.parent / f"{tmp_path.name}-backup.zip"
    write_backup(file, settings=app.extensions["settings"], version=newest_version())
    erased = planted.people[0].person_id
    assert erase(people["organizer"], planted.people[0]).status_code == 303
    assert erase_account(people["admin"], planted).status_code == 303
    run_all()
    listed = (tmp_path / privacy_jobs.LIST_NAME).read_text()
    lines = [json.loads(line) for line in listed.splitlines()]
    assert [(line.get("person"), line.get("account")) for line in lines] == [
        (erased, None),
        (None, planted.account_id),
    ]
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / privacy_jobs.LIST_NAME).write_text(listed + json.dumps({"person": 1, "mark": "0" * 64}) + "\n")
    other = make_app(data_dir=folder, database_url=f"sqlite:///{folder / 'diemcau.sqlite3'}")
    with other.app_context():
        outcome = other.test_cli_runner().invoke(args=["restore", str(file), "--json"])
    file.unlink()
    assert outcome.exit_code == 0, outcome.output
    said = json.loads(outcome.output.splitlines()[-1])
    assert (said["erased_again"], said["not_known_again"]) == (2, 1)
    with other.app_context():
        words = found_in(other, folder, planted.words)
        assert verify(other)[0] == 0
        db.session.remove()
    gone, other_one = (one.full_name.removeprefix("Trần ") for one in names[:2])
    assert (words[gone], words[planted.login], bool(words[other_one])) == ([], [], True)


def test_what_is_kept_for_ever_can_be_erased_and_not_changed(planted, people) -> None:
    for change in (
        "UPDATE submissions SET content = 'x', erased_at = received_at",
        "UPDATE submissions SET erased_at = received_at",
        "UPDATE submissions SET words = 1",
        "UPDATE scans SET body = 'x'",
        "UPDATE scans SET ticket = 'x', body = NULL",
    ):
        with pytest.raises(DBAPIError), db.engine.connect() as connection:
            connection.execute(text(change))
    erase(people["organizer"], planted.people[0])
    entry = db.session.scalar(text("SELECT id FROM journal_entries WHERE reason_erased LIMIT 1"))
    with transaction():
        db.session.execute(text("UPDATE journal_entries SET actor_id = 99 WHERE id = :id"), {"id": entry})
    assert list(broken_links()) == [entry]
    with transaction():
        db.session.execute(text("UPDATE journal_entries SET actor_id = NULL WHERE id = :id"), {"id": entry})
    assert list(broken_links()) == []
    innocent = db.session.scalar(text("SELECT id FROM journal_entries WHERE NOT reason_erased LIMIT 1"))
    with transaction():
        db.session.execute(text("UPDATE journal_entries SET reason_erased = true WHERE id = :id"), {"id": innocent})
    assert list(broken_links()) == [innocent]
