"""What becomes of a meeting while nobody can be heard."""
