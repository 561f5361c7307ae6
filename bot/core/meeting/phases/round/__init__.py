"""One presenter's round, from the telling to the actions."""
