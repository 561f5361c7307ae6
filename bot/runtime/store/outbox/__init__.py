"""The outbox's rows: written with their cause, claimed, settled."""
