"""Letters: what a server's answers mean, and that no name or subject can break out of its header."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.adapters import mail
from conference.adapters.mail import Letter, MailServerDown, Outcome, compose, is_address, mail_server
from conference.foundation.calendar import Method

LETTER = Letter(
    sender="Ban Tổ chức hội nghị <khong-tra-loi@congdoan.example>",
    to_name="Đặng Hữu Phước",
    to_address="phuoc@truong.example",
    subject="Giấy triệu tập: Hội nghị học tập Nghị quyết Đại hội XII",
    text="Kính gửi đồng chí Đặng Hữu Phước\n.\n..một dòng bắt đầu bằng dấu chấm\n",
    html="<p>Kính gửi đồng chí <b>Đặng Hữu Phước</b></p>",
    message_id="<1.1@diem-cau>",
    sent_at=datetime(2018, 12, 1, 2, tzinfo=UTC),
    calendar=b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
)


def test_a_letter_arrives_whole_with_its_calendar(smtp_server) -> None:
    with mail_server(smtp_server.url) as postman:
        assert postman.send(LETTER).outcome is Outcome.SENT
    (message,) = smtp_server.messages
    assert message["To"] == "Đặng Hữu Phước <phuoc@truong.example>"
    assert message["Subject"] == LETTER.subject
    assert message.get_body(("plain",)).get_content().splitlines() == LETTER.text.splitlines()
    calendar = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    assert "METHOD:REQUEST" in calendar.get_content()


def test_several_letters_share_a_connection_and_a_refusal_spoils_none(smtp_server) -> None:
    smtp_server.refuse("mat@truong.example")
    smtp_server.refuse("ban@truong.example", "451 4.3.0 busy")
    with mail_server(smtp_server.url) as postman:
        answers = [
            postman.send(replace(LETTER, to_address=f"{who}@truong.example")) for who in ("an", "mat", "ban", "binh")
        ]
    assert [answer.outcome for answer in answers] == [Outcome.SENT, Outcome.REFUSED, Outcome.LATER, Outcome.SENT]
    assert answers[1].words == "550 5.1.1 no such mailbox"
    assert [message["To"].addresses[0].username for message in smtp_server.messages] == ["an", "binh"]


def test_a_cut_after_the_letter_was_given_is_told_as_unknown(smtp_server) -> None:
    smtp_server.cut_off_after_data = True
    with mail_server(smtp_server.url) as postman:
        assert postman.send(LETTER).outcome is Outcome.UNKNOWN


def test_a_server_that_is_not_there_is_no_fault_of_the_letter() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(MailServerDown), mail_server(f"smtp://127.0.0.1:{port}"):
            pass


def test_a_server_that_takes_the_line_and_says_nothing_is_no_fault_of_the_letter(monkeypatch) -> None:
    """F31: Nobody waits for it for ever."""
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(MailServerDown), mail_server(f"smtp://127.0.0.1:{port}"):
            pass


@pytest.mark.parametrize(("patience", "outcome"), [(20.0, Outcome.SENT), (1.0, Outcome.UNKNOWN)])
def test_a_slow_server_is_waited_for_and_a_silent_one_leaves_it_unknown(
    smtp_server, monkeypatch, patience, outcome
) -> None:
    """F31: Whoever gives up after the letter was given does not know whether it was taken."""
    smtp_server.seconds_to_answer = 3.0
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", patience)
    with mail_server(smtp_server.url) as postman:
        assert postman.send(LETTER).outcome is outcome
    assert len(smtp_server.envelopes) == 1


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_name_or_subject_makes_a_header_of_its_own(name: str, subject: str) -> None:
    nasty = f"{name}\r\nBcc: thief@evil.example\n{subject}"
    message = compose(replace(LETTER, to_name=nasty, subject=nasty))
    heads = message.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in heads if line.lower().startswith(b"bcc")]
    assert message.get_all("To") is not None
    assert len(message.get_all("To", [])) == len(message.get_all("Subject", [])) == 1


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b", "a@b.vn\nBcc: c@d.vn", "a@b.vn, c@d.vn", "<a@b.vn>", "a b@c.vn", "a@b.vn>", "a..b@c.vn", "@b.vn"],
)
def test_only_one_plain_address_is_an_address(address: str, smtp_server) -> None:
    assert not is_address(address)
    with mail_server(smtp_server.url) as postman:
        assert postman.send(replace(LETTER, to_address=address)).outcome is Outcome.REFUSED
    assert smtp_server.messages == []


def test_a_cancellation_says_so_in_the_type_of_its_part() -> None:
    message = compose(replace(LETTER, calendar_method=Method.CANCEL))
    kinds = [part["Content-Type"] for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert "CANCEL" in str(kinds[0])


@given(
    st.lists(
        st.sampled_from(["Hội", "nghị", "học", "tập", "Nghị", "quyết", "XII", "[Thay]", "của", "a", "Đoàn"]),
        min_size=1,
        max_size=24,
    )
)
def test_a_long_subject_keeps_every_space_between_its_words(words: list[str]) -> None:
    subject = " ".join(words)
    received = message_from_bytes(compose(replace(LETTER, subject=subject)).as_bytes(), policy=policy.default)
    assert received["Subject"] == subject
