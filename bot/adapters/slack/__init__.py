"""Slack: what happens there becomes signals, what the core says becomes Block Kit."""
