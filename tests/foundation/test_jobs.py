"""Work outside of a request: done once, repeated when a worker dies, given up when it kills its workers."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from conference import commands
from conference.foundation import clock as clock_module
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import CLAIM_FOR, MOST_ATTEMPTS, Job, JobState, Task, enqueue

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def handlers(monkeypatch) -> dict[str, jobs.Handler]:
    """Handlers of this test alone."""
    own: dict[str, jobs.Handler] = {}
    monkeypatch.setattr(jobs, "_handlers", own)
    return own


@pytest.fixture(autouse=True)
def stopped_clock(clock) -> Iterator[None]:
    clock.stop_at(NOW)
    return


def put(kind: str = "test", **payload: object) -> int:
    with transaction():
        return enqueue(kind, payload, by=SYSTEM, at=NOW).id


def row(job_id: int) -> Job:
    db.session.remove()
    return db.session.get_one(Job, job_id)


def test_a_job_exists_exactly_when_its_cause_does(db_session) -> None:
    with pytest.raises(ValueError, match="no cause"), transaction():  # noqa: PT012
        enqueue("test", {}, by=SYSTEM, at=NOW)
        raise ValueError("no cause")
    assert db_session.scalars(select(Job)).all() == []


def test_its_result_is_kept(db_session, handlers) -> None:
    handlers["test"] = lambda task: {"twice": task.payload["number"] * 2}
    job_id = put(number=21)
    assert jobs.run_all() == 1
    done = row(job_id)
    assert (done.state, done.result, done.attempts, done.error) == (JobState.DONE, {"twice": 42}, 1, None)
    assert (done.finished_at, done.claimed_until) == (NOW, None)


def test_jobs_run_in_the_order_they_came_and_not_before_their_time(db_session, handlers, clock) -> None:
    ran: list[str] = []
    handlers["test"] = lambda task: ran.append(task.payload["name"])
    with transaction():
        enqueue("test", {"name": "tomorrow"}, by=SYSTEM, at=NOW, run_after=NOW + timedelta(days=1))
    put(name="first")
    put(name="second")
    jobs.run_all()
    assert ran == ["first", "second"]
    clock.move(days=1)
    jobs.run_all()
    assert ran == ["first", "second", "tomorrow"]


def test_many_workers_do_each_job_once(app, handlers, sized) -> None:
    count, ran = sized(40, 1_000), Counter[int]()
    handlers["test"] = lambda task: ran.update([task.payload["number"]])
    with app.app_context(), transaction():
        for number in range(count):
            enqueue("test", {"number": number}, by=SYSTEM, at=NOW)

    def work() -> None:
        with app.app_context(), clock_module.stopped_at(NOW):
            while db.session.scalar(select(Job.id).where(Job.state == JobState.WAITING).limit(1)):
                jobs.run_one()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == Counter(range(count))
    with app.app_context():
        assert {(job.state, job.attempts) for job in db.session.scalars(select(Job))} == {(JobState.DONE, 1)}


def test_a_killed_workers_job_is_repeated_once_its_claim_has_lapsed(db_session, handlers, clock) -> None:
    handlers["test"] = lambda task: {"attempt": task.attempt}
    job_id = put()
    assert jobs.claim(at=NOW) is not None  # and its worker is killed
    assert jobs.run_all() == 0
    clock.stop_at(NOW + CLAIM_FOR + MOMENT)
    assert jobs.run_all() == 1
    assert (row(job_id).state, row(job_id).result) == (JobState.DONE, {"attempt": 2})


def test_a_job_that_kills_its_workers_is_given_up(db_session, handlers, clock) -> None:
    handlers["test"] = lambda task: pytest.fail("it would kill the next one too")
    job_id = put()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        task = jobs.claim(at=clock.move(minutes=2))
        assert task is not None
        assert task.attempt == attempt
    clock.move(minutes=2)
    assert jobs.run_all() == 0
    assert (row(job_id).state, row(job_id).error, row(job_id).attempts) == (
        JobState.FAILED,
        "worker_died",
        MOST_ATTEMPTS,
    )


def test_a_worker_that_was_taken_over_changes_nothing_more(db_session, handlers, clock) -> None:
    """A machine that slept for an hour wakes up while another does its work."""
    other: list[Task] = []

    def handle(task: Task) -> dict[str, int]:
        if task.attempt == 1:
            taken = jobs.claim(at=NOW + timedelta(hours=1))
            assert taken is not None
            other.append(taken)
            task.progress(1, 2)
        return {"attempt": task.attempt}

    handlers["test"] = handle
    job_id = put()
    jobs.run_one()
    assert (row(job_id).state, row(job_id).attempts, row(job_id).done) == (JobState.RUNNING, 2, 0)
    jobs._finish(other[0], JobState.DONE, result={"attempt": 2})
    assert (row(job_id).state, row(job_id).result) == (JobState.DONE, {"attempt": 2})


def test_a_slow_worker_keeps_its_job_though_it_says_nothing(db_session, handlers, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_EVERY", timedelta(milliseconds=20))
    renewed = threading.Event()
    renew = jobs._renew

    def note(*arguments: object) -> None:
        renew(*arguments)
        renewed.set()

    monkeypatch.setattr(jobs, "_renew", note)
    handlers["test"] = lambda task: {"renewed": renewed.wait(10), "until": str(row(task.id).claimed_until)}
    job_id = put()
    jobs.run_one()
    result = row(job_id).result
    assert result is not None
    assert result["renewed"]
    assert datetime.fromisoformat(result["until"]) != NOW + CLAIM_FOR


def test_a_fault_is_tried_again_and_then_named_without_its_words(db_session, handlers, clock, capfd) -> None:
    def fail(task: Task) -> None:
        raise ValueError("Nguyễn Thị Bí Mật")

    handlers["test"] = fail
    job_id = put()
    for _ in range(MOST_ATTEMPTS):
        assert row(job_id).state is JobState.WAITING
        jobs.run_all()
        clock.move(minutes=1)
    assert (row(job_id).state, row(job_id).error, row(job_id).attempts) == (
        JobState.FAILED,
        "ValueError",
        MOST_ATTEMPTS,
    )
    assert "Bí Mật" not in capfd.readouterr().err


def test_a_refusal_is_final_and_told_by_its_code(db_session, handlers) -> None:
    def refuse(task: Task) -> None:
        raise DomainError("sheet_empty", file="a.xlsx")

    handlers["test"] = refuse
    job_id = put()
    jobs.run_all()
    assert (row(job_id).state, row(job_id).error) == (JobState.FAILED, "sheet_empty")


def test_a_busy_database_is_no_final_refusal(db_session, handlers, clock) -> None:
    answers = iter([DomainError("busy"), DomainError("storage_full"), None])

    def handle(task: Task) -> None:
        if error := next(answers):
            raise error

    handlers["test"] = handle
    job_id = put()
    for _ in range(3):
        jobs.run_all()
        clock.move(minutes=1)
    assert (row(job_id).state, row(job_id).attempts) == (JobState.DONE, 3)


def test_an_unknown_kind_fails_without_taking_the_worker_along(db_session, handlers, clock) -> None:
    job_id = put("of another release")
    for _ in range(MOST_ATTEMPTS):
        jobs.run_all()
        clock.move(minutes=1)
    assert (row(job_id).state, row(job_id).error) == (JobState.FAILED, "KeyError")


def test_a_worker_that_is_asked_to_end_gives_its_job_back_at_once(db_session, handlers) -> None:
    def asked_to_end(task: Task) -> None:
        raise SystemExit(0)

    handlers["test"] = asked_to_end
    job_id = put()
    with pytest.raises(SystemExit):
        jobs.run_one()
    assert (row(job_id).state, row(job_id).attempts, row(job_id).claimed_until) == (JobState.WAITING, 0, None)


def test_progress_is_seen_while_it_runs_and_a_stop_is_noticed(db_session, handlers, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "PROGRESS_EVERY_SECONDS", 0)
    seen: list[tuple[int, int, str]] = []

    def handle(task: Task) -> None:
        for done in range(1, 4):
            task.progress(done, 3, f"tệp {done}")
            now = row(task.id)
            seen.append((now.done, now.total, now.note))
            if done == 2:
                with transaction():
                    assert jobs.stop(task.id, at=NOW)

    handlers["test"] = handle
    job_id = put()
    jobs.run_one()
    assert seen == [(1, 3, "tệp 1"), (2, 3, "tệp 2")]
    assert (row(job_id).state, row(job_id).done) == (JobState.STOPPED, 2)
    with transaction():
        assert not jobs.stop(job_id, at=NOW)


def test_progress_is_written_at_most_twice_a_second(db_session, handlers, count_queries) -> None:
    def handle(task: Task) -> None:
        for done in range(1, 1_001):
            task.progress(done, 1_000)

    handlers["test"] = handle
    job_id = put()
    with count_queries() as statements:
        jobs.run_one()
    assert sum("done=" in statement or "SET done" in statement for statement in statements) <= 4
    assert row(job_id).done == 1_000


def test_a_stopped_job_that_waits_never_begins(db_session, handlers) -> None:
    handlers["test"] = lambda task: pytest.fail("it was stopped")
    job_id = put()
    with transaction():
        jobs.stop(job_id, at=NOW)
    assert jobs.run_all() == 0


def test_a_claim_renewed_meanwhile_is_not_taken(db_session, monkeypatch) -> None:
    """Between looking and taking, the slow worker shows that it lives."""
    put()
    task = jobs.claim(at=NOW)
    assert task is not None
    late = NOW + CLAIM_FOR + MOMENT
    due = jobs._is_still_due

    def renewed_first(*arguments):  # type: ignore[no-untyped-def]
        db.session.execute(update(Job).values(claimed_until=late + CLAIM_FOR))
        return due(*arguments)

    monkeypatch.setattr(jobs, "_is_still_due", renewed_first)
    assert jobs.claim(at=late) is None


def test_the_worker_waits_for_a_database_that_is_busy(app, handlers, monkeypatch) -> None:
    monkeypatch.setattr(commands, "WAIT_FOR_DATABASE_SECONDS", 0.0)
    answers = iter([DomainError("busy"), DomainError("database_away"), False])

    def run_one() -> bool:
        answer = next(answers)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    monkeypatch.setattr(jobs, "run_one", run_one)
    with app.app_context():
        assert [commands._run_one() for _ in range(2)] == [False, False]
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    finally:
        signal.signal(signal.SIGTERM, before)
