"""Bridge points: which ones join a conference, their halls and hosts."""
