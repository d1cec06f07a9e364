"""Facts about what is installed and started around the product."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from email.message import EmailMessage
from importlib.metadata import Distribution, distribution, distributions, packages_distributions
from pathlib import Path
from smtplib import SMTP, SMTPRecipientsRefused

import psycopg
import pytest
import redis
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.services.postgres import PostgreSQL
from tests.services.smtp import SmtpServer

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.txt", "requirements-test.txt", "requirements-setup.txt"]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(\[[a-z,]+\])?==(\S+?)(?: ; (.+?))? \\$")
SQLITE_SAFE_FROM = (3, 51, 3)


def locked(name: str) -> Mapping[str, str]:
    """Names and versions in a lock file that apply to this machine."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith(" ")]
    matches = [found for line in lines if (found := PINNED.match(line))]
    assert len(matches) == len(lines), "every entry is a name, one version and hashes"
    return {
        canonicalize_name(found[1]): found[3] for found in matches if found[4] is None or Marker(found[4]).evaluate()
    }


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_no_host_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|^-|^\s+--(?!hash=sha256:)| @ |\bfile:", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    lines = (ROOT / name).read_text().splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert line.startswith(" ") or following.startswith("    --hash=sha256:"), line


def test_what_is_locked_satisfies_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-test.txt": [
            *project["project"]["dependencies"],
            *groups["test"],
            *(entry for entry in groups["dev"] if isinstance(entry, str)),
        ],
        "requirements-setup.txt": groups["setup"],
    }
    for name, wishes in asked.items():
        versions = locked(name)
        for wish in map(Requirement, wishes):
            if wish.marker is None or wish.marker.evaluate():
                assert wish.specifier.contains(versions[canonicalize_name(wish.name)]), f"{wish} in {name}"


def test_the_test_lock_holds_the_same_product() -> None:
    product, everything = locked("requirements.txt"), locked("requirements-test.txt")
    assert {name: everything[name] for name in product} == product


def test_installed_is_what_is_locked() -> None:
    installed: Mapping[str, str] = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
    wanted = locked("requirements-test.txt")
    assert {name: installed.get(name) for name in wanted} == wanted


def test_nothing_that_breaks_the_web_server_is_installed() -> None:
    installed = {canonicalize_name(one.metadata["Name"]) for one in distributions()}
    assert not installed & {"gevent-websocket", "eventlet"}


def licences_of(one: Distribution) -> str:
    """What the package says of its licence, or the licence itself where it says nothing."""
    metadata = one.metadata
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License")]
    plain = (metadata["License"] or "").splitlines()[:1]
    stated = " | ".join(filter(None, [metadata["License-Expression"], *plain, *classifiers]))
    return stated or "".join(one.read_text(f"licenses/{name}") or "" for name in metadata.get_all("License-File", []))


def test_no_part_of_the_product_is_under_the_gpl() -> None:
    unwelcome = {}
    for name in locked("requirements.txt"):
        licences = licences_of(distribution(name))
        assert licences, f"{name} states no licence"
        without_lesser = re.sub(r"LGPL|Lesser General Public|Library or Lesser General Public", "", licences)
        if re.search(r"GPL|General Public|Affero|SSPL|BUSL", without_lesser, re.IGNORECASE):
            unwelcome[name] = licences
    assert unwelcome == {}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Python's own SQLite serves")
def test_the_sqlite_we_use_is_free_of_the_wal_reset_race() -> None:
    from pysqlite3 import dbapi2

    assert tuple(map(int, dbapi2.sqlite_version.split("."))) >= SQLITE_SAFE_FROM


def test_set_up_again_builds_nothing() -> None:
    subprocess.run(["make", "--silent", "setup"], cwd=ROOT, check=True, env=_own_environment())
    asked = subprocess.run(["make", "--question", "setup"], cwd=ROOT, env=_own_environment(), check=False)
    assert asked.returncode == 0, "make would build something again"


def _own_environment() -> dict[str, str]:
    """Without what an outer make hands down."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


# ---- a test that did not run has shown nothing

SOME_LEFT_OUT = """
import pytest

def test_that_runs():
    pass

@pytest.mark.skip(reason="no browser here")
def test_of_a_page():
    pass

@pytest.mark.xfail(reason="not right yet")
def test_of_a_sum():
    assert False
"""


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_what_was_left_out_is_named_and_fails_in_ci(tmp_path: Path, ci: str, status: int) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.nothing_skipped import pytest_sessionfinish, pytest_terminal_summary\n"
    )
    (tmp_path / "test_some.py").write_text(SOME_LEFT_OUT)
    ran = _pytest_in(tmp_path, ci)
    *_, heading, skipped, xfailed, closing = filter(None, ran.stdout.splitlines())
    assert ran.returncode == status
    assert "not tested here" in heading
    assert skipped.endswith("test_some.py::test_of_a_page: no browser here")
    assert xfailed.endswith("test_some.py::test_of_a_sum: not right yet")
    assert "1 passed, 1 skipped, 1 xfailed" in closing


def test_a_run_that_finds_no_test_fails(tmp_path: Path) -> None:
    assert _pytest_in(tmp_path, "true").returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def _pytest_in(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    env = {**_own_environment(), "CI": ci, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


# ---- servers


def test_a_new_postgresql_database_is_a_copy_of_its_template(postgresql: PostgreSQL) -> None:
    template = postgresql.new_database()
    with psycopg.connect(postgresql.url(template).replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE units (name text)")
        connection.execute("INSERT INTO units VALUES ('Hậu Lộc')")
    copy = postgresql.new_database(template=template)
    with psycopg.connect(postgresql.url(copy).replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT name, lower('ĐẶNG') FROM units").fetchone() == ("Hậu Lộc", "đặng")
    postgresql.drop_database(copy)
    postgresql.drop_database(template)


@pytest.mark.parametrize("again", [False, True])
def test_redis_is_empty_for_every_test(redis_url: str, again: bool) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.incr("count") == 1


def test_the_mail_server_keeps_what_it_takes_and_refuses_what_it_is_told_to(smtp_server: SmtpServer) -> None:
    smtp_server.refuse("nobody@congdoan.example")
    with SMTP("127.0.0.1", smtp_server.port) as connection:
        connection.send_message(_mail_to("phuoc@congdoan.example"))
        with pytest.raises(SMTPRecipientsRefused):
            connection.send_message(_mail_to("nobody@congdoan.example"))
    [message] = smtp_server.messages
    assert (message["To"], message.get_content()) == ("phuoc@congdoan.example", "Kính gửi Đặng Hữu Phước\n")
    assert smtp_server.messages_to("nobody@congdoan.example") == []


def _mail_to(address: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "bch@congdoan.example", address, "Giấy triệu tập"
    message.set_content("Kính gửi Đặng Hữu Phước")
    return message


START_AND_WAIT = textwrap.dedent("""
    import sys, time
    from tests.services.postgres import PostgreSQL
    from tests.services.redis import Redis
    servers = PostgreSQL(), Redis()
    print(servers[0].folder, flush=True)
    if sys.argv[1] == "wait":
        time.sleep(60)
""")


@pytest.fixture
def another_run(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", START_AND_WAIT, request.param]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        yield run
        run.kill()


@pytest.mark.parametrize(
    ("another_run", "end"),
    [("leave", None), ("wait", signal.SIGINT), ("wait", signal.SIGTERM), ("wait", signal.SIGKILL)],
    indirect=["another_run"],
)
def test_a_run_leaves_no_server_and_no_folder(another_run: subprocess.Popen[str], end: signal.Signals | None) -> None:
    assert another_run.stdout is not None
    folder = Path(another_run.stdout.readline().strip())
    if end is not None:
        assert _processes_in(folder)
        another_run.send_signal(end)
    another_run.wait(30)
    limit = time.monotonic() + 15
    while (folder.exists() or _processes_in(folder)) and time.monotonic() < limit:
        time.sleep(0.05)
    assert (folder.exists(), _processes_in(folder)) == (False, [])


SERVE_AND_WAIT = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from tests.services.copied import Copied, Origin
    from tests.services.web import WebServer, surroundings
    Copied.origin = Origin(Path(sys.argv[1]) / "templates", surroundings())
    server = WebServer(env={"DATA_DIR": sys.argv[1]})
    print(server.folder, *server.processes(), flush=True)
    time.sleep(60)
""")


def test_a_killed_run_leaves_no_copy_of_a_loaded_web_server(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE_AND_WAIT, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        folder, *pids = run.stdout.readline().decode().split()
        assert len(pids) == 2, "a master and its worker"
        left = [Path(folder), *(Path(f"/proc/{pid}") for pid in pids)]
        assert all(path.exists() for path in left)
        run.kill()
    limit = time.monotonic() + 15
    while any(path.exists() for path in left) and time.monotonic() < limit:
        time.sleep(0.05)
    assert [path for path in left if path.exists()] == []


def _processes_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in command:
                found.append(command)
    return found


PRODUCT_ALONE = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is there for tests only", name=name)

sys.meta_path.insert(0, Absent())
import gunicorn.workers.ggevent, flask_migrate, typst, xlsxwriter, wsgi, conference
for module in pkgutil.walk_packages(conference.__path__, "conference."):
    importlib.import_module(module.name)
"""


def test_the_product_runs_on_what_its_own_lock_file_names(tmp_path: Path) -> None:
    """A package that only the tests bring along is missed by nobody but the people who type `make run`."""
    product = set(locked("requirements.txt"))
    absent = sorted(
        module
        for module, owners in packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & (product | {"pip", "setuptools", "uv"})
        and module.isidentifier()
    )
    assert "pytest" in absent
    script = f"ABSENT = frozenset({absent!r})\n{PRODUCT_ALONE}"
    env = {**_own_environment(), "DATA_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2_000:]
