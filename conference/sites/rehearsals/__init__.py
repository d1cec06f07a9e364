"""Rehearsals before a conference: when, at which sites, what is tried, and who took part."""
