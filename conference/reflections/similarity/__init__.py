"""How much of a paper stands in another one: evidence for the council, never a judgement by itself."""
