"""Guard what people decided about cases, and what hosts counted in their halls, as scans are guarded.

Old code keeps working: it only ever added rows, but for the place from which somebody was moved, which was written a
moment after its decision; an old process that moves somebody is refused until it is replaced.
"""

from alembic import op

revision = "0028_decisions_are_facts"
down_revision = "0027_copy_rulings"
branch_labels = None
depends_on = None

GUARDED = {
    "case_decisions": "a decision is a fact and is never changed",
    "ruled_scans": "what a decision is about is a fact and is never changed",
    "hall_counts": "a count of a hall is a fact and is never changed",
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, words in GUARDED.items():
        if not is_sqlite:
            op.execute(
                f"CREATE FUNCTION {table}_are_facts() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
            )
        for change in ("update", "delete"):
            trigger = f"CREATE TRIGGER {table}_are_facts_{change} BEFORE {change.upper()} ON {table}"
            if is_sqlite:
                op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{words}'); END")
            else:
                op.execute(f"{trigger} FOR EACH ROW EXECUTE FUNCTION {table}_are_facts()")


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the upgrade")
