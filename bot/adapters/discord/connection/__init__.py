"""The connection to Discord: its events, its sessions, its requests."""
