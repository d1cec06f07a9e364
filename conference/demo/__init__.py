"""The reference conference as demo data, and a lifelike day played over it."""
