"""A conference with papers handed in and graders called, for tests of grading and of reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import rfc8785

from conference.accounts.models import Account
from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM, Actor, ActorKind
from conference.foundation.db import db
from conference.grading import actions, marking, queries, sharing
from conference.grading.models import Grader, MarkingScheme, Reading
from conference.grading.rules import DEFAULT_PARTS
from conference.planning.models import Conference
from conference.reflections.models import Reflection, Submission
from conference.reflections.receipts import Receipt, Signer
from conference.reflections.rules import ReflectionState
from conference.registry.models import Attendee
from conference.sites.models import Site
from tests.factories import join, make_account, make_attendee, make_conference, make_site, make_unit

AT = datetime(2018, 12, 25, 2, 0, tzinfo=UTC)
_numbers = count(1)
SECRET = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"


def text_of(words: int) -> bytes:
    """A paper of exactly so many words: eight in its commitment, the others dealt to its four parts."""
    each, more = divmod(max(0, words - 8), 4)
    parts = [
        {"part": place, "title": title, "text": " ".join([f"chữ{place}"] * (each + (place <= more)))}
        for place, (title, _most, _hint) in enumerate(DEFAULT_PARTS[:4], 1)
    ]
    commitments = [{"what": "Họp công đoàn theo tổ", "due": "28/02/2019", "measure": "biên bản"}]
    return rfc8785.dumps({"parts": parts, "commitments": commitments, "files": []})


def hand_in(
    attendee: Attendee, *, words: int = 1_000, is_late: bool = False, content: bytes | None = None
) -> Submission:
    """A submission with a genuine receipt, and the reflection that it belongs to."""
    data = content or text_of(words)
    reflection = db.session.query(Reflection).filter_by(attendee_id=attendee.id).first()
    if reflection is None:
        reflection = Reflection(
            attendee_id=attendee.id, draft="", revision=0, saved_at=AT, saved_by="page", saved_seq=1, current_version=0
        )
    reflection.revision += 1
    reflection.current_version += 1
    reflection.state = ReflectionState.SUBMITTED
    reflection.submitted_revision, reflection.submitted_at = reflection.revision, AT
    reflection.is_late, reflection.words = is_late, words
    reflection.commitments = len(json.loads(data)["commitments"])
    db.session.add(reflection)
    db.session.flush()
    code = db.session.get_one(Conference, attendee.conference_id).code
    receipt = Receipt(
        number=f"BN-{attendee.conference_id}-{attendee.number:06}-{reflection.current_version}-{next(_numbers):06}",
        conference=code,
        version=reflection.current_version,
        sha256=hashlib.sha256(data).hexdigest(),
        words=words,
        received_at=AT,
        is_late=is_late,
    )
    submission = Submission(
        reflection_id=reflection.id,
        version=reflection.current_version,
        revision=reflection.revision,
        content=data,
        sha256=receipt.sha256,
        words=words,
        commitments=reflection.commitments,
        received_at=AT,
        is_late=is_late,
        receipt_number=receipt.number,
        signature=Signer(SECRET).sign(receipt),
    )
    db.session.add(submission)
    db.session.flush()
    return submission


@dataclass
class GradeBook:
    """One conference: four units with a site each, authors and graders among them."""

    conference: Conference
    units: list[Unit]
    sites: list[Site]
    attendees: list[Attendee]
    graders: list[Grader]
    accounts: list[Account]
    _at: datetime = field(default=AT)

    @property
    def scheme(self) -> MarkingScheme:
        found = queries.scheme_of(self.conference.id)
        assert found is not None
        return found

    def actor(self, grader_id: int) -> Actor:
        return Actor(ActorKind.ACCOUNT, db.session.get_one(Grader, grader_id).account_id)

    def readings(self, attendee: Attendee) -> list[Reading]:
        return (
            db.session.query(Reading)
            .join(Reading.paper)
            .filter_by(attendee_id=attendee.id)
            .order_by(Reading.ordinal)
            .populate_existing()
            .all()
        )

    def share_out(self) -> None:
        sharing.share_out(conference_id=self.conference.id, seed=1, by=SYSTEM, at=self._at)

    def give(self, reading: Reading, total: str) -> None:
        """Finish a reading with marks that add up to this total."""
        self._at += timedelta(minutes=5)
        marking.finish(
            reading=reading,
            version=reading.version,
            entry=marking.Entry(marks_adding_up_to(total, self.scheme), comment=f"Nhận xét {reading.id}"),
            by=self.actor(reading.grader_id),
            at=self._at,
        )
        db.session.expire_all()

    def give_all(self, totals: Sequence[str] = ("7.50", "8.00")) -> None:
        for attendee in self.attendees:
            for reading, total in zip(self.readings(attendee), totals, strict=False):
                self.give(reading, total)


def marks_adding_up_to(total: str, scheme: MarkingScheme) -> dict[int, Decimal]:
    left, marks = Decimal(total), {}
    for part in scheme.parts:
        marks[part.id] = min(left, part.max_mark)
        left -= marks[part.id]
    assert left == 0, "more than the scheme gives"
    return marks


def make_grade_book(*, code: str = "NQ12", authors: int = 4, graders: int = 6, units: int = 4) -> GradeBook:
    """Everybody has written; nothing is shared out yet."""
    top = make_unit("Tổng Liên đoàn Lao động Việt Nam")
    conference = make_conference(code, host_unit=top)
    bodies = [make_unit(f"Liên đoàn Lao động tỉnh số {place}", parent=top) for place in range(units)]
    sites = [
        make_site(f"Điểm cầu {place}", host_unit=unit, province=f"Tỉnh {place}") for place, unit in enumerate(bodies)
    ]
    for site in sites:
        join(conference, site)
    attendees = []
    for place in range(authors):
        attendee = make_attendee(
            conference,
            site=sites[place % units],
            unit=bodies[place % units],
            full_name=f"Nguyễn Văn Tác {place}",
            must_write=True,
        )
        hand_in(attendee, words=900 + 10 * place)
        attendees.append(attendee)
    called, accounts = [], []
    for place in range(graders):
        account = make_account(None, full_name=f"Lê Thị Chấm {place}")
        called.append(
            actions.add_grader(
                conference_id=conference.id,
                account=account,
                unit_id=bodies[place % units].id,
                site_id=sites[place % units].id,
                by=SYSTEM,
                at=AT,
            )
        )
        accounts.append(account)
    actions.ensure_scheme(conference_id=conference.id, by=SYSTEM, at=AT)
    return GradeBook(conference, bodies, sites, attendees, called, accounts)
