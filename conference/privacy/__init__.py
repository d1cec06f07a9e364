"""What is kept of people: told, handed out to them, and erased at their wish."""
