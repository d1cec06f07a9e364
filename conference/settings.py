"""Every setting of the product: its meaning, its default, and the sentence that a wrong value gets."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SECRET_BYTES = 48
SHORTEST_SECRET = 32
KNOWN_SECRETS = frozenset({"secret", "changeme", "dev", "development", "password", "flask", "test"})


class SettingsError(Exception):
    """A setting that would start the product wrongly, said in one plain sentence."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What differs between installations. Read once at the start, never looked up again elsewhere."""

    data_dir: Path = Path("instance")
    """DATA_DIR: the folder that holds the database, files and the generated secret."""

    database_url: str = ""
    """DATABASE_URL: empty for SQLite under ``data_dir``, or ``postgresql://…``."""

    redis_url: str = ""
    """REDIS_URL: empty for one web process, or ``redis://…`` so that several share live updates and limits."""

    smtp_url: str = ""
    """SMTP_URL: ``smtp://user:password@host:port`` (``smtps://``); empty keeps all mail in the outbox."""

    mail_from: str = "Ban Tổ chức hội nghị <khong-tra-loi@congdoan.example>"
    """MAIL_FROM: the sender that recipients see."""

    mail_per_minute: int = 600
    """MAIL_PER_MINUTE: how many mails leave in a minute at most."""

    public_url: str = ""
    """PUBLIC_URL: the address people type, such as ``https://hoinghi.example``; empty means this machine."""

    port: int = 8000
    """PORT: where the embedded server listens on 127.0.0.1."""

    secret_key: str = field(default="", repr=False)
    """SECRET_KEY: signs cookies, links and tickets; generated in ``data_dir`` when empty."""

    trusted_proxies: int = 0
    """TRUSTED_PROXIES: how many proxies in front may speak for the client's address."""

    largest_upload: int = 32 * 1024 * 1024
    """LARGEST_UPLOAD: bytes that one request may bring."""

    session_idle_minutes: int = 120
    """SESSION_IDLE_MINUTES: a staff session ends after this time without a request."""

    session_hours: int = 14
    """SESSION_HOURS: a staff session ends after this time in any case."""

    log_level: str = "INFO"
    """LOG_LEVEL: DEBUG, INFO, WARNING or ERROR."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the environment. Raises ``SettingsError`` naming the variable that is wrong."""
        env = os.environ if environ is None else environ
        data_dir = Path(env.get("DATA_DIR") or "instance").resolve()
        return cls(
            data_dir=data_dir,
            database_url=_database_url(env.get("DATABASE_URL", ""), data_dir),
            redis_url=_url(env, "REDIS_URL", ("redis", "rediss", "unix")),
            smtp_url=_url(env, "SMTP_URL", ("smtp", "smtps")),
            mail_from=env.get("MAIL_FROM") or cls.mail_from,
            mail_per_minute=_whole(env, "MAIL_PER_MINUTE", cls.mail_per_minute, 1, 100_000),
            public_url=_url(env, "PUBLIC_URL", ("http", "https")).rstrip("/"),
            port=_whole(env, "PORT", cls.port, 1, 65_535),
            secret_key=_secret(env.get("SECRET_KEY", ""), data_dir),
            trusted_proxies=_whole(env, "TRUSTED_PROXIES", cls.trusted_proxies, 0, 5),
            largest_upload=_whole(env, "LARGEST_UPLOAD", cls.largest_upload, 1024, 1 << 30),
            session_idle_minutes=_whole(env, "SESSION_IDLE_MINUTES", cls.session_idle_minutes, 5, 10_080),
            session_hours=_whole(env, "SESSION_HOURS", cls.session_hours, 1, 168),
            log_level=_one_of(env, "LOG_LEVEL", cls.log_level, ("DEBUG", "INFO", "WARNING", "ERROR")),
        )

    @property
    def address(self) -> str:
        """Where people reach this installation, without a slash at the end."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def is_embedded(self) -> bool:
        """True for the form that needs no other service: SQLite and one web process."""
        return self.database_url.startswith("sqlite")

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return f"sqlite:///{data_dir / 'diemcau.sqlite3'}"
    scheme = urlsplit(value).scheme
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return "postgresql+psycopg" + value[len(scheme) :]
    if scheme == "sqlite":
        return value
    raise SettingsError(f"DATABASE_URL must begin with postgresql:// or sqlite:///, not with “{scheme}”.")


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    value = env.get(name, "").strip()
    if value and urlsplit(value).scheme not in schemes:
        raise SettingsError(f"{name} must begin with {' or '.join(s + '://' for s in schemes)}.")
    return value


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not re.fullmatch(r"\d{1,12}", value) or not low <= int(value) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not “{value}”.")
    return int(value)


def _one_of(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, "").strip().upper() or default
    if value not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not “{value}”.")
    return value


def _secret(value: str, data_dir: Path) -> str:
    """The secret from the environment, or the one this installation generated for itself at its first start."""
    if value:
        if len(value) < SHORTEST_SECRET or value.lower() in KNOWN_SECRETS or len(set(value)) < 8:
            raise SettingsError(f"SECRET_KEY must be random and have at least {SHORTEST_SECRET} characters.")
        return value
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(f"DATA_DIR {data_dir} can't be written: {error.strerror}.") from error
