"""Every setting of the product: its meaning, its default, and the sentence that a wrong value gets."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SECRET_BYTES = 48
SHORTEST_SECRET = 32
FEWEST_DIFFERENT = 8
KNOWN_WORDS = re.compile(
    "development|password|changeme|default|secret|insecure|example|flask|your|key|1234567890", re.I
)
"""What examples and habits put into a secret; what is left without them must still be long."""


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
        data_dir = _folder(env.get("DATA_DIR") or "instance")
        return cls(
            data_dir=data_dir,
            database_url=_database_url(env.get("DATABASE_URL", ""), data_dir),
            redis_url=_url(env, "REDIS_URL", ("redis", "rediss", "unix")),
            smtp_url=_url(env, "SMTP_URL", ("smtp", "smtps")),
            mail_from=_sender(env, "MAIL_FROM", cls.mail_from),
            mail_per_minute=_whole(env, "MAIL_PER_MINUTE", cls.mail_per_minute, 1, 100_000),
            public_url=_site(env, "PUBLIC_URL"),
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
    def host(self) -> str:
        """The name people type, without a port; empty when this machine alone is meant."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def secret_fingerprint(self) -> str:
        """Tells two secrets apart without giving either away."""
        return hashlib.sha256(f"fingerprint of {self.secret_key}".encode()).hexdigest()[:16]

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


def _folder(value: str) -> Path:
    """A folder that can be written, made when it is missing."""
    path = Path(value).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"DATA_DIR {path} can't be made: {error.strerror}.") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"DATA_DIR {path} can't be written by this user.")
    return path


def _database_url(value: str, data_dir: Path) -> str:
    parts = _split(value, "DATABASE_URL")
    if not value:
        return _sqlite(data_dir / "diemcau.sqlite3")
    if parts.scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        if len(parts.path) < 2:
            raise SettingsError("DATABASE_URL must name a database, as in postgresql://user:password@host/name.")
        return "postgresql+psycopg" + value[len(parts.scheme) :]
    if parts.scheme == "sqlite":
        if not value.startswith("sqlite:////"):
            raise SettingsError(
                "DATABASE_URL for SQLite must name a file by its whole path, as in sqlite:////srv/data.db."
            )
        return _sqlite(Path(value.removeprefix("sqlite:///")))
    raise SettingsError(f"DATABASE_URL must begin with postgresql:// or sqlite:////, not with “{parts.scheme}”.")


def _sqlite(path: Path) -> str:
    for needed in (path, path.parent):
        if needed.exists() and not os.access(needed, os.R_OK | os.W_OK):
            raise SettingsError(f"The database {path} can't be written by this user (DATA_DIR or DATABASE_URL).")
    return f"sqlite:///{path}"


def _split(value: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise SettingsError(f"{name} is no address.") from error
    return parts


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    value = env.get(name, "").strip()
    parts = _split(value, name)
    if value and parts.scheme not in schemes:
        raise SettingsError(f"{name} must begin with {' or '.join(s + '://' for s in schemes)}.")
    if value and not (parts.hostname or (parts.scheme == "unix" and parts.path)):
        raise SettingsError(f"{name} must name a host.")
    return value


def _site(env: Mapping[str, str], name: str) -> str:
    value = _url(env, name, ("http", "https")).rstrip("/")
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or parts.username:
        raise SettingsError(f"{name} is a scheme and a host alone, as in https://hoinghi.example.")
    return value


def _sender(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, "").strip() or default
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
        raise SettingsError(f"{name} must be an address, as in Ban Tổ chức <btc@hoinghi.example>.")
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
        return _strong(value, "SECRET_KEY")
    path = data_dir / "secret.key"
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(SECRET_BYTES))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return _strong(path.read_text(encoding="ascii").strip(), f"The secret in {path}")
    except OSError as error:
        raise SettingsError(f"The secret {path} can't be kept (DATA_DIR): {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The secret in {path} is damaged; put it back from a backup.") from error


def _strong(value: str, name: str) -> str:
    rest = KNOWN_WORDS.sub("", value)
    if len(value) < SHORTEST_SECRET or len(rest) < SHORTEST_SECRET // 2 or len(set(rest)) < FEWEST_DIFFERENT:
        raise SettingsError(f"{name} must be random and have at least {SHORTEST_SECRET} characters.")
    return value


def _write_once(path: Path, secret: str) -> None:
    """Write it whole and durably before it has its name: every ticket and link would die with a lost secret."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster, and its secret stands
            os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
