"""Whose turn it is: issues offered, a vote, and the one that is chosen."""
