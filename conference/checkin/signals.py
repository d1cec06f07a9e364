"""News from the doors, heard after the commit."""

from conference.foundation.signals import Signal

device_ended = Signal("device_ended")
"""The token of a device was revoked: ``device_id``."""

site_counted = Signal("site_counted")
"""Who is present at a site has changed: ``conference_id``, ``study_session_id``, ``site_id``."""
