"""What is one person's own: taken along, forgotten, kept private."""
