"""Conferences, study sessions, topics and presenters."""
