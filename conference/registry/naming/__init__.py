"""Units do their part: quotas, naming delegates, approval, and the frozen list with its later changes."""
