"""What computes slowly does not hold up the others."""

from __future__ import annotations

import subprocess
import sys

from conference.foundation.aside import aside

PROGRAM = """
from gevent import monkey; monkey.patch_all()
import gevent, time
from conference.foundation.aside import aside
from conference.accounts.rules import hash_password, password_fits

ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.002)
gevent.spawn(tick)
gevent.sleep(0.05)
hashed = aside(hash_password, "một mật khẩu dài 2018")
held = max(b - a for a, b in zip(ticks, ticks[1:]))
began = len(ticks)
fits = [one.get() for one in [gevent.spawn(aside, password_fits, hashed, "một mật khẩu dài 2018") for _ in range(6)]]
assert fits == [True] * 6, fits
assert len(ticks) - began > 10, "nobody else ran meanwhile"
try:
    aside(int, "x")
except ValueError:
    print("ok")
"""


def test_greenlets_run_while_a_password_is_compared() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert (said.stdout.strip(), said.stderr) == ("ok", "")


def test_without_greenlets_it_is_a_plain_call() -> None:
    assert aside(max, 1, 2) == 2
