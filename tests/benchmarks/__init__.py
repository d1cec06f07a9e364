"""What the product reaches on this machine: `make bench`, or `make bench ARGS="checkin export"` for some.

A benchmark is a module ``bench_NAME.py`` with ``def run(report: Report) -> None``. It starts what it measures
with ``tests.services.web.WebServer``, asks with ``drive``, and states what it found with ``report.figure``.
Beside every rate stands its ratio to a bare Flask answer from the same server, asked by the same generator in
the same run: absolute times differ between machines.
"""
