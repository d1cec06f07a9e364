"""Let a conference have waves: people, study sessions, time to write and seats proposed in one.

Old code keeps working: there are no waves yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054_waves"
down_revision = "0053_spare_bars"
branch_labels = None
depends_on = None

OF_A_WAVE = ("study_sessions", "attendees", "released_seats", "extensions")


def upgrade() -> None:
    op.create_table(
        "waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_waves_conference_id_conferences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("conference_id", "position", name=op.f("uq_waves_conference_id_position")),
        sa.UniqueConstraint("conference_id", "title", name=op.f("uq_waves_conference_id_title")),
    )
    for name in OF_A_WAVE:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("wave_id", sa.Integer(), nullable=True))
            table.create_foreign_key(op.f(f"fk_{name}_wave_id_waves"), "waves", ["wave_id"], ["id"])
    with op.batch_alter_table("seating_moves") as moves:
        for column in ("from_wave_id", "to_wave_id"):
            name = op.f(f"fk_seating_moves_{column}_waves")
            moves.add_column(sa.Column(column, sa.Integer(), nullable=True))
            moves.create_foreign_key(name, "waves", [column], ["id"], ondelete="SET NULL")
    for name in ("study_sessions", "attendees"):
        op.create_index(op.f(f"ix_{name}_wave_id"), name, ["wave_id"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
