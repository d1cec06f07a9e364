"""The attendee's own pages: writing, reading once more, handing in, the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.qr import address_qr_path
from conference.foundation import chance, clock
from conference.foundation.actor import ActorKind, Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.reflections import access, actions, attachments, forms, queries, rules, words
from conference.reflections.content import Content, answered_of
from conference.reflections.letters_views import send_receipt
from conference.reflections.models import PaperFile, Submission
from conference.reflections.quiz.queries import shown_at_once
from conference.reflections.receipts import signer
from conference.web import filters
from conference.web.csrf import csrf_token
from conference.web.errors import SENTENCES, answer, sentence_of
from conference.web.guard import allow, wants_json
from conference.web.together import Together
from conference.web.words import _

bp = Blueprint("my_reflection", __name__)

LOST_VISIT = frozenset({"csrf_expired", "sign_in_first"})
NOT_YET = frozenset(
    {"too_few_words", "too_many_words", "part_too_short", "changed_meanwhile", "reflection_stays"}
    | {"files_not_taken", "photos_not_taken", "typing_not_taken", "document_or_photos"}
)


def _save_all(saves: Sequence[actions.Save]) -> Sequence[actions.SaveAnswer]:
    with transaction():
        return actions.save_drafts(saves, at=clock.now())


drafts: Together[actions.Save, actions.Saved | actions.Conflict] = Together(bp, "draft_writer", _save_all)


@bp.get("/my/reflection")
@allow(Role.ATTENDEE)
def write() -> ResponseReturnValue:
    desk = access.desk_for(g.actor)
    if desk.task is not None and desk.task.form is rules.TaskForm.QUIZ:
        return redirect(url_for("my_quiz.show"))
    at = clock.now()
    bar = bar_of(desk)
    if bar is not None:
        return render_template("reflections/closed.html", desk=desk, bar=bar, words=words)
    if desk.task is not None and not desk.task.forms.typed and desk.content.is_blank:
        return redirect(url_for("my_files.show"))
    handed_in = desk.is_handed_in and not desk.is_changed_since
    if handed_in and ("edit" not in request.args or not desk.may_hand_in(at)):
        return redirect(url_for("my_reflection.receipt"))
    return _page(desk, desk.content, more=request.args.get("more", default=0, type=int))


def bar_of(desk: queries.Desk) -> rules.Bar | None:
    """Why there is no page to write on. Who has begun keeps the text, whatever attendance says later."""
    if desk.bar is not None and (desk.bar is rules.Bar.NO_TASK or desk.reflection is None):
        return desk.bar
    if desk.window is not None and desk.window.judge(clock.now()) is rules.Timing.NOT_OPEN:
        return rules.Bar.NOT_OPEN
    return None


def _page(desk: queries.Desk, content: Content, **more: Any) -> str:
    assert desk.task is not None
    assert desk.window is not None
    at = clock.now()
    left, until = words.window_words(at, desk.window, desk.attendee.conference.timezone)
    values = {
        "desk": desk,
        "task": desk.task,
        "content": content,
        "left": left,
        "until": until,
        "due_at": desk.window.due_at,
        "is_over": desk.window.judge(at) is rules.Timing.CLOSED,
        "revision": desk.revision,
        "saved_at": desk.reflection.saved_at if desk.reflection and desk.reflection.revision else None,
        "more": 0,
        "theirs": None,
    }
    return render_template("reflections/write.html", **(values | more))


@bp.post("/my/reflection")
@allow(Role.ATTENDEE)
def save_form() -> ResponseReturnValue:
    """The plain form: without a script this is the way a text is kept."""
    desk = access.desk_for(g.actor)
    if desk.task is None:
        raise DomainError("reflection_no_task")
    content = forms.read_paper(request.form, [part.id for part in desk.task.parts])
    with transaction():
        saved = actions.save_draft(
            save=actions.Save(
                attendee_id=desk.attendee.id,
                content=content,
                base=forms.read_revision(request.form),
                line=actions.PageLine(chance.token(), 0),
            ),
            at=clock.now(),
        )
    if isinstance(saved, actions.Conflict):
        return _page(desk, content, theirs=saved, revision=saved.revision, saved_at=saved.saved_at), 409
    if request.form.get("then") == "review":
        return redirect(url_for("my_reflection.review"))
    if request.form.get("then") == "more":
        count = sum(not one.is_blank for one in content.commitments)
        return redirect(url_for("my_reflection.write", edit=1, more=1, _anchor=f"commitment-{count}-what"))
    flash(_("Đã lưu lúc %(hour)s.", hour=filters.clock(saved.saved_at)), "ok")
    return redirect(url_for("my_reflection.write", edit=1))


@bp.get("/my/reflection/draft")
@allow(Role.ATTENDEE)
def draft() -> ResponseReturnValue:
    """The text as the server has it, and a fresh token: what a page needs that was away or signed out."""
    desk = access.desk_for(g.actor)
    row = desk.reflection
    return {
        "for": desk.attendee.id,
        "revision": desk.revision,
        "saved_at": row.saved_at.isoformat() if row else None,
        "saved_by": row.saved_by if row else "",
        "saved_seq": row.saved_seq if row else 0,
        "csrf": csrf_token(),
        **desk.content.as_plain(),
    }


@bp.put("/my/reflection/draft")
@allow(Role.ATTENDEE)
def save() -> ResponseReturnValue:
    """One save of the writing page. 409 gives back the other text and changes nothing."""
    request.max_content_length = forms.LARGEST_PAPER
    sent = forms.read_draft(request.get_data(cache=False))
    if sent.attendee_id != g.actor.id:
        raise DomainError("another_writer")
    saved = drafts.ask(sent)
    known = {"revision": saved.revision, "saved_at": saved.saved_at.isoformat()}
    if isinstance(saved, actions.Saved):
        return known
    error = DomainError("two_versions")
    return {"error": error.code, "message": sentence_of(error), **known, **saved.content.as_plain()}, 409


@bp.get("/my/reflection/review")
@allow(Role.ATTENDEE)
def review() -> ResponseReturnValue:
    return _review(access.desk_for(g.actor))


def _review(desk: queries.Desk, refusal: DomainError | None = None) -> str | ResponseReturnValue:
    if desk.task is None or desk.window is None or desk.reflection is None:
        return redirect(url_for("my_reflection.write"))
    content, at = desk.content, clock.now()
    if refusal is None:
        try:
            actions.judge_handing_in(desk, content, at)
        except DomainError as error:
            refusal = error
    left, until = words.window_words(at, desk.window, desk.attendee.conference.timezone)
    return render_template(
        "reflections/review.html",
        desk=desk,
        task=desk.task,
        words=actions.words_of(content, desk.files),
        refusal=sentence_of(refusal) if refusal else None,
        sections=_sections(desk, content),
        files=desk.files,
        page_url=own_page_url,
        is_late=desk.window.judge(at) is rules.Timing.LATE,
        is_over=desk.window.judge(at) is rules.Timing.CLOSED,
        left=left,
        until=until,
        commitments=[one for one in content.commitments if not one.is_blank],
    )


def _sections(desk: queries.Desk, content: Content) -> list[tuple[str, str]]:
    """The parts as they stand; with a file beside them, those alone that say something."""
    parts = [(part.title, content.parts.get(part.id, "")) for part in desk.task.parts] if desk.task else []
    return [(title, text) for title, text in parts if text.strip()] if desk.files else parts


def own_page_url(file: PaperFile, place: int) -> str:
    return url_for("my_files.page", file_id=file.id, place=place)


@bp.post("/my/reflection/submit")
@allow(Role.ATTENDEE)
def submit() -> ResponseReturnValue:
    try:
        with transaction():
            handed_in = actions.submit(
                attendee_id=g.actor.id,
                revision=forms.read_revision(request.form),
                by=g.actor,
                at=clock.now(),
                signer=signer(current_app.extensions["settings"].secret_key),
                chance=chance.token(),
                written_at=forms.read_written_at(request.form),
            )
            send_receipt(handed_in.author, handed_in.submission, g.actor)
    except DomainError as error:
        if error.code not in NOT_YET:
            raise
        return _review(access.desk_for(g.actor), error), 409  # type: ignore[return-value]
    return redirect(url_for("my_reflection.receipt", version=handed_in.submission.version), 303)


@bp.get("/my/reflection/receipt")
@allow(Role.ATTENDEE)
def receipt() -> ResponseReturnValue:
    desk = access.desk_for(g.actor)
    if desk.submission is None:
        return redirect(url_for("my_reflection.write"))
    submission = access.own_submission(desk, request.args.get("version", type=int))
    address = check_address(submission)
    path, size = address_qr_path(address)
    return render_template(
        "reflections/receipt.html",
        desk=desk,
        submission=submission,
        address=address,
        qr=path,
        qr_size=size,
        files=attachments.files_of_submission(submission.id),
        on_behalf_by=attachments.handed_in_by(submission.id),
        answered=answered_of(submission.content),
        shown=shown_at_once(submission.id),
        versions=queries.submissions_of(submission.reflection_id),
        may_hand_in=desk.may_hand_in(clock.now()),
        until=words.due_words(desk.window.due_at) if desk.window else "",
        words=words,
    )


def check_address(submission: Submission) -> str:
    settings = current_app.extensions["settings"]
    return f"{settings.address}{url_for('check.receipt', number=submission.receipt_number)}"


@bp.get("/my/reflection/paper")
@allow(Role.ATTENDEE)
def paper() -> ResponseReturnValue:
    """The paper as the office expects it on paper: as handed in, or the draft while there is nothing else."""
    desk = access.desk_for(g.actor)
    if desk.reflection is None:
        return redirect(url_for("my_reflection.write"))
    if desk.submission is None:
        content = desk.content
        return render_template(
            "reflections/paper.html",
            attendee=desk.attendee,
            submission=None,
            sections=_sections(desk, content),
            commitments=[one for one in content.commitments if not one.is_blank],
            files=desk.files,
            is_test=False,
            page_url=own_page_url,
            back=url_for("my_reflection.write"),
        )
    submission = access.own_submission(desk, request.args.get("version", type=int))
    text = queries.text_of_paper(submission.id)
    return render_template(
        "reflections/paper.html",
        attendee=desk.attendee,
        submission=submission,
        sections=text.sections,
        commitments=text.content.commitments,
        files=text.files,
        is_test=text.is_test,
        page_url=own_page_url,
        back=url_for("my_reflection.receipt", version=submission.version),
    )


@bp.errorhandler(DomainError)
def refused(error: DomainError) -> ResponseReturnValue:
    """A text that came with a form is never lost to an expired visit: it is shown again, ready to be sent."""
    status = SENTENCES[error.code][0]
    if error.code in LOST_VISIT and request.endpoint == "my_reflection.save_form" and not wants_json():
        kept = {name: value for name, value in request.form.items() if name != "csrf_token"}
        return render_template(
            "reflections/kept.html", kept=kept, is_signed_out=g.actor.kind is not ActorKind.ATTENDEE
        ), status
    return answer(status, error.code, sentence_of(error))
