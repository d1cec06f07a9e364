"""Counting at the doors: devices, scans, attendance, cases."""
