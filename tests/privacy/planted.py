"""Two people and somebody of the staff, with a word of their own wherever something of a person can be kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import rfc8785
from sqlalchemy import select

from conference.accounts.actions import open_session
from conference.adapters.documents import read_document
from conference.checkin.models import Attendance, Case, Device, QuarantinedScan, Scan, WalkIn
from conference.checkin.online.models import OnlineParticipant, OnlineReport
from conference.checkin.online.platform.matching import How
from conference.checkin.online.rules import ReportState
from conference.checkin.rules import CaseKind, Direction, Failure, ItemKind, Method, Verdict
from conference.directory.models import Person
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.journal import record
from conference.foundation.text import fold, sort_key
from conference.grading import releasing
from conference.grading.actions import add_grader
from conference.grading.models import CopyRuling, Paper, Reading
from conference.grading.rules import RulingKind
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.planning.models import StudySession
from conference.privacy import actions
from conference.reflections import attaching, managing, shelf_views
from conference.reflections.models import Admission, Exemption, Reflection, ReflectionTask, SubmissionFile
from conference.reflections.quiz.models import QuizGrant
from conference.reflections.rules import ScopeOfExtension
from conference.reflections.similarity.indexing import index_conference
from conference.registry.doubles.actions import merge
from conference.registry.imports.models import (
    ImportBatch,
    ImportChange,
    ImportedValue,
    ImportFile,
    ImportFinding,
    ImportReject,
)
from conference.registry.imports.rules import BatchState, FindingKind, Subject
from conference.registry.models import Attendee, Leave, Substitute, SubstituteState
from conference.registry.naming.models import ListChange, Nomination
from conference.registry.naming.rules import ListChangeKind, NominationKind, NominationState
from conference.registry.seats.models import SeatPin
from conference.registry.tickets import key_ring
from conference.releases.actions import freeze
from conference.sites.models import ConferenceSite
from tests import papers
from tests.conftest import SECRET
from tests.factories import LONG_AGO, local, make_account, make_attendee, make_person, make_study_session, make_unit
from tests.grading.grade_book import AT, GradeBook, hand_in, make_grade_book

BORN = date(1971, 3, 2)


@dataclass
class Planted:
    """A conference that is over, two of its people, and an account of the staff; ``words`` are their canaries."""

    book: GradeBook
    people: list[Attendee] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    account_id: int = 0
    login: str = ""

    def word(self, kind: str) -> str:
        self.words.append(f"{kind}qz{len(self.words):03}")
        return self.words[-1]


def plant(folder: Path) -> Planted:
    """Everything committed by the caller; files and copies lie in ``folder``, the data folder."""
    make_person(unit=make_unit())  # is not called: the numbers of people and of attendees are not the same
    planted = Planted(make_grade_book(authors=4, graders=6))
    session = make_study_session(planted.book.conference)
    device = Device(
        token_hash=uuid4().hex,
        conference_id=planted.book.conference.id,
        site_id=planted.book.sites[0].id,
        label="Cửa",
        enrolled_at=LONG_AGO,
        expires_at=AT,
    )
    db.session.add(device)
    db.session.flush()
    plan = managing.plan_for(planted.book.conference, [managing.PartPlan(None, "Nhận thức", "", 0, False)])
    task = managing.make_task(conference=planted.book.conference, plan=plan, by=SYSTEM, at=LONG_AGO)
    for place in range(2):
        attendee = _call(planted, place)
        _count(planted, attendee, session, device)
        _send_for(planted, attendee)
        _write(planted, attendee, task)
        planted.people.append(attendee)
    _host(planted)
    _merge(planted)
    _import(planted, folder)
    planted.book.attendees += planted.people
    planted.book.share_out()
    planted.book.give_all()
    for attendee in planted.people:
        _judge(planted, attendee)
    releasing.release(draft=releasing.prepare(planted.book.conference.id), by=SYSTEM, at=AT)
    for kind in ("badges", "packs"):
        printed = folder / "files" / kind / str(planted.book.conference.id)
        printed.mkdir(parents=True)
        (printed / "tat-ca.zip").write_bytes(planted.word("Inra").encode())
    (folder / "before-0001.sqlite3").write_bytes(planted.word("Bansao").encode())
    return planted


def index(planted: Planted) -> None:
    """Outside of a transaction: its pieces are its own."""
    index_conference(planted.book.conference, at=AT, whole=True)


def _call(planted: Planted, place: int) -> Attendee:
    book, word = planted.book, planted.word
    name = f"Trần {word('Ten')}"
    phone = f"091200011{place}"
    planted.words.append(phone)
    person = Person(
        code=word("MA"),
        full_name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        birth_date=BORN,
        birth_year=1971,
        position=word("Chucvu"),
        unit_id=book.units[place].id,
        phone=phone,
        phone_digits=phone,
        email=f"{word('thu')}@congdoan.example",
    )
    db.session.add(person)
    db.session.flush()
    attendee = make_attendee(
        book.conference, site=book.sites[place], person=person, position=word("Chucdanh"), seat=word("Ghe")
    )
    attendee.ticket = key_ring(SECRET).issue(
        conference=book.conference.id, attendee=attendee.number, site=book.sites[place].id
    )
    db.session.refresh(attendee, ["person"])
    return attendee


def _scan(attendee: Attendee, session: StudySession, device: Device, **more: Any) -> Scan:
    at = session.starts_at - timedelta(minutes=10)
    values: dict[str, Any] = {
        "id": uuid4(),
        "kind": ItemKind.SCAN,
        "device_id": device.id,
        "site_id": attendee.site_id,
        "conference_id": attendee.conference_id,
        "attendee_id": attendee.id,
        "study_session_id": session.id,
        "ticket": attendee.ticket,
        "direction": Direction.IN,
        "method": Method.CAMERA,
        "scanned_at": at,
        "clock_offset_ms": 0,
        "corrected_at": at,
        "body_hash": uuid4().bytes * 2,
        "flagged": False,
        "is_elsewhere": False,
        "verdict": Verdict.ACCEPTED,
        "came_after_end": False,
        "received_at": at,
        "version": 1,
    }
    return Scan(**values | more)


def _count(planted: Planted, attendee: Attendee, session: StudySession, device: Device) -> None:
    """Counted at a door; once written down without a badge, twice in vain."""
    word, name = planted.word, attendee.person.full_name
    first = _scan(attendee, session, device)
    seen = _scan(attendee, session, device, corrected_at=first.corrected_at + timedelta(minutes=1), method=Method.NAME)
    failed = _scan(
        attendee,
        session,
        device,
        attendee_id=None,
        failure=Failure.UNKNOWN_SESSION,
        verdict=Verdict.INVALID,
        body=json.dumps({"person": {"name": name, "unit": word("Donvi")}}),
    )
    db.session.add_all([first, seen, failed])
    db.session.flush()
    db.session.add_all(
        [
            Attendance(
                attendee_id=attendee.id,
                study_session_id=session.id,
                site_id=attendee.site_id,
                first=first.id,
                first_at=first.corrected_at,
                device_id=device.id,
                method=Method.CAMERA,
                flagged=False,
                duplicates=1,
                last_seen_at=seen.corrected_at,
            ),
            WalkIn(
                scan_id=seen.id,
                conference_id=attendee.conference_id,
                full_name=f"{name} {word('Ghi')}",
                birth_date=BORN,
                phone=word("0909"),
                unit=word("Donvi"),
                position=word("Chuc"),
            ),
            QuarantinedScan(
                device_id=device.id,
                conference_id=attendee.conference_id,
                body=json.dumps({"person": {"name": name.upper(), "unit": word("Donvi")}}),
                body_hash=uuid4().bytes * 2,
                received_at=AT,
            ),
            Case(
                key=f"of {attendee.id}",
                kind=CaseKind.TWO_SITES,
                conference_id=attendee.conference_id,
                study_session_id=session.id,
                site_id=attendee.site_id,
                attendee_id=attendee.id,
                opened_at=AT,
                note=word("Ghichu"),
            ),
        ]
    )
    report = OnlineReport(
        conference_id=attendee.conference_id,
        study_session_id=session.id,
        name="danh-sach.csv",
        sha256=uuid4().hex,
        state=ReportState.LOADED,
        uploaded_at=AT,
        unreadable=0,
        other_day=0,
    )
    db.session.add(report)
    db.session.flush()
    for known in (attendee.id, None):
        db.session.add(
            OnlineParticipant(
                report_id=report.id,
                name=f"{name} {word('Phong')}" if known else name,
                email=attendee.person.email,
                how=How.NAME if known else How.UNMATCHED,
                attendee_id=known,
                candidates=[],
            )
        )


def _send_for(planted: Planted, attendee: Attendee) -> None:
    """Leave, substitutes that they are and that they are proposed as, letters."""
    word, person = planted.word, attendee.person
    other = planted.book.attendees[0]
    mails = [
        OutboxMail(
            conference_id=attendee.conference_id,
            attendee_id=attendee.id,
            kind=MailKind.SUMMONS,
            release=release,
            address=f"{word('gui')}@congdoan.example",
            error=word("Loi"),
            sequence=0,
            state=state,
            next_try_at=AT,
            message_id=f"<{uuid4()}@congdoan.example>",
            written_at=AT,
        )
        for release, state in ((1, MailState.SENT), (2, MailState.HELD))
    ]
    named = [
        Substitute(
            attendee_id=other.id,
            full_name=person.full_name,
            birth_date=BORN if known is None else None,
            position=word("Thay"),
            phone=person.phone if known is None else word("0908"),
            email=word("thay"),
            state=SubstituteState.APPROVED if known else SubstituteState.REFUSED,
            requested_at=AT,
            substitute_id=known,
        )
        for known in (attendee.id, None)
    ]
    leave = Leave(attendee_id=attendee.id, reason=word("Om"), requested_at=AT)
    nominated = [
        Nomination(
            conference_id=attendee.conference_id,
            kind=NominationKind.ADD,
            state=NominationState.APPROVED if known else NominationState.RETURNED,
            unit_id=attendee.unit_id,
            full_name=person.full_name,
            name_folded=person.name_folded,
            sort_key=person.sort_key,
            birth_date=BORN,
            position=word("Cu"),
            phone=word("0907"),
            email=word("cu"),
            attendee_id=known,
            reason=word("Vi"),
            answer=word("Tra"),
            proposed_at=AT,
        )
        for known in (attendee.id, None)
    ]
    changed = ListChange(
        conference_id=attendee.conference_id,
        attendee_id=attendee.id,
        kind=ListChangeKind.ADDED,
        delta=1,
        reason=word("Vi"),
        at=AT,
    )
    db.session.add_all([*mails, *named, *nominated, changed, leave])
    db.session.flush()
    record(by=SYSTEM, at=AT, action="leave.decide", subject=("leave", leave.id), reason=word("Vi"))
    record(by=SYSTEM, at=AT, action="attendee.note", subject=("attendee", attendee.id), reason=word("Vi"))


def _write(planted: Planted, attendee: Attendee, task: ReflectionTask) -> None:
    """A Word file with typed text beside it, handed in; a draft begun after it, with a photo."""
    word = planted.word
    document = read_document(
        f"{word('Tep')}.docx", papers.docx(word("Trongtep"), *[papers.WORDS] * 3, author=word("Tacgia"))
    )
    photo = read_document(f"{word('Anh')}.jpg", papers.photo())
    with shelf_views.kept([document, photo]) as kept:
        pass
    fact = {"kind": kept[0].kind.value, "size": kept[0].size, "sha256": kept[0].sha256}
    parts = [{"part": 1, "title": "Nhận thức", "text": word("Bai")}]
    content = rfc8785.dumps({"parts": parts, "commitments": [], "files": [fact]})
    submission = hand_in(attendee, words=kept[0].words + 1, content=content)
    for place, one in enumerate(kept):
        file = attaching.file_from(one, position=place, at=AT)
        file.reflection_id = submission.reflection_id
        db.session.add(file)
        db.session.flush()
        if place == 0:
            db.session.add(SubmissionFile(submission_id=submission.id, position=1, file_id=file.id))
    reflection = db.session.get_one(Reflection, submission.reflection_id)
    reflection.draft = json.dumps({"parts": {"1": word("Nhap")}, "commitments": []})
    reflection.returned_because = word("Trabai")
    given = {"attendee_id": attendee.id, "given_at": AT, "given_by": planted.book.accounts[0].id}
    db.session.add_all(
        [
            Exemption(reason=word("Mien"), **given),
            Admission(reason=word("Bu"), **given),
            QuizGrant(until=AT, reason=word("Luot"), **given),
        ]
    )
    organizer, until = planted.book.actor(planted.book.graders[0].id), task.due_at + timedelta(days=1)
    for what in ("Gia", "Giathoi"):
        extension = managing.extend(
            task=task,
            scope=ScopeOfExtension.PERSON,
            id=attendee.id,
            until=until,
            reason=word(what),
            by=organizer,
            at=AT,
        )
    managing.revoke_extension(task=task, extension_id=extension.id, reason=word("Thoi"), by=organizer, at=AT)
    record(  # as it was noted by earlier versions
        by=organizer, at=AT, action="reflection.extend", subject=("person", attendee.id), reason=word("Giacu")
    )
    actions.ask(attendee_id=attendee.id, by=SYSTEM, at=AT)
    actions.refuse(attendee_id=attendee.id, answer=word("Tuchoi"), by=SYSTEM, at=AT)


def _host(planted: Planted) -> None:
    """Somebody of the staff who looks after one hall and grades; and the first attendee, who looks after another.

    The plan was released with their names, and lists brought them.
    """
    word, book = planted.word, planted.book
    planted.login = word("dangnhap")
    account = make_account(
        Role.SITE_HOST,
        ScopeKind.SITE,
        book.sites[2].id,
        login=planted.login,
        full_name=f"Lê {word('Phutrach')}",
        email=f"{word('canbo')}@congdoan.example",
        password_hash=word("matkhau"),
        totp_secret=word("ma"),
    )
    open_session(account=account, at=AT, lives=timedelta(hours=1), client=word("Trinhduyet"))
    planted.account_id = account.id
    db.session.add(
        OutboxMail(
            conference_id=book.conference.id,
            account_id=account.id,
            kind=MailKind.DIGEST,
            release=1,
            occasion="2018-12-10",
            address=account.email,
            error=word("Loi"),
            sequence=0,
            state=MailState.BOUNCED,
            next_try_at=AT,
            message_id=f"<{uuid4()}@congdoan.example>",
            written_at=AT,
        )
    )
    first = planted.people[0].person
    contacts = [
        (2, account.full_name, word("0905"), account.email),
        (3, first.full_name, first.phone, word("trucdiem")),
    ]
    for place, name, phone, email in contacts:
        joined = db.session.scalars(select(ConferenceSite).filter_by(site_id=book.sites[place].id)).one()
        joined.manager_name, joined.manager_phone, joined.manager_email = name.upper(), phone, email
        joined.technician_name, joined.technician_phone = name, phone
        said = {"name": "Hội trường", "manager_name": name, "manager_phone": phone, "manager_email": email}
        db.session.add(
            ImportedValue(conference_id=book.conference.id, subject=Subject.SITE, subject_id=joined.site_id, said=said)
        )
    pinned = db.session.scalars(select(ConferenceSite).filter_by(site_id=planted.people[0].site_id)).one()
    db.session.add(
        SeatPin(conference_site_id=pinned.id, place="A1", attendee_id=planted.people[0].id, note=word("Ghim"))
    )
    freeze(conference=book.conference, note="", by=SYSTEM, at=AT)
    grader = add_grader(
        conference_id=book.conference.id, account=account, unit_id=book.units[2].id, site_id=None, by=SYSTEM, at=AT
    )
    record(by=SYSTEM, at=AT, action="grading.note", subject=("grader", grader.id), reason=word("Vi"))
    record(by=SYSTEM, at=AT, action="account.note", subject=("account", account.id), reason=word("Vi"))


def _merge(planted: Planted) -> None:
    """The second of them stood on the list twice, with another phone; somebody merged the two lines."""
    attendee, word = planted.people[1], planted.word
    double = make_person(f"Trần {word('Hai')}", unit=planted.book.units[1], phone=word("0906"), email=word("hai"))
    line = make_attendee(planted.book.conference, site=planted.book.sites[1], person=double, position=word("Chuchai"))
    merge(
        conference=planted.book.conference,
        first=db.session.get_one(Attendee, attendee.id),
        second=line,
        by=SYSTEM,
        at=AT,
    )


def _judge(planted: Planted, attendee: Attendee) -> None:
    """Words of graders and of the council, about their paper and about one that is like it."""
    word = planted.word
    db.session.refresh(attendee, ["person"])
    for reading in planted.book.readings(attendee):
        db.session.get_one(Reading, reading.id).comment = word("Nhanxet")
        db.session.get_one(Reading, reading.id).notes = {"1": word("Loi")}
    papers_of = {row.attendee_id: row.submission_id for row in db.session.query(Paper)}
    other = planted.book.attendees[planted.people.index(attendee)]
    for submission, told, beside in (
        (papers_of[attendee.id], word("Chep"), None),
        (papers_of[other.id], f"Giống bài của {attendee.person.full_name}", papers_of[attendee.id]),
    ):
        db.session.add(
            CopyRuling(
                conference_id=attendee.conference_id,
                submission_id=submission,
                kind=RulingKind.REMINDED,
                points=Decimal(0),
                reason=told,
                share=5_000,
                other_id=beside,
                decided_at=AT,
            )
        )
    record(by=SYSTEM, at=AT, action="copying.rule", subject=("submission", papers_of[attendee.id]), reason=word("Vi"))


def _import(planted: Planted, folder: Path) -> None:
    """The list that brought them: the file, its preview, a row that came back, what it changed."""
    word, book = planted.word, planted.book
    batch = ImportBatch(
        conference_id=book.conference.id, state=BatchState.APPLIED, created_at=AT, figures={}, site_choices={}
    )
    db.session.add(batch)
    db.session.flush()
    place = folder / "files" / "imports"
    place.mkdir(parents=True)
    (place / "list").write_bytes(word("Danhsach").encode())
    db.session.add(
        ImportFile(
            batch_id=batch.id, name="dai-bieu.csv", stored_as="list", size=9, sha256="0" * 64, sheets=[], encoding=None
        )
    )
    for attendee in planted.people:
        db.session.add_all(
            [
                ImportFinding(
                    batch_id=batch.id,
                    kind=FindingKind.NEW,
                    position=attendee.number,
                    attendee_id=attendee.id,
                    name=word("Thay"),
                    facts={"position": word("Chuc")},
                ),
                ImportReject(
                    batch_id=batch.id,
                    position=attendee.number,
                    file="dai-bieu.csv",
                    sheet="DS",
                    row=3,
                    why="unit_unknown",
                    subject=word("Dong"),
                    nearest=word("Gan"),
                    cells=[word("O")],
                ),
                ImportedValue(
                    conference_id=book.conference.id,
                    subject=Subject.ATTENDEE,
                    subject_id=attendee.id,
                    created_by_id=batch.id,
                    said={"full_name": word("Ten")},
                    categories_by_sender={word("Tu"): []},
                ),
                ImportChange(
                    batch_id=batch.id,
                    subject=Subject.ATTENDEE,
                    subject_id=attendee.id,
                    field="position",
                    before=word("Truoc"),
                    after=word("Sau"),
                ),
            ]
        )


MOMENT = local("20:00", date(2019, 2, 1))
"""Long after the conference."""


def address(attendee: Attendee, page: str) -> str:
    return f"/conferences/NQ12/people/{attendee.number}/{page}"


def erase_account(browser: Any, planted: Planted) -> Any:
    return browser.post(f"/accounts/{planted.account_id}/erase", data={"login": planted.login})


def erase(browser: Any, attendee: Attendee) -> Any:
    return browser.post(address(attendee, "erase"), data={"number": attendee.number})
