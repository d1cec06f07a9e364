"""The application for servers: ``gunicorn wsgi:app``, ``flask --app wsgi …``."""

import sys

from conference import create_app
from conference.settings import SettingsError

GIVE_UP = 3
"""The exit status on which gunicorn does not start the worker again."""

try:
    app = create_app()
except SettingsError as error:
    print(error, file=sys.stderr)
    raise SystemExit(GIVE_UP) from None
