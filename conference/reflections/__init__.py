"""What attendees write afterwards: the task, drafts, submissions, receipts."""
