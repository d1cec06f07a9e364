"""What people type about quotas, delegates and the rule, read into values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from conference.directory.models import Sex, Unit
from conference.directory.queries import units_called
from conference.foundation.errors import DomainError
from conference.foundation.text import phone_digits
from conference.registry.actions import NewPerson
from conference.registry.naming.actions import RuleFacts
from conference.registry.naming.models import NamingRule, Nomination
from conference.registry.naming.pasted import rows_in
from conference.registry.naming.quotas import QuotaFacts
from conference.registry.naming.rules import MOST_PLACES, Approver
from conference.web import filters
from conference.web.forms import NOT_DIGIT, Form, moment_of
from conference.web.words import _

LONGEST_REASON = 500


@dataclass(frozen=True)
class Identity:
    """Who somebody is, as it was typed."""

    name: str
    birth: date | None
    sex: str
    position: str
    phone: str
    email: str


def read_identity(form: Form) -> Identity:
    """Name, birth, sex, position and contact; ``form`` says what is wrong."""
    label = _("Họ và tên")
    name = form.text("full_name", label, required=True, most=120)
    if name and len(name.split()) < 2:
        form.fault("full_name", _("Ghi đủ họ và tên, như Lê Thị Mai."), label)
    birth = form.day("birth", _("Ngày sinh"), required=False)
    sex = form.one_of("sex", _("Giới tính"), [one.value for one in Sex], required=False)
    position = form.text("position", _("Chức vụ"), most=200)
    phone = form.text("phone", _("Số điện thoại"), most=30)
    if phone and phone_digits(phone) is None:
        form.fault("phone", _("Ghi số điện thoại 10 chữ số, như 0912 345 678."), _("Số điện thoại"))
    email = form.text("email", _("Thư điện tử"), most=254)
    if email and ("@" not in email or " " in email):
        form.fault("email", _("Ghi địa chỉ thư điện tử, như ten@congdoan.vn."), _("Thư điện tử"))
    return Identity(name, birth, sex or "", position, phone, email)


def read_person(form: Form, *, unit_id: int, site_ids: Sequence[int]) -> NewPerson | None:
    """Somebody whom a unit names; ``form`` says what is wrong."""
    who = read_identity(form)
    if not who.phone and who.birth is None and "birth" not in form.errors:
        form.fault("phone", _("Mời ghi số điện thoại hoặc ngày sinh, để nhận ra đúng người."), _("Số điện thoại"))
    site = form.one_of("site", _("Điểm cầu"), [str(id) for id in site_ids])
    if not form.is_valid or not site:
        return None
    return NewPerson(
        full_name=who.name,
        unit_id=unit_id,
        site_id=int(site),
        position=who.position,
        birth_date=who.birth,
        sex=Sex(who.sex) if who.sex else None,
        phone=who.phone,
        email=who.email,
    )


def read_reason(form: Form, *, required: bool) -> str:
    return form.text("reason", _("Lý do"), required=required, most=LONGEST_REASON, lines=True)


def read_categories(form: Form, sent: Sequence[str], known: Sequence[int]) -> list[int]:
    """The categories that were ticked; what there isn't is a fault."""
    chosen = []
    for text in sent:
        if text not in {str(id) for id in known}:
            form.fault("categories", _("Mời chọn thành phần trong danh sách."), _("Thành phần"))
            return []
        chosen.append(int(text))
    return chosen


def form_of(nomination: Nomination) -> Form:
    """The form with what was proposed. Categories must be loaded."""
    form = Form()
    form.values = {
        "full_name": nomination.full_name,
        "birth": filters.day(nomination.birth_date) if nomination.birth_date else "",
        "sex": nomination.sex.value if nomination.sex else "",
        "position": nomination.position,
        "phone": nomination.phone,
        "email": nomination.email,
        "site": str(nomination.site_id or ""),
        "reason": nomination.reason,
    }
    return form


# ---- the rule


def rule_form(rule: NamingRule | None) -> Form:
    form = Form()
    form.values = {
        "is_open": "1" if rule and rule.is_open else "",
        "approver": (rule.approver if rule else Approver.ORGANIZER).value,
        "version": str(rule.version if rule else 0),
    }
    if rule and rule.freezes_at:
        form.values |= {"freezes_day": filters.day(rule.freezes_at), "freezes_hour": filters.clock(rule.freezes_at)}
    return form


def read_rule(sent: Mapping[str, str], timezone: str) -> tuple[Form, RuleFacts | None]:
    form = Form(sent)
    approver = form.choice("approver", _("Người duyệt"), Approver)
    day = form.day("freezes_day", _("Ngày chốt"), required=False)
    hour = form.hour("freezes_hour", _("Giờ chốt"), required=day is not None)
    if hour is not None and day is None and "freezes_day" not in form.errors:
        form.fault("freezes_day", _("Mời ghi ngày chốt đi cùng giờ."), _("Ngày chốt"))
    if not form.is_valid or approver is None:
        return form, None
    freezes_at: datetime | None = None
    if day is not None and hour is not None:
        freezes_at = moment_of(day, hour, timezone).astimezone(UTC)
    return form, RuleFacts(form.ticked("is_open"), approver, freezes_at)


# ---- quotas


def read_unit_quotas(form: Form, unit_id: int, categories: Sequence[tuple[int, str]]) -> list[QuotaFacts]:
    """The places of one unit: a field a category, one for everybody, and a category that is new."""
    if "places-any" not in form.values:
        raise DomainError("bad_request")  # not our form: it would take every quota away
    facts = []
    for id, name in (("any", ""), *((str(id), name) for id, name in categories)):
        label = name or _("Không chia thành phần")
        places = form.whole(f"places-{id}", label, low=0, high=MOST_PLACES, required=False)
        facts.append(QuotaFacts(unit_id, name, places or 0))
    new = form.text("new_category", _("Thành phần khác"), most=120)
    places = form.whole("new_places", _("Số người"), low=1, high=MOST_PLACES, required=bool(new))
    if new and places:
        facts.append(QuotaFacts(unit_id, new, places))
    return facts


def read_quota_rows(form: Form, text: str) -> list[QuotaFacts]:
    """Pasted rows: unit (its code or name), category (may be empty), places. Each fault names its row."""
    facts: list[QuotaFacts] = []
    label = _("Dán các dòng")
    faults = []
    found: dict[str, Sequence[Unit]] = {}
    for number, row in enumerate(rows_in(text), start=1):
        cells = list(row)
        if not any(cells):
            continue
        while len(cells) > 3 and not cells[-1]:
            cells.pop()
        places = NOT_DIGIT.sub("", cells[-1]) if cells[-1].replace(".", "").replace(" ", "").isdecimal() else ""
        if not places or len(cells) < 2:
            if number > 1:  # the first line may be the head
                faults.append(_("dòng %(row)s chưa có số người", row=number))
            continue
        words = cells[0]
        units = found.setdefault(words, units_called(words) if words else [])
        if len(units) != 1:
            faults.append(
                _("dòng %(row)s: không có đơn vị “%(words)s”", row=number, words=words)
                if not units
                else _("dòng %(row)s: nhiều đơn vị tên “%(words)s”, mời ghi mã", row=number, words=words)
            )
            continue
        if int(places) > MOST_PLACES:
            faults.append(_("dòng %(row)s: số người quá lớn", row=number))
            continue
        facts.append(QuotaFacts(units[0].id, cells[1] if len(cells) > 2 else "", int(places)))
    if faults:
        shown = "; ".join(faults[:5])
        more = len(faults) - 5
        form.fault(
            "rows", _("%(shown)s và %(more)s dòng nữa.", shown=shown, more=more) if more > 0 else f"{shown}.", label
        )
    elif not facts:
        form.fault("rows", _("Mời dán mỗi dòng một chỉ tiêu: đơn vị, thành phần, số người."), label)
    return facts
