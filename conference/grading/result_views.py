"""The author's side: the published mark, on a page of its own and on the attendee's page."""

from __future__ import annotations

from flask import Flask, g, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conference.foundation.actor import Role
from conference.grading import releasing, words
from conference.grading.views import bp
from conference.planning.modules import Module, part_of
from conference.registry import access as registry
from conference.web.guard import allow

PLACE_ON_MY_PAGE = 40


@bp.get("/my/result")
@allow(Role.ATTENDEE)
def my_result() -> ResponseReturnValue:
    """The published mark with rank, parts and comments, for its owner alone."""
    attendee = registry.attendee_themself(g.actor)
    return render_template(
        "grading/my_result.html",
        attendee=attendee,
        conference=attendee.conference,
        result=releasing.result_of(attendee.id, attendee.conference_id),
        words=words,
    )


@part_of(Module.GRADING)
def _part(attendee_id: int) -> Markup | None:
    """The mark in short; nothing before the first release."""
    result = releasing.result_of_attendee(attendee_id)
    if result is None:
        return None
    return Markup(render_template("grading/_my_part.html", result=result, words=words))  # noqa: S704 (escaped by Jinja)


def _step(attendee_id: int) -> tuple[str, str | None]:
    result = releasing.result_of_attendee(attendee_id)
    return ("done", url_for("grading.my_result")) if result else ("todo", None)


def join_pages(app: Flask) -> None:
    """Give the attendee's page its part and the third node of its way."""
    app.extensions.setdefault("my_page_parts", []).append((PLACE_ON_MY_PAGE, _part))
    app.extensions.setdefault("my_page_steps", {})["result"] = _step
