"""What people type about attendees, read into values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conference.directory.models import Sex
from conference.foundation.text import phone_digits
from conference.registry.actions import NewPerson
from conference.registry.models import AttendeeRole
from conference.web.forms import Form
from conference.web.words import _

LONGEST_REASON = 500
UnitChoice = tuple[int, str, str]


@dataclass
class WalkInForm:
    """Someone who comes without having been called. A unit is typed by name and, where several fit, chosen."""

    form: Form
    units: Sequence[UnitChoice]
    person: NewPerson | None

    @classmethod
    def read(cls, sent: Mapping[str, str], *, units: Sequence[UnitChoice], site_ids: Sequence[int]) -> WalkInForm:
        form = Form(sent)
        name = form.text("full_name", _("Họ và tên"), required=True, most=120)
        if name and len(name.split()) < 2:
            form.fault("full_name", _("Ghi đủ họ và tên, như Lê Thị Mai."), _("Họ và tên"))
        birth = form.day("birth", _("Ngày sinh"), required=False)
        sex = form.one_of("sex", _("Giới tính"), [one.value for one in Sex], required=False)
        position = form.text("position", _("Chức vụ"), most=200)
        phone = form.text("phone", _("Số điện thoại"), most=30)
        if phone and phone_digits(phone) is None:
            form.fault("phone", _("Ghi số điện thoại 10 chữ số, như 0912 345 678."), _("Số điện thoại"))
        email = form.text("email", _("Thư điện tử"), most=254)
        if email and ("@" not in email or " " in email):
            form.fault("email", _("Ghi địa chỉ thư điện tử, như ten@congdoan.vn."), _("Thư điện tử"))
        site = form.one_of("site", _("Điểm cầu"), [str(id) for id in site_ids])
        role = form.choice("role", _("Tư cách"), AttendeeRole)
        form.text("unit_words", _("Đơn vị"), required=True, most=200)
        unit_id = _chosen_unit(form, units)
        person = None
        if form.is_valid and site and role and unit_id:
            person = NewPerson(
                full_name=name,
                unit_id=unit_id,
                site_id=int(site),
                position=position,
                role=role,
                birth_date=birth,
                sex=Sex(sex) if sex else None,
                phone=phone,
                email=email,
                must_write=form.ticked("must_write"),
            )
        return cls(form, units, person)


def _chosen_unit(form: Form, units: Sequence[UnitChoice]) -> int | None:
    label = _("Đơn vị")
    if "unit_words" in form.errors:
        return None
    chosen = form.values.get("unit_id", "")
    if chosen in {str(id) for id, _name, _above in units}:
        return int(chosen)
    if len(units) == 1:
        return units[0][0]
    if not units:
        form.fault("unit_words", _("Không có đơn vị nào mang tên này. Ghi một phần tên, như Yên Thành."), label)
    else:
        form.fault("unit_id", _("Có %(count)s đơn vị mang tên này, mời chọn một.", count=len(units)), label)
    return None


def read_substitute(
    sent: Mapping[str, str], study_session_ids: Sequence[int], *, unit_id: int, site_id: int
) -> tuple[Form, int | None, NewPerson | None]:
    """Who is sent instead of somebody, to one study session or, when none is named, to all."""
    form = Form(sent)
    chosen = form.one_of("substitute_session", _("Buổi dự thay"), ["", *map(str, study_session_ids)], required=False)
    name = form.text("substitute_name", _("Họ và tên"), required=True, most=120)
    if name and len(name.split()) < 2:
        form.fault("substitute_name", _("Ghi đủ họ và tên, như Lê Thị Mai."), _("Họ và tên"))
    birth = form.day("substitute_birth", _("Ngày sinh"), required=False)
    position = form.text("substitute_position", _("Chức vụ"), most=200)
    phone = form.text("substitute_phone", _("Số điện thoại"), most=30)
    if phone and phone_digits(phone) is None:
        form.fault("substitute_phone", _("Ghi số điện thoại 10 chữ số, như 0912 345 678."), _("Số điện thoại"))
    if not phone and birth is None and "substitute_birth" not in form.errors:
        form.fault(
            "substitute_phone", _("Mời ghi số điện thoại hoặc ngày sinh, để nhận ra đúng người."), _("Số điện thoại")
        )
    email = form.text("substitute_email", _("Thư điện tử"), most=254)
    if email and ("@" not in email or " " in email):
        form.fault("substitute_email", _("Ghi địa chỉ thư điện tử, như ten@congdoan.vn."), _("Thư điện tử"))
    if not form.is_valid:
        return form, None, None
    who = NewPerson(
        full_name=name,
        unit_id=unit_id,
        site_id=site_id,
        position=position,
        birth_date=birth,
        phone=phone,
        email=email,
    )
    return form, int(chosen) if chosen else None, who


def read_leave(sent: Mapping[str, str], study_session_ids: Sequence[int]) -> tuple[Form, int | None, str]:
    """A request to stay away: from one study session, or from all when none is named."""
    form = Form(sent)
    chosen = form.one_of("study_session", _("Buổi xin vắng"), ["", *map(str, study_session_ids)], required=False)
    reason = form.text("reason", _("Lý do xin vắng"), required=True, most=LONGEST_REASON, lines=True)
    return form, int(chosen) if chosen else None, reason
