"""The one road: a signal comes in, is decided in one transaction, and is answered after the commit."""
