"""The phases that open a meeting: arriving, checking in, reporting."""
