"""Who sits where: a proposal that keeps halls from overflowing, units together and journeys short."""
