"""For organizers: the test that is sat instead of an essay, its questions with the key, its slots."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from conference.adapters.sheet_bounds import MAX_FILE_BYTES
from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.foundation import chance, clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Table
from conference.planning.entry import enter_conference
from conference.planning.models import Conference
from conference.reflections import access as reflections_access
from conference.reflections import managing
from conference.reflections import queries as reflections
from conference.reflections.quiz import access, forms, jobs, preparing, queries, reading, sheet_words, taking, words
from conference.reflections.quiz.models import Quiz, QuizQuestion, QuizSlot
from conference.reflections.quiz.rules import LETTERS, MOST_CHOICES, MOST_QUESTIONS
from conference.reflections.rules import TaskForm
from conference.reflections.views import usual_parts
from conference.reflections.words import due_words
from conference.registry.access import attendee_to_change, reach_of
from conference.registry.queries import sites_to_choose
from conference.registry.views import person as person_page
from conference.web import filters
from conference.web.errors import sentence_of
from conference.web.forms import Form
from conference.web.guard import allow
from conference.web.refusals import refused_onto
from conference.web.words import _

bp = Blueprint("quiz", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_BAD = 100


def enter(code: str) -> Conference:
    """The conference, for those who may know the key."""
    return reflections_access.enter_to_manage(g.actor, enter_conference(code))


def entered(code: str) -> tuple[Conference, Quiz]:
    conference = enter(code)
    return conference, access.quiz_to_change(conference)


def groups_of(questions: list[QuizQuestion]) -> list[tuple[str, int]]:
    """The groups of the bank in their order, each with how many questions it has."""
    sizes: dict[str, int] = {}
    for one in questions:
        sizes[one.group] = sizes.get(one.group, 0) + 1
    return list(sizes.items())


# ---- how it stands


@bp.get("/conferences/<code>/quiz")
@allow(Role.ORGANIZER)
def overview(code: str) -> ResponseReturnValue:
    conference = enter(code)
    quiz = queries.quiz_of(conference.id)
    if quiz is None:
        return render_template("reflections/quiz/none.html", conference=conference)
    questions = queries.questions_of(quiz.id)
    slots = queries.slot_rows(quiz.id)
    groups = groups_of(questions)
    return render_template(
        "reflections/quiz/overview.html",
        conference=conference,
        quiz=quiz,
        task=quiz.task,
        faults=queries.faults(quiz),
        questions=len(questions),
        groups=groups,
        drawn=sum(min(size, quiz.drawn.get(group, size)) for group, size in groups),
        slots=slots,
        names=queries.names_of_groups(slots),
        counts=queries.counts_by_slot(quiz.id),
        overdue=len(queries.overdue(clock.now(), most=10_000, conference_id=conference.id)),
        words=words,
        TaskForm=TaskForm,
    )


@bp.post("/conferences/<code>/quiz")
@allow(Role.ORGANIZER)
def prepare(code: str) -> ResponseReturnValue:
    """Begin to prepare a test. Nothing changes for anybody until it is chosen."""
    conference = enter(code)
    with transaction():
        task = reflections.task_of(conference.id)
        if task is None:
            plan = managing.plan_for(conference, usual_parts())
            task = managing.make_task(conference=conference, plan=plan, by=g.actor, at=clock.now())
        preparing.prepare(task=task, seed=chance.token(), by=g.actor, at=clock.now())
    return redirect(url_for("quiz.overview", code=code))


@bp.post("/conferences/<code>/quiz/form")
@allow(Role.ORGANIZER)
def choose(code: str) -> ResponseReturnValue:
    """A test instead of the essay, or the essay again, as long as nobody has begun with either."""
    conference = enter(code)
    form = Form(request.form)
    wanted = form.choice("form", _("Hình thức"), TaskForm)
    if wanted is None:
        raise DomainError("bad_request")
    with transaction():
        task = reflections_access.task_to_change(conference)
        preparing.choose_form(task=task, form=wanted, by=g.actor, at=clock.now())
    if wanted is TaskForm.QUIZ:
        flash(_("Hội nghị này làm bài trắc nghiệm thay bài viết."), "ok")
    else:
        flash(_("Hội nghị này viết bài thu hoạch."), "ok")
    return redirect(url_for("quiz.overview", code=code))


# ---- settings


@bp.get("/conferences/<code>/quiz/settings")
@allow(Role.ORGANIZER)
def settings(code: str) -> ResponseReturnValue:
    conference, quiz = entered(code)
    groups = groups_of(queries.questions_of(quiz.id))
    return _settings_page(conference, quiz, groups, forms.settings_form(quiz, [name for name, _size in groups]))


@bp.post("/conferences/<code>/quiz/settings")
@allow(Role.ORGANIZER)
def save_settings(code: str) -> ResponseReturnValue:
    conference, quiz = entered(code)
    groups = groups_of(queries.questions_of(quiz.id))
    form, wanted = forms.read_settings(request.form, groups)
    version = form.whole("version", _("Bản"), low=0, high=10**8)
    if wanted is None or version is None:
        return _settings_page(conference, quiz, groups, form), 422
    with refused_onto(form, "", "", "quiz_frozen", "changed_meanwhile"):
        preparing.change_settings(quiz=quiz, settings=wanted, version=version, by=g.actor, at=clock.now())
    if form.errors:
        return _settings_page(conference, quiz, groups, form), 409
    flash(_("Đã lưu cách ra đề và chấm."), "ok")
    return redirect(url_for("quiz.overview", code=code))


def _settings_page(conference: Conference, quiz: Quiz, groups: list[tuple[str, int]], form: Form) -> str:
    return render_template(
        "reflections/quiz/settings.html",
        conference=conference,
        quiz=quiz,
        groups=groups,
        form=form,
        words=words,
    )


# ---- questions


@bp.get("/conferences/<code>/quiz/questions")
@allow(Role.ORGANIZER)
def questions(code: str) -> ResponseReturnValue:
    conference, quiz = entered(code)
    return render_template(
        "reflections/quiz/questions.html",
        conference=conference,
        quiz=quiz,
        questions=queries.questions_of(quiz.id),
        changes=queries.key_changes(quiz.id),
        letters=LETTERS,
        words=words,
    )


@bp.get("/conferences/<code>/quiz/questions/new")
@allow(Role.ORGANIZER)
def new_question(code: str) -> ResponseReturnValue:
    conference, _quiz = entered(code)
    return _question_page(conference, None, Form({"weight": "1"}))


@bp.post("/conferences/<code>/quiz/questions/new")
@allow(Role.ORGANIZER)
def add_question(code: str) -> ResponseReturnValue:
    return _keep_question(code, None)


@bp.get("/conferences/<code>/quiz/questions/<int:question_id>")
@allow(Role.ORGANIZER)
def question(code: str, question_id: int) -> ResponseReturnValue:
    conference, quiz = entered(code)
    found = access.question_in(quiz, question_id)
    return _question_page(conference, found, forms.question_form(found))


@bp.post("/conferences/<code>/quiz/questions/<int:question_id>")
@allow(Role.ORGANIZER)
def save_question(code: str, question_id: int) -> ResponseReturnValue:
    return _keep_question(code, question_id)


def _keep_question(code: str, question_id: int | None) -> ResponseReturnValue:
    conference, quiz = entered(code)
    found = access.question_in(quiz, question_id) if question_id is not None else None
    form, plan = forms.read_question(request.form)
    if plan is None:
        return _question_page(conference, found, form), 422
    with refused_onto(form, "text", _("Câu hỏi"), "quiz_frozen", "question_repeated", "too_many_questions"):
        preparing.save_question(quiz=quiz, question=found, plan=plan, by=g.actor, at=clock.now())
    if form.errors:
        return _question_page(conference, found, form), 409
    flash(_("Đã lưu câu hỏi."), "ok")
    if request.form.get("then") == "more":
        return redirect(url_for("quiz.new_question", code=code))
    return redirect(url_for("quiz.questions", code=code))


def _question_page(conference: Conference, found: QuizQuestion | None, form: Form) -> str:
    return render_template(
        "reflections/quiz/question.html",
        conference=conference,
        question=found,
        form=form,
        letters=LETTERS[:MOST_CHOICES],
    )


@bp.post("/conferences/<code>/quiz/questions/<int:question_id>/remove")
@allow(Role.ORGANIZER)
def remove_question(code: str, question_id: int) -> ResponseReturnValue:
    _conference, quiz = entered(code)
    with transaction():
        found = access.question_in(quiz, question_id)
        preparing.remove_question(quiz=quiz, question=found, by=g.actor, at=clock.now())
    flash(_("Đã bỏ câu hỏi."), "ok")
    return redirect(url_for("quiz.questions", code=code))


@bp.get("/conferences/<code>/quiz/questions.xlsx")
@allow(Role.ORGANIZER)
def template(code: str) -> ResponseReturnValue:
    """The sheet to be filled in, with the questions that there are; without any, with an example."""
    conference, quiz = entered(code)
    plans = [preparing.plan_of(one) for one in queries.questions_of(quiz.id)] or [_example()]
    target = BytesIO()
    rows = [reading.as_row(plan) for plan in plans]
    write_workbook(target, [Table("Câu hỏi", reading.HEADS, rows, (60, *[28] * MOST_CHOICES, 14, 16, 10))])
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"cau-hoi-{conference.code}.xlsx")


def _example() -> preparing.QuestionPlan:
    return preparing.QuestionPlan(
        "Đại hội XII Công đoàn Việt Nam họp vào năm nào?", "Nhận biết", ("2013", "2018", "2023", "2008"), (1,)
    )


@bp.get("/conferences/<code>/quiz/questions/bring")
@allow(Role.ORGANIZER)
def bring(code: str) -> ResponseReturnValue:
    conference, quiz = entered(code)
    return _bring_page(conference, quiz, Form())


@bp.post("/conferences/<code>/quiz/questions/bring")
@allow(Role.ORGANIZER)
def preview(code: str) -> ResponseReturnValue:
    """Read a file or a paste and show what it would do; nothing is kept yet."""
    conference, quiz = entered(code)
    form = Form({"rows": request.form.get("rows", "")})
    found = _read_sent(form)
    if found is None:
        return _bring_page(conference, quiz, form), 422
    return _bring_page(conference, quiz, form, found)


@bp.post("/conferences/<code>/quiz/questions/take")
@allow(Role.ORGANIZER)
def take(code: str) -> ResponseReturnValue:
    """Take over what the preview has shown."""
    conference, quiz = entered(code)
    found = reading.read_json(request.form.get("questions", ""))
    if found.bad or found.is_too_many or not found.good:
        raise DomainError("bad_request")
    with transaction():
        done = preparing.bring_questions(quiz=quiz, rows=found.good, by=g.actor, at=clock.now())
    flash(
        _(
            "Đã thêm %(added)s câu, sửa %(changed)s câu, %(same)s câu đã có sẵn.",
            added=filters.number(len(done.added)),
            changed=filters.number(len(done.changed)),
            same=filters.number(done.same),
        ),
        "ok",
    )
    return redirect(url_for("quiz.questions", code=conference.code))


def _read_sent(form: Form) -> reading.Questions | None:
    """The questions that were sent; None after noting what can't be read."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        try:
            book = read_workbook(sent.filename, sent.stream.read(MAX_FILE_BYTES + 1))
        except DomainError as error:
            form.fault("file", sentence_of(error), _("Tệp Excel"))
            return None
        found = reading.read_sheets(book.sheets)
    else:
        text = form.values["rows"].replace("\0", "")
        if not text.strip():
            form.fault("rows", _("Mời dán các câu hỏi, hoặc chọn tệp Excel."), _("Câu hỏi"))
            return None
        if len(text) > reading.LONGEST_PASTE:
            form.fault("rows", _("Dài quá. Mời chia làm nhiều lần."), _("Câu hỏi"))
            return None
        found = reading.read_pasted(text)
    if not found.is_known:
        form.fault("rows", _("Không thấy câu hỏi nào. Tệp cần có cột Câu hỏi, Phương án A, Đáp án đúng."), _("Câu hỏi"))
        return None
    if found.is_too_many:
        form.fault("rows", _("Nhiều quá %(most)s câu.", most=MOST_QUESTIONS), _("Câu hỏi"))
        return None
    return found


def _bring_page(conference: Conference, quiz: Quiz, form: Form, found: reading.Questions | None = None) -> str:
    comparison = preparing.compare(queries.questions_of(quiz.id), found.good) if found else None
    return render_template(
        "reflections/quiz/bring.html",
        conference=conference,
        quiz=quiz,
        form=form,
        found=found,
        comparison=comparison,
        held=reading.as_json(found.good) if found and found.good else "",
        shown_bad=SHOWN_BAD,
        letters=LETTERS,
        words=words,
    )


# ---- slots


@bp.get("/conferences/<code>/quiz/slots/new")
@allow(Role.ORGANIZER)
def new_slot(code: str) -> ResponseReturnValue:
    conference, _quiz = entered(code)
    return _slot_page(conference, None, Form())


@bp.post("/conferences/<code>/quiz/slots/new")
@allow(Role.ORGANIZER)
def add_slot(code: str) -> ResponseReturnValue:
    return _keep_slot(code, None)


@bp.get("/conferences/<code>/quiz/slots/<int:slot_id>")
@allow(Role.ORGANIZER)
def slot(code: str, slot_id: int) -> ResponseReturnValue:
    conference, quiz = entered(code)
    found = access.slot_in(quiz, slot_id)
    units, sites = queries.codes_of_groups(found)
    return _slot_page(conference, found, forms.slot_form(found, units, sites, conference.timezone))


@bp.post("/conferences/<code>/quiz/slots/<int:slot_id>")
@allow(Role.ORGANIZER)
def save_slot(code: str, slot_id: int) -> ResponseReturnValue:
    return _keep_slot(code, slot_id)


def _keep_slot(code: str, slot_id: int | None) -> ResponseReturnValue:
    conference, quiz = entered(code)
    found = access.slot_in(quiz, slot_id) if slot_id is not None else None
    joining = [id for id, _name in sites_to_choose(conference.id)]
    form, plan = forms.read_slot(request.form, conference.timezone, joining=joining)
    if plan is None:
        return _slot_page(conference, found, form), 422
    with refused_onto(form, "opens_day", _("Mở lúc"), "slot_in_use"):
        preparing.save_slot(quiz=quiz, slot=found, plan=plan, by=g.actor, at=clock.now())
    if form.errors:
        return _slot_page(conference, found, form), 409
    flash(_("Đã lưu ca thi."), "ok")
    return redirect(url_for("quiz.overview", code=code))


def _slot_page(conference: Conference, found: QuizSlot | None, form: Form) -> str:
    return render_template("reflections/quiz/slot.html", conference=conference, slot=found, form=form)


@bp.post("/conferences/<code>/quiz/slots/<int:slot_id>/remove")
@allow(Role.ORGANIZER)
def remove_slot(code: str, slot_id: int) -> ResponseReturnValue:
    _conference, quiz = entered(code)
    with transaction():
        preparing.remove_slot(quiz=quiz, slot=access.slot_in(quiz, slot_id), by=g.actor, at=clock.now())
    flash(_("Đã bỏ ca thi."), "ok")
    return redirect(url_for("quiz.overview", code=code))


# ---- while it is sat, and after


@bp.post("/conferences/<code>/quiz/collect")
@allow(Role.ORGANIZER)
def collect(code: str) -> ResponseReturnValue:
    """Take in at once what is over, without waiting for the worker's round."""
    conference, _quiz = entered(code)
    done = jobs.collect(conference_id=conference.id)
    flash(_("Đã thu %(count)s bài hết giờ.", count=filters.number(done)), "ok")
    return redirect(url_for("quiz.overview", code=code))


@bp.get("/conferences/<code>/quiz/results.xlsx")
@allow(Role.ORGANIZER)
def results(code: str) -> ResponseReturnValue:
    """A line a sitting, then each question with how many chose what. Who took it is in the journal."""
    conference, quiz = entered(code)
    people = queries.results(conference.id)
    tables = [
        Table(
            "Kết quả",
            sheet_words.RESULT_HEAD,
            [sheet_words.result_row(row) for row in people],
            sheet_words.RESULT_WIDTHS,
        ),
        Table(
            "Theo câu hỏi",
            sheet_words.QUESTION_HEAD,
            sheet_words.question_rows(queries.questions_of(quiz.id), queries.finished_papers(conference.id)),
            sheet_words.QUESTION_WIDTHS,
        ),
    ]
    with transaction():
        preparing.note_export(quiz=quiz, count=len(people), by=g.actor, at=clock.now())
    target = BytesIO()
    write_workbook(target, tables)
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=f"trac-nghiem-{conference.code}.xlsx")


@bp.post("/conferences/<code>/quiz/people/<int:number>/grant")
@allow(Role.ORGANIZER)
def grant(code: str, number: int) -> ResponseReturnValue:
    """Let one person sit the test outside of the slots, or once more, with a reason."""
    conference = enter(code)
    form = Form(request.form)
    until = forms.read_until(form, conference.timezone)
    reason = form.text("grant_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid or until is None:
        for _field, _label, sentence in form.summary:
            flash(sentence, "bad")
        return person_page(code, number), 422  # type: ignore[return-value]
    with transaction():
        attendee = attendee_to_change(reach_of(g.actor, conference), conference, number)
        taking.quiz_at(reflections.desk_of(attendee.id))
        preparing.grant_attempt(attendee=attendee, until=until, reason=reason, by=g.actor, at=clock.now())
    flash(_("Đã cho làm bài đến %(until)s.", until=due_words(until)), "ok")
    return redirect(url_for("registry.person", code=code, number=number))


@bp.post("/conferences/<code>/quiz/people/<int:number>/grants/<int:grant_id>/revoke")
@allow(Role.ORGANIZER)
def revoke_grant(code: str, number: int, grant_id: int) -> ResponseReturnValue:
    """Take back what one person was granted, with the reason, as long as they have not begun by it."""
    conference = enter(code)
    form = Form(request.form)
    reason = form.text("revoke_reason", _("Lý do"), required=True, most=500)
    if not form.is_valid:
        for _field, _label, sentence in form.summary:
            flash(sentence, "bad")
        return person_page(code, number), 422  # type: ignore[return-value]
    with transaction():
        attendee = attendee_to_change(reach_of(g.actor, conference), conference, number)
        grant = access.grant_of(attendee, grant_id)
        preparing.revoke_grant(grant=grant, reason=reason, by=g.actor, at=clock.now())
    flash(_("Đã thu lại lần làm bài riêng."), "ok")
    return redirect(url_for("registry.person", code=code, number=number))
