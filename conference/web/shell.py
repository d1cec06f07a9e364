"""What stands around every staff page: who is signed in, which conference, the chain, the plain links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g, request, url_for
from werkzeug.local import LocalProxy

from conference.foundation.actor import NOBODY, Actor, Role
from conference.web.guard import here, may_enter
from conference.web.words import LANGUAGES, _, language, lazy

CHAIN = (
    ("plan", lazy("Kế hoạch"), "planning.plan"),
    ("call", lazy("Triệu tập"), "notices.call"),
    ("ready", lazy("Sẵn sàng"), "sites.readiness"),
    ("count", lazy("Điểm danh"), "live.home"),
    ("day", lazy("Trong ngày"), "live.board"),
    ("reflect", lazy("Thu hoạch"), "reflections.overview"),
    ("grade", lazy("Chấm bài"), "grading.overview"),
    ("report", lazy("Báo cáo"), "reports.overview"),
)
"""The steps of a conference and the page of each, in order. Steps of parts that it does not use are left out."""

WITHOUT_A_COUNT = lazy("Trong ngày")
"""What the first page is called where nobody is counted and there is no control room."""

CATALOGUE = (
    (lazy("Việc của đơn vị"), "naming.home"),
    (lazy("Đại biểu"), "registry.people"),
    (lazy("Trả lời và cách gửi"), "notices.ways"),
    (lazy("Cử đại biểu"), "naming.quota_list"),
    (lazy("Các đơn vị"), "directory.units"),
    (lazy("Các điểm cầu"), "sites.overview"),
    (lazy("Xếp chỗ ngồi"), "seating.overview"),
    (lazy("Máy điểm danh"), "checkin_devices.devices"),
    (lazy("Hồ sơ điểm cầu"), "checkin_packs.packs"),
    (lazy("Dự trực tuyến"), "online.overview"),
)
SYSTEM = (
    (lazy("Hội nghị"), "planning.conferences"),
    (lazy("Nhập, xuất"), "imports.batches"),
    (lazy("Việc đang chạy"), "jobs.overview"),
    (lazy("Nhật ký"), "accounts.journal"),
    (lazy("Dữ liệu cá nhân"), "privacy.register"),
    (lazy("Phân quyền"), "accounts.people"),
)

STEP_OF = {
    "releases": "plan",
    "make_up": "reflect",
    "on_behalf": "reflect",
    "quiz": "reflect",
    "quiz_paper": "reflect",
}
"""Areas whose pages belong to the step of another area."""

LINKED = frozenset(endpoint for _label, endpoint in CATALOGUE + SYSTEM)
"""Pages with a link of their own: they light that link and no step."""

ROLE_WORDS = {
    Role.ADMIN: lazy("Quản trị hệ thống"),
    Role.ORGANIZER: lazy("Ban Tổ chức"),
    Role.LEADER: lazy("Lãnh đạo"),
    Role.UNIT_OFFICER: lazy("Phụ trách đơn vị"),
    Role.SITE_HOST: lazy("Phụ trách điểm cầu"),
    Role.SCANNER: lazy("Cán bộ điểm danh"),
    Role.GRADER: lazy("Người chấm"),
    Role.ATTENDEE: lazy("Đại biểu"),
}


@dataclass
class Shell:
    actor_name: str
    actor_role: str
    conference: Any
    chain: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    language: str = LANGUAGES[0]
    other_language_url: str = ""
    theme: str = ""
    sign_out_url: str = ""
    account_url: str = ""
    home_url: str = "/"
    switch_url: str = ""


def build_shell() -> Shell:
    actor: Actor = g.get("actor", NOBODY)
    conference = g.get("conference")
    account = g.get("account")
    role = next((words for role, words in ROLE_WORDS.items() if role in actor.roles), "")
    other = LANGUAGES[1] if language() == LANGUAGES[0] else LANGUAGES[0]
    shell = Shell(
        actor_name=account.full_name if account else "",
        actor_role=str(role),
        conference=conference,
        language=language(),
        other_language_url=url_for("web.choose_language", language=other, next=here()),
        theme=request.cookies.get("theme", "") if request.cookies.get("theme") in ("light", "dark") else "",
        sign_out_url=url_for("accounts.sign_out"),
    )
    if account is None:
        return shell
    shell.account_url = url_for("accounts.own")
    if may_enter(actor, "planning.conferences"):
        shell.switch_url = url_for("planning.conferences")
    if conference is not None:
        shell.chain = _chain(actor, conference)
    shell.links = [
        group
        for group in (
            {"label": _("Danh mục"), "items": _links(actor, conference, CATALOGUE)},
            {"label": _("Hệ thống"), "items": _links(actor, conference, SYSTEM)},
        )
        if group["items"]
    ]
    return shell


def _chain(actor: Actor, conference: Any) -> list[dict[str, Any]]:
    """The steps this actor may open. ``conference_steps`` (set by the live area) tells how far each one is."""
    states: dict[str, tuple[str, str]] = current_app.extensions["conference_steps"](conference)
    is_used = current_app.extensions["is_used"]
    counts = is_used(conference, "live.board")
    return [
        {
            "key": key,
            "label": str(label if counts or endpoint != "live.home" else WITHOUT_A_COUNT),
            "url": url_for(endpoint, code=conference.code),
            "state": states.get(key, ("todo", ""))[0],
            "figure": states.get(key, ("todo", ""))[1],
            "current": request.endpoint == endpoint
            or STEP_OF.get(request.blueprint or "") == key
            or (request.blueprint == endpoint.split(".")[0] and _only(endpoint) and request.endpoint not in LINKED),
        }
        for key, label, endpoint in CHAIN
        if may_enter(actor, endpoint) and is_used(conference, endpoint)
    ]


def _only(endpoint: str) -> bool:
    """True when no other step of the chain belongs to the same area, so any page of the area lights this step."""
    area = endpoint.split(".")[0]
    return sum(step[2].startswith(f"{area}.") for step in CHAIN) == 1


def _links(actor: Actor, conference: Any, entries: tuple[tuple[Any, str], ...]) -> list[dict[str, Any]]:
    links = []
    for label, endpoint in entries:
        if not may_enter(actor, endpoint):
            continue
        if conference is not None and not current_app.extensions["is_used"](conference, endpoint):
            continue
        rule = next(current_app.url_map.iter_rules(endpoint))
        if "code" in rule.arguments and conference is None:
            continue
        values = {"code": conference.code} if "code" in rule.arguments else {}
        links.append({"label": str(label), "url": url_for(endpoint, **values), "current": request.endpoint == endpoint})
    return links


def _shell_of_request() -> Shell:
    """Built when a template first asks for it: a part of a page, of which a page may have ten, needs none."""
    if "shell" not in g:
        g.shell = build_shell()
    shell: Shell = g.shell
    return shell


def surround(app: Flask) -> None:
    app.extensions.setdefault("conference_steps", lambda conference: {})
    app.jinja_env.globals["shell"] = LocalProxy(_shell_of_request)
