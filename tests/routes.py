"""Every route once: what fills its address, what a good body is, and for whom it succeeds.

The tests of access and of wrong input go through this table, and fail for a route that is not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from types import SimpleNamespace as Where
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from conference.registry.feeds import FeedKind
from tests.papers import photo
from tests.two_conferences import NOW, World

Values = Callable[[Where, World], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """``values`` and ``body`` are asked for a conference; ``owner`` names a visitor for whom it succeeds there."""

    owner: str
    values: Values = lambda where, world: {}
    body: Values | None = None
    is_json: bool = False
    status: int | None = None  # what the owner gets; none: anything that is no refusal
    is_public: bool = False
    shared_with: tuple[str, ...] = field(default=())
    """Roles to which a thing of another conference is shown by intent, without the names of its people and sites."""
    shows_names_to: tuple[str, ...] = field(default=())
    """The same with names: units and who works in them are known to all who organise conferences."""
    notes_reading: bool = False
    """A GET that writes one line into the journal: who took or read what."""


STAFF_TAKING_PART = ("officer", "host", "scanner", "grader")
MANAGERS = ("organizer", "admin", "leader")


def code(where: Where, world: World) -> dict[str, Any]:
    return {"code": where.code}


def draft(where: Where, world: World) -> dict[str, Any]:
    return {"code": where.draft}


def nothing(where: Where, world: World) -> dict[str, Any]:
    return {}


def with_code(**more: Callable[[Where], Any]) -> Values:
    return lambda where, world: {"code": where.code} | {name: give(where) for name, give in more.items()}


person = with_code(number=lambda w: w.b.number)
site = with_code(site_id=lambda w: w.b.site)
session = with_code(study_session_id=lambda w: w.session)
topic = with_code(topic_id=lambda w: w.topic)
document = with_code(document_id=lambda w: w.document)
batch = with_code(batch_id=lambda w: w.batch)
sheet = with_code(batch_id=lambda w: w.batch, file_id=lambda w: w.file, at=lambda w: 0)
closing = with_code(site_id=lambda w: w.b.site, study_session_id=lambda w: w.session)
own_scan = with_code(site_id=lambda w: w.b.site, study_session_id=lambda w: w.session, scan_id=lambda w: w.b.own_scan)
platform_report = with_code(report_id=lambda w: w.report)
rehearsal = with_code(rehearsal_id=lambda w: w.rehearsal)
mail = with_code(mail_id=lambda w: w.mail)
reminder = with_code(rule_id=lambda w: w.reminder, what=lambda w: "pause")
wording = with_code(purpose=lambda w: "summons", tongue=lambda w: "vi")
case = with_code(case_id=lambda w: w.b.case)
substitute = with_code(number=lambda w: w.b.number, substitute_id=lambda w: w.b.substitute)
nomination = with_code(nomination_id=lambda w: w.b.nomination)
quota = with_code(unit_id=lambda w: w.b.unit)
submission = with_code(submission_id=lambda w: w.b.submission)
question = with_code(question_id=lambda w: w.question)
slot = with_code(slot_id=lambda w: w.slot)
grant = with_code(number=lambda w: w.b.number, grant_id=lambda w: w.grant)
device = with_code(device_id=lambda w: w.b.spare_device)
enrolment_link = with_code(site_id=lambda w: w.b.site, link_id=lambda w: w.b.enrolment_link)


def account(where: Where, world: World) -> dict[str, Any]:
    return {"account_id": where.grader_b.account}


def unit(where: Where, world: World) -> dict[str, Any]:
    return {"unit_id": where.b.unit}


def body(**values: Any) -> Values:
    """A body; what can be called is asked for the conference."""
    return lambda where, world: {
        name: value(where, world) if callable(value) else value for name, value in values.items()
    }


empty = body()
reason = "Theo đề nghị của đơn vị"
CONFERENCE = {
    "title": "Hội nghị chuyên đề",
    "kind": "study",
    "mode": "online",
    "host_unit": lambda w, world: world.centre.code,
    "starts_on": "06/12/2018",
    "ends_on": "06/12/2018",
    "opens_before_minutes": "45",
    "late_after_minutes": "15",
    "target_rate": "95",
}
SESSION = {"held_on": "06/12/2018", "part": "afternoon", "starts_at": "14:00", "ends_at": "17:00", "version": "1"}
TOPIC = {
    "study_session": lambda w, world: w.session,
    "kind": "topic",
    "title": "Nội dung cơ bản của Điều lệ",
    "presenter": "Hồ Sỹ Quyền",
    "starts_at": "09:30",
    "ends_at": "10:15",
    "version": "1",
}
PARTICIPANTS = b"Name,Join Time,Leave Time\nTran Van A,12/06/2018 08:00:00 AM,12/06/2018 09:00:00 AM\n"
ONLINE_RULE = {
    "room_url": "https://meet.example.vn/phong-mot",
    "opens_before_minutes": "30",
    "least_minutes": "70",
    "least_answers": "50",
    "prompts": "3",
    "prompt_minutes": "4",
    "late_after_minutes": "15",
}
PAPER_FORM = {
    "version": "0",
    "form": "union",
    "title": "GIẤY MỜI",
    "issuer": "LIÊN ĐOÀN LAO ĐỘNG TỈNH NGHỆ AN",
    "place": "Nghệ An",
    "body": "Mời đồng chí {họ tên} dự {tên hội nghị}.",
}
TASK = {
    "version": "1",
    "min_words": "2",
    "max_words": "3000",
    "grace_seconds": "60",
    "least_sessions": "1",
    "opens_day": "06/12/2018",
    "opens_hour": "11:30",
    "takes_typed": "1",
    "due_day": "20/12/2018",
    "due_hour": "17:00",
    "late_day": "30/12/2018",
    "late_hour": "17:00",
    "part-0-id": lambda w, world: w.part,
    "part-0-title": "Nhận thức",
    "part-0-prompt": "",
    "part-0-min_words": "0",
}


REHEARSAL = {"title": "Chạy thử", "day": "04/12/2018", "starts_at": "14:00", "ends_at": "15:00", "whom": "all"}
LADDER = {
    f"{rung}-{field}": value
    for rung in ("hall", "host", "devices", "line", "rehearsal", "doors", "quorum")
    for field, value in (("owner", "host"), ("before", "2"), ("unit", "days"), ("bound", "70"))
}


QUIZ = {"version": "2", "minutes": "60", "weighting": "equal", "shows": "with_release"}
QUESTION = {"text": "Công đoàn có mấy cấp?", "choice-0": "Hai", "choice-1": "Bốn", "key": "B", "weight": "1"}
SLOT = {
    "name": "Ca hai",
    "opens_day": "07/12/2018",
    "opens_hour": "08:00",
    "closes_day": "07/12/2018",
    "closes_hour": "10:00",
}


def quiz_answers(where: Where, world: World) -> dict[str, Any]:
    tap = {"place": 1, "choice": 0, "page": "page-of-the-tests", "seq": 1, "base": 0}
    return {"for": where.b.attendee, "attempt": 1, "taps": [tap]}


def until(name: str) -> dict[str, Any]:
    return {f"{name}_day": "20/01/2019", f"{name}_hour": "17:00", f"{name}_reason": reason}


def scheme(where: Where, world: World) -> dict[str, Any]:
    values = {"version": "1", "step": "0,25", "tolerance": "1", "rounding": "0,25"}
    parts = (("Nhận thức", "4"), ("Liên hệ", "2,5"), ("Kế hoạch", "2"), ("Kiến nghị", "0,5"), ("Hình thức", "1"))
    for place, ((title, most), id) in enumerate(zip(parts, where.scheme_parts, strict=True), start=1):
        values |= {f"part-{place}-id": str(id), f"part-{place}-title": title, f"part-{place}-max": most}
    return values | {"cut-excellent": "8", "cut-good": "7", "cut-average": "5"}


def entry(where: Where, world: World) -> dict[str, Any]:
    marks = {f"mark-{id}": "0.25" for id in where.scheme_parts}
    return {"version": "1", "comment": "Bài viết rõ ràng.", "action": "finish", **marks}


def entry_json(where: Where, world: World) -> dict[str, Any]:
    return {
        "version": 1,
        "marks": {str(id): "0.25" for id in where.scheme_parts},
        "notes": {},
        "comment": "Bài viết rõ ràng.",
    }


def paper(where: Where, world: World) -> dict[str, Any]:
    return {
        f"part-{where.part}": "Công đoàn cơ sở cần đổi mới.",
        "base": "1",
        "revision": "1",
        "page": "page-of-the-form",
    }


def paper_json(where: Where, world: World) -> dict[str, Any]:
    return {
        "for": where.b.attendee,
        "base": 1,
        "page": "page-of-the-script",
        "seq": 1,
        "parts": {str(where.part): "Công đoàn cơ sở cần đổi mới."},
        "commitments": [],
    }


def scans(where: Where, world: World) -> dict[str, Any]:
    item = {
        "id": "0f0e0d0c-0b0a-4908-8706-050403020100",
        "ticket": where.b.ticket,
        "study_session": where.session,
        "scanned_at": NOW.isoformat(),
    }
    return {"items": [item]}


def hall_count(where: Where, world: World) -> dict[str, Any]:
    return {
        "id": "1f0e0d0c-0b0a-4908-8706-050403020100",
        "study_session": where.session,
        "people": 50,
        "counted_at": NOW.isoformat(),
    }


def carried_queue(where: Where, world: World) -> dict[str, Any]:
    items = json.dumps(scans(where, world)["items"])
    file = {
        "format": "diem-cau-queue",
        "version": 1,
        "conference": where.id,
        "site": where.b.site,
        "device": where.b.spare_device,
        "sha256": hashlib.sha256(items.encode()).hexdigest(),
        "items": items,
    }
    return {"file": (BytesIO(json.dumps(file).encode()), "diem-danh.json")}


def list_file(where: Where, world: World) -> dict[str, Any]:
    text = "STT,Họ và tên,Ngày sinh,Giới tính,Chức vụ\r\n1,Lê Thị Hoài Thương,03/11/1964,Nữ,Chủ tịch\r\n"
    return {"files": (BytesIO(text.encode("utf-8-sig")), "dai-bieu.csv")}


def merger(where: Where, world: World) -> dict[str, Any]:
    return {"unit_id": where.b.unit, "day": "2025-07-01"}


def workbook_file(where: Where, world: World) -> dict[str, Any]:
    return {"file": (BytesIO(world.workbook_of(where).read_bytes()), "so-ban-to-chuc.xlsx")}


def workbook_name(where: Where, world: World) -> dict[str, Any]:
    return {"code": where.code, "name": world.workbook_of(where).stem}


def token(kind: str) -> Values:
    return lambda where, world: {
        "token": where.b.link if kind == "link" else world.feed(FeedKind.ATTENDEE, where.b.attendee)
    }


PHOTO = photo()


def own_file(where: Where, world: World) -> dict[str, Any]:
    return {"file_id": where.b.file}


wave = with_code(wave_id=lambda w: w.wave)
make_up = with_code(make_up_id=lambda w: w.make_up)


def recording(where: Where, world: World) -> dict[str, Any]:
    return {"make_up_id": where.recording}


MAKE_UP = {
    "study_session": lambda w, world: w.session,
    "kind": "at_site",
    "site": lambda w, world: w.b.site,
    "opens_day": "10/12/2018",
    "opens_hour": "08:00",
    "closes_day": "10/12/2018",
    "closes_hour": "11:30",
}
DELEGATE = {"full_name": "Lê Thị Hoài Thương", "phone": "0912 345 999", "site": lambda w, world: w.b.site}
PASTED = "Họ và tên\tNgày sinh\nNguyễn Thị Ánh Dương\t03/11/1964"
GRANT = {"role": "site_host", "scope": lambda w, world: w.a.site_code}
NO_SUCH = {"token": "no-such-token"}

ROUTES: dict[str, Route] = {
    # ---- what belongs to no area
    "static": Route("nobody", body(filename="css/base.css"), is_public=True),
    "web.home": Route("nobody", is_public=True),
    "web.choose_language": Route("nobody", body(language="en"), is_public=True),
    "web.choose_theme": Route("nobody", body(theme="dark"), is_public=True),
    "web.healthz": Route("nobody", is_public=True),
    "web.readyz": Route("nobody", is_public=True),
    "web.metrics": Route("nobody", is_public=True),
    "web.components": Route("admin"),
    "jobs.overview": Route("organizer"),
    "jobs.progress": Route("organizer", lambda w, world: {"job_id": w.job}),
    "jobs.stop": Route("organizer", lambda w, world: {"job_id": w.job}, empty),
    # ---- accounts
    "accounts.sign_in": Route("nobody", is_public=True),
    "accounts.sign_in_now": Route(
        "nobody", nothing, body(login="khong.co", password="x" * 12), status=422, is_public=True
    ),
    "accounts.sign_out": Route("nobody", nothing, empty, is_public=True),
    "accounts.enter": Route("nobody", body(**NO_SUCH), is_public=True),
    "accounts.enter_now": Route("nobody", body(**NO_SUCH), empty, status=410, is_public=True),
    "accounts.code": Route("nobody", is_public=True, status=401),
    "accounts.check_code": Route("nobody", nothing, body(code="000000"), status=401, is_public=True),
    "accounts.enrol": Route("nobody", is_public=True, status=401),
    "accounts.enrol_now": Route("nobody", nothing, body(code="000000"), status=401, is_public=True),
    "accounts.own": Route("organizer"),
    "accounts.password": Route("organizer"),
    "accounts.set_password": Route(
        "organizer", nothing, body(new="ba mươi sáu phố phường", again="ba mươi sáu phố phường")
    ),
    "accounts.set_language": Route("organizer", nothing, body(language="en")),
    "accounts.sign_out_everywhere": Route("organizer", nothing, empty),
    "accounts.people": Route("admin"),
    "accounts.new_account": Route("admin"),
    "accounts.create_account": Route("admin", nothing, body(full_name="Lê Thị Hoa", login="le.thi.hoa", **GRANT)),
    "accounts.account": Route("admin", account),
    "accounts.grant_role": Route("admin", account, body(**GRANT)),
    "accounts.revoke_role": Route("admin", lambda w, world: account(w, world) | {"grant_id": world.grant_of(w)}, empty),
    "accounts.renew_entry": Route("admin", account, empty),
    "accounts.disable_account": Route("admin", account, empty),
    "accounts.enable_account": Route("admin", account, empty),
    "accounts.end_sessions": Route("admin", account, empty),
    "accounts.tokens": Route("admin"),
    "accounts.new_token": Route("admin"),
    "accounts.make_token": Route("admin", nothing, body(label="Phần mềm báo cáo", rights="reports")),
    "accounts.revoke_token": Route("admin", lambda w, world: {"token_id": w.service}, empty),
    "accounts.journal": Route("admin"),
    # ---- directory: units are shared by all conferences
    "directory.units": Route("organizer", shared_with=MANAGERS, shows_names_to=MANAGERS),
    "directory.unit": Route("organizer", unit, shared_with=MANAGERS, shows_names_to=MANAGERS),
    "directory.people": Route("organizer", unit, shared_with=MANAGERS, shows_names_to=MANAGERS),
    "directory.edit_unit": Route("organizer", unit),
    "directory.rename_unit": Route(
        "organizer", unit, body(name="Liên đoàn Lao động", was=lambda w, world: world.unit_name(w))
    ),
    "directory.new_unit": Route("organizer"),
    "directory.found_unit": Route(
        "organizer",
        nothing,
        body(code="MOI01", name="Công đoàn phường mới", kind="commune", parent=lambda w, world: world.centre.code),
    ),
    "directory.ending": Route("organizer", unit),
    "directory.end_unit": Route("organizer", unit, body(valid_to="01/07/2025")),
    "directory.reopen_unit": Route("organizer", unit, empty),
    "directory.following": Route("organizer", unit, status=409),
    "directory.follow_successor": Route("organizer", unit, empty, status=409),
    "mergers.new": Route("organizer"),
    "mergers.merge": Route(
        "organizer",
        nothing,
        body(
            units=lambda w, world: world.unit_name(w),
            successor=lambda w, world: world.centre.code,
            valid_to="01/07/2025",
        ),
    ),
    "mergers.merged": Route("organizer", merger, status=404),  # nothing was merged here
    "mergers.follow": Route("organizer", merger, empty, status=404),
    "mergers.undo": Route("organizer", merger, empty, status=404),
    # ---- planning: a published programme is there for the whole staff
    "planning.conferences": Route("organizer"),
    "planning.new_conference": Route("organizer"),
    "planning.create_conference": Route("organizer", nothing, body(code="HN99", **CONFERENCE)),
    "planning.edit_conference": Route("organizer", code),
    "planning.change_conference": Route("organizer", code, body(version="1", **CONFERENCE)),
    "planning.plan": Route("organizer", code, shared_with=STAFF_TAKING_PART),
    "planning.publish": Route("organizer", draft, body(version="1"), status=409),
    "planning.new_study_session": Route("organizer", code),
    "planning.add_study_session": Route("organizer", code, body(**SESSION)),
    "planning.edit_study_session": Route("organizer", session),
    "planning.change_study_session": Route("organizer", session, body(**SESSION)),
    "planning.remove_study_session": Route("organizer", session, body(version="1"), status=409),
    "planning.move_topic": Route("organizer", topic, body(version="1", how="later")),
    "planning.new_topic": Route("organizer", code),
    "planning.add_topic": Route("organizer", code, body(**TOPIC)),
    "planning.edit_topic": Route("organizer", topic),
    "planning.change_topic": Route("organizer", topic, body(**TOPIC)),
    "planning.remove_topic": Route("organizer", topic, body(version="1")),
    "planning.add_document": Route("organizer", topic, empty),
    "planning.document": Route("organizer", document, shared_with=STAFF_TAKING_PART),
    "planning.remove_document": Route("organizer", with_code(document_id=lambda w: w.document_to_remove), empty),
    "waves.overview": Route("organizer", code),
    "waves.add": Route("organizer", code, body(version="1", title="Đợt ba")),
    "waves.rename": Route("organizer", wave, body(version="1", title="Đợt ba")),
    "waves.remove": Route("organizer", wave, body(version="1")),
    "waves.put": Route("organizer", wave, body(version="1", place="1")),
    "waves.assign_units": Route(
        "organizer", code, body(units=lambda w, world: w.b.unit, action=lambda w, world: w.wave)
    ),
    "waves.assign_people": Route(
        "organizer", code, body(people=lambda w, world: w.b.attendee, action=lambda w, world: f"wave-{w.wave}")
    ),
    "waves.assign_person": Route("organizer", person, body(wave=lambda w, world: w.wave)),
    # ---- sites
    "seating.overview": Route("organizer", code),
    "seating.propose": Route("organizer", code, body(scope="unseated", reach="province", whole_up_to="30")),
    "seating.pin": Route(
        "organizer", code, body(badge=lambda w, world: w.b.number, pin_site=lambda w, world: w.b.site)
    ),
    "seating.unpin": Route("organizer", lambda w, world: {"code": w.code, "pin_id": w.pin}, empty),
    "seating.proposal": Route("organizer", lambda w, world: {"code": w.code, "proposal_id": w.proposal}),
    "seating.move": Route(
        "organizer", lambda w, world: {"code": w.code, "proposal_id": w.proposal, "move_id": w.seating_move}
    ),
    "seating.accept": Route(
        "organizer", lambda w, world: {"code": w.code, "proposal_id": w.proposal}, body(all="1"), status=409
    ),
    "seating.discard": Route("organizer", lambda w, world: {"code": w.code, "proposal_id": w.proposal}, empty),
    "sites.overview": Route("organizer", code, shared_with=("officer", "host")),
    "sites.readiness": Route("organizer", code, shared_with=("officer", "host")),
    "sites.province_map": Route("organizer", code, shared_with=("officer", "host")),
    "sites.climb": Route("host", site),
    "sites.confirm_rung": Route("host", site, body(rung="line", remark="Thử bằng điện thoại")),
    "sites.take_rung_back": Route("host", site, body(rung="line")),
    "sites.echo": Route("host", site),
    "sites.test_line": Route("host", site, body(times="40,41,42,43,44,45,46,47,48,49")),
    "sites.tick_checks": Route("host", site, body(**{"check-0": "good", "check-1": "fault", "remark-1": "Rè"})),
    "sites.rehearsal": Route("organizer", rehearsal, shared_with=("officer", "host")),
    "sites.new_rehearsal": Route("organizer", code),
    "sites.plan_rehearsal": Route("organizer", code, body(**REHEARSAL)),
    "sites.edit_rehearsal": Route("organizer", rehearsal),
    "sites.change_rehearsal": Route("organizer", rehearsal, body(version="1", **REHEARSAL)),
    "sites.cancel_rehearsal": Route("organizer", rehearsal, body(version="1")),
    "sites.ladder_settings": Route("organizer", code),
    "sites.lay_down_ladder": Route("organizer", code, body(**LADDER)),
    "sites.own_times": Route("organizer", code),
    "sites.set_own_times": Route("organizer", code, body(rung="line", day="05/12/2018", hour="16:00")),
    "sites.site": Route("host", site),
    "sites.edit_site": Route("organizer", site),
    "sites.equip_site": Route(
        "organizer", site, body(hall=lambda w, world: w.b.hall, capacity="80", manager_name="Lê Thị Hoa", version="1")
    ),
    "sites.seat_guests": Route("organizer", site, body(unit=lambda w, world: w.a.unit_code, quota="3")),
    "sites.send_guests_away": Route(
        "organizer", with_code(site_id=lambda w: w.b.site, guest_id=lambda w: w.guest), empty
    ),
    "sites.leave": Route("organizer", site, empty, status=409),
    "sites.outside": Route("organizer", code),
    "sites.join": Route("organizer", code, body(site=lambda w, world: world.ours.a.site)),
    "sites.new_site": Route("organizer", code),
    "sites.create_site": Route(
        "organizer",
        code,
        body(name="Huyện Quỳ Hợp", code="QH01", level="district", host_unit=lambda w, world: world.centre.code),
    ),
    # ---- registry: an officer of whose unit nobody is called finds an empty list
    "registry.people": Route("officer", code, shared_with=("officer",)),
    "registry.export_people": Route("officer", code, shared_with=("officer",), notes_reading=True),
    "registry.new_person": Route("organizer", code),
    "registry.add_person": Route(
        "organizer",
        code,
        body(
            full_name="Lê Thị Hoài Thương",
            unit_words="Giáo dục",
            unit_id=lambda w, world: world.guest_unit(w),
            site=lambda w, world: w.b.site,
            role="official",
        ),
    ),
    "registry.person": Route("officer", person),
    "registry.reveal_link": Route("officer", person, empty),
    "registry.revoke_link": Route("organizer", person, empty),
    "registry.replace_ticket": Route("organizer", person, body(reason="lost")),
    "registry.move_person": Route("organizer", person, body(site=lambda w, world: w.a.site)),
    "registry.move_back": Route("organizer", with_code(number=lambda w: w.b.number, site_id=lambda w: w.a.site), empty),
    "registry.withdraw": Route("organizer", person, body(reason="mistake")),
    "registry.call_again": Route("organizer", person, empty),
    "registry.write_leave": Route("organizer", person, body(reason=reason)),
    "registry.name_substitute": Route(
        "organizer",
        person,
        body(substitute_name="Lê Thị Hoài Thương", substitute_phone="0912 345 999"),
        status=409,  # somebody is named already
    ),
    "registry.decide_substitute": Route("organizer", substitute, body(decision="approve")),
    "registry.withdraw_substitute": Route("organizer", substitute, empty),
    "registry.decide_leave": Route(
        "organizer", with_code(number=lambda w: w.b.number, leave_id=lambda w: w.leave), body(decision="approve")
    ),
    "registry.move_people": Route(
        "organizer", code, body(people=lambda w, world: w.b.attendee, site=lambda w, world: w.a.site)
    ),
    "registry.badges": Route("host", code),
    "registry.print_badges": Route("organizer", code, body(sites=lambda w, world: w.b.site)),
    "registry.site_badges": Route("host", site, notes_reading=True),
    "registry.all_badges": Route("organizer", code, notes_reading=True),
    "registry.person_badge": Route("organizer", person),
    "registry.calendar_list": Route("organizer", code),
    "registry.renew_calendars": Route("organizer", code, empty),
    "registry.open_link": Route("nobody", token("link"), is_public=True),
    "registry.calendar_feed": Route("nobody", token("feed"), is_public=True),
    "registry.my_page": Route("attendee"),
    "registry.my_ticket": Route("attendee"),
    "registry.my_calendar": Route("attendee"),
    "registry.my_document": Route("attendee", lambda w, world: {"document_id": w.document}, shared_with=("attendee",)),
    "registry.ask_my_leave": Route("attendee", nothing, body(reason=reason), status=409),
    # ---- naming: an officer speaks for the own units, in any published conference
    "naming.start": Route("officer"),
    "naming.home": Route("officer", code, shared_with=("officer",)),
    "naming.new_delegate": Route("officer", code, shared_with=("officer",)),
    "naming.name_delegate": Route("officer", code, body(**DELEGATE), shared_with=("officer",)),
    "naming.paste": Route("officer", code, shared_with=("officer",)),
    "naming.name_delegates": Route("officer", code, body(rows=PASTED, step="apply"), shared_with=("officer",)),
    "naming.template": Route("officer", code, shared_with=("officer",)),
    "naming.leave_list": Route("officer", person),
    "naming.ask_to_leave_list": Route("officer", person, body(reason=reason)),
    "naming.edit_delegate": Route("organizer", person),
    "naming.change_delegate": Route(
        "organizer",
        person,
        lambda w, world: {"full_name": "Đặng Hữu Phước Lộc", "stamp": world.stamp(w.b.attendee)},
    ),
    "naming.nomination": Route("officer", nomination),
    "naming.amend_nomination": Route("officer", nomination, body(**DELEGATE)),
    "naming.take_back_nomination": Route("officer", nomination, empty),
    "naming.quota_list": Route("organizer", code),
    "naming.set_quotas": Route("organizer", code, body(rows=lambda w, world: f"{w.b.unit_code};Chuyên trách;5")),
    "naming.quota_sheet": Route("organizer", code),
    "naming.unit_quotas": Route("organizer", quota, shared_with=("organizer",)),
    "naming.set_unit_quotas": Route("organizer", quota, body(**{"places-any": "5"}), shared_with=("organizer",)),
    "naming.nominations": Route("organizer", code, shared_with=("officer",)),
    "naming.decide_nominations": Route(
        "organizer", code, body(nominations=lambda w, world: w.b.nomination, action="approve")
    ),
    "naming.rule": Route("organizer", code),
    "naming.save_rule": Route("organizer", code, body(version="1", approver="organizer", is_open="1")),
    "naming.freeze": Route("organizer", code, empty),
    "naming.changes": Route("organizer", code, shared_with=("officer",)),
    # ---- seats
    "seats.plan": Route("organizer", site),
    "seats.lay_out": Route("organizer", site, body(**{"lines": "1", "name-0": "A", "rows-0": "2", "seats-0": "5"})),
    "seats.reserve": Route("organizer", site, body(pins="A1: Đoàn Chủ tịch")),
    "seats.give": Route("organizer", site, empty),
    "seats.halls": Route("organizer", code),
    "seats.give_everywhere": Route("organizer", code, empty),
    "seats.sheets": Route("host", site, notes_reading=True),
    # ---- workbook
    "workbook.start": Route("organizer", code),
    "workbook.export": Route("organizer", code, notes_reading=True),
    "workbook.send": Route("organizer", code, workbook_file),
    "workbook.preview": Route("organizer", workbook_name),
    "workbook.apply": Route("organizer", workbook_name, empty),
    "workbook.discard": Route("organizer", workbook_name, empty),
    "doubles.doubles": Route("organizer", code),
    "doubles.decide_double": Route(
        "organizer",
        code,
        body(decision="apart", keep=lambda w, world: w.a.number, other=lambda w, world: w.b.number),
    ),
    "doubles.undo_merge": Route("organizer", with_code(merge_id=lambda w: w.merge), empty),
    # ---- lists
    "imports.batches": Route("organizer", code),
    "imports.upload": Route("organizer", code, list_file),
    "imports.preview": Route("organizer", batch),
    "imports.progress": Route("organizer", batch),
    "imports.rejects_file": Route("organizer", batch),
    "imports.apply": Route("organizer", batch, empty),
    "imports.discard": Route("organizer", batch, empty),
    "imports.take_back": Route("organizer", batch, empty, status=409),
    "imports.choose_site": Route("organizer", batch, body(place="a|b|1", site=lambda w, world: w.b.site_code)),
    "imports.choose_encoding": Route(
        "organizer", with_code(batch_id=lambda w: w.batch, file_id=lambda w: w.file), body(encoding="")
    ),
    "imports.mapping": Route("organizer", sheet),
    "imports.remember_mapping": Route(
        "organizer",
        sheet,
        body(kind="delegates", skipped="1", **{"column-1": "full_name", "column-2": "birth", "column-4": "position"}),
    ),
    # ---- notices
    "notices.call": Route("organizer", code),
    "notices.progress": Route("organizer", code),
    "notices.write_letters": Route("organizer", with_code(what=lambda w: "summons"), empty),
    "notices.write_one": Route("organizer", person, body(occasion="abc")),
    "notices.outbox": Route("organizer", code),
    "notices.letter": Route("organizer", mail),
    "notices.decide": Route("organizer", mail, body(decision="sent")),
    "notices.decide_all": Route("organizer", with_code(what=lambda w: "hold"), empty),
    "notices.ways": Route("officer", code, shared_with=("officer",)),
    "notices.note_reply": Route("officer", person, body(reply="coming"), status=409),
    "notices.my_reply": Route("attendee", nothing, body(reply="coming"), status=409),
    "notices.hand_over_page": Route("officer", code, shared_with=("officer",)),
    "notices.hand_over_messages": Route("organizer", code, empty, shared_with=("officer",)),
    "notices.hand_over_sheets": Route("organizer", code, empty, shared_with=("officer",)),
    # ---- releases
    "releases.warnings": Route("organizer", code),
    "releases.copy": Route("organizer", code),
    "releases.make_copy": Route("organizer", code, body(code="NQ99", title="Hội nghị chép", starts_on="06/12/2019")),
    "releases.overview": Route("organizer", code),
    "releases.give_out": Route("organizer", code, body(version="1", note=reason)),
    "releases.release": Route("organizer", with_code(number=lambda w: w.release)),
    "releases.people": Route("organizer", code),
    "releases.send": Route("organizer", with_code(number=lambda w: w.release), empty, status=409),
    "releases.calling_off_page": Route("organizer", code),
    "releases.call_off": Route("organizer", code, body(version="1"), status=409),
    "releases.send_call_off": Route("organizer", code, empty, status=409),
    "releases.hold_after_all": Route("organizer", code, body(version="1"), status=409),
    "notices.wordings": Route("organizer", code),
    "notices.wording": Route("organizer", wording),
    "notices.reword": Route("organizer", wording, body(subject="Mời dự", body="Kính gửi {họ tên}", version="0")),
    "notices.choose_language": Route("organizer", person, body(language="en")),
    "notices.reminders": Route("organizer", code),
    "notices.add_reminder": Route("organizer", code, body(kind="day", days="2", hour="08:00", sends="1")),
    "notices.change_reminder": Route("organizer", reminder, empty),
    "notices.returned": Route("organizer", code),
    "notices.take_reports": Route("organizer", code, empty, status=422),
    "notices.send_again": Route("organizer", mail, body(address="phuoc@congdoan.vn"), status=409),
    "notices.paper": Route("organizer", code),
    "notices.keep_paper": Route("organizer", code, body(**PAPER_FORM)),
    "notices.one_paper": Route("officer", person),
    "notices.print_papers": Route("organizer", code, empty, shared_with=("officer",)),
    "notices.papers_file": Route("organizer", with_code(job_id=lambda w: w.papers)),
    # ---- checkin
    "checkin.doors": Route("host"),
    "checkin.door": Route("host", site),
    "checkin.enrol": Route("scanner", site, empty),
    "checkin.show_key": Route("host", site, body(device=lambda w, world: w.b.spare_device)),
    "checkin.decoder": Route("nobody", is_public=True),
    "checkin.test_code": Route("nobody", is_public=True),
    "checkin.service_worker": Route("nobody", is_public=True),
    "checkin.manifest": Route("nobody", is_public=True),
    "checkin_carried.form": Route("host", site),
    "checkin_carried.take": Route("host", site, carried_queue),
    "checkin.closing": Route("host", closing),
    "checkin.paper": Route("host", closing),
    "checkin.close": Route("host", closing, body(absent="0"), status=409),
    "checkin.reopen": Route("host", closing, empty),
    "checkin.headcount": Route("host", closing),
    "checkin.count_hall": Route("host", closing, body(people="50")),
    "checkin.hall_counts": Route("organizer", code),
    "checkin.cases": Route("organizer", code),
    "checkin.case": Route("organizer", case),
    "checkin.decide": Route("organizer", case, body(outcome="placed:0"), status=422),
    "checkin.reopen_case": Route("organizer", case, empty, status=409),
    "checkin_devices.devices": Route("organizer", code),
    "checkin_devices.watch": Route("organizer", code),
    "checkin_devices.revoke": Route("organizer", device, empty),
    "checkin_self.screen": Route("host", closing),
    "checkin_self.screen_now": Route("host", closing),
    "checkin_self.own_check_ins": Route("host", closing),
    "checkin_self.undo": Route("host", own_scan, empty),
    "checkin_self.stop": Route("host", site, empty),
    "checkin_self.resume": Route("host", site, empty),
    "checkin_self.scanned": Route(
        "attendee",
        lambda w, world: {"site_id": w.b.site, "study_session_id": w.session, "digits": "123456"},
        status=422,
        is_public=True,
    ),
    "checkin_self.here": Route("attendee"),
    "checkin_self.check_in": Route("attendee", nothing, body(digits="123456"), status=422),
    "checkin_packs.packs": Route("host", code),
    "checkin_packs.print_packs": Route("organizer", code, body(sites=lambda w, world: w.b.site)),
    "checkin_packs.site_pack": Route("host", site, notes_reading=True),
    "checkin_packs.all_packs": Route("organizer", code, notes_reading=True),
    "my_online.room": Route("attendee"),
    "my_online.enter": Route("attendee", nothing, empty, status=409),
    "my_online.signs": Route(
        "attendee", nothing, lambda w, world: {"study_session": w.session, "ages": [0]}, is_json=True, status=409
    ),
    "online.overview": Route("organizer", code),
    "online.rule": Route("organizer", code),
    "online.save_rule": Route("organizer", code, body(version="1", **ONLINE_RULE)),
    "online.save_room": Route(
        "organizer", code, body(site=lambda w, world: w.b.site, url="https://meet.example.vn/phong-hai")
    ),
    "online.allow_unit": Route("organizer", code, body(unit=lambda w, world: w.b.unit_code, action="end")),
    "online.allow_people": Route("organizer", code, body(people=lambda w, world: w.b.attendee, action="online-end")),
    "online.reports": Route("organizer", code),
    "online.bring_report": Route(
        "organizer", code, lambda w, world: {"session": w.session, "file": (BytesIO(PARTICIPANTS), "zoom.csv")}
    ),
    "online.report": Route("organizer", platform_report),
    "online.load_report": Route("organizer", platform_report, empty),
    "online.take_report_back": Route("organizer", platform_report, empty),
    "online.allow_matched": Route("organizer", platform_report, empty),
    "online.say_who": Route(
        "organizer",
        with_code(report_id=lambda w: w.report, participant_id=lambda w: w.participant),
        body(number=lambda w, world: w.b.number),
    ),
    "online.allow_person": Route("organizer", person, body(allowed="0")),
    "checkin_devices.enrolment": Route("host", code),
    "checkin_devices.print_links": Route("organizer", code, body(sites=lambda w, world: w.b.site)),
    "checkin_devices.printed": Route("organizer", code, notes_reading=True),
    "checkin_devices.site_enrolment": Route("host", site),
    "checkin_devices.make_link": Route("host", site, empty),
    "checkin_devices.revoke_link": Route("host", enrolment_link, empty),
    "checkin_enrol.page": Route("nobody", is_public=True),
    "checkin_enrol.site": Route("nobody", nothing, body(link=lambda w, world: w.b.enrolment), is_public=True),
    "checkin_enrol.enrol": Route(
        "nobody", nothing, body(link=lambda w, world: w.b.enrolment, token="t" * 43), is_public=True
    ),
    "checkin_api.receive": Route("device", nothing, scans, is_json=True),
    "checkin_api.receive_headcount": Route("device", nothing, hall_count, is_json=True),
    "checkin_api.door": Route("device"),
    "checkin_api.changes": Route("device"),
    "checkin_api.report": Route("device", nothing, lambda where, world: {"queue": 0}, is_json=True),
    "checkin_api.ticket_keys": Route("nobody", is_public=True),
    # ---- reflections
    "my_reflection.write": Route("attendee"),
    "my_reflection.save_form": Route("attendee", nothing, paper),
    "my_reflection.draft": Route("attendee"),
    "my_reflection.save": Route("attendee", nothing, paper_json, is_json=True),
    "my_reflection.review": Route("attendee"),
    "my_reflection.submit": Route("attendee", nothing, body(revision="1")),
    "my_reflection.receipt": Route("attendee"),
    "my_reflection.paper": Route("attendee"),
    "my_files.show": Route("attendee"),
    "my_files.add": Route("attendee", nothing, body(files=lambda w, world: (BytesIO(PHOTO), "trang 2.jpg"))),
    "my_files.remove": Route("attendee", own_file, empty),
    "my_files.move": Route("attendee", own_file, body(to="up")),
    "my_files.download": Route("attendee", own_file),
    "my_files.page": Route("attendee", lambda w, world: {"file_id": w.b.file, "place": 1}),
    "on_behalf.form": Route("officer", person),
    "on_behalf.submit": Route("officer", person, lambda w, world: {f"part-{w.part}": "Bài viết tay của đồng chí"}),
    "on_behalf.receipt": Route("officer", person),
    "my_make_up.show": Route("attendee"),
    "my_make_up.begin": Route("attendee", recording, empty, status=409, shared_with=("attendee",)),
    "my_make_up.finish": Route("attendee", recording, body(choice="0")),
    "make_up.overview": Route("host", code, shared_with=("host",)),
    "make_up.new": Route("organizer", code),
    "make_up.offer": Route("organizer", code, body(**MAKE_UP)),
    "make_up.show": Route("host", make_up),
    "make_up.confirm": Route("host", make_up, body(people=lambda w, world: w.b.attendee)),
    "make_up.end": Route("organizer", make_up, empty),
    "make_up.take_back": Route(
        "host",
        with_code(make_up_id=lambda w: w.make_up, number=lambda w: w.b.number),
        lambda w, world: {f"why-{w.b.number}": reason},
    ),
    "check.ask": Route("nobody", is_public=True),
    "check.receipt": Route("nobody", lambda w, world: {"number": w.b.receipt}, is_public=True),
    "check.keys": Route("nobody", is_public=True),
    "reflections.overview": Route("officer", code, shared_with=("officer",)),
    "reflections.commitments": Route("officer", code, shared_with=("officer",)),
    "reflections.commitments_sheet": Route("officer", code, shared_with=("officer",), notes_reading=True),
    "reflections.remind": Route("organizer", code, empty),
    "reflections.paper": Route("organizer", with_code(submission_id=lambda w: w.b.submission), notes_reading=True),
    "reflections.paper_file": Route(
        "organizer",
        with_code(submission_id=lambda w: w.b.submission, place=lambda w: 1),
        notes_reading=True,
    ),
    "reflections.task": Route("organizer", code),
    "reflections.save_task": Route("organizer", code, body(**TASK)),
    "reflections.extensions": Route("organizer", code),
    "reflections.extend": Route(
        "organizer",
        code,
        body(
            scope="site",
            site=lambda w, world: w.b.site,
            until_day="20/01/2019",
            until_hour="17:00",
            reason=reason,
        ),
    ),
    "reflections.revoke_extension": Route(
        "organizer",
        with_code(extension_id=lambda w: w.b.extension),
        lambda w, world: {f"why-{w.b.extension}": reason},
    ),
    "reflections.exempt": Route("organizer", person, body(exempt_reason=reason)),
    "reflections.end_exemption": Route("organizer", person, body(end_exempt_reason=reason)),
    "reflections.admit": Route("organizer", person, body(admit_reason=reason)),
    "reflections.end_admission": Route("organizer", person, body(end_admit_reason=reason)),
    "reflections.end_return": Route("organizer", person, body(end_return_reason=reason)),
    "reflections.extend_person": Route("organizer", person, body(**until("extend"))),
    "reflections.give_back": Route("organizer", person, body(**until("return"))),
    "quiz.overview": Route("organizer", code),
    "quiz.prepare": Route("organizer", code, empty),
    "quiz.choose": Route("organizer", code, body(form="essay")),
    "quiz.settings": Route("organizer", code),
    "quiz.save_settings": Route("organizer", code, body(**QUIZ)),
    "quiz.questions": Route("organizer", code),
    "quiz.new_question": Route("organizer", code),
    "quiz.add_question": Route("organizer", code, body(**QUESTION)),
    "quiz.question": Route("organizer", question),
    "quiz.save_question": Route("organizer", question, body(**QUESTION)),
    "quiz.remove_question": Route("organizer", question, empty),
    "quiz.template": Route("organizer", code),
    "quiz.bring": Route("organizer", code),
    "quiz.preview": Route("organizer", code, body(rows="1. Công đoàn có mấy cấp?\nA. Hai\n*B. Bốn")),
    "quiz.take": Route("organizer", code, body(questions=json.dumps([["Mấy cấp?", *"ABCDEF", "B", "", "1"]]))),
    "quiz.new_slot": Route("organizer", code),
    "quiz.add_slot": Route("organizer", code, body(**SLOT)),
    "quiz.slot": Route("organizer", slot),
    "quiz.save_slot": Route("organizer", slot, body(**SLOT)),
    "quiz.remove_slot": Route("organizer", slot, empty),
    "quiz.collect": Route("organizer", code, empty),
    "quiz.results": Route("organizer", code, notes_reading=True),
    "quiz.grant": Route("organizer", person, body(**until("grant")), status=409),  # this conference writes
    "quiz.revoke_grant": Route("organizer", grant, body(revoke_reason=reason)),
    "quiz_paper.show": Route("officer", person, status=409),
    "quiz_paper.begin": Route("officer", person, empty, status=409),
    "quiz_paper.print_paper": Route("officer", person, status=409),
    "quiz_paper.enter": Route("officer", person, empty, status=409),
    "my_quiz.show": Route("attendee"),
    "my_quiz.begin": Route("attendee", nothing, empty, status=409),
    "my_quiz.answer": Route("attendee", nothing, quiz_answers, is_json=True, status=409),
    "my_quiz.state": Route("attendee"),
    "my_quiz.save_form": Route("attendee", nothing, empty, status=409),
    "my_quiz.review": Route("attendee"),
    "my_quiz.submit": Route("attendee", nothing, empty, status=409),
    # ---- grading
    "grading.mark_tests": Route("organizer", code, empty),
    "grading.quiz_key": Route("organizer", question),
    "grading.correct_key": Route("organizer", question, body(key="A", reason=reason)),
    "grading.overview": Route("organizer", code),
    "grading.share_out": Route("organizer", code, empty),
    "grading.scheme": Route("organizer", code),
    "grading.change_scheme": Route("organizer", code, scheme),
    "grading.graders": Route("organizer", code),
    "grading.add_grader": Route("organizer", code, body(login=lambda w, world: w.spare)),
    "grading.remove_grader": Route("organizer", with_code(grader_id=lambda w: w.grader_b.id), empty),
    "grading.papers": Route("organizer", code),
    "grading.reading": Route("organizer", with_code(reading_id=lambda w: w.b.reading)),
    "grading.reopen": Route("organizer", with_code(reading_id=lambda w: w.a.reading), body(reason=reason)),
    "grading.copies": Route("organizer", code),
    "grading.compare_copies": Route("organizer", code, empty),
    "grading.copy": Route("organizer", submission, notes_reading=True),
    "grading.rule_copy": Route("organizer", submission, body(kind="deducted", points="1", reason=reason)),
    "grading.undo_ruling": Route(
        "organizer", with_code(submission_id=lambda w: w.a.submission), body(undo_reason=reason)
    ),
    "grading.copy_settings": Route("organizer", code),
    "grading.change_copy_limits": Route("organizer", code, body(watch="40", suspect="70")),
    "grading.add_official_text": Route("organizer", code, body(title="Nghị quyết", text="Đổi mới tổ chức")),
    "grading.remove_official_text": Route("organizer", with_code(text_id=lambda w: w.official_text), empty),
    "grading.releases": Route("organizer", code),
    "grading.release": Route("organizer", code, body(papers="0", note=""), status=409),
    "grading.release_page": Route("organizer", with_code(number=lambda w: w.release)),
    "grading.desk": Route("grader"),
    "grading.read": Route("grader", lambda w, world: {"blind_code": w.b.blind}),
    "grading.page": Route("grader", lambda w, world: {"blind_code": w.b.blind, "place": 1}),
    "grading.act": Route("grader", lambda w, world: {"blind_code": w.b.blind}, entry),
    "grading.save": Route("grader", lambda w, world: {"blind_code": w.b.blind}, entry_json, is_json=True),
    "grading.take_back": Route("grader", lambda w, world: {"blind_code": w.b.blind}, empty, status=409),
    "grading.my_result": Route("attendee"),
    # ---- reports
    "reports.overview": Route("organizer", code, shared_with=("officer",)),
    "reports.sheet": Route("organizer", code, shared_with=("officer",), notes_reading=True),
    "reports.people": Route("organizer", code, shared_with=("officer",)),
    "reports.people_sheet": Route("organizer", code, shared_with=("officer",), notes_reading=True),
    # ---- privacy
    "privacy.register": Route("organizer", shared_with=("leader", "organizer elsewhere", "officer")),
    "privacy.person": Route("organizer", person),
    "privacy.hand_out": Route("organizer", person, empty),
    "privacy.erase": Route("organizer", person, body(number=lambda w, world: w.b.number), status=409),
    "privacy.account": Route("admin", account),
    "privacy.erase_account": Route("admin", account, body(login=lambda w, world: world.login_of(w.grader_b.account))),
    "privacy.refuse": Route("organizer", person, body(answer=reason), status=409),
    "privacy.mine": Route("attendee"),
    "privacy.take_mine": Route("attendee", nothing, empty),
    "privacy.ask_erasure": Route("attendee", nothing, empty),
    "privacy.take_back_erasure": Route("attendee", nothing, empty),
    # ---- api: a program reads what its token names, in its own conference
    "api.conferences": Route("service", shared_with=("service",)),
    "api.conference": Route("service", code),
    "api.units": Route("service", shared_with=("service",)),
    "api.sites": Route("service", code),
    "api.attendees": Route("service", code, notes_reading=True),
    "api.tickets": Route("service", code, notes_reading=True),
    "api.scans": Route("service", code),
    "api.attendance": Route("service", code),
    "api.headcounts": Route("service", code),
    "api.hall_counts": Route("service", code),
    "api.reflections": Route("service", code, notes_reading=True),
    "api.marks": Route("service", code, notes_reading=True),
    "api.report": Route("service", with_code(what=lambda w: "site")),
    "api.describe": Route("nobody", is_public=True),
    # ---- live
    "live.home": Route("organizer", code),
    "live.board": Route("organizer", code),
    "live.board_json": Route("organizer", code),
    "live.table": Route("organizer", code),
}


def rules_of(app: Flask) -> list[tuple[Rule, str]]:
    """(rule, method) of every route, in the order of their addresses."""
    return [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def known_rules(app: Flask) -> list[tuple[Rule, str, Route]]:
    """(rule, method, entry of the table) of every route that is in it; a test of its own asks that all are."""
    return [(rule, method, ROUTES[rule.endpoint]) for rule, method in rules_of(app) if rule.endpoint in ROUTES]


def address(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    built = rule.build(values, append_unknown=False)
    assert built is not None, f"{rule.endpoint}: {sorted(rule.arguments)} are not filled by {values}"
    return built[1]


def send(
    client: FlaskClient, method: str, path: str, route: Route, sent: dict[str, Any] | None = None, **headers: str
) -> Any:
    """A request as the route's own page or script makes it."""
    if method == "GET":
        return read(client.get(path, headers=headers))
    if route.is_json:
        return read(
            client.open(path, method=method, data=json.dumps(sent), content_type="application/json", headers=headers)
        )
    typed = {name: str(value) if isinstance(value, int) else value for name, value in (sent or {}).items()}
    return read(client.open(path, method=method, data=typed, headers=headers))


def read(answer: Any) -> Any:
    """The answer read to its end, its files closed."""
    answer.get_data()
    answer.close()
    return answer
