"""A test that did not run has shown nothing: the last lines say which and why, and in CI the run fails."""

from __future__ import annotations

import os

import pytest


def _left_out(terminal: pytest.TerminalReporter) -> list[str]:
    lines = []
    for outcome in ("skipped", "xfailed"):
        for report in terminal.stats.get(outcome, []):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
            lines.append(f"{outcome}: {report.nodeid}: {reason.removeprefix('Skipped: ')}")
    return lines


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> object:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and os.environ.get("CI") and _left_out(terminal) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = _left_out(terminalreporter)
    if lines:
        terminalreporter.section("not tested here" + (", which CI does not accept" if os.environ.get("CI") else ""))
        for line in lines:
            terminalreporter.line(line)
