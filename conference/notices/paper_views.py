"""The printed summons on the screen: what stands on it, one person's at once, and files that the background makes."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from typing import Any

from flask import flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.word import MIME
from conference.foundation import clock, jobs
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.notices import hand_over, paper_jobs, queries
from conference.notices.hand_over_views import asked_people, enter_to_hand_over, made_files, people_asked_for
from conference.notices.paper_actions import form_of, keep_form
from conference.notices.papers import PaperFacts, PaperKind
from conference.notices.views import bp, enter_as_organizer
from conference.notices.wording import NAMES, Place, Purpose, WordingFault, parse, places_for
from conference.notices.wording_views import sentence_of
from conference.notices.words import PAPER_KINDS
from conference.planning.models import Conference
from conference.registry import access as registry_access
from conference.registry.actions import issue_missing_tickets
from conference.registry.views import ring
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _

LONGEST_BODY = 6_000
PLACES = tuple(place for place in places_for(Purpose.SUMMONS) if place is not Place.LINK)
"""The personal link is no text on paper: whoever finds the paper could open it."""


@bp.get("/conferences/<code>/call/paper", endpoint="paper")
@allow(Role.ORGANIZER)
def paper_page(code: str) -> ResponseReturnValue:
    conference = enter_as_organizer(code)
    kept = form_of(conference.id)
    facts = asdict(paper_jobs.facts_of_paper(queries.occasion_of(conference.id)))
    signed_on = facts.pop("signed_on")
    values = {name: str(value) for name, value in facts.items()}
    values |= {"signed_on": filters.day(signed_on) if signed_on else "", "version": str(kept.version if kept else 0)}
    return _page(conference, Form(values))


def _page(conference: Conference, form: Form) -> str:
    return render_template(
        "notices/paper.html",
        conference=conference,
        form=form,
        kinds=PAPER_KINDS,
        places=[NAMES[place][0] for place in PLACES],
        somebody=queries.number_to_show(conference.id),
    )


@bp.post("/conferences/<code>/call/paper")
@allow(Role.ORGANIZER)
def keep_paper(code: str) -> ResponseReturnValue:
    """Keep what stands on the papers. Files that were made before stay as they are."""
    conference = enter_as_organizer(code)
    form = Form(request.form)
    version = row_number(form.values.get("version", ""))
    if version is None:
        raise DomainError("bad_request")
    facts = _read(form)
    if facts is None:
        return _page(conference, form), 422
    with transaction():
        keep_form(conference=conference, version=version, facts=facts, by=g.actor, at=clock.now())
    flash(_("Đã lưu mẫu giấy triệu tập."), "ok")
    return redirect(url_for("notices.paper", code=conference.code))


def _read(form: Form) -> PaperFacts | None:
    labels = {
        "title": _("Tên loại giấy"),
        "superior": _("Cơ quan cấp trên"),
        "issuer": _("Cơ quan ban hành"),
        "number": _("Số, ký hiệu"),
        "place": _("Nơi ký"),
        "authority": _("Thẩm quyền ký"),
        "signer_position": _("Chức vụ người ký"),
        "signer": _("Người ký"),
    }
    texts = {
        name: form.text(name, label, required=name in ("title", "issuer", "place"), most=200)
        for name, label in labels.items()
    }
    kind = form.choice("form", _("Thể thức"), PaperKind)
    signed_on = form.day("signed_on", _("Ngày ký"), required=False)
    recipients = form.text("recipients", _("Nơi nhận"), most=1_000, lines=True)
    body = form.text("body", _("Nội dung"), required=True, most=LONGEST_BODY, lines=True).replace("\r\n", "\n")
    try:
        parse(body, PLACES)
    except WordingFault as fault:
        form.fault("body", sentence_of(fault), _("Nội dung"))
    if not form.is_valid or kind is None:
        return None
    return PaperFacts(form=kind, signed_on=signed_on, recipients=recipients.replace("\r\n", "\n"), body=body, **texts)


@bp.get("/conferences/<code>/people/<int:number>/summons.docx")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def one_paper(code: str, number: int) -> ResponseReturnValue:
    """One person's printed summons, at once."""
    conference, reach = enter_to_hand_over(code)
    attendee = registry_access.attendee_to_speak_for(reach, conference, number)
    if attendee.ticket is None:
        with transaction():
            issue_missing_tickets(conference_id=conference.id, ring=ring())
    occasion = queries.occasion_of(conference.id)
    facts = paper_jobs.facts_of_paper(occasion)
    papers = [paper_jobs.paper_to(queries.addressee(attendee.id), occasion, facts)]
    content = BytesIO(paper_jobs.document(papers, facts))
    return send_file(content, MIME, as_attachment=True, download_name=f"giay-trieu-tap-{number}.docx")


@bp.post("/conferences/<code>/call/hand-over/papers")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def print_papers(code: str) -> ResponseReturnValue:
    """Have the printed summonses of a group made in the background, as one file."""
    conference, reach = enter_to_hand_over(code)
    asked = asked_people()
    people = sum(count for _name, count in hand_over.unit_counts(people_asked_for(conference, reach, asked)))
    if not people or people > paper_jobs.MOST:
        raise DomainError("too_many_links" if people else "nobody_to_hand_over")
    payload = {
        "conference_id": conference.id,
        "asked": asked,
        "unit_paths": None if reach.is_whole else sorted(reach.unit_paths),
    }
    with transaction():
        at = clock.now()
        jobs.enqueue(paper_jobs.KIND, payload, by=g.actor, at=at, conference_id=conference.id)
        hand_over.note_papers(conference_id=conference.id, people=people, by=g.actor, at=at)
    values: dict[str, Any] = {"code": conference.code, **asked}
    return redirect(url_for("notices.hand_over_page", **values) + "#papers")


@bp.get("/conferences/<code>/call/hand-over/papers/<int:job_id>.docx")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def papers_file(code: str, job_id: int) -> ResponseReturnValue:
    """A file that is ready: for who had it made, and for those who organise the conference."""
    conference, _reach = enter_to_hand_over(code)
    made = next((one for one in made_files(conference) if one.id == job_id), None)
    path = paper_jobs.file_of(conference.id, job_id)
    if made is None or not path.exists():
        raise DomainError("not_found")
    return send_file(
        BytesIO(path.read_bytes()),
        MIME,
        as_attachment=True,
        download_name=f"giay-trieu-tap-{conference.code}-{job_id}.docx",
    )
