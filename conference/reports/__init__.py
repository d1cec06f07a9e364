"""Figures sent upward: one definition feeds page and sheet."""
