"""Schemes, graders, blind readings and releases."""

import sqlalchemy as sa
from alembic import op

revision = "0011_grading"
down_revision = "0010_reflections"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "marking_schemes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tolerance", sa.Integer(), nullable=False),
        sa.Column("rounding", sa.Integer(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking_schemes")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_marking_schemes_conference_id_conferences")
        ),
        sa.UniqueConstraint("conference_id", name=op.f("uq_marking_schemes_conference_id")),
    )
    op.create_table(
        "scheme_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("max_mark", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_parts")),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["marking_schemes.id"], name=op.f("fk_scheme_parts_scheme_id_marking_schemes")
        ),
        sa.CheckConstraint("max_mark > 0", name=op.f("ck_scheme_parts_brings_something")),
    )
    op.create_index(op.f("ix_scheme_parts_scheme_id"), "scheme_parts", ["scheme_id"])
    op.create_table(
        "rank_cuts",
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.String(32), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scheme_id", "rank", name=op.f("pk_rank_cuts")),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["marking_schemes.id"], name=op.f("fk_rank_cuts_scheme_id_marking_schemes")
        ),
    )
    op.create_table(
        "graders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graders")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_graders_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_graders_account_id_accounts")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_graders_unit_id_units")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_graders_site_id_sites")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_graders_person_id_people")),
        sa.UniqueConstraint("conference_id", "account_id", name=op.f("uq_graders_conference_id_account_id")),
    )
    op.create_index(op.f("ix_graders_account_id"), "graders", ["account_id"])
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_papers_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_papers_attendee_id_attendees")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_papers_submission_id_submissions")
        ),
        sa.UniqueConstraint("attendee_id", name=op.f("uq_papers_attendee_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_papers_submission_id")),
    )
    op.create_index("ix_papers_conference_id_state", "papers", ["conference_id", "state"])
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("grader_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("blind_code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("is_questioned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("saved_at", MOMENT, nullable=True),
        sa.Column("set_aside_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_readings_paper_id_papers")),
        sa.ForeignKeyConstraint(["grader_id"], ["graders.id"], name=op.f("fk_readings_grader_id_graders")),
        sa.UniqueConstraint("blind_code", name=op.f("uq_readings_blind_code")),
        sa.UniqueConstraint("paper_id", "grader_id", name=op.f("uq_readings_paper_id_grader_id")),
        sa.UniqueConstraint("paper_id", "ordinal", name=op.f("uq_readings_paper_id_ordinal")),
        sa.CheckConstraint("ordinal BETWEEN 1 AND 3", name=op.f("ck_readings_first_to_third")),
    )
    op.create_index("ix_readings_grader_id_state", "readings", ["grader_id", "state"])
    op.create_table(
        "reading_marks",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reading_id", "part_id", name=op.f("pk_reading_marks")),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name=op.f("fk_reading_marks_reading_id_readings")),
        sa.ForeignKeyConstraint(["part_id"], ["scheme_parts.id"], name=op.f("fk_reading_marks_part_id_scheme_parts")),
    )
    op.create_index(op.f("ix_reading_marks_part_id"), "reading_marks", ["part_id"])
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("released_at", MOMENT, nullable=False),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("scheme", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conferences.id"], name=op.f("fk_releases_conference_id_conferences")
        ),
        sa.ForeignKeyConstraint(["released_by"], ["accounts.id"], name=op.f("fk_releases_released_by_accounts")),
        sa.UniqueConstraint("hash", name=op.f("uq_releases_hash")),
        sa.UniqueConstraint("conference_id", "number", name=op.f("uq_releases_conference_id_number")),
    )
    op.create_table(
        "released_marks",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("rank", sa.String(32), nullable=False),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "attendee_id", name=op.f("pk_released_marks")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_released_marks_release_id_releases")),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_released_marks_attendee_id_attendees")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_released_marks_paper_id_papers")),
    )
    op.create_index("ix_released_marks_attendee_id", "released_marks", ["attendee_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
