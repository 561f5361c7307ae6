"""The connection to Slack: a socket or signed requests, calls to its Web API, and its life."""
