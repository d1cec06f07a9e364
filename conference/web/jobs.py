"""Long work on the screen: how far it is, where its result lies, and how to stop it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from conference.foundation import clock, jobs
from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, JobState
from conference.foundation.journal import record
from conference.foundation.paging import page_of
from conference.web.guard import STAFF, allow, safe_path
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

bp = Blueprint("jobs", __name__)

KINDS = {
    "badges.print": lazy("In thẻ đại biểu"),
    "packs.print": lazy("In hồ sơ điểm cầu"),
    "devices.print_links": lazy("In mã ghi máy điểm danh"),
    "seating.propose": lazy("Tìm chỗ ngồi"),
    "seats.give": lazy("Xếp ghế mọi hội trường"),
    "notices.send": lazy("Gửi thư"),
    "notices.print_summonses": lazy("Làm giấy triệu tập"),
    "imports.read": lazy("Đọc danh sách tải lên"),
    "imports.apply": lazy("Nhập danh sách"),
    "grading.share_out": lazy("Chia bài cho người chấm"),
    "grading.release": lazy("Công bố điểm"),
    "papers.sweep": lazy("Dọn tệp không thuộc bài nào"),
    "similarity.index": lazy("So trùng lặp các bài"),
    "privacy.drop_files": lazy("Xóa tệp của người đã xóa"),
    "privacy.clean_database": lazy("Dọn cơ sở dữ liệu sau khi xóa"),
}
SHAPES = {
    JobState.WAITING: ("queued", lazy("Chờ đến lượt")),
    JobState.RUNNING: ("now", lazy("Đang chạy")),
    JobState.DONE: ("done", lazy("Đã xong")),
    JobState.FAILED: ("failed", lazy("Dừng vì lỗi")),
    JobState.STOPPED: ("inactive", lazy("Đã dừng theo yêu cầu")),
}
UNDER_WAY = (JobState.WAITING, JobState.RUNNING)
MANAGING = (Role.ADMIN, Role.ORGANIZER)


def visible(actor: Actor) -> ColumnElement[bool]:
    """Their own jobs, and those of the conferences they organize."""
    if any(actor.holds_everywhere(role) for role in MANAGING):
        return true()
    managed = {id for role in MANAGING for id in actor.ids(role, ScopeKind.CONFERENCE)}
    own = (Job.actor_kind == ActorKind.ACCOUNT) & (Job.actor_id == actor.id)
    return or_(own, Job.conference_id.in_(managed))


def job_for(actor: Actor, job_id: int) -> Job:
    """Raises ``not_found`` for a job that is neither theirs nor of their conference."""
    found = db.session.scalars(
        select(Job).where(Job.id == job_id, visible(actor)).execution_options(populate_existing=True)
    ).first()
    if found is None or actor.kind is not ActorKind.ACCOUNT:
        raise DomainError("not_found")
    return found


def progress_of(job: Job, at: datetime) -> dict[str, Any]:
    """What the long-work component asks for."""
    seconds = int(((job.finished_at or at) - job.started_at).total_seconds()) if job.started_at else 0
    left = round(seconds * (job.total - job.done) / job.done) if job.done and job.state is JobState.RUNNING else None
    return {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "note": job.note,
        "seconds": max(0, seconds),
        "left_seconds": left,
        "result_url": result_url(job),
    }


def result_url(job: Job) -> str | None:
    """The page a finished job names in its result: ``{"page": [endpoint, values]}``."""
    page = (job.result or {}).get("page")
    if not page or page[0] not in current_app.view_functions:
        return None
    return url_for(page[0], **page[1])


@bp.get("/jobs")
@allow(*STAFF)
def overview() -> ResponseReturnValue:
    """Long work, the latest first."""
    ask = ask_from_request()
    statement = select(Job).where(visible(g.actor))
    page = addressed(page_of(statement, ask, sorts={"newest": (-Job.id,)}, default="newest", last=Job.id))
    return render_template(
        "jobs/overview.html",
        page=page,
        rows=[row[0] for row in page.items],
        kinds=KINDS,
        shapes=SHAPES,
        under_way=UNDER_WAY,
        result_url=result_url,
    )


@bp.get("/jobs/<int:job_id>.json")
@allow(*STAFF)
def progress(job_id: int) -> ResponseReturnValue:
    return progress_of(job_for(g.actor, job_id), clock.now())


@bp.post("/jobs/<int:job_id>/stop")
@allow(*STAFF)
def stop(job_id: int) -> ResponseReturnValue:
    """Ask a job to end. What it finished before stays."""
    with transaction():
        found, at = job_for(g.actor, job_id), clock.now()
        stopped = jobs.stop(found.id, at=at)
        if stopped:
            record(by=g.actor, at=at, action="job.stop", subject=("job", found.id))
    flash(_("Đã dừng. Phần làm xong vẫn dùng được.") if stopped else _("Việc này đã kết thúc từ trước."), "info")
    return redirect(safe_path(request.args.get("next", url_for("jobs.overview"))))
