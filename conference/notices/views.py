"""Calling people: whom each way reaches, the letter before it leaves, and the outbox after."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.foundation import chance, clock, jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import JobState
from conference.notices import access, actions, digests, letters, queries, wordings
from conference.notices.models import MailKind, MailState
from conference.notices.wording import Purpose
from conference.notices.words import KINDS, STATES
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, ConferenceState
from conference.registry import access as registry_access
from conference.registry.models import Attendee
from conference.registry.rules import Reach
from conference.registry.views import fragment
from conference.settings import Settings
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import TONGUES, _

bp = Blueprint("notices", __name__)

READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
LONGEST_OCCASION = 64


def domain() -> str:
    """What a letter's identifier ends with: the sender's own domain."""
    settings: Settings = current_app.extensions["settings"]
    return parseaddr(settings.mail_from)[1].rpartition("@")[2] or "diem-cau"


def may_send(conference: Conference) -> bool:
    """Only with a mail server, and never anything of a demo."""
    settings: Settings = current_app.extensions["settings"]
    return bool(settings.smtp_url) and not conference.is_demo


def enter_as_organizer(code: str) -> Conference:
    conference = enter_conference(code)
    if not g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        raise DomainError("forbidden")
    return conference


# ---- the step of calling


@bp.get("/conferences/<code>/call")
@allow(*READERS)
def call(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    at = clock.now()
    reached = queries.reached(conference.id)
    release = queries.last_release(conference.id, MailKind.SUMMONS)
    work = jobs.latest(actions.SEND, conference.id)
    return render_template(
        "notices/call.html",
        conference=conference,
        is_draft=conference.state is ConferenceState.DRAFT,
        is_called_off=conference.is_called_off,
        may_change=g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id),
        may_send=may_send(conference),
        has_server=bool(current_app.extensions["settings"].smtp_url),
        reached=reached,
        release=release,
        counts=queries.counts(conference.id),
        held=[(KINDS[kind], _figure(count)) for kind, count in queries.held_by_kind(conference.id)],
        new=0 if conference.is_called_off else queries.how_many(queries.not_yet_summoned(conference.id)),
        # Once plans are released, a change is told by the release that brings it.
        changed=0 if conference.release_number or not release else _changed(conference),
        withdrawn=queries.how_many(queries.summoned_but_withdrawn(conference.id)) if release else 0,
        preview=_preview(conference, at=at),
        server_is_down=bool(work and work.state is JobState.DONE and (work.result or {}).get("down")),
        under_way=_under_way(conference),
        MailState=MailState,
    )


def _changed(conference: Conference) -> int:
    return queries.how_many(queries.changed_since_summoned(conference.id))


def _preview(conference: Conference, *, at: Any) -> Any:
    somebody = queries.somebody_to_show(conference.id)
    if somebody is None:
        return None
    attendee, occasion = queries.addressee(somebody), queries.occasion_of(conference.id)
    wording = letters.wording_in(wordings.current(conference.id).get((Purpose.SUMMONS, "vi")), Purpose.SUMMONS, "vi")
    written = letters.shown(Purpose.SUMMONS, "vi", wording, attendee, occasion, at=at)
    return {"name": attendee.person.full_name, "address": attendee.person.email, "letter": written}


def _under_way(conference: Conference) -> dict[str, Any] | None:
    """How far the outbox is, while something in it waits or leaves."""
    counts = queries.counts(conference.id)
    open_now = counts[MailState.QUEUED] + counts[MailState.SENDING]
    if not open_now:
        return None
    ended = sum(counts[state] for state in queries.ENDED)
    per_minute = current_app.extensions["settings"].mail_per_minute
    return {
        "state": JobState.RUNNING,
        "done": ended,
        "total": ended + open_now,
        "note": "",
        "seconds": 0,
        "left_seconds": round(60 * open_now / per_minute),
        "result_url": None,
    }


@bp.get("/conferences/<code>/call.json")
@allow(*READERS)
def progress(code: str) -> ResponseReturnValue:
    """What the long-work component asks while letters leave."""
    conference = enter_conference(code)
    ended = sum(queries.counts(conference.id)[state] for state in queries.ENDED)
    return _under_way(conference) or {
        "state": JobState.DONE,
        "done": ended,
        "total": ended,
        "note": "",
        "seconds": 0,
        "left_seconds": None,
        "result_url": None,
    }


WRITERS = {
    "summons": actions.write_summonses,
    "update": actions.write_updates,
    "cancellation": actions.write_cancellations,
}


@bp.post("/conferences/<code>/call/<what>")
@allow(Role.ORGANIZER)
def write_letters(code: str, what: str) -> ResponseReturnValue:
    """Write the letters, and have them leave where they may. Pressing twice writes each letter once."""
    conference = enter_as_organizer(code)
    if what not in WRITERS:
        raise DomainError("not_found")
    if what == "update" and conference.release_number:
        raise DomainError("change_needs_release")
    sends = may_send(conference)
    with transaction():
        written = WRITERS[what](conference=conference, domain=domain(), may_send=sends, by=g.actor, at=clock.now())
    if not written:
        flash(_("Không còn ai phải gửi thêm."), "info")
    elif sends:
        flash(_("%(count)s thư đang được gửi đi.", count=_figure(written)), "ok")
    else:
        flash(_("%(count)s thư đã viết xong, đang giữ ở hộp thư đi.", count=_figure(written)), "ok")
    return redirect(url_for("notices.call", code=conference.code))


def _figure(count: int) -> str:
    return str(current_app.jinja_env.filters["number"](count))


@bp.post("/conferences/<code>/outbox/all/<what>")
@allow(Role.ORGANIZER)
def decide_all(code: str, what: str) -> ResponseReturnValue:
    """Send what is held, try again what failed, or keep back what has not left."""
    conference = enter_as_organizer(code)
    if what in ("send", "retry") and not may_send(conference):
        raise DomainError("mail_stays_inside")
    deeds = {"send": actions.send_held, "retry": actions.retry_failed, "hold": actions.hold_queued}
    if what not in deeds:
        raise DomainError("not_found")
    with transaction():
        changed = deeds[what](conference_id=conference.id, by=g.actor, at=clock.now())
    if what == "hold":
        flash(_("Đã giữ lại %(count)s thư chưa gửi.", count=_figure(changed)), "ok")
    else:
        flash(_("%(count)s thư được đưa vào hàng gửi.", count=_figure(changed)), "ok")
    return redirect(url_for("notices.call", code=conference.code))


# ---- the outbox


@bp.get("/conferences/<code>/outbox")
@allow(Role.ORGANIZER)
def outbox(code: str) -> ResponseReturnValue:
    conference = enter_as_organizer(code)
    page = addressed(queries.outbox_page(conference.id, ask_from_request("q", "state", "kind")))
    tokens = []
    for name, label, words in (("state", _("Tình trạng"), STATES), ("kind", _("Loại thư"), KINDS)):
        if value := page.query.get(name):
            word = next((str(word) for key, word in words.items() if key.value == value), value)
            tokens.append({"label": label, "value": word, "url": page.url(**{name: ""})})
    return render_template(
        "notices/outbox.html",
        conference=conference,
        page=page,
        states=STATES,
        kinds=KINDS,
        selects=[
            {"name": "state", "label": _("Tình trạng"), "options": _options(STATES)},
            {"name": "kind", "label": _("Loại thư"), "options": _options(KINDS)},
        ],
        tokens=tokens,
    )


def _options(words: dict[Any, Any]) -> list[tuple[str, str]]:
    return [(key.value, str(word)) for key, word in words.items()]


@bp.get("/conferences/<code>/outbox/<int:mail_id>")
@allow(Role.ORGANIZER)
def letter(code: str, mail_id: int) -> ResponseReturnValue:
    """One letter as it is written now, its personal link hidden, and what became of it."""
    conference = enter_as_organizer(code)
    mail = access.mail_of(conference, mail_id)
    attendee = queries.addressee(mail.attendee_id) if mail.attendee_id else None
    to = attendee or digests.officer_of(mail)
    occasion = queries.occasion_of(conference.id)
    written = letters.shown_mail(mail, to, occasion, at=clock.now())
    return render_template(
        "notices/letter.html",
        conference=conference,
        mail=mail,
        attendee=attendee,
        name=attendee.person.full_name if attendee else digests.officer_of(mail).name,
        written=written,
        states=STATES,
        kinds=KINDS,
        may_send=may_send(conference),
    )


@bp.post("/conferences/<code>/outbox/<int:mail_id>")
@allow(Role.ORGANIZER)
def decide(code: str, mail_id: int) -> ResponseReturnValue:
    """What a person found out about a letter of which nobody knew whether it left."""
    conference = enter_as_organizer(code)
    again = request.form.get("decision") == "again"
    if again and not may_send(conference):
        raise DomainError("mail_stays_inside")
    with transaction():
        mail = access.mail_of(conference, mail_id)
        actions.decide_unknown(mail=mail, send_again=again, by=g.actor, at=clock.now())
    flash(_("Thư được đưa vào hàng gửi.") if again else _("Đã ghi là đã gửi."), "ok")
    return redirect(url_for("notices.letter", code=conference.code, mail_id=mail_id))


# ---- on a person's page


@bp.post("/conferences/<code>/people/<int:number>/letter")
@allow(Role.ORGANIZER)
def write_one(code: str, number: int) -> ResponseReturnValue:
    """The summons once more, for who lost it. The form carries a name for this press of the button."""
    conference = enter_as_organizer(code)
    reach = registry_access.reach_of(g.actor, conference)
    attendee = registry_access.attendee_to_change(reach, conference, number)
    occasion = "".join(sign for sign in request.form.get("occasion", "") if sign.isalnum() or sign in "-_")
    sends = may_send(conference)
    with transaction():
        written = actions.write_one(
            attendee=attendee,
            conference=conference,
            occasion=occasion[:LONGEST_OCCASION] or chance.token(),
            domain=domain(),
            may_send=sends,
            by=g.actor,
            at=clock.now(),
        )
    if written:
        flash(_("Thư đang được gửi đi.") if sends else _("Thư đã viết xong, đang giữ ở hộp thư đi."), "ok")
    return redirect(url_for("registry.person", code=conference.code, number=number))


@bp.post("/conferences/<code>/people/<int:number>/language")
@allow(Role.ORGANIZER)
def choose_language(code: str, number: int) -> ResponseReturnValue:
    """In which language letters to this person are written from now on."""
    conference = enter_as_organizer(code)
    attendee = registry_access.attendee_to_change(registry_access.reach_of(g.actor, conference), conference, number)
    language = request.form.get("language", "")
    if language not in TONGUES:
        raise DomainError("bad_request")
    with transaction():
        wordings.choose_language(attendee=attendee, language=language, by=g.actor, at=clock.now())
    flash(_("Thư viết từ nay cho người này bằng %(tongue)s.", tongue=str(TONGUES[language])), "ok")
    return redirect(url_for("registry.person", code=conference.code, number=number))


def letters_to(attendee: Attendee, reach: Reach) -> Markup | None:
    """What was written to someone, for their page in the registry."""
    if not reach.may_change:
        return None
    return fragment(
        "notices/_letters.html",
        conference=g.conference,
        attendee=attendee,
        mails=queries.mails_to(attendee.id),
        language=wordings.language_of(attendee.id),
        tongues=TONGUES,
        states=STATES,
        kinds=KINDS,
        occasion=chance.token(),
    )


def offer_to_registry(app: Any) -> None:
    """Stand in the registry's pages: letters on a person's page."""
    app.extensions.setdefault("person_parts", []).append((10, letters_to))
