"""Who is called: lists from units, attendees, tickets, leave."""
