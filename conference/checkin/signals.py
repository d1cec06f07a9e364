"""News from the doors, heard after the commit."""

from conference.foundation.signals import Signal

site_counted = Signal("site_counted")
"""Who is present at a site has changed: ``conference_id``, ``study_session_id``, ``site_id``."""
