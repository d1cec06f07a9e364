"""`make run` as a person types it, with a folder and a port of its own."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.request import urlopen

from tests.services.kept import Kept, new_folder
from tests.services.web import ROOT, free_port, surroundings

FIRST_START_SECONDS = 300.0


class MakeRun:
    """Started when made; ``seconds`` is how long it took to the first answer. ``end()`` is Ctrl-C and a wait."""

    def __init__(self, data_dir: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        began = time.perf_counter()
        self._make = Kept(
            ["make", "--silent", "run"],
            folder=new_folder("run"),
            env={**surroundings(), "PORT": str(self.port), "DATA_DIR": str(data_dir)},
            cwd=ROOT,
        )
        self._make.wait_until(self._answers, seconds=FIRST_START_SECONDS)
        self.seconds = time.perf_counter() - began

    def said(self) -> str:
        return self._make.said()

    def end(self) -> None:
        self._make.end()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:  # not yet there, or not yet awake
            return False
