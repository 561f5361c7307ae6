"""A bot that runs Action Learning Sets in Slack and Discord."""

__version__ = "0.1.0"
