"""Releases of the plan: what differs now, giving it out, what each release changed, and the letters about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation import clock
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.text import row_number
from conference.notices import actions as notices
from conference.notices.models import MailKind, MailState
from conference.notices.views import domain, enter_as_organizer, may_send
from conference.notices.words import KINDS, STATES
from conference.planning.access import may_change, may_manage, visible_conferences
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.forms import read_version
from conference.planning.models import Conference, ConferenceState, PlanRelease
from conference.planning.queries import programme_of
from conference.planning.views import CHANGERS, plan_faults, show_on_plans
from conference.registry.told import release_of
from conference.releases import actions, queries, words, writing
from conference.releases.lack_words import lack_lines
from conference.releases.letters_views import join_letters
from conference.releases.people_views import join_people
from conference.releases.rules import Change
from conference.sites.ladder.views import how_many_behind
from conference.web import filters
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _

bp = Blueprint("releases", __name__)
READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER)
FAULTS_SHOWN = 8
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Shown:
    """One difference on the screen, with the address of the people whom it concerns."""

    line: words.Line
    count: int
    url: str


def _enter(code: str) -> Conference:
    """What changed for whom is for those who manage the conference. Raises ``forbidden``."""
    conference = enter_conference(code)
    if not may_manage(g.actor, conference):
        raise DomainError("forbidden")
    return conference


def _release(conference: Conference, number: int) -> PlanRelease:
    """Raises ``not_found``."""
    release = release_of(conference.id, number)
    if release is None:
        raise DomainError("not_found")
    return release


@bp.get("/conferences/<code>/releases")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    """What the working plan changes for whom, and every release so far."""
    return _overview(_enter(code), Form())


def _overview(conference: Conference, form: Form) -> str:
    last = release_of(conference.id, conference.release_number)
    found = queries.difference(conference, last, None) if last else None
    faults = plan_faults(conference, programme_of(conference.id))
    return render_template(
        "releases/overview.html",
        conference=conference,
        is_published=conference.state is ConferenceState.PUBLISHED,
        last=last,
        next_number=conference.release_number + 1,
        groups=_grouped(conference, found, last, None) if found and last else [],
        changes=len(found.changes) if found else 0,
        concerned=found.concerned if found else 0,
        people=sum(group.count for group in found.groups if group.is_at is not None) if found else 0,
        faults=faults[:FAULTS_SHOWN],
        more_faults=max(0, len(faults) - FAULTS_SHOWN),
        blocking=sum(line.blocks for line in faults),
        releases=queries.releases_of(conference.id),
        may_change=may_change(g.actor, conference),
        form=form,
    )


@bp.get("/conferences/<code>/warnings")
@allow(*READERS)
def warnings(code: str) -> ResponseReturnValue:
    """Everything that needs a look, in one list: what stops a publication first, each with its step."""
    conference = _enter(code)
    found = plan_faults(conference, programme_of(conference.id)) + lack_lines(
        conference, how_many_behind(conference), visible_conferences(g.actor)
    )
    return render_template(
        "releases/warnings.html",
        conference=conference,
        parts=[
            (_("Phải sửa"), "wrong", [line for line in found if line.blocks]),
            (_("Nhắc"), "check", [line for line in found if not line.blocks]),
        ],
        count=len(found),
        blocking=sum(line.blocks for line in found),
        may_change=may_change(g.actor, conference) and conference.state is not ConferenceState.CLOSED,
    )


def _grouped(
    conference: Conference, found: queries.Difference, before: PlanRelease, after: PlanRelease | None
) -> list[tuple[str, list[Shown]]]:
    names = words.names_of(found.before, found.after)

    def shown(change: Change) -> Shown:
        url = ""
        if change.count:
            url = url_for(
                "releases.people",
                code=conference.code,
                before=before.number,
                after=after.number if after else None,
                change=change.key,
            )
        return Shown(words.line_of(change, names), change.count, url)

    parts: Sequence[tuple[str, Any]] = (
        (_("Chương trình"), lambda change: change.kind in words.PROGRAMME),
        (_("Điểm cầu"), lambda change: change.kind in words.SITES),
        (_("Đại biểu"), lambda change: change.kind not in words.PROGRAMME | words.SITES),
    )
    groups = [(title, [shown(change) for change in found.changes if belongs(change)]) for title, belongs in parts]
    return [group for group in groups if group[1]]


@bp.post("/conferences/<code>/releases")
@allow(*CHANGERS)
def give_out(code: str) -> ResponseReturnValue:
    """Release the working plan and write the letters about it; none leaves before somebody sends them."""
    conference = enter_to_change(code)
    form = Form(request.form)
    note = form.text("note", _("Ghi chú của bản"), most=LONGEST_NOTE)
    if not form.is_valid:
        return _overview(conference, form), 422
    with transaction():
        faults = plan_faults(conference, programme_of(conference.id))
        release = actions.release_plan(
            conference=conference,
            version=read_version(form),
            blocking=sum(line.blocks for line in faults),
            note=note,
            by=g.actor,
            at=clock.now(),
        )
        letters = writing.write_letters(
            conference=conference, release=release, domain=domain(), by=g.actor, at=clock.now()
        )
    flash(
        _(
            "Đã phát hành bản %(number)s. %(letters)s thư đã viết, đang giữ đến khi đồng chí gửi.",
            number=release.number,
            letters=filters.number(letters.all),
        ),
        "ok",
    )
    return redirect(url_for("releases.release", code=conference.code, number=release.number))


@bp.get("/conferences/<code>/releases/<int:number>")
@allow(*READERS)
def release(code: str, number: int) -> ResponseReturnValue:
    """One release: what it changed since the one before, or since another, and its letters."""
    conference = _enter(code)
    shown = _release(conference, number)
    against = _release(conference, row_number(request.args.get("against", "")) or max(1, number - 1))
    found = queries.difference(conference, against, shown) if against.number != number else None
    letters = writing.letters_of(conference.id, number)
    return render_template(
        "releases/release.html",
        conference=conference,
        release=shown,
        against=against,
        groups=_grouped(conference, found, against, shown) if found else [],
        changes=len(found.changes) if found else 0,
        concerned=found.concerned if found else 0,
        without_address=writing.without_address(queries.pairs_of(conference, against, shown), found.changes)
        if found
        else 0,
        releases=queries.releases_of(conference.id),
        letters=[(KINDS[kind], kind, _by_state(letters, kind)) for kind in MailKind if _by_state(letters, kind)],
        held=sum(count for (_kind, state), count in letters.items() if state is MailState.HELD),
        may_send=may_send(conference),
        is_organizer=g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id),
        states=STATES,
    )


def _by_state(letters: dict[tuple[MailKind, MailState], int], kind: MailKind) -> list[tuple[MailState, int]]:
    return [(state, letters[kind, state]) for state in MailState if (kind, state) in letters]


@bp.post("/conferences/<code>/releases/<int:number>/send")
@allow(Role.ORGANIZER)
def send(code: str, number: int) -> ResponseReturnValue:
    """Let the letters of a release go. Pressing twice sends each once."""
    conference = enter_as_organizer(code)
    shown = _release(conference, number)
    if not may_send(conference):
        raise DomainError("mail_stays_inside")
    with transaction():
        sent = notices.send_held(conference_id=conference.id, by=g.actor, at=clock.now(), release=shown.number)
    flash(_("%(count)s thư được đưa vào hàng gửi.", count=filters.number(sent)), "ok")
    return redirect(url_for("releases.release", code=conference.code, number=number))


@bp.get("/conferences/<code>/releases/people")
@allow(*READERS)
def people(code: str) -> ResponseReturnValue:
    """Those whom a difference concerns; all whom any concerns when none is named."""
    conference = _enter(code)
    ask = ask_from_request("q", "before", "after", "change")
    before = _release(conference, row_number(ask.query.get("before", "")) or conference.release_number)
    after = _release(conference, row_number(ask.query["after"]) or 0) if ask.query.get("after") else None
    found = queries.difference(conference, before, after)
    chosen = list(found.changes)
    if key := ask.query.get("change"):
        one = found.change(key)
        chosen = [one] if one else []
    names = words.names_of(found.before, found.after)
    return render_template(
        "releases/people.html",
        conference=conference,
        page=addressed(queries.people_page(conference, before, after, chosen, ask)),
        line=words.line_of(chosen[0], names) if ask.query.get("change") and chosen else None,
        before=before,
        after=after,
    )


# ---- standing in the pages of earlier areas


def freeze_first(conference: Conference, by: Actor, at: Any) -> None:
    """Publishing gives out the first release, in the same transaction."""
    actions.freeze(conference=conference, note="", by=by, at=at)


def plan_figures(conference: Conference) -> dict[str, Any]:
    last = release_of(conference.id, conference.release_number)
    return {
        "last": last,
        "is_edited": last is not None and last.version != conference.version,
        "may_call_off": conference.state is ConferenceState.PUBLISHED
        and g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id),
    }


def join_pages(app: Flask) -> None:
    app.extensions.setdefault("on_publish", []).append(freeze_first)
    show_on_plans(app, "releases/_plan.html", plan_figures)
    join_letters(app)
    join_people(app)
