"""What every test may ask for. The servers behind these fixtures are real; only clock and chance are held."""

from __future__ import annotations

import contextvars
import gc
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.globals import _cv_app
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from sqlalchemy.orm import scoped_session

from conference import create_app
from conference.commands import migrate_to_head
from conference.foundation import clock as clock_module
from conference.foundation.db import db
from conference.settings import Settings
from tests.nothing_skipped import pytest_sessionfinish, pytest_terminal_summary  # noqa: F401 (hooks)
from tests.people import count_queries, people, sign_in  # noqa: F401 (fixtures)
from tests.services import browser as chromium
from tests.services import compiled
from tests.services.copied import Copied, Origin
from tests.services.embedded import MakeRun
from tests.services.postgres import PostgreSQL, ReusedDatabases
from tests.services.redis import Redis
from tests.services.smtp import SmtpServer
from tests.services.web import JobWorker, WebServer, surroundings
from tests.sharing import NeighboursTogether

ROOT = Path(__file__).parent.parent
SECRET = "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
AT_FULL_SIZE = os.environ.get("PROVE") == "1"

compiled.keep_statements()
compiled.keep_addresses()

hypothesis.settings.register_profile("quick", deadline=None, derandomize=True, max_examples=40)
hypothesis.settings.register_profile("prove", deadline=None, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile("prove" if AT_FULL_SIZE else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the others fail sooner, and few meet the browser's event loop. The longest of them
    are the very last, for the worker that begins at the end: so none is left with a long one when all else is done."""
    journeys = Counter(item.path for item in items if _needs_browser(item))
    lines = {path: path.read_text(encoding="utf-8").count("\n") / tests for path, tests in journeys.items()}
    items.sort(key=lambda item: (1 + lines[item.path], item.path) if _needs_browser(item) else (0.0, Path()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> NeighboursTogether:
    return NeighboursTogether(config, log)


def pytest_collection_finish() -> None:
    """Look for garbage seldom: each test makes an application, and a quarter of its time went into looking through what
    all tests share."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _needs_browser(item: pytest.Item) -> bool:
    return "playwright" in getattr(item, "fixturenames", ())


# ---- sizes


@pytest.fixture(scope="session")
def sized() -> Callable[[int, int], int]:
    """``sized(300, 24_814)``: the first size in `make test`, the second in `make prove`."""
    return lambda quick, full: full if AT_FULL_SIZE else quick


# ---- databases: migrated once a backend, copied for each test


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.end()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite-template")
    _migrate(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'template.sqlite3'}", secret_key=SECRET))
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = postgresql.new_database()
    folder = tmp_path_factory.mktemp("postgresql-template")
    _migrate(Settings(data_dir=folder, database_url=postgresql.url(name), secret_key=SECRET))
    return name


def _migrate(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        migrate_to_head()
        db.session.remove()
        db.engine.dispose()  # SQLite folds its log into the file, PostgreSQL lets the template go


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> str:
    """A migrated, empty database for this test alone. The test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{backend}_url"))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    copy = tmp_path / "diemcau.sqlite3"
    shutil.copyfile(sqlite_template, copy)
    return f"sqlite:///{copy}"


@pytest.fixture(scope="session")
def postgresql_databases(postgresql: PostgreSQL, postgresql_template: str) -> ReusedDatabases:
    return ReusedDatabases(postgresql, postgresql_template)


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, postgresql_databases: ReusedDatabases) -> Iterator[str]:
    name = postgresql_databases.take()
    yield postgresql.url(name)
    postgresql_databases.give_back(name)


# ---- the application

AppMaker = Callable[..., Flask]


@pytest.fixture(scope="session", autouse=True)
def _made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Templates are compiled once for all workers and their servers, and servers are copies of a loaded process."""
    own = tmp_path_factory.getbasetemp()
    templates = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"
    compiled.keep_templates(templates)
    Copied.origin = Origin(templates, surroundings())


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[AppMaker]:
    """``make_app(database_url=…, smtp_url=…)``: an application with these settings."""
    with ExitStack() as ends:

        def make(**settings: Any) -> Flask:
            app = create_app(Settings(**{"data_dir": tmp_path, "secret_key": SECRET, **settings}))
            app.test_client_class = Client
            ends.callback(_let_go, app)
            return app

        yield make


def _let_go(app: Flask) -> None:
    app.extensions.pop("live_hints", None)  # what it has not told yet would be told when some other test runs a loop
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def app(make_app: AppMaker, database_url: str) -> Flask:
    """The application on an empty database, once on SQLite and once on PostgreSQL."""
    return make_app(database_url=database_url)


@pytest.fixture
def sqlite_app(make_app: AppMaker, sqlite_url: str) -> Flask:
    """The application on SQLite alone, for tests in which the database plays no part."""
    return make_app(database_url=sqlite_url)


@pytest.fixture
def db_session(app: Flask) -> Iterator[scoped_session[Any]]:
    """The test's own view of the database. A request made meanwhile has its own, as in life."""
    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Client(FlaskClient):
    """Its requests share nothing with the test: Flask would lend them the test's context, and so its rows."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        inside_context = _cv_app.get(None) is not None
        if inside_context:
            db.session.rollback()  # what the test did not commit is not there for others
        answer = contextvars.copy_context().run(self._open_outside_of_contexts, *args, **kwargs)
        if inside_context:
            db.session.rollback()  # and what the request did is there for the test
        return answer

    def _open_outside_of_contexts(self, *args: Any, **kwargs: Any) -> Any:
        _cv_app.set(None)  # type: ignore[arg-type]
        return super().open(*args, **kwargs)


# ---- the other servers


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.end()


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of a real, empty Redis."""
    redis_server.empty()
    return redis_server.url


@pytest.fixture(scope="session")
def _smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.end()


@pytest.fixture
def smtp_server(_smtp: SmtpServer) -> SmtpServer:
    """A real SMTP server without messages yet: ``.url``, ``.messages``, ``.messages_to()``, ``.refuse()``."""
    _smtp.forget()
    return _smtp


# ---- the clock


class Clock:
    """Stops the product's clock at a moment and moves it on."""

    def __init__(self, ends: ExitStack) -> None:
        self._ends = ends

    def stop_at(self, moment: datetime) -> datetime:
        self._ends.close()
        self._ends.enter_context(clock_module.stopped_at(moment))
        return clock_module.now()

    def move(self, **by: float) -> datetime:
        """``clock.move(minutes=5)``, from where it stands."""
        return self.stop_at(clock_module.now() + timedelta(**by))


@pytest.fixture
def clock() -> Iterator[Clock]:
    """``clock.stop_at(moment)`` holds the clock for the test and its requests (not for other processes)."""
    with ExitStack() as ends:
        yield Clock(ends)


# ---- the product as processes of its own


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., WebServer]]:
    """``serve(database_url=…, smtp_url=…, with_worker=True)``: the product as people meet it, at ``.url``."""
    with ExitStack() as ends:

        def start(*, with_worker: bool = False, **settings: Any) -> WebServer:
            values = {"data_dir": tmp_path, "secret_key": SECRET, **settings}
            env = {name.upper(): str(value) for name, value in values.items()}
            server = WebServer(env=env)
            ends.callback(server.end)
            if with_worker:
                ends.callback(JobWorker(env={**env, "PUBLIC_URL": server.url}).end)
            return server

        yield start


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder that the first `make run` leaves, and what it said. Copy the folder before changing it."""
    folder = tmp_path_factory.mktemp("showcase")
    run = MakeRun(folder)
    said = run.said()
    run.end()
    return folder, said


# ---- the browser


@pytest.fixture(scope="session")
def chromium_program() -> str:
    program = chromium.find_chromium()
    if program is None:
        pytest.skip(chromium.MISSING)
    return program


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if not chromium.driver_runs():
        pytest.skip(chromium.DRIVER_FAILS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(chromium_program: str, playwright: Playwright) -> Iterator[Browser]:
    started = chromium.launch(playwright, chromium_program)
    yield started
    started.close()


ContextMaker = Callable[..., BrowserContext]


@pytest.fixture
def device(browser: Browser) -> Iterator[ContextMaker]:
    """``device("phone")`` or ``device("desktop")``: a browser of somebody's own, with its own cookies."""
    with ExitStack() as ends:

        def make(kind: str = "desktop", **options: Any) -> BrowserContext:
            size = {"phone": chromium.PHONE, "desktop": chromium.DESKTOP}[kind]
            context = browser.new_context(**{**chromium.EVERYWHERE, **size, **options})
            ends.callback(context.close)
            return context

        yield make


@pytest.fixture
def page(device: ContextMaker) -> Page:
    """A page on a desktop."""
    return device("desktop").new_page()


@pytest.fixture
def phone_page(device: ContextMaker) -> Page:
    """A page on a phone."""
    return device("phone").new_page()


@pytest.fixture
def camera_device(chromium_program: str, playwright: Playwright) -> Iterator[Callable[..., BrowserContext]]:
    """``camera_device(film)``: a phone whose camera sees this .y4m or .mjpeg film, as soon as it is allowed."""
    with ExitStack() as ends:

        def make(film: Path, *, is_allowed: bool = True) -> BrowserContext:
            started = chromium.launch(playwright, chromium_program, camera=film, is_camera_allowed=is_allowed)
            ends.callback(started.close)
            allowed = ["camera"] if is_allowed else []
            return started.new_context(**chromium.EVERYWHERE, **chromium.PHONE, permissions=allowed)

        yield make
