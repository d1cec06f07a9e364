"""The public page on which anybody who holds a receipt can check it. It never shows what was written, or by whom."""

from __future__ import annotations

import re

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.foundation.actor import Role
from conference.reflections import queries, words
from conference.reflections.quiz.queries import sits_a_test
from conference.reflections.receipts import sha256_of, signer
from conference.web.guard import allow

bp = Blueprint("check", __name__)


@bp.get("/check/")
@allow(Role.ANYONE)
def ask() -> ResponseReturnValue:
    number = request.args.get("number", "").strip().upper().replace(" ", "")[:60]
    if number:
        return redirect(url_for("check.receipt", number=number))
    return render_template("reflections/check.html", number="", submission=None)


@bp.get("/check/<number>")
@allow(Role.ANYONE)
def receipt(number: str) -> ResponseReturnValue:
    submission = queries.submission_by_receipt(number[:60])
    if submission is None:
        return render_template("reflections/check.html", number=number[:60], submission=None), 404
    conference = submission.reflection.attendee.conference
    keys = signer(current_app.extensions["settings"].secret_key)
    typed = re.sub(r"\s", "", request.args.get("sha256", "")).lower()[:200]
    return render_template(
        "reflections/check.html",
        number=number,
        submission=submission,
        conference=conference,
        is_erased=submission.erased_at is not None,
        is_kept=sha256_of(submission.content) == submission.sha256,
        is_signed=keys.has_signed(queries.receipt_of(submission, conference.code), submission.signature),
        is_current=submission.version == submission.reflection.current_version,
        typed=typed,
        is_same=typed == submission.sha256,
        is_test=sits_a_test(conference.id),
        words=words,
    )


@bp.get("/keys/receipts.json")
@allow(Role.ANYONE)
def keys() -> ResponseReturnValue:
    """The public key that signs receipts, for those who check without us."""
    return {"keys": [signer(current_app.extensions["settings"].secret_key).published()]}
