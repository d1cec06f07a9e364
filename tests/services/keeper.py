"""Keeps one server running for as long as the test run that asked for it, and not a moment longer.

A program of its own, so that it outlives the run by just as much as it takes to end the server and to
remove its folder. It notices the end of the run, a kill included, when its standard input closes.

    keeper.py FOLDER SIGNAL USER COMMAND…      (USER "-" stays who we are)
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

GRACE_SECONDS = 10


def main(folder: str, stop_signal: str, user: str, *command: str) -> int:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # only the end of the run counts
    identity: dict[str, Any] = {} if user == "-" else {"user": user, "group": _group_of(user), "extra_groups": []}
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, restore_signals=True,
        preexec_fn=_hear_signals_again, **identity,
    )  # fmt: skip
    threading.Thread(target=_end_with_the_run, args=(server, stop_signal), daemon=True).start()
    status: int = server.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)  # what the server started and left
    shutil.rmtree(folder, ignore_errors=True)
    return status


def _hear_signals_again() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_DFL)


def _end_with_the_run(server: "subprocess.Popen[bytes]", stop_signal: str) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.send_signal(signal.Signals[stop_signal])
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
