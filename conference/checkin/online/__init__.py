"""Following online from elsewhere: evidence that somebody followed, and the presence that follows from it."""
