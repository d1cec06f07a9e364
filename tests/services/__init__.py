"""Real servers for the tests: started once, when first asked for, in folders of their own; always ended."""
