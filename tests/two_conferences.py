"""Two conferences that have nothing to do with each other, every kind of thing in both, and people of all roles."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import joinedload, selectinload

from conference import create_app
from conference.accounts import actions as accounts
from conference.accounts.models import Account, Grant
from conference.accounts.rules import Right
from conference.accounts.sessions import cookie_name
from conference.accounts.token_actions import make_service_token
from conference.adapters.kept_files import Shelf
from conference.adapters.spreadsheet import write_workbook
from conference.checkin import actions as checkin
from conference.checkin import enrolling
from conference.checkin.device_rules import link_token as enrolment_token
from conference.checkin.models import Attendance, Case, HallCount, Scan, SiteClosing
from conference.checkin.online.actions import lay_down_rule
from conference.checkin.online.drafts import RuleFacts
from conference.checkin.online.models import OnlineParticipant
from conference.checkin.online.platform.actions import keep_report
from conference.checkin.online.platform.sheet import Participant, Report
from conference.checkin.online.rules import Interval, Rule
from conference.checkin.rules import CaseKind, Direction, ItemKind, Method, Verdict
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.documents import DocumentKind
from conference.foundation.jobs import JobState, enqueue, run_all
from conference.foundation.sheets import Table
from conference.grading.actions import scheme_facts
from conference.grading.models import (
    CopyRuling,
    Grader,
    MarkingScheme,
    Paper,
    RankCut,
    Reading,
    ReadingMark,
    Release,
    ReleasedMark,
    SchemePart,
)
from conference.grading.rules import DEFAULT_CUTS, DEFAULT_PARTS, PaperState, Rank, ReadingState, RulingKind
from conference.notices.models import MailKind, MailState, OutboxMail, ReminderRule
from conference.notices.reminding import ReminderKind
from conference.planning.documents.models import TopicDocument
from conference.planning.documents.rules import DocumentType
from conference.planning.models import ConferenceState, StudySession
from conference.reflections.content import Content, FileFact, canonical
from conference.reflections.models import (
    Extension,
    MakeUp,
    MakeUpStudy,
    PaperFile,
    Reflection,
    ReflectionTask,
    Submission,
    SubmissionFile,
    SubmissionOnBehalf,
    TaskPart,
)
from conference.reflections.quiz import preparing
from conference.reflections.quiz import queries as quizzes
from conference.reflections.quiz.models import QuizGrant
from conference.reflections.quiz.preparing import QuestionPlan, SlotPlan
from conference.reflections.receipts import receipt_number
from conference.reflections.rules import MakeUpKind, ReflectionState, ScopeOfExtension
from conference.reflections.similarity.models import Likeness, OfficialText, PaperPrint, SimilarityIndex
from conference.registry.doubles.models import Merge
from conference.registry.editing import facts_of, stamp_of
from conference.registry.feeds import Feed, FeedKind, feed_token
from conference.registry.imports.models import ImportFile, ImportFinding
from conference.registry.imports.rules import FindingKind
from conference.registry.links import link_token
from conference.registry.models import Attendee, Leave, Substitute, SubstituteState
from conference.registry.naming.models import NamingRule, Nomination, Quota
from conference.registry.naming.rules import Approver, NominationKind, NominationState
from conference.registry.tickets import key_ring
from conference.releases.actions import freeze
from conference.seating.models import SeatingMove, SeatingPin, SeatingProposal
from conference.seating.rules import Why, Wishes
from conference.settings import Settings
from conference.sites.models import GuestUnit, HallBlock, Site
from conference.sites.rehearsals.models import Rehearsal
from tests import factories as make
from tests.conftest import SECRET, Client
from tests.factories import local
from tests.people import prove_origin

NOW = local("08:30").replace(day=7).astimezone(UTC)
"""The day after: papers can be handed in, the doors were open yesterday."""

CANARY = "Hoangyen"
"""Stands in every name, number and text that belongs to one tenant alone."""

UNIT_CANARY = "Hoami"
"""Stands in the names of units, which all who organise a conference may know, and nobody else."""

SHARED_CANARY = "Sonca"
"""Stands in what the whole staff may read once a conference is published: its title and its programme."""

DRAWN = re.compile(r"[\w$=,+/-]{22,}|^[A-Z]{2}-\d{5}$|BN-\d+-\d{6}-|\"seed\"")
"""Tokens, hashes, random names."""

COOKIES = ("staff", "attendee", "state")
PEOPLE = uuid5(UUID(int=0), "scan")


class World:
    """``theirs`` is the conference whose things must not be seen; ``ours`` the one of the visitors."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.path = folder / "diemcau.sqlite3"
        shutil.copyfile(template, self.path)
        self.app: Flask = create_app(
            Settings(data_dir=folder, database_url=f"sqlite:///{self.path}", secret_key=SECRET)
        )
        self._stopped = clock.stopped_at(NOW)
        self._stopped.__enter__()
        self.visitors: dict[str, FlaskClient] = {}
        self._workbooks: dict[int, bytes] = {}
        with self.app.app_context(), transaction():
            self.centre = make.make_unit("Tổng Liên đoàn Lao động Việt Nam")
            self.ours = self._conference("NQ11", "", "")
            self.theirs = self._conference("NQ12", CANARY, SHARED_CANARY)
            self._staff()
        self._bring_lists()
        with self.app.app_context():
            db.session.remove()
        self._keep = sqlite3.connect(self.folder / "kept.sqlite3", isolation_level=None)
        self._watch = sqlite3.connect(self.path, isolation_level=None)
        self._watch.backup(self._keep)
        self._cookies = {
            visitor: [(name, cookie.value) for name in COOKIES if (cookie := client.get_cookie(name))]
            for visitor, client in self.visitors.items()
        }

    def end(self) -> None:
        self._stopped.__exit__(None, None, None)
        self._watch.close()
        self._keep.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    # ---- what a test asks

    def changes(self) -> int:
        """A number that another process's committed change moves on."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        names = [row[0] for row in self._watch.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._watch.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}

    def everything(self) -> dict[str, list[Any]]:
        """The contents of each table; what is drawn by chance or follows from it is left out."""
        return {
            name: [tuple(map(_without_chance, row)) for row in self._watch.execute(f'SELECT * FROM "{name}"')]
            for name in self.rows()
        }

    def restore(self) -> None:
        """Everything as it was in the beginning."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=10)) as target:
            target.execute("PRAGMA synchronous = OFF")
            self._keep.backup(target)
        for visitor, cookies in self._cookies.items():
            for name, value in cookies:
                self.visitors[visitor].set_cookie(name, value)

    def workbook_of(self, where: SimpleNamespace) -> Path:
        """An edited workbook of that conference that waits for a decision; what was decided on is there again."""
        folder = self.folder / "files" / "workbooks" / str(where.id)
        path = folder / f"{where.id:032x}.xlsx"
        if not path.exists():
            path.write_bytes(self._workbooks[where.id])
        return path

    # ---- one conference

    def _conference(self, code: str, mark: str, shared: str) -> SimpleNamespace:
        """Two sites, A and B, each with its host unit, one attendee and one device; all else hangs on B."""
        conference = make.make_conference(
            code, host_unit=self.centre, title=f"Hội nghị {shared} {code}", self_check_in=True
        )
        session = make.make_study_session(conference)
        presenter = make.make_presenter(f"Nguyễn Thị Ánh {code}")
        topic = make.make_topic(session, f"Tư duy mới {shared}", presenter=presenter)
        found = SimpleNamespace(code=code, id=conference.id, session=session.id, topic=topic.id, presenter=presenter.id)
        shelf = Shelf(self.folder / "files" / "documents")
        reading = make.make_topic(session, f"Đọc tài liệu {shared}", starts="10:00", ends="10:30", position=2)
        # of a topic that no route removes: a file that is gone does not come back with its row
        for field in ("document", "document_to_remove"):
            read = TopicDocument(
                topic_id=reading.id,
                name=f"{field}.pdf",
                type=DocumentType.PDF,
                size=9,
                stored_as=shelf.keep(b"%PDF-1.7\n"),
                added_at=NOW,
            )
            db.session.add(read)
            db.session.flush()
            setattr(found, field, read.id)
        found.draft = make.make_conference(
            f"{code}-N", host_unit=self.centre, state=ConferenceState.DRAFT, title=f"Dự thảo {mark} {code}"
        ).code
        rule = NamingRule(conference_id=conference.id, is_open=True, approver=Approver.ORGANIZER)
        db.session.add(rule)
        for name in ("a", "b"):
            setattr(found, name, self._site(conference, session, name, mark))
        gone = make.make_attendee(
            conference,
            site=db.session.get_one(Site, found.b.site),
            person=make.make_person(f"Hồ Thị {mark} Hai Dòng", unit=db.session.get_one(Unit, found.b.unit)),
            number=90,
            withdrawn_at=NOW,
        )
        merged = Merge(conference_id=conference.id, kept_id=found.b.attendee, gone_id=gone.id, moved=[], merged_at=NOW)
        db.session.add(merged)
        db.session.flush()
        found.merge = merged.id
        found.wave = make.make_wave(conference, f"Đợt hai {mark}").id
        self._writing(conference, found, mark)
        self._grading(conference, found, mark)
        self._online(conference, found, mark)
        self._seating(conference, found)
        closing = SiteClosing(study_session_id=session.id, site_id=found.b.site, closed_at=NOW)
        leave = Leave(attendee_id=found.b.attendee, reason=f"Ốm, {mark}", requested_at=NOW)
        guest = make.seat_guests(found.b.joined, make.make_unit(f"Công đoàn Giáo dục {code}"), quota=3)
        mail = OutboxMail(
            conference_id=conference.id,
            attendee_id=found.b.attendee,
            kind=MailKind.SUMMONS,
            release=1,
            address=f"{mark or 'nguoi'}@congdoan.vn",
            sequence=0,
            state=MailState.UNKNOWN,
            next_try_at=NOW,
            message_id=f"<{code}@congdoan.vn>",
            written_at=NOW,
        )
        reminder = ReminderRule(
            conference_id=conference.id,
            kind=ReminderKind.DAY,
            days=9,
            at_minute=480,
            sends=True,
            is_paused=False,
            active_since=NOW,
        )
        job = enqueue("badges.print", {"conference_id": -1}, by=SYSTEM, at=NOW, conference_id=conference.id)
        job.note = mark
        job.run_after = NOW + timedelta(days=365)
        db.session.add_all([closing, leave, mail, reminder])
        db.session.flush()
        found.leave, found.guest, found.mail, found.job = leave.id, guest.id, mail.id, job.id
        for _release in range(2 if mark else 1):  # a number of theirs is none of ours
            found.release = freeze(conference=conference, note=mark, by=SYSTEM, at=NOW).number
        found.b.joined.manager_phone = "0912 345 679"  # not released yet
        found.reminder = reminder.id
        rehearsal = Rehearsal(
            conference_id=conference.id,
            title=f"Tổng duyệt {shared}",
            starts_at=NOW - timedelta(days=2),
            ends_at=NOW - timedelta(days=2) + timedelta(hours=2),
            is_for_all=True,
            changed_at=NOW,
        )
        db.session.add(rehearsal)
        db.session.flush()
        found.rehearsal = rehearsal.id
        papers = enqueue("notices.print_summonses", {}, by=SYSTEM, at=NOW, conference_id=conference.id)
        papers.state, papers.finished_at = JobState.DONE, NOW
        db.session.flush()
        found.papers = papers.id
        printed = self.folder / "files" / "summonses" / str(conference.id)
        printed.mkdir(parents=True)
        (printed / f"{papers.id}.docx").write_bytes(b"PK " + mark.encode())
        sheets = self.folder / "files" / "enrolment"
        sheets.mkdir(parents=True, exist_ok=True)
        (sheets / f"{conference.id}.pdf").write_bytes(b"%PDF " + mark.encode())
        workbooks = self.folder / "files" / "workbooks" / str(conference.id)
        workbooks.mkdir(parents=True)
        rows = [[found.b.unit_code, f"LĐLĐ {mark}"]]
        write_workbook(workbooks / f"{conference.id:032x}.xlsx", [Table("Đơn vị", ["Mã đơn vị", "Tên gọn"], rows)])
        self._workbooks[conference.id] = (workbooks / f"{conference.id:032x}.xlsx").read_bytes()
        for kind in ("badges", "packs"):
            folder = self.folder / "files" / kind / str(conference.id)
            folder.mkdir(parents=True)
            for name in (f"{found.b.site}.pdf", "tat-ca.zip"):
                (folder / name).write_bytes(b"%PDF " + mark.encode())
        return found

    def _site(self, conference: Any, session: Any, name: str, mark: str) -> SimpleNamespace:
        unit = make.make_unit(
            f"Liên đoàn Lao động {UNIT_CANARY if mark else ''} {name} {conference.code}", parent=self.centre
        )
        site = make.make_site(
            f"Điểm cầu {mark} {name} {conference.code}", host_unit=unit, code=f"{conference.code}{name}"
        )
        joined = make.join(conference, site, manager_name=f"Trần Thị {mark}", manager_email=f"{mark or 'x'}@mail.vn")
        number = {"a": 1, "b": 2}[name] + (40 if mark else 0)
        attendee = make.make_attendee(
            conference,
            site=site,
            person=make.make_person(
                f"Đặng Hữu {mark} {name.upper()}", unit=unit, email=f"{mark or name}{number}@mail.vn"
            ),
            number=number,
            seat=f"C{number}",
        )
        attendee.ticket = key_ring(SECRET).issue(conference=conference.id, attendee=attendee.id, site=site.id)
        token = f"device-token-{conference.code}-{name}"
        device = checkin.enrol_device(
            conference=conference, site_id=site.id, token=token, label=f"Cửa {mark}", by=SYSTEM, at=NOW
        )
        db.session.add(
            Attendance(
                attendee_id=attendee.id,
                study_session_id=session.id,
                site_id=site.id,
                first=uuid5(PEOPLE, str(attendee.id)),
                first_at=local("07:40"),
                device_id=device.id,
                method=Method.CAMERA,
                flagged=False,
                duplicates=0,
                last_seen_at=local("07:40"),
            )
        )
        db.session.add(
            HallCount(
                id=uuid5(PEOPLE, f"hall {site.id}"),
                conference_id=conference.id,
                site_id=site.id,
                study_session_id=session.id,
                people=1,
                counted_at=local("07:45"),
                device_id=device.id,
                received_at=NOW,
            )
        )
        db.session.flush()
        spare = checkin.enrol_device(
            conference=conference, site_id=site.id, token=f"spare-{token}", label="Cửa phụ", by=SYSTEM, at=NOW
        )
        link = enrolling.make_link(conference=conference, site_id=site.id, by=SYSTEM, at=NOW)
        case = Case(
            key=f"of {attendee.id}",
            kind=CaseKind.TWO_SITES,
            conference_id=conference.id,
            study_session_id=session.id,
            site_id=site.id,
            attendee_id=attendee.id,
            opened_at=NOW,
        )
        db.session.add(case)
        db.session.flush()
        own_scan = uuid5(PEOPLE, f"self {attendee.id}")
        db.session.add(_scanned_alone(own_scan, device, attendee, session))
        hall = make.hall_of(site)
        db.session.add(HallBlock(hall_id=hall.id, position=1, name="A", rows=3, seats_per_row=20))
        named = Substitute(
            attendee_id=attendee.id,
            full_name=f"Lê Thị {mark} {name.upper()}",
            state=SubstituteState.REQUESTED,
            requested_at=NOW,
        )
        proposed = Nomination(
            conference_id=conference.id,
            kind=NominationKind.ADD,
            state=NominationState.PROPOSED,
            unit_id=unit.id,
            full_name=f"Phạm Thị {mark} {name.upper()}",
            name_folded=f"pham thi {mark} {name}".lower(),
            site_id=site.id,
            proposed_at=NOW,
        )
        quota = Quota(conference_id=conference.id, unit_id=unit.id, places=3)
        db.session.add_all([named, proposed, quota])
        db.session.flush()
        return SimpleNamespace(
            substitute=named.id,
            nomination=proposed.id,
            own_scan=own_scan,
            case=case.id,
            spare_device=spare.id,
            enrolment_link=link.id,
            enrolment=enrolment_token(SECRET, link.id),
            unit=unit.id,
            unit_code=unit.code,
            site=site.id,
            site_code=site.code,
            hall=hall.id if hall else 0,
            joined=joined,
            joined_id=joined.id,
            attendee=attendee.id,
            number=attendee.number,
            person=attendee.person_id,
            ticket=attendee.ticket,
            device=token,
            link=link_token(SECRET, attendee.id, attendee.link_issue),
        )

    def _seating(self, conference: Any, found: SimpleNamespace) -> None:
        """A pin, and a proposal that was made before something changed."""
        pin = SeatingPin(conference_id=conference.id, unit_id=found.b.unit, site_id=found.b.site, pinned_at=NOW)
        proposal = SeatingProposal(
            conference_id=conference.id,
            wishes=Wishes().as_kept(),
            fingerprint="",
            considered=1,
            parted=0,
            cost=0,
            bound=0,
            missing=[],
            seconds=1,
            made_at=NOW,
        )
        db.session.add_all([pin, proposal])
        db.session.flush()
        way = SeatingMove(
            proposal_id=proposal.id,
            unit_id=found.b.unit,
            from_site_id=found.b.site,
            to_site_id=found.a.site,
            people=1,
            attendee_ids=[found.b.attendee],
            why=Why.CLOSING,
            km=30,
        )
        db.session.add(way)
        db.session.flush()
        found.pin, found.proposal, found.seating_move = pin.id, proposal.id, way.id

    def _online(self, conference: Any, found: SimpleNamespace, mark: str) -> None:
        rule = Rule()
        facts = RuleFacts(f"https://meet.example.vn/{mark or 'phong'}", rule)
        lay_down_rule(conference=conference, version=0, facts=facts, keys=key_ring(SECRET), by=SYSTEM, at=NOW)
        for place in (found.a, found.b):
            db.session.get_one(Attendee, place.attendee).may_follow_online = True
        stay = Interval(local("08:00"), local("09:00"))
        report = keep_report(
            study_session=db.session.get_one(StudySession, found.session),
            name=f"{mark or 'danh-sach'}.csv",
            sha256="0" * 64,
            timezone="Asia/Ho_Chi_Minh",
            report=Report([Participant(f"Phạm Thị {mark}", "", [stay])], 0, 0),
            by=SYSTEM,
            at=NOW,
        )
        found.report = report.id
        found.participant = db.session.query(OnlineParticipant.id).filter_by(report_id=report.id).scalar()

    def _writing(self, conference: Any, found: SimpleNamespace, mark: str) -> None:
        task = ReflectionTask(
            conference_id=conference.id,
            min_words=2,
            max_words=3000,
            opens_at=local("11:30"),
            due_at=NOW + timedelta(days=5),
            grace_seconds=60,
            late_until=NOW + timedelta(days=9),
            least_sessions=1,
            holidays=[],
            takes_files=True,
            takes_photos=True,
            takes_on_behalf=True,
        )
        task.parts = [TaskPart(position=1, title="Nhận thức", prompt="", min_words=0)]
        db.session.add(task)
        db.session.flush()
        part = task.parts[0].id
        for place in (found.a, found.b):
            content = Content({part: f"Bài viết của {mark} về công đoàn cơ sở"})
            picture = f"picture of {mark or place.number}".encode()
            photo = FileFact(DocumentKind.PHOTO, len(picture), sha256(picture).hexdigest())
            bytes_ = canonical(content, {part: "Nhận thức"}, [photo])
            number = receipt_number(conference=conference.id, attendee=place.attendee, version=1, chance="x")
            reflection = Reflection(
                attendee_id=place.attendee,
                draft="",
                revision=1,
                saved_at=NOW,
                saved_by="page-of-the-tests",
                saved_seq=1,
                state=ReflectionState.SUBMITTED,
                current_version=1,
                submitted_revision=1,
                submitted_at=NOW,
                words=content.words,
            )
            db.session.add(reflection)
            db.session.flush()
            submission = Submission(
                reflection_id=reflection.id,
                version=1,
                revision=1,
                content=bytes_,
                sha256=sha256(bytes_).hexdigest(),
                words=content.words,
                commitments=0,
                received_at=NOW,
                is_late=False,
                receipt_number=number,
                signature="x",
            )
            extension = Extension(
                task_id=task.id,
                scope=ScopeOfExtension.PERSON,
                attendee_id=place.attendee,
                until=NOW + timedelta(days=7),
                reason=f"Đi công tác {mark}",
                given_at=NOW,
                given_by=make.make_account(None).id,
            )
            db.session.add_all([submission, extension])
            db.session.flush()
            place.submission, place.receipt, place.extension = submission.id, number, extension.id
            place.file = self._photo(reflection, submission, picture, mark)
        found.task, found.part = task.id, part
        self._test(task, found, mark)
        self._making_up(found, mark)
        self._likeness(conference, found, mark)

    def _test(self, task: ReflectionTask, found: SimpleNamespace, mark: str) -> None:
        """A test that was prepared and is not what the conference asks for."""
        quiz = preparing.prepare(task=task, seed=f"seed of {mark or task.id}", by=SYSTEM, at=NOW)
        plans = [
            QuestionPlan(f"Câu {place} của {mark}?", "", (f"Có {mark}", f"Không {mark}"), (place % 2,))
            for place in (1, 2)
        ]
        preparing.bring_questions(quiz=quiz, rows=plans, by=SYSTEM, at=NOW)
        slot = SlotPlan(f"Ca của {mark}", NOW, NOW + timedelta(hours=2), [], [found.b.site])
        found.slot = preparing.save_slot(quiz=quiz, slot=None, plan=slot, by=SYSTEM, at=NOW).id
        found.question = quizzes.questions_of(quiz.id)[0].id
        grant = QuizGrant(
            attendee_id=found.b.attendee,
            until=NOW + timedelta(days=2),
            reason=f"Máy hỏng {mark}",
            given_at=NOW,
            given_by=make.make_account(None).id,
        )
        db.session.add(grant)
        db.session.flush()
        found.grant = grant.id

    def _making_up(self, found: SimpleNamespace, mark: str) -> None:
        """A make-up session at B, and a recording that B's attendee has begun to watch."""
        moments = {"opens_at": NOW - timedelta(hours=1), "closes_at": NOW + timedelta(days=5)}
        made = {"study_session_id": found.session, "made_at": NOW, "made_by": make.make_account(None).id, **moments}
        at_site = MakeUp(kind=MakeUpKind.AT_SITE, site_id=found.b.site, **made)
        recording = MakeUp(kind=MakeUpKind.RECORDING, address=f"https://ghi-hinh.example/{mark}", **made)
        db.session.add_all([at_site, recording])
        db.session.flush()
        study = MakeUpStudy(
            attendee_id=found.b.attendee,
            study_session_id=found.session,
            make_up_id=recording.id,
            started_at=NOW - timedelta(minutes=30),
        )
        db.session.add(study)
        db.session.flush()
        found.make_up, found.recording = at_site.id, recording.id

    def _likeness(self, conference: Any, found: SimpleNamespace, mark: str) -> None:
        """The papers of A and B are alike; B's waits for a decision, A's has one."""
        texts = OfficialText(
            conference_id=conference.id, title=f"Nghị quyết {mark}", text=f"Toàn văn {mark}", words=2, added_at=NOW
        )
        db.session.add_all([SimilarityIndex(conference_id=conference.id, indexed_at=NOW, papers=2), texts])
        for one, other in ((found.a, found.b), (found.b, found.a)):
            values = {"submission_id": one.submission, "share": 8_000}
            db.session.add(
                PaperPrint(
                    **values,
                    conference_id=conference.id,
                    runs=b"",
                    own=50,
                    closest_id=other.submission,
                    group_id=found.a.submission,
                )
            )
            db.session.add(Likeness(**values, other_id=other.submission, common=40))
        db.session.add(
            CopyRuling(
                conference_id=conference.id,
                submission_id=found.a.submission,
                kind=RulingKind.REMINDED,
                points=DEFAULT_PARTS[4][1] * 0,
                reason=f"Chép của {mark}",
                share=8_000,
                other_id=found.b.submission,
                decided_at=NOW,
            )
        )
        db.session.flush()
        found.official_text = texts.id

    def _photo(self, reflection: Reflection, submission: Submission, picture: bytes, mark: str) -> int:
        """A photo that was handed in, by the officer of the unit."""
        name = Shelf(self.folder / "files" / "papers").keep(picture)
        file = PaperFile(
            reflection_id=reflection.id,
            position=1,
            name=f"Ảnh {mark}.jpg",
            kind=DocumentKind.PHOTO,
            stored_as=name,
            pages=[name],
            size=len(picture),
            sha256=sha256(picture).hexdigest(),
            text="",
            words=0,
            added_at=NOW,
        )
        db.session.add(file)
        db.session.flush()
        officer = make.make_account(None, full_name=f"Nguyễn {mark} Lan")
        db.session.add_all(
            [
                SubmissionFile(submission_id=submission.id, position=1, file_id=file.id),
                SubmissionOnBehalf(submission_id=submission.id, account_id=officer.id),
            ]
        )
        db.session.flush()
        return file.id

    def _grading(self, conference: Any, found: SimpleNamespace, mark: str) -> None:
        quarter = DEFAULT_PARTS[4][1] / 4
        scheme = MarkingScheme(
            conference_id=conference.id, step=quarter, tolerance=DEFAULT_PARTS[4][1], rounding=quarter
        )
        scheme.parts = [
            SchemePart(position=place, title=title, max_mark=most, hint=hint)
            for place, (title, most, hint) in enumerate(DEFAULT_PARTS, start=1)
        ]
        scheme.cuts = [RankCut(rank=rank, minimum=minimum) for rank, minimum in DEFAULT_CUTS]
        db.session.add(scheme)
        db.session.flush()
        found.scheme_parts = [part.id for part in scheme.parts]
        graders = []
        for name, place in (("a", found.a), ("b", found.b)):
            account = make.make_account(Role.GRADER, ScopeKind.CONFERENCE, conference.id, full_name=f"Giám khảo {mark}")
            grader = Grader(
                conference_id=conference.id, account_id=account.id, unit_id=place.unit, site_id=place.site, added_at=NOW
            )
            db.session.add(grader)
            db.session.flush()
            graders.append(grader)
            setattr(found, f"grader_{name}", SimpleNamespace(account=account.id, id=grader.id))
        found.spare = make.make_account(
            Role.GRADER, ScopeKind.CONFERENCE, conference.id, unit_id=found.a.unit, full_name=f"Dự bị {mark}"
        ).login
        releases = [
            Release(
                conference_id=conference.id,
                number=number,
                released_at=NOW,
                scheme=scheme_facts(scheme.as_scheme()),
                figures={"marks": 2, "ranks": {rank.value: 2 * int(rank is Rank.GOOD) for rank in Rank}, "digest": "x"},
                note=mark,
                previous_hash="",
                hash=sha256(f"{conference.code} {number}".encode()).hexdigest(),
            )
            for number in ((1, 2) if mark else (1,))
        ]
        db.session.add_all(releases)
        db.session.flush()
        release = releases[-1]
        for grader, place in zip(graders, (found.b, found.a), strict=True):
            paper = Paper(
                conference_id=conference.id,
                attendee_id=place.attendee,
                submission_id=place.submission,
                words=7,
                state=PaperState.GRADING,
            )
            db.session.add(paper)
            db.session.flush()
            finished = Reading(
                paper_id=paper.id,
                grader_id=grader.id,
                ordinal=1,
                blind_code=f"KD-{conference.id:02}{place.attendee:03}",
                state=ReadingState.FINISHED if place is found.a else ReadingState.STARTED,
                comment=f"Nhận xét {mark}",
                started_at=NOW,
                saved_at=NOW,
                finished_at=NOW if place is found.a else None,
            )
            db.session.add(finished)
            db.session.flush()
            for part in scheme.parts:
                db.session.add(ReadingMark(reading_id=finished.id, part_id=part.id, mark=quarter))
            finished.total = quarter * len(scheme.parts)
            place.paper, place.reading, place.blind = paper.id, finished.id, finished.blind_code
            db.session.add(
                ReleasedMark(
                    release_id=release.id,
                    attendee_id=place.attendee,
                    paper_id=paper.id,
                    mark=quarter * len(scheme.parts),
                    rank=Rank.GOOD,
                    readings=[
                        {
                            "reading": finished.id,
                            "ordinal": 1,
                            "version": 1,
                            "total": str(finished.total),
                            "marks": {str(part.id): str(quarter) for part in scheme.parts},
                            "counts": True,
                        }
                    ],
                    comments=[{"comment": f"Nhận xét {mark}", "notes": {}}],
                )
            )
        db.session.flush()
        found.release = release.number

    def _bring_lists(self) -> None:
        """An import of each conference, read by the job, with a row that came back and a disagreement."""
        organizer = self.visitors["organizer"]
        for found, mark in ((self.ours, ""), (self.theirs, CANARY)):
            text = (
                "STT,Họ và tên,Ngày sinh,Giới tính,Chức vụ,Đơn vị công tác\r\n"
                f"1,Lê Thị {mark} Hương,03/11/1964,Nữ,Chủ tịch,LĐLĐ huyện\r\n"
                "2,,,,,\r\n3,Nguyễn Văn,,Nam,Ủy viên,LĐLĐ huyện\r\n"
            )
            answer = organizer.post(
                f"/conferences/{found.code}/imports/",
                data={"files": (BytesIO(text.encode("utf-8-sig")), f"dai-bieu-{mark}.csv")},
            )
            assert answer.status_code == 303, answer.status_code
            found.batch = int(answer.headers["Location"].split("?")[0].rpartition("/")[2])
        with self.app.app_context():
            run_all()
            for found in (self.ours, self.theirs):
                found.file = db.session.query(ImportFile).filter_by(batch_id=found.batch).one().id
                with transaction():
                    db.session.add(
                        ImportFinding(
                            batch_id=found.batch,
                            kind=FindingKind.CONFLICT,
                            position=1,
                            name=CANARY if found is self.theirs else "",
                            facts={
                                "place": "a|b|1",
                                "site": found.a.site_code,
                                "birth": None,
                                "sender": found.a.unit_code,
                                "others": [{"site": found.b.site_code, "sender": found.b.unit_code}],
                            },
                        )
                    )
            db.session.remove()

    # ---- who comes

    def _staff(self) -> None:
        ours, theirs = self.ours, self.theirs
        whole, conference, unit, site = ScopeKind.ALL, ScopeKind.CONFERENCE, ScopeKind.UNIT, ScopeKind.SITE
        for name, role, kind, id in (
            ("organizer", Role.ORGANIZER, whole, None),
            ("admin", Role.ADMIN, whole, None),
            ("leader", Role.LEADER, whole, None),
            ("officer", Role.UNIT_OFFICER, unit, theirs.b.unit),
            ("host", Role.SITE_HOST, site, theirs.b.site),
            ("scanner", Role.SCANNER, site, theirs.b.site),
            ("organizer elsewhere", Role.ORGANIZER, conference, ours.id),
            ("admin elsewhere", Role.ADMIN, conference, ours.id),
            ("leader elsewhere", Role.LEADER, conference, ours.id),
            ("officer elsewhere", Role.UNIT_OFFICER, unit, ours.b.unit),
            ("host elsewhere", Role.SITE_HOST, site, ours.b.site),
            ("scanner elsewhere", Role.SCANNER, site, ours.b.site),
            ("officer next door", Role.UNIT_OFFICER, unit, theirs.a.unit),
            ("host next door", Role.SITE_HOST, site, theirs.a.site),
            ("scanner next door", Role.SCANNER, site, theirs.a.site),
        ):
            self.visitors[name] = self._account(make.make_account(role, kind, id))
        for name, account in (
            ("grader", theirs.grader_a.account),
            ("grader next door", theirs.grader_b.account),
            ("grader elsewhere", ours.grader_a.account),
        ):
            self.visitors[name] = self._account(db.session.get_one(Account, account))
        self.visitors["without a role"] = self._account(make.make_account(None))
        self.visitors["nobody"] = prove_origin(self._client())
        for name, place in (("attendee", theirs.b), ("attendee next door", theirs.a), ("attendee elsewhere", ours.b)):
            client = prove_origin(self._client())
            client.set_cookie(cookie_name("attendee"), place.link)
            self.visitors[name] = client
        for name, place in (("device", theirs.b), ("device next door", theirs.a), ("device elsewhere", ours.b)):
            client = self._client()
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {place.device}"
            self.visitors[name] = client
        for name, where in (("service", theirs), ("service elsewhere", ours)):
            token, secret = make_service_token(
                label=f"Phần mềm {where.code}", rights=Right, conference_id=where.id, by=SYSTEM, at=NOW
            )
            token.last_used_on = NOW.date()
            where.service = token.id
            client = self._client()
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
            self.visitors[name] = client

    def _client(self) -> FlaskClient:
        self.app.test_client_class = Client
        return self.app.test_client()

    def _account(self, account: Account) -> FlaskClient:
        client = prove_origin(self._client())
        token = accounts.open_session(account=account, at=NOW, lives=timedelta(hours=8))
        client.set_cookie(cookie_name("staff"), token)
        return client

    def login_of(self, account_id: int) -> str:
        with self.app.app_context():
            return db.session.get_one(Account, account_id).login

    def grant_of(self, where: SimpleNamespace) -> int:
        with self.app.app_context():
            return db.session.query(Grant).filter_by(account_id=where.grader_b.account).one().id

    def guest_unit(self, where: SimpleNamespace) -> int:
        with self.app.app_context():
            return db.session.get_one(GuestUnit, where.guest).unit_id

    def unit_name(self, where: SimpleNamespace) -> str:
        with self.app.app_context():
            return db.session.get_one(Unit, where.b.unit).name

    def stamp(self, attendee_id: int) -> str:
        """What the form that edits somebody carries along."""
        with self.app.app_context():
            loaded = (joinedload(Attendee.person), selectinload(Attendee.categories))
            return stamp_of(facts_of(db.session.get_one(Attendee, attendee_id, options=loaded)))

    def feed(self, kind: FeedKind, id: int) -> str:
        return feed_token(SECRET, Feed(kind, id))


def _without_chance(value: Any) -> Any:
    if isinstance(value, bytes):
        return len(value)
    return "drawn" if isinstance(value, str) and DRAWN.search(value) else value


def _scanned_alone(id: UUID, device: Any, attendee: Any, session: Any) -> Scan:
    """A self check-in as it is kept."""
    return Scan(
        id=id,
        kind=ItemKind.SCAN,
        device_id=device.id,
        site_id=device.site_id,
        conference_id=device.conference_id,
        attendee_id=attendee.id,
        study_session_id=session.id,
        ticket=attendee.ticket,
        direction=Direction.IN,
        method=Method.SELF,
        scanned_at=local("07:45"),
        clock_offset_ms=0,
        corrected_at=local("07:45"),
        body_hash=id.bytes * 2,
        flagged=False,
        is_elsewhere=False,
        verdict=Verdict.ALREADY_IN,
        came_after_end=False,
        received_at=local("07:45"),
        version=0,
    )
