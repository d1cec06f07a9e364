"""The interface for programs: what the other areas know, read by tokens with named rights."""
