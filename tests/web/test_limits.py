"""Guessing at links is slowed down for the one who guesses, and for nobody else."""

from __future__ import annotations

import pytest

from conference.web import limits
from conference.web.limits import Tally, network_of
from tests.factories import LONG_AGO


@pytest.fixture
def few(monkeypatch, clock):  # type: ignore[no-untyped-def]
    """Three failures in a window are enough here."""
    monkeypatch.setattr(limits, "MOST_FAILURES", 3)
    clock.stop_at(LONG_AGO)


def ask(app, path: str, address: str = "10.0.0.1", **headers: str) -> int:  # type: ignore[no-untyped-def]
    answer = app.test_client().get(path, environ_base={"REMOTE_ADDR": address}, headers=headers)
    return int(answer.status_code)


@pytest.mark.parametrize("path", ["/p/wrong", "/calendar/wrong.ics", "/check/SAI-SO"])
def test_an_address_that_guesses_is_told_to_wait_and_others_go_on(sqlite_app, few, clock, path) -> None:
    assert [ask(sqlite_app, path) for _ in range(3)] == [ask(sqlite_app, path, "10.0.0.3")] * 3
    assert ask(sqlite_app, path) == 429
    assert ask(sqlite_app, "/p/another") == 429  # whichever link it tries
    assert ask(sqlite_app, path, "10.0.0.2") != 429
    assert ask(sqlite_app, "/sign-in") == 200  # other pages are not concerned
    clock.move(minutes=16)
    assert ask(sqlite_app, path) != 429


def test_saying_to_come_from_elsewhere_does_not_help(sqlite_app, few) -> None:
    statuses = [ask(sqlite_app, "/p/wrong", **{"X-Forwarded-For": f"10.1.1.{number}"}) for number in range(5)]
    assert statuses[3:] == [429, 429]


def test_links_that_exist_count_for_nothing(sqlite_app, few) -> None:
    assert {ask(sqlite_app, "/enter/any-token") for _ in range(10)} == {200}  # the page with the button


@pytest.fixture
def two_processes(make_app, sqlite_url, few):  # type: ignore[no-untyped-def]
    """``two_processes(redis_url)``: two applications that share nothing but the database and Redis."""
    return lambda redis_url: [make_app(database_url=sqlite_url, redis_url=redis_url) for _ in range(2)]


def test_through_redis_all_processes_count_together(two_processes, redis_url, redis_server) -> None:
    one, other = two_processes(redis_url)
    for _ in range(3):
        ask(one, "/p/wrong")
    assert ask(other, "/p/wrong") == 429
    assert ask(other, "/p/wrong", "10.0.0.2") != 429


def test_without_redis_each_process_still_counts_for_itself(two_processes, tmp_path) -> None:
    one, other = two_processes(f"unix://{tmp_path}/none.sock")
    assert 429 not in [ask(one, "/p/wrong") for _ in range(3)]
    assert ask(one, "/p/wrong") == 429
    assert ask(other, "/p/wrong") != 429


def test_very_many_addresses_fill_no_memory_and_hide_nobody(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 100)
    failures = Tally("", "failures")
    for _ in range(60):
        failures.add("guesser")
    for number in range(1_000):
        failures.add(f"other {number}")
    assert len(failures._own) <= 100
    assert failures.count("guesser") == 60


@pytest.mark.parametrize(
    ("one", "other", "are_the_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("", "10.0.0.1", False),
    ],
)
def test_an_ipv6_subscriber_is_one_however_many_addresses_it_takes(one, other, are_the_same) -> None:
    assert (network_of(one) == network_of(other)) is are_the_same
