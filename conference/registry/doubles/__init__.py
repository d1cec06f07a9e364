"""Two lines of a list that may be one person: shown side by side, merged or told apart by somebody, undone exactly."""
