"""The Slack adapter against the stand-in."""
