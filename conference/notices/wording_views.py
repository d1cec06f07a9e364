"""Wording the letters of a conference: what may be filled in, how it reads to a real person, and its versions."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.notices import digests, letters, queries, wordings
from conference.notices.views import bp, enter_as_organizer
from conference.notices.wording import (
    LANGUAGES,
    NAMES,
    Fault,
    Purpose,
    Wording,
    WordingFault,
    parse,
    places_for,
)
from conference.notices.words import PURPOSES
from conference.planning.models import Conference
from conference.planning.modules import Module
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import TONGUES, _

LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
ABOUT_PAPERS = (Purpose.REFLECTION, Purpose.OVERDUE)


@bp.get("/conferences/<code>/call/wordings", endpoint="wordings")
@allow(Role.ORGANIZER)
def wordings_page(code: str) -> ResponseReturnValue:
    """Every kind of letter with the words it has now, in both languages."""
    conference = enter_as_organizer(code)
    return render_template(
        "notices/wordings.html",
        conference=conference,
        purposes={purpose: word for purpose, word in PURPOSES.items() if _is_written(conference, purpose)},
        tongues=TONGUES,
        current=wordings.current(conference.id),
    )


def _is_written(conference: Conference, purpose: Purpose) -> bool:
    """False for letters about papers where nobody writes any."""
    return purpose not in ABOUT_PAPERS or conference.uses(Module.REFLECTIONS)


@bp.get("/conferences/<code>/call/wordings/<purpose>/<tongue>")
@allow(Role.ORGANIZER)
def wording(code: str, purpose: str, tongue: str) -> ResponseReturnValue:
    conference = enter_as_organizer(code)
    meant = _meant(purpose, tongue)
    row = wordings.current(conference.id).get((meant, tongue))
    now = letters.wording_in(row, meant, tongue)
    values = {"subject": now.subject, "body": now.body, "version": str(row.version if row else 0)}
    return _page(conference, meant, tongue, Form(values | {"number": request.args.get("number", "")}))


@bp.post("/conferences/<code>/call/wordings/<purpose>/<tongue>")
@allow(Role.ORGANIZER)
def reword(code: str, purpose: str, tongue: str) -> ResponseReturnValue:
    """Keep a new version, look at it first, or go back to the product's own words. What was typed is never lost."""
    conference = enter_as_organizer(code)
    meant, form = _meant(purpose, tongue), Form(request.form)
    looked_at = row_number(form.values.get("version", ""))
    if looked_at is None:
        raise DomainError("bad_request")
    then = form.values.get("then", "")
    new = None if then == "reset" else _read(form, meant)
    if not form.is_valid:
        return _page(conference, meant, tongue, form), 422
    if then == "preview":
        return _page(conference, meant, tongue, form)
    try:
        with transaction():
            wordings.reword(
                conference=conference,
                purpose=meant,
                language=tongue,
                after_version=looked_at,
                wording=new,
                by=g.actor,
                at=clock.now(),
            )
    except DomainError as error:
        if error.code != "changed_meanwhile":
            raise
        form.fault("body", _("Có người vừa lưu bản khác. Mời đồng chí mở trang ở thẻ khác để so, rồi lưu lại."), "")
        row = wordings.current(conference.id)[(meant, tongue)]
        form.values["version"] = str(row.version)
        return _page(conference, meant, tongue, form), 409
    flash(_("Thư viết từ nay dùng lời mới.") if new else _("Thư viết từ nay dùng lời có sẵn."), "ok")
    return redirect(url_for("notices.wordings", code=conference.code))


def _meant(purpose: str, tongue: str) -> Purpose:
    if purpose not in list(Purpose) or tongue not in LANGUAGES:
        raise DomainError("not_found")
    return Purpose(purpose)


def _read(form: Form, purpose: Purpose) -> Wording:
    labels = {"subject": _("Tiêu đề"), "body": _("Nội dung")}
    subject = form.text("subject", labels["subject"], required=True, most=LONGEST_SUBJECT)
    body = form.text("body", labels["body"], required=True, most=LONGEST_BODY, lines=True).replace("\r\n", "\n")
    for name, text in (("subject", subject), ("body", body)):
        try:
            parse(text, places_for(purpose))
        except WordingFault as fault:
            form.fault(name, sentence_of(fault), labels[name])
    return Wording(subject, body)


def sentence_of(fault: WordingFault) -> str:
    if fault.fault is Fault.UNKNOWN:
        return _(
            "Dòng %(line)s: không có chỗ điền nào tên là %(words)s. Mời chọn trong danh sách bên cạnh.",
            line=fault.line,
            words=fault.words,
        )
    if fault.fault is Fault.NOT_HERE:
        return _("Dòng %(line)s: %(words)s không dùng được trong loại thư này.", line=fault.line, words=fault.words)
    return _(
        "Dòng %(line)s: dấu ngoặc nhọn thiếu một nửa ở “%(words)s”. Muốn viết chính dấu ngoặc thì gõ hai lần.",
        line=fault.line,
        words=fault.words,
    )


def _page(conference: Conference, purpose: Purpose, tongue: str, form: Form) -> str:
    side = LANGUAGES.index(tongue)
    return render_template(
        "notices/wording.html",
        conference=conference,
        purpose=purpose,
        tongue=tongue,
        purposes=PURPOSES,
        tongues=TONGUES,
        form=form,
        places=[NAMES[place][side] for place in places_for(purpose)],
        versions=wordings.versions(conference.id, purpose, tongue),
        preview=None if form.errors else _preview(conference, purpose, tongue, form),
    )


def _preview(conference: Conference, purpose: Purpose, tongue: str, form: Form) -> dict[str, Any] | None:
    """The letter to the person who was asked for by number, else to the first who can be written to."""
    words = Wording(form.values["subject"], form.values["body"].replace("\r\n", "\n"))
    occasion, at = queries.occasion_of(conference.id), clock.now()
    if purpose is Purpose.DIGEST:
        officer = digests.somebody_to_show(conference, at)
        if officer is None:
            return None
        letter = letters.shown(purpose, tongue, words, officer, occasion, at=at)
        return {"name": officer.name, "number": None, "letter": letter}
    number = row_number(form.values.get("number", ""))
    somebody = queries.numbered(conference.id, number) if number is not None else None
    if somebody is None:
        somebody = queries.somebody_to_show(conference.id)
    if somebody is None:
        return None
    attendee = queries.addressee(somebody)
    letter = letters.shown(purpose, tongue, words, attendee, occasion, at=at)
    return {"name": attendee.person.full_name, "number": attendee.number, "letter": letter}
