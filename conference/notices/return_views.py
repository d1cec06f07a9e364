"""Letters that did not arrive: what servers sent back, what to do about each, and one press to do it."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.cli import with_appcontext
from flask.typing import ResponseReturnValue

from conference.adapters.bounces import read_reports
from conference.adapters.mail import is_address
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Role
from conference.foundation.db import transaction
from conference.notices import access, returns
from conference.notices.models import MailState
from conference.notices.returns import Noted, Report
from conference.notices.views import bp, domain, enter_as_organizer, may_send
from conference.notices.words import KINDS, STATES, reason_words
from conference.planning.models import Conference
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

MOST_FILES = 200


@bp.get("/conferences/<code>/outbox/returned")
@allow(Role.ORGANIZER)
def returned(code: str) -> ResponseReturnValue:
    """Every letter that reached nobody, with its reason in words and the step that mends it."""
    return _page(enter_as_organizer(code), Form())


def _page(conference: Conference, form: Form) -> str:
    page = addressed(returns.not_arrived_page(conference.id, ask_from_request()))
    return render_template(
        "notices/returned.html",
        conference=conference,
        page=page,
        form=form,
        kinds=KINDS,
        states=STATES,
        MailState=MailState,
        reason_words=reason_words,
        may_send=may_send(conference),
    )


@bp.post("/conferences/<code>/outbox/returned")
@allow(Role.ORGANIZER)
def take_reports(code: str) -> ResponseReturnValue:
    """Read the messages that mail servers sent back, as saved from the sender's mailbox."""
    conference, form = enter_as_organizer(code), Form()
    files = [file for file in request.files.getlist("files") if file.filename][:MOST_FILES]
    if not files:
        form.fault("files", _("Mời chọn tệp .eml hoặc .mbox lưu từ hộp thư gửi."), _("Tệp thư trả lại"))
        return _page(conference, form), 422
    reports = [report for file in files for report in _reports(file.read())]
    with transaction():
        noted = returns.note_reports(reports=reports, conference_id=conference.id, by=g.actor, at=clock.now())
    if noted.unreadable == len(reports):
        form.fault("files", _("Không tệp nào là thư báo trả lại của máy chủ thư."), _("Tệp thư trả lại"))
        return _page(conference, form), 422
    flash(_said(noted), "ok" if noted.returned else "info")
    return redirect(url_for("notices.returned", code=conference.code))


def _reports(content: bytes) -> list[Report | None]:
    return [Report(one.message_id, one.is_final, one.words) if one else None for one in read_reports(content)]


def _said(noted: Noted) -> str:
    return _(
        "%(returned)s thư bị trả lại vừa ghi; %(known)s đã ghi trước; %(delayed)s còn đang được thử;"
        " %(others)s không phải thư của hội nghị này.",
        returned=filters.number(noted.returned),
        known=filters.number(noted.known),
        delayed=filters.number(noted.delayed),
        others=filters.number(noted.strange + noted.unreadable),
    )


@bp.post("/conferences/<code>/outbox/<int:mail_id>/again")
@allow(Role.ORGANIZER)
def send_again(code: str, mail_id: int) -> ResponseReturnValue:
    """Correct the address and write the letter once more."""
    conference, form = enter_as_organizer(code), Form(request.form)
    address = form.text("address", _("Thư điện tử"), required=True, most=254)
    if address and not is_address(address):
        form.fault("address", _("Ghi một địa chỉ thư như ten@congdoan.vn."), _("Thư điện tử"))
    mail = access.mail_of(conference, mail_id)
    if not form.is_valid:
        form.values["mail_id"] = str(mail_id)
        return _page(conference, form), 422
    sends = may_send(conference)
    with transaction():
        written = returns.send_again(
            mail=mail, address=address, domain=domain(), may_send=sends, by=g.actor, at=clock.now()
        )
    if written:
        flash(_("Thư đang được gửi đi.") if sends else _("Thư đã viết xong, đang giữ ở hộp thư đi."), "ok")
    return redirect(url_for("notices.returned", code=conference.code))


@click.command("read-bounces")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@with_appcontext
def read_bounces(folder: Path) -> None:
    """Note the letters that came back, from .eml and mbox files or a Maildir. Repeatable; nothing is deleted."""
    paths = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    noted = Noted()
    for path in paths:
        with transaction():
            found = returns.note_reports(
                reports=_reports(path.read_bytes()), conference_id=None, by=SYSTEM, at=clock.now()
            )
        for name, count in vars(found).items():
            setattr(noted, name, getattr(noted, name) + count)
    click.echo(", ".join(f"{name} {count}" for name, count in vars(noted).items()))


def register(app: Flask) -> None:
    app.cli.add_command(read_bounces)
