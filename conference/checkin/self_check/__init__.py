"""Self check-in: a person counts themself by the code that changes every half minute on the screen of a site."""
