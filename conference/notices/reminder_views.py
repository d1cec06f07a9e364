"""The schedule of reminders on the screen: what will go when and to how many, and holding it back."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock, jobs
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.notices import access, queries, reminders
from conference.notices.digests import lacks_of
from conference.notices.officers import Officer, who_owe
from conference.notices.reminders import AudiencesOf, Firing
from conference.notices.reminding import MOST_DAYS, ReminderKind, Rule, Turn
from conference.notices.views import bp, domain, enter_as_organizer, may_send
from conference.notices.words import REMINDERS, when_words
from conference.planning.models import Conference
from conference.planning.modules import shown_by
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.words import _, lazy

AHEAD = (Turn.WAITS, Turn.DUE)
TURNS = {
    Turn.WAITS: ("todo", lazy("Chưa tới giờ viết")),
    Turn.DUE: ("now", lazy("Đang viết thư")),
    Turn.DONE: ("done", lazy("Đã viết")),
    Turn.PAST: ("inactive", lazy("Đã qua giờ, không gửi bù")),
}


def remind_with(app: Flask, kind: ReminderKind, audiences: AudiencesOf) -> None:
    """Let a later area say for whom something is due, and on which day."""
    _audiences(app)[kind] = audiences


def _audiences(app: Flask) -> dict[ReminderKind, AudiencesOf]:
    own = {
        ReminderKind.ANSWER: reminders.about_answers,
        ReminderKind.DAY: reminders.about_the_day,
        ReminderKind.UNITS: reminders.about_units,
    }
    found: dict[ReminderKind, AudiencesOf] = app.extensions.setdefault("reminder_audiences", own)
    return found


def _concerns(conference: Conference, kind: ReminderKind) -> bool:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return shown_by(conference, _audiences(app).get(kind))


@jobs.each_round
def remind() -> None:
    """Carry out what is due in every conference, each firing in a transaction of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    for conference in reminders.conferences_to_look_at():
        rules = [rule for rule in reminders.rules_of(conference.id) if not rule.is_paused]
        for firing in reminders.firings(conference, rules, _audiences(app), at=clock.now()):
            if firing.turn is Turn.DUE:
                with transaction():
                    reminders.carry_out(
                        firing=firing,
                        conference=conference,
                        lacks=lacks_of,
                        domain=domain(),
                        may_send=may_send(conference),
                        at=clock.now(),
                    )


@bp.get("/conferences/<code>/call/reminders", endpoint="reminders")
@allow(Role.ORGANIZER)
def reminders_page(code: str) -> ResponseReturnValue:
    return _page(enter_as_organizer(code), Form({"hour": "08:00", "days": "3", "sends": "1"}))


def _page(conference: Conference, form: Form) -> str:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    rules = reminders.rules_of(conference.id)
    fired = reminders.firings(conference, rules, _audiences(app), at=clock.now())
    owing = _officers_who_owe(conference, fired)
    lines = [_line(firing, owing) for firing in fired]
    silent = {rule.id for rule in rules} - {firing.rule.id for firing in fired}
    kinds = {kind: word for kind, word in REMINDERS.items() if _concerns(conference, kind)}
    return render_template(
        "notices/reminders.html",
        conference=conference,
        form=form,
        lines=lines,
        without_task=[rule for rule in rules if rule.id in silent and rule.kind in kinds],
        officers_without_address=sum(not one.address for one in owing),
        kinds=kinds,
        when_words=when_words,
        turns=TURNS,
        may_send=may_send(conference),
        most_days=MOST_DAYS,
    )


def _officers_who_owe(conference: Conference, fired: list[Firing]) -> list[Officer]:
    """Asked once for the page, and only while a line to officers can still reach anybody."""
    at = clock.now()
    if any(one.audience.people is None and one.turn in AHEAD for one in fired):
        return who_owe(conference, lacks_of(conference, at), at)
    return []


def _line(firing: Firing, owing: list[Officer]) -> dict[str, Any]:
    """A line of the list; whom it would reach is asked only while it can still reach anybody."""
    return {
        "firing": firing,
        "people": _reached(firing, owing) if firing.turn in AHEAD else None,
        "letters": firing.run.letters if firing.run else None,
    }


def _reached(firing: Firing, owing: list[Officer]) -> int:
    people = firing.audience.people
    return sum(bool(one.address) for one in owing) if people is None else queries.how_many(people)


@bp.post("/conferences/<code>/call/reminders")
@allow(Role.ORGANIZER)
def add_reminder(code: str) -> ResponseReturnValue:
    conference = enter_as_organizer(code)
    form = Form(request.form)
    if form.values.get("then") == "usual":
        with transaction():
            added = reminders.add_usual(conference=conference, sends=True, by=g.actor, at=clock.now())
        flash(_("Đã thêm %(count)s lượt nhắc thường dùng.", count=added), "ok")
        return redirect(url_for("notices.reminders", code=conference.code))
    kind = form.choice("kind", _("Nhắc việc"), ReminderKind)
    if kind is not None and not _concerns(conference, kind):
        raise DomainError("module_off", module=REMINDERS[kind])
    days = form.whole("days", _("Số ngày"), low=0, high=MOST_DAYS)
    hour = form.hour("hour", _("Giờ"))
    if kind is None or days is None or hour is None:
        return _page(conference, form), 422
    rule = Rule(kind, days, hour.hour * 60 + hour.minute)
    with transaction():
        added_one = reminders.add_rule(
            conference=conference, rule=rule, sends=form.values.get("sends") == "1", by=g.actor, at=clock.now()
        )
    if not added_one:
        form.fault("days", _("Lượt nhắc này đã có trong lịch. Mời đồng chí chọn số ngày khác."), _("Số ngày"))
        return _page(conference, form), 422
    flash(_("Đã thêm vào lịch nhắc."), "ok")
    return redirect(url_for("notices.reminders", code=conference.code))


@bp.post("/conferences/<code>/call/reminders/<int:rule_id>/<what>")
@allow(Role.ORGANIZER)
def change_reminder(code: str, rule_id: int, what: str) -> ResponseReturnValue:
    """Hold a line back, let it go on, or take it off the schedule."""
    conference = enter_as_organizer(code)
    if what not in ("pause", "resume", "end"):
        raise DomainError("not_found")
    with transaction():
        rule = access.reminder_of(conference, rule_id)
        if what == "end":
            reminders.end(rule=rule, by=g.actor, at=clock.now())
        else:
            reminders.pause(rule=rule, is_paused=what == "pause", by=g.actor, at=clock.now())
    said = {"pause": _("Lượt nhắc được tạm dừng."), "resume": _("Lượt nhắc chạy tiếp."), "end": _("Đã bỏ khỏi lịch.")}
    flash(said[what], "ok")
    return redirect(url_for("notices.reminders", code=conference.code))
