"""What people write about a site, read into typed values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conference.directory.forms import read_unit
from conference.directory.models import Unit
from conference.foundation.text import phone_digits
from conference.sites.actions import HallFacts, HostFacts, SiteFacts
from conference.sites.models import ConferenceSite, Hall, SiteLevel
from conference.web.forms import Form
from conference.web.words import _

MOST_SEATS = 100_000
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\.[^\s]+")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,29}")


def equipment_form(joined: ConferenceSite) -> Form:
    """The form with what is stored. The hall must be loaded."""
    form = Form()
    form.values = {
        "hall": str(joined.hall_id or ""),
        "capacity": str(joined.hall.capacity) if joined.hall else "",
        "manager_name": joined.manager_name,
        "manager_phone": joined.manager_phone,
        "manager_email": joined.manager_email,
        "technician_name": joined.technician_name,
        "technician_phone": joined.technician_phone,
        "room_url": joined.room_url,
        "version": str(joined.version),
    }
    return form


def read_equipment(
    sent: Mapping[str, str], halls: Sequence[Hall], present: Hall | None
) -> tuple[Form, HallFacts, HostFacts]:
    """``present`` is the hall that the form was filled with."""
    form = Form(sent)
    chosen = form.one_of("hall", _("Hội trường"), [*(str(hall.id) for hall in halls), "new"], required=False)
    hall = _read_hall(form, chosen, present)
    host = HostFacts(
        name=form.text("manager_name", _("Phụ trách điểm cầu"), most=120),
        phone=form.text("manager_phone", _("Điện thoại"), most=60),
        email=form.text("manager_email", _("Thư điện tử"), most=200),
        technician_name=form.text("technician_name", _("Cán bộ kỹ thuật"), most=120),
        technician_phone=form.text("technician_phone", _("Điện thoại kỹ thuật"), most=60),
        room_url=form.text("room_url", _("Đường dẫn phòng họp"), most=500),
    )
    for name, label, phone in (
        ("manager_phone", _("Điện thoại"), host.phone),
        ("technician_phone", _("Điện thoại kỹ thuật"), host.technician_phone),
    ):
        if phone and phone_digits(phone) is None:
            form.fault(name, _("Ghi số điện thoại 10 số, như 0912 345 678."), label)
    if host.room_url and not WEB_ADDRESS.fullmatch(host.room_url):
        form.fault("room_url", _("Ghi đường dẫn như https://hop.vn/phong-12."), _("Đường dẫn phòng họp"))
    if host.email and not EMAIL.fullmatch(host.email):
        form.fault("manager_email", _("Ghi thư điện tử như ten@congdoan.vn."), _("Thư điện tử"))
    return form, hall, host


def _read_hall(form: Form, chosen: str | None, present: Hall | None) -> HallFacts:
    if not chosen:
        return HallFacts(None, "", None)
    if chosen == "new":
        name = form.text("hall_name", _("Tên hội trường mới"), required=True, most=120)
        return HallFacts(None, name, form.whole("capacity", _("Số ghế"), low=1, high=MOST_SEATS))
    seats = form.whole("capacity", _("Số ghế"), low=1, high=MOST_SEATS, required=False)
    if present is not None and int(chosen) != present.id and seats == present.capacity:
        seats = None  # the number still is that of the hall before: it says nothing about the one chosen now
    return HallFacts(int(chosen), "", seats)


def read_site(sent: Mapping[str, str]) -> tuple[Form, SiteFacts | None, HallFacts]:
    """A new site with its first hall; seats may be left out until they are known."""
    form = Form(sent)
    name = form.text("name", _("Tên điểm cầu"), required=True, most=200)
    code = form.text("code", _("Mã điểm cầu"), required=True, most=30)
    if "code" not in form.errors and not CODE.fullmatch(code):
        form.fault("code", _("Ghi mã bằng chữ không dấu, số, dấu chấm hoặc gạch nối."), _("Mã điểm cầu"))
    level = form.choice("level", _("Cấp"), SiteLevel)
    province = form.text("province", _("Tỉnh, thành phố"), most=100)
    host = read_unit(form, "host_unit", _("Đơn vị chủ trì"))
    address = form.text("address", _("Địa chỉ"), most=300)
    hall_name = form.text("hall_name", _("Hội trường"), most=120)
    capacity = form.whole("capacity", _("Số ghế"), low=1, high=MOST_SEATS, required=bool(hall_name))
    if capacity is not None and not hall_name:
        form.fault("hall_name", _("Mời ghi tên hội trường đi cùng số ghế."), _("Hội trường"))
    hall = HallFacts(None, hall_name, capacity)
    if not form.is_valid or level is None or host is None:
        return form, None, hall
    return form, SiteFacts(code, name, level, province, host.id, address), hall


def read_guest_unit(sent: Mapping[str, str]) -> tuple[Form, Unit | None, int | None]:
    form = Form(sent)
    unit = read_unit(form, "unit", _("Đơn vị ghép"))
    return form, unit, form.whole("quota", _("Số chỗ"), low=1, high=MOST_SEATS, required=False)
