"""What every area stands on: the database, the clock, errors, signals, jobs, the journal, text. Knows no area."""
