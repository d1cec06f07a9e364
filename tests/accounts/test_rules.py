"""Passwords that are refused, codes that are taken once, and who needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.accounts.rules import (
    PasswordFault,
    client_words,
    hash_address,
    needs_second_factor,
    new_secret,
    password_fault,
    step_of_code,
)
from conference.foundation.actor import Role

NOW = datetime(2018, 12, 6, 1, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("mưa rơi trên mái hiên", None),
        ("kS9#vQ2!xL7m", None),
        ("x" * 11, PasswordFault.TOO_SHORT),
        ("xy" * 200, PasswordFault.TOO_LONG),
        ("matkhau123456", PasswordFault.COMMON),
        ("Mật khẩu 123456!", PasswordFault.COMMON),
        ("Congdoan@2031", PasswordFault.COMMON),
        ("aaaaaaaaaaaaaaa", PasswordFault.MONOTONOUS),
        ("bcdefghijklmnop", PasswordFault.MONOTONOUS),
        ("vubovubovubo", PasswordFault.MONOTONOUS),
        ("tran.thi.anh.1975", PasswordFault.LIKE_LOGIN),
        ("Trần Thị Ánh 75", PasswordFault.LIKE_LOGIN),
    ],
)
def test_which_passwords_are_refused(password, fault):
    assert password_fault(password, login="tran.thi.anh", full_name="Trần Thị Ánh") is fault


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(password):
    assert password_fault(password, login="a", full_name="B") in {None, *PasswordFault}


def test_a_code_is_taken_in_its_own_and_the_neighbouring_half_minutes():
    secret = new_secret()
    generator = pyotp.TOTP(secret)
    for seconds, fits in ((-90, False), (-30, True), (0, True), (30, True), (90, False)):
        code = generator.at(int(NOW.timestamp()) + seconds)
        assert (step_of_code(secret, code, at=NOW, last_step=0) is not None) == fits, seconds


def test_a_code_is_taken_once():
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = step_of_code(secret, f" {code[:3]} {code[3:]}", at=NOW, last_step=0)
    assert step is not None
    assert step_of_code(secret, code, at=NOW + timedelta(seconds=5), last_step=step) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000\n1"])
def test_what_is_no_code_is_refused(code):
    assert step_of_code(new_secret(), code, at=NOW, last_step=0) is None


def test_organizers_and_administrators_need_a_second_factor():
    assert needs_second_factor([Role.ORGANIZER], has_one=False)
    assert needs_second_factor([Role.GRADER, Role.ADMIN], has_one=False)
    assert not needs_second_factor([Role.SITE_HOST, Role.LEADER], has_one=False)
    assert needs_second_factor([Role.SITE_HOST], has_one=True)


def test_an_address_is_kept_only_as_what_recognises_it():
    assert hash_address("key", "203.0.113.7") == hash_address("key", "203.0.113.7")
    assert hash_address("key", "203.0.113.7") != hash_address("other key", "203.0.113.7")


def test_a_browser_is_named_roughly():
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0"
    assert client_words(agent) == "Edge, Windows"
    assert client_words("") == ""
