"""The boards: who watches what, and the pushes that tell them to look again."""
