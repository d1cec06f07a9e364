"""How Alembic reaches the application's database: through the running application, in one transaction a revision."""

from alembic import context
from flask import current_app

from conference.foundation.db import db

metadata = db.metadata


def run() -> None:
    if context.is_offline_mode():
        raise SystemExit("Migrations run against a database, not as a script.")
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if current_app:
    run()
