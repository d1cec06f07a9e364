"""Marking schemes, blind readings, agreed marks, releases."""
