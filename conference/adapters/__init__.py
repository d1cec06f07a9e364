"""The outside world: mail, sheets, documents, calendars, codes. Plain data in, bytes out; knows no area."""
