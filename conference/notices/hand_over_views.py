"""Handing on personal links by unit: sheets to cut and sign, and messages to paste. Shown by POST, never kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import current_app, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from conference.adapters.qr import address_qr_path
from conference.adapters.typst_pdf import render_pdf
from conference.directory.models import Person
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.aside import aside
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, JobState
from conference.foundation.paging import AnySelect
from conference.foundation.text import format_phone
from conference.notices import hand_over, paper_jobs, queries
from conference.notices.reply_views import unit_within
from conference.notices.views import bp
from conference.planning.entry import enter_conference
from conference.planning.given import GivenSession
from conference.planning.models import Conference
from conference.planning.queries import waves_of
from conference.registry import access as registry_access
from conference.registry import calendars
from conference.registry import queries as registry
from conference.registry.called import sessions_of
from conference.registry.links import link_token
from conference.registry.rules import Reach, place_name
from conference.registry.views import hook
from conference.web import filters
from conference.web.guard import allow

PDF = "application/pdf"
FILES_SHOWN = 5
FILTERS = ("unit", "direct", "site", "contact", "reply")


def enter_to_hand_over(code: str) -> tuple[Conference, Reach]:
    """For those who may see how people are reached: links are more than a telephone number."""
    conference = enter_conference(code)
    reach = registry_access.reach_of(g.actor, conference)
    if not reach.sees_contacts:
        raise DomainError("forbidden")
    return conference, reach


def asked_people() -> dict[str, str]:
    """The same filters as the list of people has, from the address or, when links are asked for, from the form."""
    sent = request.args if request.method == "GET" else request.form
    return {name: value for name in FILTERS if (value := sent.get(name, "").strip()[:40])}


def people_asked_for(conference: Conference, reach: Reach, asked: dict[str, str]) -> AnySelect:
    everybody = registry.people(conference.id, reach).add_columns(Person.sort_key)
    return registry.narrowed(everybody, asked, reach, hook("people_filters", {}))


@bp.get("/conferences/<code>/call/hand-over")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def hand_over_page(code: str) -> ResponseReturnValue:
    """Whose links would be handed on, before any is shown."""
    conference, reach = enter_to_hand_over(code)
    asked = asked_people()
    units = hand_over.unit_counts(people_asked_for(conference, reach, asked))
    return render_template(
        "notices/hand_over.html",
        conference=conference,
        asked=asked,
        units=units,
        total=sum(count for _name, count in units),
        most=hand_over.MOST,
        unit=unit_within(reach, asked.get("unit") or asked.get("direct", "")),
        files=files_part(conference),
    )


@bp.post("/conferences/<code>/call/hand-over/messages")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def hand_over_messages(code: str) -> ResponseReturnValue:
    """Messages to paste into a chat, a unit at a time, one link a person. Who looked is in the journal."""
    conference, reach = enter_to_hand_over(code)
    asked = asked_people()
    groups = _handed(conference, reach, asked, "message")
    facts = _facts(conference.id)
    messages = []
    for group in groups:
        for part, people in enumerate(group.messages, start=1):
            named = [(row.full_name, _link(row)) for row in people]
            text = current_app.jinja_env.get_template("mail/message.txt").render(
                facts, unit=group.unit_name, people=named
            )
            messages.append({"unit": group.unit_name, "part": part, "of": len(group.messages), "text": text.strip()})
    return render_template("notices/messages.html", conference=conference, asked=asked, messages=messages)


@bp.post("/conferences/<code>/call/hand-over.pdf")
@allow(Role.ORGANIZER, Role.UNIT_OFFICER)
def hand_over_sheets(code: str) -> ResponseReturnValue:
    """A sheet a unit: a list to sign, and slips to cut, each with one person's code. Who took it is in the journal."""
    conference, reach = enter_to_hand_over(code)
    groups = _handed(conference, reach, asked_people(), "paper")
    waves = {one.id: one.title for one in waves_of(conference.id)}
    data = {**_facts(conference.id), "units": [_unit(group, waves) for group in groups]}
    pdf = aside(render_pdf, "hand_over", data)
    return send_file(BytesIO(pdf), PDF, as_attachment=True, download_name=f"phieu-trao-{conference.code}.pdf")


def _handed(conference: Conference, reach: Reach, asked: dict[str, str], way: str) -> list[hand_over.Group]:
    groups = hand_over.groups_of(people_asked_for(conference, reach, asked))
    if not groups:
        raise DomainError("nobody_to_hand_over")
    with transaction():
        hand_over.note_hand_over(conference_id=conference.id, groups=groups, way=way, by=g.actor, at=clock.now())
    return groups


def _facts(conference_id: int) -> dict[str, Any]:
    occasion = queries.occasion_of(conference_id)
    conference, sessions = occasion.conference, occasion.plan.study_sessions
    waves = {one.wave.id: one.wave.title for one in sessions if one.wave}
    order = [one.id for one in waves_of(conference_id) if one.id in waves]
    begins = [f"{waves[id]}: {_begin(sessions_of(id, sessions))}" for id in order]
    return {
        "title": conference.title,
        "issuer": conference.host_unit.name,
        "when": "; ".join(begins) or _begin(sessions),
    }


def _begin(study_sessions: Sequence[GivenSession]) -> str:
    if not study_sessions:
        return ""
    begins = calendars.begins_at(study_sessions)
    return f"{filters.clock(begins)} {filters.weekday(begins)}, {filters.day(begins)}"


def _link(row: Row[Any]) -> str:
    settings = current_app.extensions["settings"]
    token = link_token(settings.secret_key, row.id, row.link_issue)
    return f"{settings.address}{url_for('registry.open_link', token=token)}"


def _unit(group: hand_over.Group, waves: Mapping[int, str]) -> dict[str, Any]:
    people = []
    for row in group.people:
        path, modules = address_qr_path(_link(row))
        people.append(
            {
                "name": row.full_name,
                "position": row.position,
                "site": ", ".join(filter(None, (place_name(row.site_name), waves.get(row.wave_id)))),
                "phone": format_phone(row.phone_digits) if row.phone_digits else row.phone or "",
                "number": str(row.number),
                "address": _link(row),
                "qr": path,
                "modules": modules,
            }
        )
    return {"name": group.unit_name, "people": people}


# ---- printed summonses, which the background makes


def made_files(conference: Conference) -> list[Job]:
    """The last files, made or being made, that this account may fetch."""
    statement = select(Job).where(Job.kind == paper_jobs.KIND, Job.conference_id == conference.id)
    if not g.actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        statement = statement.where(Job.actor_kind == g.actor.kind, Job.actor_id == g.actor.id)
    return list(db.session.scalars(statement.order_by(Job.id.desc()).limit(FILES_SHOWN)))


def files_part(conference: Conference) -> list[dict[str, Any]]:
    """What the page of handing over says about them."""
    return [
        {
            "job": one,
            "is_open": one.state in (JobState.WAITING, JobState.RUNNING),
            "is_there": one.state is JobState.DONE and paper_jobs.file_of(conference.id, one.id).exists(),
            "people": (one.result or {}).get("people", one.total),
        }
        for one in made_files(conference)
    ]
