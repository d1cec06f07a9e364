"""A wrong setting stops the start with one plain sentence that names it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask

from conference import create_app
from conference.settings import Settings, SettingsError

GOOD = "k7Qm2vX9rT4bN8wZ1cF6hJ3pL5sD0gYa"
ROOT = Path(__file__).parent.parent


def read(folder: Path, **env: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(folder), "SECRET_KEY": GOOD, **env})


def test_nothing_need_be_set(tmp_path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "new" / "folder")})
    assert settings.database_url == f"sqlite:///{tmp_path}/new/folder/diemcau.sqlite3"
    assert (settings.address, settings.host, settings.is_https) == ("http://127.0.0.1:8000", "", False)
    assert (settings.data_dir.stat().st_mode & 0o777) == 0o700
    assert (settings.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("PORT", "-1"), ("PORT", "8_000"), ("PORT", "8000.0"),
        ("DATABASE_URL", "mysql://db/diemcau"), ("DATABASE_URL", "postgresql://db"), ("DATABASE_URL", "diemcau.db"),
        ("DATABASE_URL", "sqlite://"), ("DATABASE_URL", "sqlite:///relative.db"), ("DATABASE_URL", "postgresql://[x/db"),
        ("REDIS_URL", "localhost:6379"), ("REDIS_URL", "http://cache"), ("REDIS_URL", "redis://"),
        ("SMTP_URL", "mail.example:25"), ("SMTP_URL", "smtp://mail:port"), ("SMTP_URL", "https://mail"),
        ("PUBLIC_URL", "hoinghi.example"), ("PUBLIC_URL", "ftp://hoinghi.example"), ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://hoinghi.example/app"), ("PUBLIC_URL", "https://[::1"), ("PUBLIC_URL", "https://u@h.example"),
        ("MAIL_FROM", "Ban Tổ chức"), ("MAIL_FROM", "a@b@c"), ("MAIL_FROM", "btc@x.example\nBcc: a@b.example"),
        ("MAIL_PER_MINUTE", "0"), ("MAIL_PER_MINUTE", "many"),
        ("SECRET_KEY", "secret"), ("SECRET_KEY", "a" * 64), ("SECRET_KEY", "changeme" * 8),
        ("SECRET_KEY", "developmentpasswordsecretkeyflask"), ("SECRET_KEY", GOOD[:31]),
        ("TRUSTED_PROXIES", "6"), ("TRUSTED_PROXIES", "yes"),
        ("LARGEST_UPLOAD", "12"), ("LARGEST_UPLOAD", "32MB"),
        ("SESSION_IDLE_MINUTES", "1"), ("SESSION_HOURS", "0"), ("SESSION_HOURS", "1000"),
        ("LOG_LEVEL", "LOUD"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_in_one_sentence(tmp_path, name, value) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, **{name: value})
    sentence = str(refused.value)
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "field", "kept"),
    [
        ("DATABASE_URL", "postgres://u:p@db/x", "database_url", "postgresql+psycopg://u:p@db/x"),
        ("DATABASE_URL", "postgresql:///x?host=/run", "database_url", "postgresql+psycopg:///x?host=/run"),
        ("PUBLIC_URL", "https://hoinghi.example/", "public_url", "https://hoinghi.example"),
        ("REDIS_URL", "unix:///run/redis.sock", "redis_url", "unix:///run/redis.sock"),
        ("LOG_LEVEL", " debug ", "log_level", "DEBUG"),
        ("PORT", " 9000 ", "port", 9000),
    ],
)
def test_right_values_are_taken(tmp_path, name, value, field, kept) -> None:
    assert getattr(read(tmp_path, **{name: value}), field) == kept


def test_the_secret_is_made_once_and_the_same_for_all(tmp_path) -> None:
    secrets: list[str] = []
    threads = [
        threading.Thread(target=lambda: secrets.append(Settings.from_env({"DATA_DIR": str(tmp_path)}).secret_key))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets) == 12
    assert len(set(secrets)) == 1
    assert len(secrets[0]) >= 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 40, b"a" * 64])
def test_a_damaged_secret_is_not_taken_for_one(tmp_path, content) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(SettingsError, match=r"^The secret in .*secret\.key"):
        Settings.from_env({"DATA_DIR": str(tmp_path)})
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_secret_that_others_could_read_is_closed_to_them(tmp_path) -> None:
    (tmp_path / "secret.key").write_text(GOOD)
    (tmp_path / "secret.key").chmod(0o644)
    assert Settings.from_env({"DATA_DIR": str(tmp_path)}).secret_key == GOOD
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_the_secret_shows_neither_in_words_nor_in_its_fingerprint(tmp_path) -> None:
    settings = read(tmp_path)
    assert GOOD not in repr(settings)
    assert settings.secret_fingerprint == read(tmp_path).secret_fingerprint
    assert settings.secret_fingerprint != read(tmp_path, SECRET_KEY=GOOD[::-1]).secret_fingerprint
    assert settings.secret_fingerprint not in GOOD


def test_a_folder_that_cannot_be_made_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"^DATA_DIR .*/file/folder can't be made: Not a directory\.$"):
        read(tmp_path / "file" / "folder")


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch) -> None:
    """As root every folder can be written, so the system's answer is given here."""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(SettingsError, match=r"^DATA_DIR .* can't be written by this user\.$"):
        read(tmp_path)


@pytest.mark.parametrize(
    "command", [["-m", "flask", "--app", "wsgi", "worker", "--once"], ["-m", "gunicorn", "wsgi:app"]]
)
def test_servers_and_commands_stop_at_a_wrong_value(tmp_path, command) -> None:
    env = {**os.environ, "DATA_DIR": str(tmp_path), "SESSION_HOURS": "0"}
    said = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert said.returncode == 3
    assert "SESSION_HOURS must be a whole number from 1 to 168, not “0”." in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("public_url", "starts"), [("https://hoinghi.example", False), ("http://127.0.0.1:8000", True)]
)
def test_debugging_is_refused_where_others_can_reach(tmp_path, monkeypatch, public_url, starts) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    settings = read(tmp_path, PUBLIC_URL=public_url)
    if starts:
        assert isinstance(create_app(settings), Flask)
    else:
        with pytest.raises(SettingsError, match="FLASK_DEBUG must not be set"):
            create_app(settings)
