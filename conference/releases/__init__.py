"""Releases of the plan: what is given out, how it differs from what was, and whom that concerns."""
