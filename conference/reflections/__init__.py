"""What attendees write after a conference: drafts that are never lost, submissions that can be proved."""
