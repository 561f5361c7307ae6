"""What a unit of work is made of: what it has loaded, what it changes, and how that is written."""
