"""Letters over SMTP, with an honest answer for each: sent, refused, try later, or nobody knows."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from conference.foundation.calendar import Method

TIMEOUT_SECONDS = 30
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Outcome(StrEnum):
    SENT = "sent"
    REFUSED = "refused"  # the server will never take it: 5xx for this recipient or letter
    LATER = "later"  # the server may take it another time: 4xx
    UNKNOWN = "unknown"  # cut off after the letter was given: it may have arrived, it may not


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    words: str = ""  # the server's own, for the outbox


class MailServerDown(Exception):
    """The server can't be reached or takes nothing from us: no fault of any one letter, and none was given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One letter to one person. Nothing in it can break out of its header: line ends are taken out."""

    sender: str  # "Ban Tổ chức <a@b.example>"
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    message_id: str
    sent_at: datetime
    calendar: bytes = b""
    calendar_method: Method = Method.REQUEST


class _Policy(EmailPolicy):
    """Lines end as SMTP wants. Python's own folding loses the space between two encoded words (seen in 3.11), so a
    subject with marks is encoded by the older class, which keeps it."""

    def fold(self, name: str, value: str) -> str:
        if name != "Subject" or value.isascii():
            return str(super().fold(name, value))
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name != "Subject" or value.isascii():
            return bytes(super().fold_binary(name, value))
        return self.fold(name, value).encode("ascii")


SMTP = _Policy(linesep="\r\n")


def is_address(text: str) -> bool:
    """True for what a mail server can be asked to deliver to: one plain address, nothing around it."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None and ".." not in text


def compose(letter: Letter) -> EmailMessage:
    """The message with a plain text, an HTML form of it and, where given, the calendar's entry."""
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(letter.sender)
    message["From"] = _addressed(name, address)
    message["To"] = _addressed(letter.to_name, letter.to_address)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = letter.sent_at
    message["Message-ID"] = one_line(letter.message_id)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    if letter.calendar:
        message.add_alternative(
            letter.calendar.decode(),
            subtype="calendar",
            params={"method": letter.calendar_method.value},
            cte="base64",
        )
        message.add_attachment(letter.calendar, maintype="text", subtype="calendar", filename="hoi-nghi.ics")
    return message


def one_line(text: str) -> str:
    return CONTROL.sub(" ", text).strip()


def _addressed(name: str, address: str) -> Address:
    """Raises ``ValueError`` when the address could be anything but one plain address."""
    if not is_address(address):
        raise ValueError("not a plain mail address")
    try:
        return Address(display_name=one_line(name), addr_spec=address)
    except (HeaderParseError, IndexError) as error:
        raise ValueError("not a plain mail address") from error


class Postman:
    """An open connection to the mail server."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, letter: Letter) -> Answer:
        """Give one letter to the server. Raises ``MailServerDown`` only while none of it has been given."""
        try:
            message = compose(letter)
        except ValueError:
            return Answer(Outcome.REFUSED, "address")
        sender = parseaddr(letter.sender)[1]
        try:
            code, words = self._server.mail(sender)
            if code != 250:
                self._server.rset()
                raise MailServerDown(_said(code, words))
            code, words = self._server.rcpt(letter.to_address)
            if code not in (250, 251):
                self._server.rset()
                return Answer(Outcome.REFUSED if code >= 500 else Outcome.LATER, _said(code, words))
            code, words = self._server.docmd("DATA")
            if code != 354:
                self._server.rset()
                return Answer(Outcome.REFUSED if code >= 500 else Outcome.LATER, _said(code, words))
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerDown(type(error).__name__) from error
        try:
            self._server.send(_stuffed(message.as_bytes()) + b".\r\n")
            code, words = self._server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            return Answer(Outcome.UNKNOWN, type(error).__name__)
        if code == 250:
            return Answer(Outcome.SENT, _said(code, words))
        return Answer(Outcome.REFUSED if code >= 500 else Outcome.LATER, _said(code, words))


@contextmanager
def mail_server(url: str) -> Iterator[Postman]:
    """Connect to the server of ``SMTP_URL``. Raises ``MailServerDown``. The password never goes in the clear."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    secure = parts.scheme == "smtps"
    context = ssl.create_default_context()
    server: smtplib.SMTP | None = None
    try:
        if secure:
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
        server.ehlo_or_helo_if_needed()
        if not secure and server.has_extn("starttls") and host not in LOCAL_HOSTS:
            server.starttls(context=context)
            server.ehlo()
            secure = True
        if parts.username:
            if not secure and host not in LOCAL_HOSTS:
                raise MailServerDown("no encryption for the password")
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except (smtplib.SMTPException, OSError) as error:
        if server is not None:
            server.close()
        raise MailServerDown(type(error).__name__) from error
    try:
        yield Postman(server)
    finally:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _stuffed(content: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line that begins with a dot gets another one."""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _said(code: int, words: bytes) -> str:
    return one_line(f"{code} {words.decode('utf-8', 'replace')}")[:300]
