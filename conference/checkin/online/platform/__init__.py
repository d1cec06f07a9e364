"""The platform's own list of participants as further evidence: read, matched to people, loaded, taken back."""
