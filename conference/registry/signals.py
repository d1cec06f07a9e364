"""News about who is called, heard after the commit."""

from conference.foundation.signals import Signal

roster_changed = Signal("roster_changed")
"""Who belongs to these sites has changed, or what their tickets are: ``conference_id``, ``site_ids``."""
