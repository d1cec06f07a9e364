"""Documents of topics: what may be kept, who may fetch it, and taking it away."""
