"""Meetings, told as short stories."""
