"""The benchmarks' own tools tell the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.load import drive, request, spread
from tests.benchmarks.report import Report
from tests.services.web import WebServer


@pytest.fixture(scope="module")
def hello() -> Iterator[WebServer]:
    server = WebServer("tests.benchmarks.hello:app")
    yield server
    server.end()


def test_every_request_is_asked_once_and_answered(hello: WebServer) -> None:
    asked = [request("GET", "/", port=hello.port)] * 30 + [request("GET", "/nowhere", port=hello.port)] * 12
    outcome = drive(hello.port, asked, clients=4, keep_bodies=True)
    assert outcome.statuses == {200: 30, 404: 12}
    assert outcome.bodies.count("Xin chào".encode()) == 30
    assert 0 < outcome.percentile(0.5) <= outcome.percentile(0.99) <= outcome.longest
    assert outcome.rate == pytest.approx(42 / outcome.seconds)


def test_a_load_stops_when_its_time_is_up(hello: WebServer) -> None:
    outcome = drive(hello.port, [request("GET", "/", port=hello.port)] * 100_000, clients=2, seconds=0.2)
    assert 0 < outcome.answered < 100_000


def test_a_load_can_be_spread_over_moments(hello: WebServer) -> None:
    moments = [place / 100 for place in range(30)]
    outcome = spread(hello.port, [request("GET", "/", port=hello.port)] * 30, moments, clients=3)
    assert outcome.statuses == {200: 30}
    assert outcome.seconds > moments[-1]


def test_the_server_tells_what_its_process_holds(hello: WebServer) -> None:
    assert 10 < hello.memory_mib() < 120


def test_a_figure_says_whether_it_is_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(hello_rate=5_000)
    report.benchmark = "checkin"
    report.figure("online check-ins", 1_600, "/s", at_least=1_500, is_rate=True)
    report.figure("p99", 52, "ms", at_most=40)
    report.figure("people", 24_814, "")
    report.write(tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())["figures"]
    assert [(one["is_reached"], one["hello_ratio"]) for one in written] == [(True, 0.32), (False, None), (None, None)]
    assert capsys.readouterr().out.count("MISSED") == 1
