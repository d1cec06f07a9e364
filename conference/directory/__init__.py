"""Units and people, with their history."""
