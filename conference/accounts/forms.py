"""What people write about accounts and passwords, read into typed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from conference.accounts import rules, words
from conference.accounts.models import Account
from conference.accounts.rules import Right
from conference.directory.forms import read_unit
from conference.foundation.actor import Role, ScopeKind
from conference.web.forms import Form
from conference.web.words import _

FindScope = Callable[[ScopeKind, str], Sequence[int]]


@dataclass(frozen=True)
class AccountFacts:
    login: str
    full_name: str
    email: str | None
    unit_id: int | None


@dataclass(frozen=True)
class GrantFacts:
    role: Role
    kind: ScopeKind
    id: int | None


def read_account(sent: Mapping[str, str]) -> tuple[Form, AccountFacts | None]:
    form = Form(sent)
    full_name = form.text("full_name", _("Họ và tên"), required=True, most=120)
    login = form.text("login", _("Tên đăng nhập"), required=True, most=80).casefold()
    if "login" not in form.errors and not rules.LOGIN.fullmatch(login):
        form.fault(
            "login", _("Ghi tên đăng nhập bằng chữ không dấu, số, dấu chấm, như tran.thi.anh."), _("Tên đăng nhập")
        )
    email = form.text("email", _("Thư điện tử"), most=200)
    unit = read_unit(form, "unit", _("Đơn vị"), required=False)
    if not form.is_valid:
        return form, None
    return form, AccountFacts(login, full_name, email or None, unit.id if unit else None)


def read_grant(form: Form, find: FindScope) -> GrantFacts | None:
    """A role and what it reaches: everything, or one thing named by its code or name."""
    role = form.choice("role", _("Vai trò"), Role)
    if role is not None and role not in words.ROLES:
        form.fault("role", _("Mời chọn vai trò trong danh sách."), _("Vai trò"))
        return None
    if role is None:
        return None
    kinds = words.SCOPES_OF_ROLE[role]
    label = _("Phạm vi")
    named = form.text("scope", label, most=300)
    if not named:
        if ScopeKind.ALL in kinds:
            return GrantFacts(role, ScopeKind.ALL, None)
        wanted = ", ".join(str(words.SCOPES[kind]).lower() for kind in kinds)
        form.fault("scope", _("Vai trò này cần phạm vi: %(kinds)s. Mời ghi mã hoặc tên.", kinds=wanted), label)
        return None
    kind = next((kind for kind in kinds if kind is not ScopeKind.ALL), None)
    if kind is None:
        form.fault("scope", _("Vai trò này luôn là toàn hệ thống. Mời để trống phạm vi."), label)
        return None
    found = find(kind, named)
    if len(found) != 1:
        sentence = (
            _("Không thấy “%(words)s”. Mời ghi đúng mã hoặc tên.", words=named)
            if not found
            else _("Có nhiều nơi tên “%(words)s”. Mời ghi mã.", words=named)
        )
        form.fault("scope", sentence, label)
        return None
    return GrantFacts(role, kind, found[0])


@dataclass(frozen=True)
class ServiceTokenFacts:
    label: str
    rights: list[Right]
    conference_id: int | None


def read_service_token(sent: MultiDict[str, str], find: FindScope) -> tuple[Form, ServiceTokenFacts | None]:
    """What a program may read, and in which conference; an empty scope reaches all."""
    form = Form(sent)
    label = form.text("label", _("Tên phần mềm"), required=True, most=120)
    rights = [right for right in Right if right.value in sent.getlist("rights")]
    if not rights:
        form.fault("rights", _("Mời chọn ít nhất một quyền."), _("Quyền đọc"))
    named = form.text("scope", _("Phạm vi"), most=300)
    found = find(ScopeKind.CONFERENCE, named) if named else ()
    if named and len(found) != 1:
        sentence = _("Không thấy “%(words)s”. Mời ghi đúng mã hoặc tên.", words=named)
        form.fault("scope", sentence, _("Phạm vi"))
    if not form.is_valid:
        return form, None
    return form, ServiceTokenFacts(label, rights, found[0] if named else None)


def read_new_password(sent: Mapping[str, str], account: Account) -> tuple[Form, str, str]:
    """(form, present password, new one). Passwords are taken as typed, and never go back to the page."""
    form = Form(sent)
    present = form.values.pop("present", "")[: rules.LONGEST_PASSWORD]
    new = form.values.pop("new", "")
    again = form.values.pop("again", "")
    fault = rules.password_fault(new, login=account.login, full_name=account.full_name)
    if fault is not None:
        form.fault("new", words.password_sentence(fault), _("Mật khẩu mới"))
    elif new != again:
        form.fault("again", _("Hai lần ghi chưa giống nhau."), _("Ghi lại mật khẩu mới"))
    if account.password_hash is not None and not present:
        form.fault("present", _("Mời ghi mật khẩu đang dùng."), _("Mật khẩu đang dùng"))
    return form, present, new
