"""A set between its meetings."""
