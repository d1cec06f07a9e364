"""A test instead of an essay: questions, times to sit it, attempts, and what each is worth."""
