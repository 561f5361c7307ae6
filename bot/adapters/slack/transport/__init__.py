"""The two ways Slack's events come in: a socket, or signed requests."""
