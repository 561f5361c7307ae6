"""Who is in a set: founding, joining, leaving, taking turns."""
