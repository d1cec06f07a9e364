"""A signed sheet is entered after the door: on the host's page, row by row, as scans like any other."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import g, render_template
from flask.typing import ResponseReturnValue

from conference.checkin import access, queries, rosters
from conference.checkin.door_views import AT_THE_DOOR, PARTS, bp
from conference.web.guard import allow, needs_wasm


@bp.get("/door/<code>/<int:site_id>/<int:study_session_id>/paper")
@allow(*AT_THE_DOOR)
@needs_wasm
def paper(code: str, site_id: int, study_session_id: int) -> ResponseReturnValue:
    """For who answers for the site: it shows the whole list, and who only scans sees names one by one."""
    door = access.closing_door_for(g.actor, code, site_id)
    study_session = access.study_session_of(door.conference, study_session_id)
    offset = study_session.starts_at.astimezone(ZoneInfo(door.conference.timezone)).strftime("%z")
    return render_template(
        "checkin/paper.html",
        door=door,
        study_session=study_session,
        sessions=[row for row, _times in queries.sessions_at(door.conference, site_id)],
        parts=PARTS,
        zone=f"{offset[:3]}:{offset[3:]}",
        people=rosters.roster_with_status(door.conference, site_id, study_session),
    )
