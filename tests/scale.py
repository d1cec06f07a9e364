"""`make scale`: the product as it stands on more than one machine, with the reference conference, until Ctrl-C.

Nothing is kept: the database lives in a folder that goes when it ends.
"""

from __future__ import annotations

import os
import signal
import threading
from shutil import rmtree

from conference import create_app
from conference.commands import migrate_to_head
from conference.demo import showcase
from conference.foundation.db import db
from conference.settings import Settings
from tests.services.kept import new_folder
from tests.services.scaled import WEB_PROCESSES, WORKERS, Scaled


def main() -> None:
    ended = threading.Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda _signal, _frame: ended.set())
    folder = new_folder("scale")
    scaled = Scaled(folder, port=int(os.environ.get("PORT") or 8000))
    try:
        app = create_app(Settings.from_env({**os.environ, **scaled.env}))
        with app.app_context():
            migrate_to_head()
            showcase.load(say=lambda line: print(f"  {line}", flush=True))
            ways = showcase.ways_in()
            db.session.remove()
            db.engine.dispose()
        scaled.serve()
        print(f"\n{scaled.url}: PostgreSQL, Redis, {WEB_PROCESSES} web processes, {WORKERS} job workers, nginx\n")
        for label, path in ways:
            print(f"  {label:<20} {scaled.url}{path}")
        print("\n  Ctrl-C để dừng.\n", flush=True)
        ended.wait()
    finally:
        scaled.end()
        rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
