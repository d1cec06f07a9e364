"""For an officer whose people write on paper: sending a paper in for one of them, and the receipt to hand over."""

from __future__ import annotations

import re

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from conference.adapters.qr import address_qr_path
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.entry import enter_conference
from conference.reflections import access, attachments, behalf, forms, queries, shelf_views, words
from conference.reflections.access import author_for
from conference.reflections.content import answered_of
from conference.reflections.letters_views import send_receipt
from conference.reflections.my_views import check_address
from conference.reflections.receipts import signer
from conference.reflections.rules import MOST_PHOTOS
from conference.web.errors import SENTENCES, sentence_of
from conference.web.forms import Form
from conference.web.guard import allow

bp = Blueprint("on_behalf", __name__)
SENDERS = (Role.ORGANIZER, Role.UNIT_OFFICER)


def _by_name(file: FileStorage) -> list[str | int]:
    """Trang 2 before Trang 10."""
    return [
        int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]{1,9})", file.filename or ""))
    ]


@bp.get("/conferences/<code>/reflections/people/<int:number>/on-behalf")
@allow(*SENDERS)
def form(code: str, number: int) -> ResponseReturnValue:
    attendee = author_for(g.actor, enter_conference(code), number)
    desk = queries.desk_of(attendee.id)
    behalf.refuse_on_behalf(desk, clock.now())
    return _page(desk, Form(), [])


def _page(desk: queries.Desk, typed: Form, refusals: list[DomainError]) -> str:
    assert desk.task is not None
    assert desk.window is not None
    left, until = words.window_words(clock.now(), desk.window, desk.attendee.conference.timezone)
    return render_template(
        "reflections/on_behalf.html",
        conference=desk.attendee.conference,
        desk=desk,
        task=desk.task,
        form=typed,
        commitments=forms.read_paper(typed.values, ()).commitments,
        refusals=[sentence_of(one) for one in refusals],
        left=left,
        until=until,
        most=MOST_PHOTOS,
    )


@bp.post("/conferences/<code>/reflections/people/<int:number>/on-behalf")
@allow(*SENDERS)
def submit(code: str, number: int) -> ResponseReturnValue:
    """Hand in what was sent, all of it or nothing. What was typed comes back with a refusal."""
    attendee = author_for(g.actor, enter_conference(code), number)
    desk = queries.desk_of(attendee.id)
    behalf.refuse_on_behalf(desk, clock.now())
    assert desk.task is not None
    content = forms.read_paper(request.form, [part.id for part in desk.task.parts])
    sent = sorted((file for file in request.files.getlist("files") if file.filename), key=_by_name)
    try:
        if not sent and content.is_blank:
            raise DomainError("no_file")
        if len(sent) > MOST_PHOTOS:
            raise DomainError("too_many_photos")
        documents = [shelf_views.read_sent(file) for file in sent]
        with shelf_views.kept(documents) as kept, transaction():
            submission = behalf.submit_for(
                attendee_id=attendee.id,
                content=content,
                kept=kept,
                by=g.actor,
                at=clock.now(),
                signer=signer(current_app.extensions["settings"].secret_key),
                chance=chance.token(),
            )
            send_receipt(desk.attendee, submission, g.actor)
            used = {file.stored_as for file in attachments.files_of_submission(submission.id)}
        for one in kept:
            if one.stored_as not in used:
                shelf_views.drop(one.names)  # the same paper was handed in before
    except DomainError as error:
        if SENTENCES[error.code][0] in (503, 507):
            raise
        return _page(queries.desk_of(attendee.id), Form(request.form), [error]), 422
    return redirect(url_for("on_behalf.receipt", code=code, number=number), 303)


@bp.get("/conferences/<code>/reflections/people/<int:number>/receipt")
@allow(*SENDERS)
def receipt(code: str, number: int) -> ResponseReturnValue:
    """To be printed and handed over: what proves the paper, and nothing of what it says."""
    attendee = author_for(g.actor, enter_conference(code), number)
    desk = queries.desk_of(attendee.id)
    submission = access.own_submission(desk)
    by = attachments.handed_in_by(submission.id)
    if by is None:
        raise DomainError("not_found")
    address = check_address(submission)
    path, size = address_qr_path(address)
    return render_template(
        "reflections/on_behalf_receipt.html",
        conference=attendee.conference,
        attendee=attendee,
        submission=submission,
        files=attachments.files_of_submission(submission.id),
        on_behalf_by=by,
        answered=answered_of(submission.content),
        address=address,
        qr=path,
        qr_size=size,
        words=words,
    )
