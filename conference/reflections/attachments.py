"""Reading: the files of drafts and submissions, and what a paper says in all its forms."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Select, select

from conference.accounts.models import Account
from conference.foundation.db import db
from conference.reflections.content import FileFact, from_canonical
from conference.reflections.models import PaperFile, Reflection, Submission, SubmissionFile, SubmissionOnBehalf


def files_of_desk(reflection: Reflection) -> list[PaperFile]:
    """The files of a draft; of the last submission while nothing was changed after it."""
    if reflection.draft or not reflection.current_version:
        return list(
            db.session.scalars(
                select(PaperFile)
                .where(PaperFile.reflection_id == reflection.id, PaperFile.position > 0)
                .order_by(PaperFile.position, PaperFile.id)
            )
        )
    return list(
        db.session.scalars(
            _handed_in()
            .join(Submission, Submission.id == SubmissionFile.submission_id)
            .where(Submission.reflection_id == reflection.id, Submission.version == reflection.current_version)
        )
    )


def files_of_submission(submission_id: int) -> list[PaperFile]:
    """The files that were handed in, in their order."""
    return list(db.session.scalars(_handed_in().where(SubmissionFile.submission_id == submission_id)))


def _handed_in() -> Select[PaperFile]:
    return (
        select(PaperFile)
        .join(SubmissionFile, SubmissionFile.file_id == PaperFile.id)
        .order_by(SubmissionFile.submission_id, SubmissionFile.position)
    )


def facts_of_files(files: Iterable[PaperFile]) -> list[FileFact]:
    return [FileFact(one.kind, one.size, one.sha256) for one in files]


def file_of(reflection_id: int, file_id: int) -> PaperFile | None:
    """A file of this paper, of its draft or of any of its submissions."""
    return db.session.scalars(
        select(PaperFile).where(PaperFile.id == file_id, PaperFile.reflection_id == reflection_id)
    ).first()


def text_of(submission: Submission, file_texts: Iterable[str] | None = None) -> str:
    """All that a submission says, whatever its form: typed parts, commitments, the text of its document.

    Whoever goes through many brings the texts of their files along, from ``file_texts_of``.
    """
    texts = file_texts_of([submission.id]).get(submission.id, []) if file_texts is None else file_texts
    content = from_canonical(submission.content)
    commitments = [" ".join((one.what, one.due, one.measure)) for one in content.commitments]
    return "\n\n".join(text for text in (*content.parts.values(), *commitments, *texts) if text.strip())


def file_texts_of(submission_ids: Collection[int]) -> dict[int, list[str]]:
    """The texts of the files of these submissions, by submission; photos and scans have none."""
    found: dict[int, list[str]] = {}
    for submission_id, text in db.session.execute(
        select(SubmissionFile.submission_id, PaperFile.text)
        .join(PaperFile, PaperFile.id == SubmissionFile.file_id)
        .where(SubmissionFile.submission_id.in_(list(submission_ids)), PaperFile.text != "")
        .order_by(SubmissionFile.submission_id, SubmissionFile.position)
    ):
        found.setdefault(submission_id, []).append(text)
    return found


def handed_in_by(submission_id: int) -> str | None:
    """The name of who handed a submission in for its author; None when the author did."""
    return db.session.scalar(
        select(Account.full_name)
        .join(SubmissionOnBehalf, SubmissionOnBehalf.account_id == Account.id)
        .where(SubmissionOnBehalf.submission_id == submission_id)
    )
