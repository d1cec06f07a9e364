"""The application for servers: ``gunicorn wsgi:app``, ``flask --app wsgi …``."""

import gc
import sys

gc.disable()  # loading makes no garbage worth looking for, and looking takes a tenth of the start

from conference import create_app  # noqa: E402
from conference.settings import SettingsError  # noqa: E402

GIVE_UP = 3
"""The exit status on which gunicorn does not start the worker again."""

try:
    app = create_app()
except SettingsError as error:
    print(error, file=sys.stderr)
    raise SystemExit(GIVE_UP) from None

# What is loaded now stays: looking for garbage in it, as often as by default, took a third of the time of a delivery.
gc.freeze()
gc.set_threshold(50_000, 20, 100)
gc.enable()
