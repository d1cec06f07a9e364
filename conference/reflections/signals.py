"""News of papers, heard after the commit."""

from conference.foundation.signals import Signal

reflection_submitted = Signal("reflection_submitted")
"""A paper was handed in: ``submission_id``, ``conference_id``."""
