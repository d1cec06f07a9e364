"""Working everything out once more from the facts, and naming each difference. Nothing is mended here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from conference.checkin.attendance import attendance_of
from conference.checkin.decided import ruled_facts_of
from conference.checkin.models import Attendance
from conference.checkin.online.checking import differences
from conference.foundation.db import db
from conference.foundation.journal import FIRST, JournalEntry, broken_links
from conference.grading import releasing
from conference.grading import rules as grading
from conference.grading.models import CopyRuling, Paper, Reading, ReadingMark, ReleasedMark
from conference.grading.queries import rulings_in, scheme_of
from conference.grading.quizzes import mark_from
from conference.grading.rules import PaperState, ReadingState, Scheme
from conference.planning.models import Conference, PlanRelease, StudySession
from conference.reflections.attachments import text_of
from conference.reflections.content import NOTHING_WRITTEN, count_words, files_of, from_canonical
from conference.reflections.models import PaperFile, Reflection, Submission, SubmissionFile
from conference.reflections.quiz import queries as quizzes
from conference.reflections.quiz import taking
from conference.reflections.quiz.models import QuizAttempt
from conference.reflections.quiz.rules import chosen_of, draw, fold_taps, score
from conference.reflections.receipts import Receipt, Signer, sha256_of
from conference.registry.models import Attendee
from conference.registry.naming.actions import rule_of
from conference.registry.naming.queries import balance_of
from conference.registry.rules import Reach
from conference.registry.tickets import KeyRing, Ticket
from conference.releases.actions import PLAN_ERASED, PLAN_RELEASED, digest_of
from conference.reports.queries import sheaf_of
from conference.reports.tables import by_province, by_site, by_unit, grand_total

BATCH = 2_000
Read = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Part:
    """One thing that was gone over: how much of it there was, and what differs."""

    name: str
    checked: int
    differences: Sequence[str]


def verify(*, signer: Signer, ring: KeyRing, read: Read) -> Iterator[Part]:
    """Every part of the record, one after the other. ``read`` gives a kept file by its name, or None."""
    conferences = db.session.scalars(select(Conference).order_by(Conference.id)).all()
    yield _part("attendance", [_attendance(one) for one in conferences])
    yield _part("online presence", [differences(one.id) for one in conferences])
    yield _part("report totals", [_totals(one) for one in conferences])
    yield _part("frozen lists", [_frozen(one) for one in conferences])
    yield _part("grades", [_grades(one) for one in conferences])
    yield _part("tests", [_tests(one) for one in conferences])
    yield _part("releases", [_releases(one) for one in conferences])
    yield _part("plan releases", [_plan_releases(one) for one in conferences])
    yield _part("papers", [_papers()])
    yield _part("receipts", [_receipts(signer)])
    yield _part("paper files", [_files(read)])
    yield _part("tickets", [_tickets(ring)])
    yield _part("journal", [_journal()])


Found = tuple[int, list[str]]


def _part(name: str, found: Sequence[Found]) -> Part:
    return Part(name, sum(checked for checked, _faults in found), [fault for _n, faults in found for fault in faults])


def _frozen(conference: Conference) -> Found:
    """The count at the freeze and every change since, beside the count now."""
    rule = rule_of(conference.id)
    if rule is None or rule.frozen_count is None:
        return 0, []
    found = balance_of(conference.id, rule)
    told = f"{conference.code}: {found.at_freeze} + {found.added} - {found.gone} is not {found.now}"
    return 1, [] if found.adds_up else [told]


def _attendance(conference: Conference) -> Found:
    """Attendance as it is kept, beside attendance worked out from the set of scans and decisions."""
    worked_out = attendance_of(ruled_facts_of(conference.id))
    kept = {
        (row.attendee_id, row.study_session_id): row
        for row in db.session.scalars(
            select(Attendance)
            .join(StudySession, StudySession.id == Attendance.study_session_id)
            .where(StudySession.conference_id == conference.id)
            .execution_options(populate_existing=True)
        )
    }
    faults = []
    for pair in sorted(worked_out.keys() | kept.keys()):
        fact, row = worked_out.get(pair), kept.get(pair)
        if fact is None or row is None:
            faults.append(f"attendee {pair[0]} in session {pair[1]}: {'no scan says so' if row else 'not kept'}")
            continue
        said = (fact.site, fact.first, fact.first_at, fact.flagged, fact.duplicates, fact.last_seen_at, fact.last_out)
        stands = (
            row.site_id, row.first, row.first_at, row.flagged, row.duplicates, row.last_seen_at, row.last_out,
        )  # fmt: skip
        if said != stands:
            faults.append(f"attendee {pair[0]} in session {pair[1]}: kept otherwise than the scans say")
    return len(worked_out), faults


def _plan_releases(conference: Conference) -> Found:
    """Each release of the plan beside the digest that was taken of it, and the journal's word for that."""
    faults = []
    releases = db.session.scalars(
        select(PlanRelease)
        .where(PlanRelease.conference_id == conference.id)
        .order_by(PlanRelease.number)
        .execution_options(populate_existing=True)
    ).all()
    entries = (  # what was erased from a release since is a later entry
        select(JournalEntry.after)
        .where(
            JournalEntry.action.in_((PLAN_RELEASED, PLAN_ERASED)),
            JournalEntry.subject_kind == "conference",
            JournalEntry.subject_id == conference.id,
        )
        .order_by(JournalEntry.id)
    )
    noted = {entry["release"]: entry["digest"] for entry in db.session.scalars(entries)}
    for release in releases:
        if not digest_of(release) == release.digest == noted.get(release.number):
            faults.append(f"{conference.code}: release {release.number} of the plan is not as it was given out")
    if [release.number for release in releases] != list(range(1, conference.release_number + 1)):
        faults.append(f"{conference.code}: a release of the plan is missing")
    return len(releases), faults


def _totals(conference: Conference) -> Found:
    """Each table of the report adds up to the figures counted without any grouping, and its parts to the whole."""
    sheaf = sheaf_of(conference, Reach(is_whole=True))
    whole = grand_total(sheaf)
    faults = []
    for table in (by_province(sheaf), by_site(sheaf), by_unit(sheaf, above=None)):
        for key, count in whole.items():
            if table.total.values.get(key) != count:
                faults.append(f"{conference.code}: {key} by {table.by} is {table.total.values.get(key)}, not {count}")
    parts = ("present", "substituted", "excused", "unexcused", "not_seen")
    if sum(whole[key] for key in parts) != whole["summoned"]:
        faults.append(f"{conference.code}: those present and absent are not all those summoned")
    return len(whole), faults


def _grades(conference: Conference) -> Found:
    """Totals, states and marks beside the marks given for each part."""
    laid_down = scheme_of(conference.id)
    if laid_down is None:
        return 0, []
    scheme = laid_down.as_scheme()
    if quizzes.sits_a_test(conference.id):
        return _marks_of_tests(conference, scheme)
    marks: dict[int, dict[int, Decimal]] = {}
    for reading, part, given in db.session.execute(
        select(ReadingMark.reading_id, ReadingMark.part_id, ReadingMark.mark)
        .join(Reading, Reading.id == ReadingMark.reading_id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference.id)
    ):
        marks.setdefault(reading, {})[part] = given
    faults: list[str] = []
    totals: dict[int, list[Decimal | None]] = {}
    for row in db.session.execute(
        select(Reading.id, Reading.paper_id, Reading.state, Reading.total)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == conference.id)
        .order_by(Reading.paper_id, Reading.ordinal)
    ):
        total = grading.total_of(marks.get(row.id, {}), scheme)
        if total != row.total:
            faults.append(f"reading {row.id}: its marks add up to {total}, {row.total} is kept")
        totals.setdefault(row.paper_id, []).append(total if row.state is ReadingState.FINISHED else None)
    papers = db.session.execute(
        select(Paper.id, Paper.state, Paper.mark, Submission.erased_at)
        .join(Submission, Submission.id == Paper.submission_id)
        .where(Paper.conference_id == conference.id)
        .order_by(Paper.id)
    ).all()
    rulings = rulings_in(conference.id)
    for paper in papers:
        ruling = rulings[paper.id].as_ruling() if paper.id in rulings else None
        state, mark = grading.standing_mark(totals.get(paper.id, []), scheme, ruling)
        if paper.erased_at is not None:
            state, mark = grading.without_text(state, mark)
        if (state, mark) != (paper.state, paper.mark):
            faults.append(f"paper {paper.id}: {state} {mark} by its readings, {paper.state} {paper.mark} is kept")
    return len(papers), faults


def _marks_of_tests(conference: Conference, scheme: Scheme) -> Found:
    """The mark of each test beside the points of its sitting."""
    faults, checked = [], 0
    rows = db.session.execute(
        select(Paper.id, Paper.state, Paper.mark, QuizAttempt.points, QuizAttempt.total)
        .outerjoin(QuizAttempt, QuizAttempt.submission_id == Paper.submission_id)
        .where(Paper.conference_id == conference.id)
        .order_by(Paper.id)
    )
    for row in rows:
        checked += 1
        mark = None if row.points is None else grading.mark_of_points(row.points, row.total, scheme)
        if mark is None or row.mark != mark or row.state is not PaperState.SETTLED:
            faults.append(f"paper {row.id}: {mark} by its points, {row.state} {row.mark} is kept")
    return checked, faults


def _tests(conference: Conference) -> Found:
    """Papers beside the seed, answers beside the taps, points beside the key, and the key beside its corrections."""
    quiz = quizzes.quiz_of(conference.id)
    if quiz is None:
        return 0, []
    rows = quizzes.questions_of(quiz.id)
    bank = {one.id: one.as_question() for one in rows}
    faults = []
    checked = 0
    papers = quizzes.finished_papers(conference.id)
    taps = quizzes.taps_of([attempt.id for attempt, _content in papers])
    for attempt, content in papers:
        checked += 1
        paper = draw(
            list(bank.values()),
            seed=quiz.seed,
            attendee=attempt.attendee_id,
            number=attempt.number,
            drawn=quiz.drawn,
            shuffles_questions=quiz.shuffles_questions,
            shuffles_choices=quiz.shuffles_choices,
        )
        if attempt.drawn != paper:
            faults.append(f"sitting {attempt.id}: its paper is not the one that was drawn")
            continue
        answers = {place: one.choice for place, one in fold_taps(taps[attempt.id]).items()}
        chosen = taking.chosen_in(content)
        if chosen != chosen_of(paper, answers):
            faults.append(f"sitting {attempt.id}: what was handed in is not what was answered")
        found = score(paper, chosen, bank, quiz.weighting)
        if (found.points, found.total) != (attempt.points, attempt.total):
            faults.append(f"sitting {attempt.id}: {found.points} points by the key, {attempt.points} are kept")
    last = {one.question_id: one.after for one in reversed(quizzes.key_changes(quiz.id))}
    for question in rows:
        if last.get(question.id, question.accepted) != question.accepted:
            faults.append(f"question {question.id}: its key was changed without a decision")
    return checked, faults


def _releases(conference: Conference) -> Found:
    """The chain of releases, each mark beside the readings it names, and those beside the readings of today."""
    previous, checked = FIRST, 0
    faults: list[str] = []
    for made in reversed(releasing.releases_of(conference.id)):
        name = f"{conference.code}, release {made.number}"
        if made.previous_hash != previous or releasing.hash_of(made) != made.hash:
            faults.append(f"{name}: its hash does not follow from what it says and from the release before")
        previous = made.hash
        rows = releasing.rows_of(made.id)
        checked += len(rows)
        if releasing.digest_of(rows) != made.figures["digest"]:
            faults.append(f"{name}: its marks are not those that were released")
        scheme = releasing.scheme_from(made.scheme)
        faults += [f"{name}, {fault}" for fault in _folds(rows, scheme)]
        faults += [f"{name}, {fault}" for fault in _entered(made.id)]
        faults += [f"{name}, {fault}" for fault in _ruled(conference.id, rows)]
        faults += [f"{name}, {fault}" for fault in _pointed(conference.id, rows)]
    return checked, faults


def _folds(rows: Sequence[dict[str, Any]], scheme: Scheme) -> Iterator[str]:
    for row in rows:
        if row["quiz"] is not None:
            pointed = mark_from(row["quiz"], scheme)
            if pointed != row["mark"] or grading.rank_of(pointed, scheme) != row["rank"]:
                yield f"attendee {row['attendee_id']}: the mark does not follow from the points of the test"
            continue
        totals = [sum(map(Decimal, reading["marks"].values()), Decimal(0)) for reading in row["readings"]]
        settlement = grading.settle(totals, scheme)
        ruling = releasing.ruling_from(row["ruling"])
        mark = grading.after_ruling(settlement.mark, ruling) if settlement else None
        if mark is None or mark != row["mark"] or grading.rank_of(mark, scheme) != row["rank"]:
            yield f"attendee {row['attendee_id']}: the mark does not follow from its readings"


def _entered(release_id: int) -> Iterator[str]:
    """Readings that nobody has touched since must still say what was released."""
    now: dict[tuple[int, int], dict[str, str]] = {}
    for reading, version, part, mark in db.session.execute(
        select(Reading.id, Reading.version, ReadingMark.part_id, ReadingMark.mark)
        .join(ReadingMark, ReadingMark.reading_id == Reading.id)
        .join(ReleasedMark, ReleasedMark.paper_id == Reading.paper_id)
        .where(ReleasedMark.release_id == release_id)
    ):
        now.setdefault((reading, version), {})[str(part)] = str(mark)
    for attendee, readings in db.session.execute(
        select(ReleasedMark.attendee_id, ReleasedMark.readings).where(ReleasedMark.release_id == release_id)
    ):
        for reading in readings:
            standing = now.get((reading["reading"], reading["version"]))
            if standing is not None and standing != reading["marks"]:
                yield f"attendee {attendee}: reading {reading['reading']} was changed behind its version"


def _ruled(conference_id: int, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A ruling that a release names is one that was made, and says the same still."""
    made = {
        id: {"ruling": id, "kind": kind.value, "points": str(points)}
        for id, kind, points in db.session.execute(
            select(CopyRuling.id, CopyRuling.kind, CopyRuling.points).where(CopyRuling.conference_id == conference_id)
        )
    }
    for row in rows:
        if row["ruling"] is not None and made.get(row["ruling"]["ruling"]) != row["ruling"]:
            yield f"attendee {row['attendee_id']}: the ruling was changed after it was released"


def _pointed(conference_id: int, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The points of a test that a release names are those of the sitting, unless a key was corrected since."""
    key = quizzes.key_version(conference_id)
    tests = [row for row in rows if row["quiz"] is not None and row["quiz"]["key"] == key]
    if not tests:
        return
    now = {
        id: [str(points), str(total)]
        for id, points, total in db.session.execute(
            select(QuizAttempt.id, QuizAttempt.points, QuizAttempt.total)
            .join(Attendee, Attendee.id == QuizAttempt.attendee_id)
            .where(Attendee.conference_id == conference_id)
        )
    }
    for row in tests:
        if now.get(row["quiz"]["attempt"]) != [row["quiz"]["points"], row["quiz"]["total"]]:
            yield f"attendee {row['attendee_id']}: the points were changed after they were released"


def _papers() -> Found:
    """What each paper's row says of the submission that counts, beside that submission, and no version missing."""
    faults, checked = [], 0
    versions = (
        select(Submission.reflection_id, func.count().label("kept")).group_by(Submission.reflection_id).subquery()
    )
    rows = db.session.execute(
        select(Reflection, Submission, func.coalesce(versions.c.kept, 0))
        .outerjoin(versions, versions.c.reflection_id == Reflection.id)
        .outerjoin(
            Submission,
            (Submission.reflection_id == Reflection.id) & (Submission.version == Reflection.current_version),
        )
        .order_by(Reflection.id)
        .execution_options(yield_per=BATCH, populate_existing=True)
    )
    for reflection, submission, kept in rows:
        checked += 1
        if kept != reflection.current_version:
            faults.append(f"reflection {reflection.id}: {reflection.current_version} versions, {kept} are kept")
        for name, handed_in in _handed_in(submission).items():
            stands = getattr(reflection, name)
            if stands != handed_in:
                faults.append(f"reflection {reflection.id}: {name} is {stands}, {handed_in} by what was handed in")
    return checked, faults


def _handed_in(submission: Submission | None) -> dict[str, Any]:
    """What the row of a paper says because of the submission that counts."""
    if submission is None:
        return {"commitments": 0, "words": 0, "is_late": False, "submitted_at": None, "submitted_revision": None}
    return {
        "commitments": len(from_canonical(submission.content).commitments),
        "words": submission.words,
        "is_late": submission.is_late,
        "submitted_at": submission.received_at,
        "submitted_revision": submission.revision,
    }


def _receipts(signer: Signer) -> Found:
    """The stored bytes beside the hash on the receipt, and the receipt beside its signature."""
    faults: list[str] = []
    checked = 0
    files = {
        id: (count, words)
        for id, count, words in db.session.execute(
            select(SubmissionFile.submission_id, func.count(), func.sum(PaperFile.words))
            .join(PaperFile, PaperFile.id == SubmissionFile.file_id)
            .group_by(SubmissionFile.submission_id)
        )
    }
    rows = db.session.execute(
        select(Submission, Conference.code)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .join(Conference, Conference.id == Attendee.conference_id)
        .order_by(Submission.id)
        .execution_options(yield_per=BATCH)
    )
    for submission, code in rows:
        checked += 1
        faults += _kept_as_handed_in(submission, *files.get(submission.id, (0, 0)))
        receipt = Receipt(
            number=submission.receipt_number,
            conference=code,
            version=submission.version,
            sha256=submission.sha256,
            words=submission.words,
            received_at=submission.received_at,
            is_late=submission.is_late,
        )
        if not signer.has_signed(receipt, submission.signature):
            faults.append(f"submission {submission.id}: the receipt was not signed here")
    return checked, faults


def _kept_as_handed_in(submission: Submission, count: int, words: int) -> Iterator[str]:
    """The text and the number of files beside the receipt; one that was erased has neither."""
    if submission.erased_at is not None:
        if submission.content != NOTHING_WRITTEN or count:
            yield f"submission {submission.id}: it was erased, and something of it is left"
        return
    if sha256_of(submission.content) != submission.sha256:
        yield f"submission {submission.id}: the text is not the one that was handed in"
    if len(files_of(submission.content)) != count:
        yield f"submission {submission.id}: its files are not as many as were handed in"
    if count_words(text_of(submission, ())) + words != submission.words:
        yield f"submission {submission.id}: it has not as many words as the receipt says"
    if len(from_canonical(submission.content).commitments) != submission.commitments:
        yield f"submission {submission.id}: it has not as many commitments as are counted"


def _files(read: Read) -> Found:
    """Every file that was handed in: the bytes on the disk beside its hash, and both beside what was submitted."""
    faults, checked = [], 0
    rows = db.session.execute(
        select(SubmissionFile.submission_id, SubmissionFile.position, PaperFile, Submission.content)
        .join(PaperFile, PaperFile.id == SubmissionFile.file_id)
        .join(Submission, Submission.id == SubmissionFile.submission_id)
        .order_by(SubmissionFile.submission_id, SubmissionFile.position)
        .execution_options(yield_per=BATCH)
    )
    for submission_id, position, file, content in rows:
        checked += 1
        kept = read(file.stored_as)
        if kept is None:
            faults.append(f"submission {submission_id}: file {file.id} is gone from the disk")
        elif sha256_of(kept) != file.sha256:
            faults.append(f"submission {submission_id}: file {file.id} is not the one that was handed in")
        stated = files_of(content)[position - 1 : position]
        if [one.sha256 for one in stated] != [file.sha256]:
            faults.append(f"submission {submission_id}: file {file.id} is not the one on the receipt")
    return checked, faults


def _tickets(ring: KeyRing) -> Found:
    """Every ticket is signed, and says whose it is."""
    faults, checked = [], 0
    for id, conference, number, issue, ticket in db.session.execute(
        select(Attendee.id, Attendee.conference_id, Attendee.number, Attendee.ticket_issue, Attendee.ticket).where(
            Attendee.ticket.is_not(None)
        )
    ):
        checked += 1
        read = ring.read(ticket or "")
        if not isinstance(read, Ticket) or (read.conference, read.attendee, read.issue) != (conference, number, issue):
            faults.append(f"attendee {id}: the ticket was not issued here for this person")
    return checked, faults


def _journal() -> Found:
    broken = list(broken_links())
    return 1, [
        f"journal entry {id}: does not follow from the one before" if id else "journal: cut off" for id in broken
    ]
