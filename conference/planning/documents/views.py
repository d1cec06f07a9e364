"""Documents of a topic: sending them in, handing them out, taking them away."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO

from flask import Response, current_app, flash, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.kept_files import Shelf
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning import access
from conference.planning.documents import actions, queries
from conference.planning.documents.models import TopicDocument
from conference.planning.documents.rules import MIME_TYPES, MOST_BYTES, plain_name, type_of
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.views import CHANGERS, bp
from conference.web.errors import sentence_of
from conference.web.guard import allow
from conference.web.words import _

__all__ = ["bp"]  # the area's blueprint, with every route of it

STAFF = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER, Role.SITE_HOST, Role.SCANNER, Role.GRADER)


def shelf() -> Shelf:
    return Shelf(current_app.extensions["settings"].files_dir / "documents")


def drop(stored: Collection[str]) -> None:
    """Files whose rows are gone, unless a copied conference hands them out, too."""
    for name in set(stored) - queries.kept_elsewhere(stored):
        shelf().drop(name)


def handed_out(document: TopicDocument) -> Response:
    """The file as it came, always as a download: nothing of it is shown or run within our pages."""
    content = shelf().read(document.stored_as)
    if content is None:
        raise DomainError("file_gone")
    return send_file(
        BytesIO(content), mimetype=MIME_TYPES[document.type], as_attachment=True, download_name=document.name
    )


@bp.post("/conferences/<code>/topics/<int:topic_id>/documents")
@allow(*CHANGERS)
def add_document(code: str, topic_id: int) -> ResponseReturnValue:
    """Keep the files that were sent; one that is refused is named with its reason and holds up no other."""
    conference = enter_to_change(code)
    topic = access.topic_in(conference, topic_id)
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        flash(_("Mời chọn tệp tài liệu."), "bad")
    for file in sent:
        name, content = plain_name(file.filename or ""), file.stream.read(MOST_BYTES + 1)
        stored_as = ""
        try:
            kind = type_of(name, content)
            stored_as = shelf().keep(content)
            with transaction():
                actions.add_document(
                    topic=topic,
                    name=name,
                    type=kind,
                    size=len(content),
                    stored_as=stored_as,
                    by=g.actor,
                    at=clock.now(),
                )
        except DomainError as error:
            if stored_as:
                shelf().drop(stored_as)
            flash(sentence_of(error), "bad")
        else:
            flash(_("Đã thêm tài liệu “%(name)s”. Đại biểu tải được ngay trên trang riêng.", name=name), "ok")
    return redirect(url_for("planning.edit_topic", code=code, topic_id=topic_id))


@bp.get("/conferences/<code>/documents/<int:document_id>")
@allow(*STAFF)
def document(code: str, document_id: int) -> ResponseReturnValue:
    """For the staff of the conference, hosts and unit officers too."""
    conference = enter_conference(code)
    return handed_out(queries.document_in(conference.id, document_id))


@bp.post("/conferences/<code>/documents/<int:document_id>/remove")
@allow(*CHANGERS)
def remove_document(code: str, document_id: int) -> ResponseReturnValue:
    conference = enter_to_change(code)
    found = queries.document_in(conference.id, document_id)
    topic_id, stored_as = found.topic_id, found.stored_as
    with transaction():
        actions.remove_document(document=found, by=g.actor, at=clock.now())
    drop([stored_as])
    flash(_("Đã bỏ tài liệu. Ai đã tải về thì vẫn giữ bản của mình."), "ok")
    return redirect(url_for("planning.edit_topic", code=code, topic_id=topic_id))
