"""Several units that become one on a day: what follows from it, and the way back while nobody has gone along."""
