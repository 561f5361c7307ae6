"""The Discord adapter against the stand-in."""
