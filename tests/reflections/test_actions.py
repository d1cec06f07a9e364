from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry
from conference.reflections import actions, managing, queries
from conference.reflections.actions import Conflict, PageLine, Saved
from conference.reflections.content import Commitment, canonical, from_canonical
from conference.reflections.models import Reflection, Submission
from conference.reflections.receipts import sha256_of
from conference.reflections.rules import ReflectionState, ScopeOfExtension
from tests.factories import make_wave
from tests.reflections.conftest import DUE, GRACE, LATE_UNTIL, OPENED, WRITING, actor_of

SECOND = timedelta(seconds=1)


def save(attendee, content, *, base=0, page="page-of-a-laptop", seq=1, at=WRITING):
    with transaction():
        return actions.save_draft(save=actions.Save(attendee.id, content, base, PageLine(page, seq)), at=at)


def submit(world, attendee, revision, *, at=WRITING, chance="luck", written_at=None):
    with transaction():
        return actions.submit(
            attendee_id=attendee.id,
            revision=revision,
            by=actor_of(attendee),
            at=at,
            signer=world.signer,
            chance=chance,
            written_at=written_at,
        ).submission


def refusal(call, *args, **kwargs):
    with pytest.raises(DomainError) as refused:
        call(*args, **kwargs)
    db.session.rollback()
    return refused.value.code


# ---- saving


def test_each_save_raises_the_revision_and_keeps_the_text(world, writer):
    assert save(writer, world.content("một")) == Saved(1, WRITING)
    assert save(writer, world.content("một hai"), base=1, seq=2) == Saved(2, WRITING)
    desk = queries.desk_of(writer.id)
    assert (desk.revision, desk.content) == (2, world.content("một hai"))


def test_another_device_never_overwrites_what_it_has_not_seen(world, writer):
    save(writer, world.content("trên máy tính"))
    answer = save(writer, world.content("trên điện thoại"), base=0, page="page-of-a-phone")
    assert answer == Conflict(1, WRITING, world.content("trên máy tính"))
    assert queries.desk_of(writer.id).content == world.content("trên máy tính")
    assert save(writer, world.content("cả hai"), base=1, page="page-of-a-phone", seq=2) == Saved(2, WRITING)


def test_a_lost_answer_is_no_conflict(world, writer):
    save(writer, world.content("một"), seq=1)
    assert save(writer, world.content("một"), base=0, seq=1) == Saved(1, WRITING)  # sent again
    assert save(writer, world.content("một hai"), base=0, seq=2) == Saved(2, WRITING)  # typed on meanwhile
    assert save(writer, world.content("một"), base=0, seq=1) == Saved(2, WRITING)  # came late: changes nothing
    assert queries.desk_of(writer.id).content == world.content("một hai")


def test_after_a_foreign_save_the_own_line_is_no_longer_enough(world, writer):
    save(writer, world.content("một"))
    save(writer, world.content("hai"), base=1, page="page-of-a-phone")
    assert isinstance(save(writer, world.content("ba"), base=1, seq=2), Conflict)


def test_the_same_text_from_two_devices_is_no_conflict(world, writer):
    save(writer, world.content("như nhau"))
    assert save(writer, world.content("như nhau"), base=0, page="page-of-a-phone") == Saved(1, WRITING)


def test_a_text_is_kept_after_every_deadline(world, writer):
    """S5: As a draft."""
    late = LATE_UNTIL + timedelta(days=1)
    assert save(writer, world.content("muộn"), at=late) == Saved(1, late)


@pytest.mark.parametrize(
    ("fields", "at", "code"),
    [
        ({"present": 0}, WRITING, "reflection_absent"),
        ({"must_write": False}, WRITING, "reflection_not_required"),
        ({}, OPENED - SECOND, "reflection_not_open"),
    ],
)
def test_the_form_opens_for_those_who_may_write(world, fields, at, code):
    with transaction():
        attendee = world.attendee(**fields)
    assert refusal(save, attendee, world.content(), at=at) == code
    assert db.session.scalar(select(func.count()).select_from(Reflection)) == 0


def test_make_up_study_opens_the_form_and_an_exemption_closes_it(world, make_actor):
    with transaction():
        absent = world.attendee(present=0)
        present = world.attendee()
        managing.admit(attendee=absent, reason="Học bù ngày 10/12", by=make_actor, at=WRITING)
        managing.exempt(attendee=present, reason="Nghỉ ốm dài ngày", by=make_actor, at=WRITING)
    assert isinstance(save(absent, world.content()), Saved)
    assert refusal(save, present, world.content()) == "reflection_exempt"


def test_a_rule_of_two_sessions_asks_for_two(db_session, make_world):
    world = make_world(least_sessions=2)
    with transaction():
        half, whole = world.attendee(present=1), world.attendee(present=2)
    assert refusal(save, half, world.content()) == "reflection_absent"
    assert isinstance(save(whole, world.content()), Saved)


# ---- handing in


def test_a_receipt_proves_the_bytes_that_are_kept(world, writer):
    paper = world.content("một hai ba\r\nbốn", commitments=(Commitment("Họp tổ", "quý I", "4 cuộc"),))
    save(writer, paper)
    submission = submit(world, writer, 1)
    kept = db.session.get_one(Submission, submission.id)
    assert kept.content == canonical(paper, world.titles)
    assert kept.sha256 == sha256_of(kept.content)
    assert (kept.version, kept.words, kept.commitments, kept.is_late) == (1, 10, 1, False)
    assert world.signer.has_signed(queries.receipt_of(kept, "NQ12"), kept.signature)
    desk = queries.desk_of(writer.id)
    assert desk.is_handed_in
    assert desk.content == paper


def test_pressing_again_gives_the_receipt_that_there_is(world, writer):
    save(writer, world.content())
    first = submit(world, writer, 1, chance="a")
    again = submit(world, writer, 1, chance="b", at=WRITING + timedelta(minutes=1))
    assert (again.id, again.receipt_number) == (first.id, first.receipt_number)
    save(writer, world.content(), base=1, seq=5)  # the same text, saved again from a page that went back
    assert submit(world, writer, queries.desk_of(writer.id).revision).id == first.id
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1


def test_a_later_version_leaves_the_older_one_as_it_was(world, writer):
    save(writer, world.content("bản một"))
    first = submit(world, writer, 1)
    save(writer, world.content("bản hai"), base=1, seq=2)
    assert queries.desk_of(writer.id).is_changed_since
    second = submit(world, writer, 2, chance="other")
    assert (second.version, queries.desk_of(writer.id).submission.id) == (2, second.id)
    assert from_canonical(db.session.get_one(Submission, first.id).content) == world.content("bản một")


def test_what_was_saved_after_the_review_is_reviewed_first(world, writer):
    save(writer, world.content("một"))
    save(writer, world.content("hai"), base=1, seq=2)
    assert refusal(submit, world, writer, 1) == "changed_meanwhile"


def test_a_submission_can_not_be_changed(world, writer):
    save(writer, world.content())
    submission = submit(world, writer, 1)
    submission.words = 99
    with pytest.raises(RuntimeError):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(DatabaseError), transaction():
        db.session.execute(text("UPDATE submissions SET words = 99"))


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (DUE, False),
        (DUE + GRACE - SECOND, False),
        (DUE + GRACE, False),
        (DUE + GRACE + SECOND, True),
        (LATE_UNTIL - SECOND, True),
        (LATE_UNTIL, True),
        (LATE_UNTIL + SECOND, "reflection_too_late"),
    ],
)
def test_the_servers_receipt_decides_to_the_second(world, writer, at, outcome):
    """S5: By the server's clock alone."""
    save(writer, world.content())
    if isinstance(outcome, bool):
        assert submit(world, writer, 1, at=at).is_late is outcome
    else:
        assert refusal(submit, world, writer, 1, at=at) == outcome
        assert queries.desk_of(writer.id).content == world.content()  # refused, and kept as a draft


def test_what_was_written_offline_before_and_comes_after_keeps_its_time_and_is_late(world, writer):
    """S5: Marked, not refused, within the late window."""
    save(writer, world.content(), at=DUE + timedelta(hours=3))
    submission = submit(world, writer, 1, at=DUE + timedelta(hours=3), written_at=DUE - timedelta(minutes=5))
    assert (submission.is_late, submission.written_at) == (True, DUE - timedelta(minutes=5))


def test_no_device_can_have_written_in_the_future(world, writer):
    save(writer, world.content())
    assert submit(world, writer, 1, written_at=WRITING + timedelta(days=1)).written_at is None


def test_after_the_deadline_a_paper_in_time_is_not_replaced_by_a_late_one(world, writer):
    save(writer, world.content("đúng hạn"))
    first = submit(world, writer, 1)
    save(writer, world.content("thêm nữa"), base=1, seq=2, at=DUE + timedelta(hours=1))
    assert refusal(submit, world, writer, 2, at=DUE + timedelta(hours=1)) == "reflection_stays"
    assert queries.desk_of(writer.id).submission.id == first.id


@pytest.mark.parametrize("scope", list(ScopeOfExtension))
def test_more_time_reaches_a_person_a_unit_with_those_below_a_site_and_a_wave(world, make_actor, scope):
    with transaction():
        attendee = world.attendee()
        attendee.wave_id = make_wave(world.conference, "Đợt hai").id
        ids = {"person": attendee.id, "unit": world.unit.id, "site": world.site.id, "wave": attendee.wave_id}
        managing.extend(
            task=world.task,
            scope=scope,
            id=ids[scope],
            until=LATE_UNTIL + timedelta(days=3),
            reason="Bão lũ",
            by=make_actor,
            at=WRITING,
        )
    save(attendee, world.content())
    assert submit(world, attendee, 1, at=LATE_UNTIL + timedelta(days=2)).is_late is False


def test_time_that_was_taken_back_no_longer_counts(world, writer, make_actor):
    with transaction():
        given = managing.extend(
            task=world.task,
            scope=ScopeOfExtension.PERSON,
            id=writer.id,
            until=DUE + timedelta(days=1),
            reason="Đi công tác",
            by=make_actor,
            at=WRITING,
        )
        taken = {"task": world.task, "extension_id": given.id, "reason": "Nhầm người"}
        managing.revoke_extension(**taken, by=make_actor, at=WRITING)
        managing.revoke_extension(**taken, by=make_actor, at=WRITING)
    assert queries.desk_of(writer.id).window.due_at == DUE
    entries = db.session.scalars(select(JournalEntry).where(JournalEntry.action.contains("exten")))
    assert [(one.subject_kind, one.subject_id, one.reason) for one in entries] == [
        ("attendee", writer.id, "Đi công tác"),
        ("attendee", writer.id, "Nhầm người"),
    ]


def test_too_short_too_long_and_too_thin_parts_are_refused_with_their_figures(db_session, make_world):
    world = make_world(min_words=3, max_words=6)
    with transaction():
        writer = world.attendee()
    save(writer, world.content("một hai"))
    assert refusal(submit, world, writer, 1) == "too_few_words"
    save(writer, world.content("một hai ba bốn năm sáu bảy"), base=1, seq=2)
    assert refusal(submit, world, writer, 2) == "too_many_words"
    with transaction():
        db.session.execute(text("UPDATE task_parts SET min_words = 2 WHERE position = 2"))
    save(writer, world.content("một hai ba"), base=2, seq=3)
    db.session.expire_all()
    assert refusal(submit, world, writer, 3) == "part_too_short"


def test_a_paper_is_returned_once_and_can_then_be_replaced_late(world, writer, make_actor):
    save(writer, world.content("bản một"))
    submit(world, writer, 1)
    after = DUE + timedelta(days=2)
    give_back = {
        "attendee_id": writer.id,
        "task": world.task,
        "until": DUE + timedelta(days=5),
        "reason": "Chép nhiều",
        "by": make_actor,
        "at": after,
    }
    with transaction():
        managing.return_for_rewrite(**give_back)
    assert queries.desk_of(writer.id).reflection.state is ReflectionState.RETURNED
    save(writer, world.content("bản viết lại"), base=1, seq=2, at=after)
    assert submit(world, writer, 2, at=after, chance="other").is_late is False
    with pytest.raises(DomainError, match="returned_before"), transaction():
        managing.return_for_rewrite(**give_back)


def test_handing_in_is_in_the_journal_without_a_word_of_the_text(world, writer):
    save(writer, world.content("điều riêng tư"))
    submission = submit(world, writer, 1)
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "reflection.submit")).one()
    assert entry.actor_id == writer.id
    assert entry.after == {"version": 1, "sha256": submission.sha256, "late": False}


# ---- S1: byte for byte


def strange_texts(count: int) -> list[str]:
    """NFC, NFD, emoji, right to left, 64 KiB, CRLF, zero-width, lone controls, and mixtures of them."""
    chance = Random("texts of S1")
    pieces = [
        "Đặng Hữu Phước học tập Nghị quyết ",
        "D\u0323a\u0306\u0323ng H\u01b0\u0303u Ph\u01b0\u01a1\u0301c ",
        "👩‍🏫🇻🇳 ",
        "\u202eשלום عليكم\u202c ",
        "dòng một\r\ndòng hai\rdòng ba\n",
        "ẩn\u200bđi\u200d\ufeff ",
        "\x01\x02\x1b\x7f\x9f ",
        "\u2028\u2029\x85 ",
        "𝔘𝔫𝔦 \U0010ffff ",
        '"\\/<script>&amp;{{7*7}} ',
    ]
    texts = ["x" * 65_536, "ế" * 21_845, *pieces]
    while len(texts) < count:
        texts.append("".join(chance.choices(pieces, k=chance.randint(1, 40))))
    return texts[:count]


def test_any_text_with_a_receipt_is_kept_byte_for_byte(world, sized):
    """S1: Composed or not, in any direction, with signs that nobody sees."""
    for number, typed in enumerate(strange_texts(sized(40, 2_000))):
        with transaction():
            attendee = world.attendee(full_name=f"Người Viết {number}")
        paper = world.content(f"chữ {typed}")
        save(attendee, paper)
        submission_id = submit(world, attendee, 1).id
        db.session.expunge_all()
        kept = db.session.get_one(Submission, submission_id)
        assert kept.content == canonical(paper, world.titles)
        assert kept.sha256 == sha256_of(kept.content)
        assert from_canonical(kept.content).parts[world.part_ids[0]] == f"chữ {typed}"
        assert world.signer.has_signed(queries.receipt_of(kept, "NQ12"), kept.signature)


# ---- S4: interleavings


@dataclass(frozen=True)
class Kept:
    revision: int
    base: int
    page: str
    text: str


def test_no_interleaving_of_tabs_overwrites_what_it_has_not_seen(app, world, sized):
    """S4, F19: Several pages save, merge and hand in at once, each press heard twice."""
    for round_ in range(sized(12, 500)):
        with transaction():
            attendee = world.attendee(full_name=f"Người Viết {round_}")
        saves, receipts = live_through(app, world, attendee, round_)
        db.session.rollback()
        db.session.expire_all()
        row = queries.reflection_of(attendee.id)
        kept = {one.revision: one for one in sorted(saves, key=lambda one: one.revision)}
        assert sorted(kept) == list(range(1, row.revision + 1))  # one save a revision, none lost
        for revision in range(2, row.revision + 1):
            before, after = kept[revision - 1], kept[revision]
            assert after.base == before.revision or after.page == before.page
        versions = queries.submissions_of(row.id)
        assert [one.version for one in versions] == list(range(len(versions), 0, -1))
        assert row.current_version == len(versions)
        assert {one.receipt_number for one in versions} == {number for number, _revision in receipts}
        for one in versions:  # each holds the text of its revision
            assert from_canonical(one.content).parts[world.part_ids[0]] == kept[one.revision].text


def live_through(app, world, attendee, round_):
    saves: list[Kept] = []
    receipts: list[tuple[str, int]] = []
    faults: list[BaseException] = []
    start = threading.Barrier(3)

    def be_a_page(name: str) -> None:
        chance = Random(f"{round_} {name}")
        base, seq = 0, 0
        try:
            with app.app_context():
                start.wait(timeout=30)
                for step in range(6):
                    seq += 1
                    typed = f"{name} viết {step}"
                    base_before = base
                    for _press in range(chance.choice([1, 2])):
                        answer = save(attendee, world.content(typed), base=base_before, page=f"page-{name}", seq=seq)
                        if isinstance(answer, Conflict):
                            base = answer.revision
                        else:
                            base = answer.revision
                            if not any(one.revision == base for one in saves):
                                saves.append(Kept(base, base_before, f"page-{name}", typed))
                    if isinstance(answer, Saved) and chance.random() < 0.5:
                        for _press in range(2):
                            hand_in(base)
                db.session.remove()
        except BaseException as fault:
            faults.append(fault)

    def hand_in(revision: int) -> None:
        try:
            submission = submit(world, attendee, revision, chance=f"{round_} {revision}")
        except DomainError as refused:
            db.session.rollback()
            if refused.code != "changed_meanwhile":
                raise
        else:
            receipts.append((submission.receipt_number, submission.revision))

    threads = [threading.Thread(target=be_a_page, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    return saves, receipts
