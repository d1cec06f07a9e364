"""From organisers' files to the database: compare, show, apply, take back. Safe to repeat."""
