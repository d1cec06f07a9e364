"""Summonses and reminders, kept in an outbox until sent."""
