"""What is one person's own: preferences, data, and where they find help."""
