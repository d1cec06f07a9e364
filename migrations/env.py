"""How Alembic reaches the application's database: through the running application, in one transaction a revision."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from conference.foundation.db import db

metadata = db.metadata


def run() -> None:
    if context.is_offline_mode():
        raise SystemExit("Migrations run against a database, not as a script.")
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # A table that is rebuilt is dropped and made anew; meanwhile rows that point at it must not mind.
            _set_foreign_keys(connection, "OFF")
        else:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.commit()
        try:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
            if is_sqlite and (faults := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise SystemExit(f"After the upgrade {len(faults)} rows point at nothing: restore the backup.")
        finally:
            connection.invalidate()  # its settings were for this alone


def _set_foreign_keys(connection: Connection, value: str) -> None:
    """Outside of a transaction, where SQLite hears it."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={value}")
    cursor.close()


if current_app:
    run()
